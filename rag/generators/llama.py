"""Has a language model write the answer in this process: a GGUF file, run by llama.cpp's own server code through xllamacpp."""

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.errors import ModelError
from rag.errors import GeneratorError
from rag.generators.prompted import VARIED, asked, prompted
from rag.prompts import Prompt
from rag.types import Evidence

INSTALL = "Install it with: .venv/bin/pip install -e '.[llama]'"
_MAGIC = b"GGUF"
# llama.cpp says between two batches how far it has read, and can only be stopped there. A model of 135 million parameters reads
# 128 tokens in a second of one core or less; larger batches save 7 % at most (docs/adr/0029).
_BATCH_TOKENS = 128
_SILENT = -1
_WAITING = "OMP_WAIT_POLICY"

Chunk = Mapping[str, Any]


class LlamaGenerator:
    """A language model of this process. One generation at a time; the others wait in line and may leave it.

    The file is looked at now and loaded at the first question: what only searches, or asks for the archive's own sentences, need
    not wait for gigabytes.

    Args:
        path: the GGUF file, with the chat template that the model was trained on inside.
        answer_tokens: the most tokens that the model may write.
        window: how many tokens it may read and write together.

    Raises:
        ModelError: the file is not there or no GGUF, or xllamacpp is not installed.
    """

    def __init__(self, *, path: Path, answer_tokens: int, window: int) -> None:
        if find_spec("xllamacpp") is None:
            raise ModelError(f"Setting generator is llama, whose library is not installed. {INSTALL}")
        _check(path)
        self._path, self._answer_tokens, self._window = path, answer_tokens, window
        # llama.cpp has lines and slots of its own, but a request that waits in one cannot be taken back.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llama")
        self._server: Any = None

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return "-".join(self._path.stem.split())

    def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncGenerator[str, None]:
        """Yield what the model writes, without what it thinks aloud; nothing if there is no evidence.

        Raises:
            GeneratorError: the file cannot be loaded, or the model wrote nothing, or more than it may.
        """
        return prompted(self.name, question, evidence, self._completion)

    def ask(self, prompt: Prompt, *, varied: bool = False) -> AsyncGenerator[str, None]:
        """Yield what the model writes for a prompt of the caller's; `varied`: another time it writes something else.

        Raises:
            GeneratorError: as `stream` does.
        """
        return asked(self.name, self._completion(prompt, varied=varied))

    async def _completion(self, prompt: Prompt, *, varied: bool = False) -> AsyncGenerator[str, None]:
        loop = asyncio.get_running_loop()
        # At most as many as `answer_tokens` and the prompt's batches.
        chunks: asyncio.Queue[Chunk | Exception | None] = asyncio.Queue()
        left = threading.Event()

        def put(item: Chunk | Exception | None) -> None:
            try:
                loop.call_soon_threadsafe(chunks.put_nowait, item)
            except RuntimeError:  # the loop is closed: nobody reads any more
                left.set()

        def heard(chunk: Chunk) -> bool:
            """Take a chunk; return whether to stop."""
            put(chunk)
            return left.is_set()

        request = {
            "messages": [{"role": "system", "content": prompt.system}, *prompt.turns],
            "max_tokens": self._answer_tokens,
            "temperature": VARIED if varied else 0.0,
            "stream": True,
            "return_progress": True,
        }
        job = self._worker.submit(self._write, request, heard, put, left)
        end: object = None
        try:
            while (chunk := await chunks.get()) is not None:
                if isinstance(chunk, Exception):
                    raise chunk
                if fault := chunk.get("error"):
                    raise GeneratorError(f"{self.name} cannot answer: {_message(fault)}")
                for choice in chunk.get("choices") or ():
                    end = choice.get("finish_reason") or end
                    if content := choice.get("delta", {}).get("content"):
                        yield content
        finally:
            left.set()
            job.cancel()
        self._check_end(end)

    def _check_end(self, end: object) -> None:
        if end is None:
            raise GeneratorError(f"{self.name} broke off in the middle")
        if end == "length":
            raise GeneratorError(f"{self.name} had more to write than setting answer_tokens or generator_window allows")

    def _write(
        self,
        asked: dict[str, Any],
        heard: Callable[[Chunk], bool],
        put: Callable[[Exception | None], None],
        left: threading.Event,
    ) -> None:
        """Run one generation, in the worker thread; the last thing put is None or an error."""
        try:
            if not left.is_set():
                self._loaded().handle_chat_completions(asked, heard)
            put(None)
        except Exception as error:  # noqa: BLE001 - told to the one who waits for it, whatever the library raises
            put(error if isinstance(error, GeneratorError) else GeneratorError(f"{self.name} failed ({error})"))

    def _loaded(self) -> Any:
        """Return llama.cpp's server, with the model."""
        if self._server is None:
            _check(self._path)
            xllamacpp = _library()
            with tempfile.TemporaryDirectory(prefix="dateline-") as folder:
                params = self._parameters(xllamacpp)
                # It always listens, too. On a socket whose file is gone at once nobody reaches it.
                params.hostnames = [f"{folder}/closed.sock"]
                try:
                    self._server = xllamacpp.Server(params)
                except RuntimeError as error:
                    raise GeneratorError(
                        f"{self._path} cannot be loaded: it is incomplete, too large for the memory, or of a kind that the "
                        "installed xllamacpp does not know"
                    ) from error
        return self._server

    def _parameters(self, xllamacpp: Any) -> Any:
        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self._window
        params.n_parallel = 1
        params.n_batch = params.n_ubatch = _BATCH_TOKENS
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _cores()
        params.verbosity = _SILENT
        # No pages and no looks into the slots; no gigabytes of earlier prompts, which are never asked again: each has its nonce.
        params.ui = params.endpoint_slots = params.warmup = False
        params.cache_ram_mib = 0
        params.offline = True
        return params


def _check(path: Path) -> None:
    """Refuse what cannot be a model, before anybody asks it."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"The language model {path} cannot be read: {reason}. Setting generator_model names its file") from error
    if magic != _MAGIC:
        raise ModelError(f"The language model {path} is no GGUF file. Setting generator_model names one")


def _library() -> Any:
    """Import xllamacpp, with computing threads that sleep while they wait for each other.

    OpenMP reads this once, when it is loaded. Left to itself it waits in loops, and where other work wants the same cores
    (questions are embedded, too) a model then writes a tenth as fast (docs/adr/0029). Who has set it keeps it.
    """
    unset = _WAITING not in os.environ
    if unset:
        os.environ[_WAITING] = "PASSIVE"
    try:
        import xllamacpp  # noqa: PLC0415 - an extra, 100 MB
    finally:
        if unset:
            del os.environ[_WAITING]
    return xllamacpp


def _cores() -> int:
    """Return how many physical cores this process may use; where Linux does not say, -1: llama.cpp counts them itself.

    More threads than cores wait for each other in loops that keep the cores busy.
    """
    try:
        return len(
            {Path(f"/sys/devices/system/cpu/cpu{n}/topology/thread_siblings_list").read_text() for n in os.sched_getaffinity(0)}
        )
    except (AttributeError, OSError):
        return -1


def _message(fault: object) -> str:
    text = fault.get("message") if isinstance(fault, dict) else fault
    return " ".join(str(text).split())

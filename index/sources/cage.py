"""Parser processes from the outside: started, given jobs, killed when they take too long, and replaced.

Parsing foreign bytes may loop, eat memory or crash in native code. It happens in a process of its own, so that it costs
one source and never the ingest.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, cast

import numpy as np

from index.errors import NotPrepared
from index.sources.continuity import Embed
from index.sources.frames import (
    HEADER,
    MAX_BYTES,
    BrokenFrame,
    item_from_frame,
    prepared_from_frame,
    progress_from_frame,
    read_message,
    write_frame,
)
from index.sources.worker import CPU_SECONDS, MEMORY_BYTES
from index.types import Article, Link, Origin, Prepared, Rejection

# How long one article may take, waiting included. A page that needs more than a second is rare.
WALL_SECONDS = 30.0
_ENVIRONMENT = {
    # One thread each: there is a process a core, and threads of numeric libraries only take memory from the limit.
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "MALLOC_ARENA_MAX": "2",
    "PYTHONWARNINGS": "ignore",
}  # fmt: skip
# The names of variables that hold secrets end so; OpenTelemetry's headers hold the key of whom it reports to.
_SECRET = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_HEADERS")


class _Stopped(Exception):  # noqa: N818
    """The process is gone or was killed; the message is a reason for the ledger."""


class CagedParser:
    """One parser process and the job that it has."""

    def __init__(self, *, passage_tokens: int, embed: Embed, wall_seconds: float = WALL_SECONDS) -> None:
        self._passage_tokens = passage_tokens
        self._embed = embed
        self._wall_seconds = wall_seconds
        self._start_process()
        self._source = self._broken = ""
        self._asked = True
        self._article: Article | None = None
        self.at = 0.0
        """How far in its source the last item stood, 0 to 1."""

    def start(self, job: dict[str, Any], payload: bytes = b"") -> None:
        """Give the process a job; it works on it while others are read."""
        self._source, self.at, self._broken = job["source"], 0.0, ""
        if self._process.poll() is not None:
            self._start_process()
        self._send({**job, "passage_tokens": self._passage_tokens}, payload)

    def items(self) -> Iterator[Article | Link | Rejection]:
        """Yield what the job finds, to its end; a process that dies or hangs ends it with a rejection."""
        last = ""
        try:
            while True:
                message, payload = self._receive()
                if "done" in message:
                    return
                if "embed" in message:
                    vectors = np.ascontiguousarray(self._embed(message["embed"]), dtype=np.float32)
                    self._send({"dimension": vectors.shape[1]}, vectors.tobytes())
                    continue
                item = item_from_frame(message, payload)
                self.at = progress_from_frame(message)
                last = item.origin.position or last
                if isinstance(item, Article):
                    self._article, self._asked = item, False
                yield item
                if self._broken:
                    if item.origin.position:
                        place = Origin(source=self._source, position=f"after {item.origin.position}")
                        yield Rejection(origin=place, reason=f"not read, because of the article before: {self._broken}")
                    return
                if not self._asked:
                    self._asked = True
                    self._send({"prepare": False})
        except (_Stopped, BrokenFrame) as stop:
            self.kill()
            self._start_process()
            position = f"after {last}" if last else ""
            yield Rejection(origin=Origin(source=self._source, position=position), reason=str(stop))

    def prepare(self, article: Article) -> Prepared:
        """Return passages and sketch of the article that `items` has just yielded, computed in the process.

        Raises:
            NotPrepared: it took too long or too much; the process was replaced.
            ValueError: it is another article.
        """
        if self._asked or self._article is None or self._article.article_id != article.article_id:
            raise ValueError("only the article that was yielded last can be prepared")
        self._asked = True
        try:
            self._send({"prepare": True})
            message, _ = self._receive()
            return prepared_from_frame(message, article)
        except (_Stopped, BrokenFrame) as stop:
            self._broken = str(stop)
            self.kill()
            self._start_process()
            raise NotPrepared(self._broken) from stop

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes:
            with suppress(BrokenPipeError):  # what it had not read yet
                pipe.close()

    def _start_process(self) -> None:
        # A session of its own: Ctrl-C in the terminal is for ingest, which finishes what it has.
        self._process = subprocess.Popen(
            # -P: a folder called `index` where the user happens to stand is not ours.
            [sys.executable, "-P", "-m", "index.sources.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, env=_environment(),
        )  # fmt: skip
        self._pipes = cast("tuple[BinaryIO, BinaryIO]", (self._process.stdin, self._process.stdout))

    def _send(self, message: dict[str, Any], payload: bytes = b"") -> None:
        # That the process is gone is noticed, with the reason, when its answer is read.
        with suppress(BrokenPipeError):
            write_frame(self._pipes[0], message, payload)

    def _receive(self) -> tuple[dict[str, Any], bytes]:
        deadline = time.monotonic() + self._wall_seconds
        length, extra = HEADER.unpack(self._read(HEADER.size, deadline))
        if max(length, extra) > MAX_BYTES:
            raise BrokenFrame("the parser sent something that is no message")
        body, payload = self._read(length, deadline), self._read(extra, deadline)
        return read_message(body), payload

    def _read(self, count: int, deadline: float) -> bytes:
        """Return so many bytes of the process's answer."""
        pipe = self._pipes[1]
        chunks: list[bytes] = []
        missing = count
        while missing:
            readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                raise _Stopped(f"reading it took longer than {self._wall_seconds:g} s and was stopped")
            chunk = os.read(pipe.fileno(), min(missing, 1 << 20))
            if not chunk:
                raise _Stopped(self._last_words())
            chunks.append(chunk)
            missing -= len(chunk)
        return b"".join(chunks)

    def _last_words(self) -> str:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return f"reading it took more than {CPU_SECONDS} s of computing and was stopped"
        if code in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGTRAP):
            return f"reading it was stopped (signal {-code}); it may need more than {MEMORY_BYTES >> 20} MB of memory"
        return f"the parser stopped on it ({f'signal {-code}' if code < 0 else f'exit {code}'})"


def _environment() -> dict[str, str]:
    """Return the environment without what a file that takes a parser over should not learn."""
    return {name: value for name, value in os.environ.items() if not name.upper().endswith(_SECRET)} | _ENVIRONMENT

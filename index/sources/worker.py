"""The parser process: reads foreign bytes under limits of memory and computing time, and tells what it found.

Started by `index.sources.cage` as `python -m index.sources.worker`; speaks `index.sources.frames` over stdin and stdout.
"""

import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from index.serialisation import date_from_fields, link_from_fields
from index.sources.files import read_file
from index.sources.formats import Input, read_content
from index.sources.frames import item_to_frame, read_frame, write_frame
from index.types import Article, Origin, Prepared, Rejection, Vectors

# For the parsed thing, on top of what the interpreter and its libraries take: enough for a novel, far too little for a bomb.
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20


class Parser:
    """Serves one job after the other until the other side closes."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._at = 0.0
        self._preparation: Any = None
        self._passage_tokens = 0

    def serve(self) -> None:
        """Take jobs until there are no more."""
        while frame := read_frame(self._incoming):
            job, payload = frame
            self._at = 0.0
            self._passage_tokens = job["passage_tokens"]
            try:
                self._read(job, payload)
            except MemoryError:
                self._fail(job, f"reading it takes more than {MEMORY_BYTES >> 20} MB of memory")
            except Exception as error:  # noqa: BLE001 - whatever one file does to a library, it costs only this file
                self._fail(job, f"it cannot be read ({type(error).__name__}: {str(error)[:200]})")
            write_frame(self._outgoing, {"done": True})

    def _read(self, job: dict[str, Any], payload: bytes) -> None:
        _allow_computing()
        if "path" in job:
            items = read_file(Path(os.fsdecode(bytes.fromhex(job["path"]))), self._embed, self._note_progress)
        else:
            about = Input(
                source=job["source"], url=job["url"], media_type=job["media_type"], charset=job["charset"],
                fetched=date_from_fields(job["fetched"]), link=link_from_fields(job["link"]) if job["link"] else None,
            )  # fmt: skip
            items = read_content(payload, about, self._embed)
        for item in items:
            message, text = item_to_frame(item)
            write_frame(self._outgoing, {**message, "at": self._at}, text)
            if isinstance(item, Article):
                self._answer_prepare(item)
            _allow_computing()

    def _answer_prepare(self, article: Article) -> None:
        frame = read_frame(self._incoming)
        if frame is None:
            sys.exit(0)
        if not frame[0]["prepare"]:
            return
        prepared = self._prepared(article)
        spans = [(passage.start, passage.end) for passage in prepared.passages]
        write_frame(self._outgoing, {"spans": spans, "sketch": prepared.sketch})

    def _prepared(self, article: Article) -> Prepared:
        if self._preparation is None:
            # Most jobs of a second run need neither tokenizer nor sketches.
            from index.embedder_wiring import build_embedder_tokens  # noqa: PLC0415
            from index.preparation import Preparation  # noqa: PLC0415
            from index.settings import IndexSettings  # noqa: PLC0415

            self._preparation = Preparation(build_embedder_tokens(IndexSettings()), self._passage_tokens)
        made: Prepared = self._preparation(article)
        return made

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """Have the other side embed texts: the model is loaded there."""
        write_frame(self._outgoing, {"embed": list(texts)})
        frame = read_frame(self._incoming)
        if frame is None:
            sys.exit(0)
        message, payload = frame
        return np.frombuffer(payload, dtype=np.float32).reshape(len(texts), message["dimension"])

    def _note_progress(self, at: float) -> None:
        self._at = at

    def _fail(self, job: dict[str, Any], reason: str) -> None:
        message, _ = item_to_frame(Rejection(origin=Origin(source=job["source"]), reason=reason))
        write_frame(self._outgoing, message)


def _allow_computing() -> None:
    """Let the next article take its share of computing time; the process is killed when it takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, hard))


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:  # elsewhere than on Linux the address space says nothing; there the time limits must do
        limit = pages * resource.getpagesize() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> None:
    """Serve the process that started this one."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a library prints must not come between the frames, and nothing else may read the jobs.
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The embedder needs every core at once; there is time enough to read ahead between its batches.
    os.nice(19)
    _limit_memory()
    Parser(incoming, outgoing).serve()


if __name__ == "__main__":
    main()

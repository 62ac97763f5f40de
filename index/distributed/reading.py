"""Reads, cuts and sketches sources on Ray's workers, each through the parser cage; takes what they find in order.

`RemoteParser` stands for one worker as `index.sources.cage.CagedParser` does for one process.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.distributed.embedding import PATIENCE_SECONDS
from index.errors import ClusterError, NotPrepared
from index.sources.cage import CagedParser
from index.types import Article, Link, Prepared, Rejection, Vectors

# Sent together: each sending costs a millisecond or two. By size as well, because a text may have megabytes. Both depend on the
# source alone, so a worker that starts again sends the same.
_ITEMS = 16
_CHARACTERS = 500_000
# So many sendings wait for this process at most, then the worker waits.
_WAITING = 4
_TRIES = 5
# How long one embedding actor is waited for until the next is asked as well, and how soon the next is asked where one has died.
_TURN_SECONDS, _PAUSE_SECONDS = 5.0, 0.5
_NO_FILE = "no such file or folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One thing that a worker found."""

    number: int
    """From 0, within its source."""
    item: Article | Link | Rejection
    at: float
    """How far in its source it stood, 0 to 1."""
    prepared: Prepared | str | None = None
    """Of an article: passages and sketch, or why there are none."""


class RemoteParser:
    """One reading worker and the job that it has. What is killed midway starts anew, and what was taken is not taken again.

    `embedders` returns the actors, those too that are being started; they embed what tells the columns of a newspaper page apart.
    """

    def __init__(self, ray: Any, *, passage_tokens: int, embedders: Callable[[], Sequence[Any]]) -> None:
        self._ray = ray
        self._passage_tokens = passage_tokens
        self._embedders = embedders
        # No core is asked for, so that reading never waits until embedders leave one.
        self._task = ray.remote(read_source).options(
            num_cpus=0, num_returns="streaming", max_retries=_TRIES, scheduling_strategy="SPREAD",
            _generator_backpressure_num_objects=_WAITING,
        )  # fmt: skip
        self._running: Any = None
        self._job: dict[str, Any] = {}
        self._last: Read | None = None
        self.at = 0.0
        """How far in its source the last item stood, 0 to 1."""

    def start(self, job: dict[str, Any], payload: bytes = b"") -> None:
        """Have a worker begin a job; it works on it while others are read."""
        self._job, self.at, self._last = job, 0.0, None
        self._running = self._task.remote(job, payload, self._passage_tokens, self._embedders())

    def items(self) -> Iterator[Article | Link | Rejection]:
        """Yield what the job finds, to its end.

        Raises:
            ClusterError: the worker was lost again and again, or began anew with a source that is another one now.
        """
        taken = 0
        try:
            for sent in self._running:
                for read in self._ray.get(sent):
                    if read.number > taken:
                        raise ClusterError(
                            f"{self._job['source']}: it changed while it was read, and the worker that read it was lost; what "
                            "was acknowledged is stored. Run the same command again"
                        )
                    if read.number == taken:
                        taken += 1
                        self._last, self.at = read, read.at
                        yield self._explained(read.item)
        except self._ray.exceptions.RayError as error:
            raise ClusterError(
                f"{self._job['source']}: the worker that read it was lost {_TRIES + 1} times, or could not work "
                f"({_reason(error)}); what was acknowledged is stored. Run the same command again"
            ) from error
        self._running = None

    def prepare(self, article: Article) -> Prepared:
        """Return passages and sketch of the article that `items` has just yielded; the worker made them.

        Raises:
            NotPrepared: it took too long or too much there.
            ValueError: it is another article.
        """
        last = self._last
        if last is None or not isinstance(last.item, Article) or last.item.article_id != article.article_id:
            raise ValueError("only the article that was yielded last can be prepared")
        if not isinstance(last.prepared, Prepared):
            raise NotPrepared(str(last.prepared))
        return last.prepared

    def kill(self) -> None:
        """Give the job up."""
        if self._running is not None:
            self._ray.cancel(self._running)
            self._running = None

    def _explained(self, item: Article | Link | Rejection) -> Article | Link | Rejection:
        """Say it of a file that only the worker's machine lacks."""
        if isinstance(item, Rejection) and item.reason == _NO_FILE and "path" in self._job:
            path = os.fsdecode(bytes.fromhex(self._job["path"]))
            if Path(path).exists():
                reason = (
                    f"{_NO_FILE} on a node of the cluster, though it is here; the nodes must see the same files at the same place"
                )
                return replace(item, reason=reason)
        return item


class _Worker:
    """What stays in a worker's process from one job to the next: the cage takes a second to start."""

    parser: CagedParser | None = None
    embedders: Sequence[Any] = ()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Have an actor embed what tells the columns of a page apart: the first of all that answers.

        Raises:
            ClusterError: none did.
        """
        import ray  # noqa: PLC0415 - an extra

        deadline = time.monotonic() + PATIENCE_SECONDS
        turn, asked = os.getpid(), list[Any]()  # each worker begins with another actor
        while time.monotonic() < deadline:
            actor = self.embedders[turn % len(self.embedders)]
            turn += 1
            # Ray is not to try again: it would wait for this one for as long as there is no node for it.
            asked.append(actor.embed.options(max_task_retries=0).remote("embed_passages", list(texts)))
            done, asked = ray.wait(asked, timeout=_TURN_SECONDS)
            try:
                if done:
                    made: Vectors = ray.get(done[0])
                    return made
            except ray.exceptions.RayTaskError:
                raise
            except ray.exceptions.RayError:  # it died
                time.sleep(_PAUSE_SECONDS)
        raise ClusterError(f"no embedding worker answered for {PATIENCE_SECONDS:g} s")


_worker = _Worker()


def read_source(job: dict[str, Any], payload: bytes, passage_tokens: int, embedders: Sequence[Any]) -> Iterator[list[Read]]:
    """Yield what a job finds, some items at a time. Runs on a worker."""
    _worker.embedders = embedders
    parser, _worker.parser = _worker.parser or CagedParser(passage_tokens=passage_tokens, embed=_worker.embed), None
    whole = False
    try:
        parser.start(job, payload)
        sent: list[Read] = []
        size = 0
        for number, item in enumerate(parser.items()):
            sent.append(Read(number=number, item=item, at=parser.at, prepared=_prepared(parser, item)))
            size += len(item.text) if isinstance(item, Article) else 0
            if len(sent) == _ITEMS or size >= _CHARACTERS:
                yield sent
                sent, size = [], 0
        yield sent
        whole = True
    finally:
        if whole:
            _worker.parser = parser
        else:
            parser.kill()


def _prepared(parser: CagedParser, item: Article | Link | Rejection) -> Prepared | str | None:
    if not isinstance(item, Article):
        return None
    try:
        return parser.prepare(item)
    except NotPrepared as error:
        return str(error)


def _reason(error: BaseException) -> str:
    return next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)[:300]

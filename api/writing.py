"""Ingests what requests bring into the archive that the service answers from: one at a time, in a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anyio import CapacityLimiter, Lock, create_task_group, fail_after, to_thread
from fastapi import Request
from starlette.exceptions import HTTPException

from api.errors import NotReady
from api.observed import Observed
from api.settings import ServiceSettings
from api.small_batches import SmallBatches
from index.errors import ReadingStopped
from index.ingest import Fallbacks, IngestReport
from index.protocols import Embedder
from index.types import Item

if TYPE_CHECKING:
    from index.sources.reading import Reader

# Requests that are read or wait for their turn; each may hold a file on disk. More are turned away at once.
MOST_WAITING = 16
_RETRY_SECONDS = "10"
# The next files are not read ahead: a request brings one, and cores are for questions.
_PARSERS = 1


def _as_it_is(item: Item) -> Item:
    return item


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What one request brought."""

    source: str
    """What the ledger says was asked for."""
    read: str
    """The web address, or the path of a file of ours, that is read."""
    fallbacks: Fallbacks = field(default_factory=Fallbacks)
    renamed: Callable[[Item], Item] = _as_it_is
    """Gives what was read the place that people know it by."""


class Writing:
    """The one ingest that runs in this process. Close it before the archive."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self._turn = Lock()
        self._inside = 0
        # A thread each, besides those that compute answers: who asks waits for none of them.
        self._ingesting, self._deleting = CapacityLimiter(1), CapacityLimiter(1)
        self._running = threading.Lock()
        self._closing = threading.Event()
        self._reader: Reader | None = None

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Take one of the places for requests that write.

        Raises:
            HTTPException: all are taken (503).
        """
        if self._inside >= MOST_WAITING:
            raise _busy(f"{MOST_WAITING} requests that write are waiting already")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def ingest(self, request: Request, pipeline: Observed, brought: Brought) -> IngestReport | None:
        """Ingest when it is this request's turn; what is in the report is durable.

        Call it when the body was read. Of a client that leaves, what was stored stays and the rest is not begun; None if nothing
        was.

        Raises:
            HTTPException: the turn did not come in time (503).
            NotReady: the service is stopping.
            IndexingError: the archive cannot be written.
        """
        left = threading.Event()
        done: list[IngestReport | None] = []
        problem: list[Exception] = []
        async with create_task_group() as tasks:

            async def watch() -> None:
                while (await request.receive())["type"] != "http.disconnect":
                    pass
                left.set()

            tasks.start_soon(watch)
            try:
                done.append(await self._in_turn(pipeline, brought, left))
            except Exception as error:  # noqa: BLE001 - raised again below, not wrapped in a group of exceptions
                problem.append(error)
            tasks.cancel_scope.cancel()
        if problem:
            raise problem[0]
        return done[0]

    async def delete(self, pipeline: Observed, article_id: str) -> None:
        """Remove an article with its earlier versions; no later answer uses it. An ingest may go on beside it.

        Raises:
            ArticleNotFound: no article has the id.
            ArchiveError: the archive cannot be written.
        """
        await to_thread.run_sync(pipeline.store.delete, article_id, limiter=self._deleting)

    def close(self) -> None:
        """End the ingest that runs, after what it has read is stored, and the parser process."""
        self._closing.set()
        with self._running:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    async def _in_turn(self, pipeline: Observed, brought: Brought, left: threading.Event) -> IngestReport | None:
        seconds = self.settings.write_wait_seconds
        try:
            with fail_after(seconds):
                await self._turn.acquire()
        except TimeoutError as error:
            raise _busy(f"Another ingest has been going on for {seconds:g} s") from error
        try:
            return await to_thread.run_sync(self._run, pipeline, brought, left, limiter=self._ingesting)
        finally:
            self._turn.release()

    def _run(self, pipeline: Observed, brought: Brought, left: threading.Event) -> IngestReport | None:
        from index.wiring import build_ingest  # noqa: PLC0415 - not needed to serve, and `api` is to be light

        with self._running:
            if self._closing.is_set():
                raise NotReady("The service is stopping; nothing of this was stored. Send it again.")
            if left.is_set():
                return None
            embedder = SmallBatches(pipeline.embedder)
            reader = self._reader or self._new_reader(pipeline, embedder)
            # One that is broken off has its parser in the middle of something; only one that came to its end is kept.
            self._reader = None
            try:
                ingest = build_ingest(self.settings, pipeline.store, embedder, prepare=reader.prepare)
                report = ingest.run(self._items(reader, brought, left), brought.fallbacks, sources=[brought.source])
            except BaseException:
                reader.close()
                raise
            if report.stopped:
                reader.close()
            else:
                self._reader = reader
            return report

    def _items(self, reader: "Reader", brought: Brought, left: threading.Event) -> Iterator[Item]:
        for item in reader.read([brought.read]):
            if left.is_set() or self._closing.is_set():
                raise ReadingStopped("reading was stopped")
            yield brought.renamed(item)

    def _new_reader(self, pipeline: Observed, embedder: Embedder) -> "Reader":
        from index.wiring import build_reader  # noqa: PLC0415 - as above

        try:
            return build_reader(self.settings, pipeline.store, embedder.embed_passages, parsers=_PARSERS)
        except ValueError as error:
            raise NotReady(f"setting 'fetch_private': {error}") from error


def _busy(why: str) -> HTTPException:
    return HTTPException(
        503, f"{why}; nothing of this was stored. Try again in a moment.", headers={"Retry-After": _RETRY_SECONDS}
    )

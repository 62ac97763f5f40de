"""Runs `dateline ingest`: once or at intervals, with progress, and a clean end on Ctrl-C."""

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from api.command import UsageError, closing, say, waiting
from index.embedder_wiring import build_embedder
from index.errors import ExtraMissing
from index.ingest import Fallbacks, IngestReport
from index.protocols import Embedder, PassageStore
from index.settings import IndexSettings
from index.sources.reading import Reader
from index.steps import WINDOW_PASSAGES
from index.types import LedgerEntry
from index.wiring import build_cluster, build_ingest, build_reader, build_store

if TYPE_CHECKING:
    from index.distributed.reading import RemoteParser

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Without a terminal, a line now and then shows that it goes on.
_LINE_SECONDS = 30.0


def seconds_of(interval: str) -> int:
    """Return the seconds of an interval such as `90s`, `15m`, `2h` or `1d`.

    Raises:
        UsageError: it is none.
    """
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", interval.strip().casefold())
    if match is None or int(match[1]) == 0:
        raise UsageError(f"--every: {interval!r} is no interval; write it like 15m, 90s, 2h or 1d")
    return int(match[1]) * _UNITS[match[2]]


def run_ingest(
    settings: IndexSettings,
    sources: list[str],
    fallbacks: Fallbacks,
    show: Callable[[IngestReport], None],
    *,
    interval: int | None,
    dry_run: bool,
    ray: str | None = None,
    embedders: int | None = None,
) -> IngestReport:
    """Ingest the sources once, or every `interval` seconds until stopped; `show` gets the report of every round.

    `ray`: where workers read and embed, `local` or the address of a cluster; None: all is done in this process and its parsers.
    `embedders`: how many of the workers embed.

    Ctrl-C and SIGTERM end reading and keep what was read; a second one ends at once. Returns the last report.

    Raises:
        UsageError: a setting cannot be used.
        KeyboardInterrupt: stopped at once.
    """
    try:
        # From the start: an exception raised by Ctrl-C while libraries are imported can be swallowed by them.
        with (
            _stoppable() as stop,
            closing(build_store(settings, filling=True)) as store,
            _working(settings, ray, embedders) as (embedder, parsers, window),
            closing(_reader(settings, store, embedder, parsers)) as reader,
        ):
            stop.calls(reader.stop)
            while True:
                started = time.monotonic()
                ingest = build_ingest(settings, store, embedder, prepare=reader.prepare, dry_run=dry_run, window=window)
                with _progress(reader) as advance:
                    report = ingest.run(reader.read(sources), fallbacks, advance, sources=sources)
                if reader.hidden:
                    what = "files and folders are not read (hidden, or links out of their folder)"
                    say(f"{len(reader.hidden)} {what}, for example {reader.hidden[0]}")
                show(report)
                if interval is None or stop.wait(max(0.0, started + interval - time.monotonic())):
                    return report
    except KeyboardInterrupt:
        say("Stopped at once; what was acknowledged is stored. Run the same command again to go on.")
        raise


@contextmanager
def _working(
    settings: IndexSettings, ray: str | None, embedders: int | None
) -> "Iterator[tuple[Embedder, Sequence[RemoteParser] | None, int]]":
    """Yield what embeds, what parses (None: processes of this one), and how many passages are embedded together."""
    if ray is None:
        yield build_embedder(settings), None, WINDOW_PASSAGES
        return
    try:
        with waiting("starting the workers …"):
            cluster = build_cluster(settings, ray, embedders=embedders)
    except (ExtraMissing, ValueError) as error:
        raise UsageError(f"--ray: {error}") from error
    with closing(cluster):
        yield cluster.embedder, cluster.parsers, cluster.window


def _reader(settings: IndexSettings, store: PassageStore, embedder: Embedder, parsers: "Sequence[RemoteParser] | None") -> Reader:
    try:
        return build_reader(settings, store, embedder.embed_passages, parsers=parsers)
    except ValueError as error:
        raise UsageError(f"setting 'fetch_private': {error}") from error


class _Stop:
    """Whether the user asked to stop, and what ends the reading then."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._end: Callable[[], None] | None = None

    def calls(self, end: Callable[[], None]) -> None:
        """Call `end` when stopping is asked for; now, if it already was."""
        self._end = end
        if self._asked.is_set():
            end()

    def wait(self, seconds: float) -> bool:
        """Return whether stopping is asked for, at the latest after so many seconds."""
        return self._asked.wait(seconds)

    def on_signal(self, number: int, _: FrameType | None) -> None:
        """End cleanly at the first signal, at once at the second."""
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
        if self._end is not None:
            self._end()
        again = " (Ctrl-C again: at once)" if number == signal.SIGINT else ""
        say(f"Stopping: what is already read is being stored{again}.")


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    """Let Ctrl-C and SIGTERM end reading cleanly while inside."""
    stop = _Stop()
    before = {number: signal.signal(number, stop.on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(reader: Reader) -> Iterator[Callable[[LedgerEntry], None]]:
    """Show a bar with articles a second and the time left; without a terminal, a line every half minute."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("left:"),
        TimeRemainingColumn(),
    )  # fmt: skip
    started = said = time.monotonic()
    count = 0
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=1.0)

        def advance(_: LedgerEntry) -> None:
            nonlocal count, said
            count += 1
            now = time.monotonic()
            rate = count / max(now - started, 1e-9)
            bar.update(task, completed=reader.progress, description=f"{count:,} articles, {rate:.1f}/s")
            if not console.is_terminal and now - said >= _LINE_SECONDS:
                said = now
                share = reader.progress
                left = f", about {(now - started) * (1 - share) / share / 60:.0f} min left" if share else ""
                say(f"{count:,} articles, {rate:.1f}/s{left}")

        yield advance

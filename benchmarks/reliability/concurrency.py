"""Two bulk ingests write to one archive while three processes answer from it, save its caches and open it anew.

`python -m benchmarks.reliability.concurrency [--seconds 60]`: each ingest stores its own articles one after the other, all in
version 1, then all in version 2, and so on, an article a transaction. So at one generation the versions of one ingest's articles
are a step: an answer that mixed two generations would show another picture, or passages of two versions of one article. What was
acknowledged before a question was asked must be in its answer. Prints one JSON object; ends with status 1 when there was an
error, a mixed answer, or one more than two seconds behind.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.provenance import provenance
from benchmarks.reliability.light import Digests, check, ingest, open_store, prepared, told
from index.local.store import LocalStore
from index.types import LedgerEntry, Where

if TYPE_CHECKING:
    from multiprocessing.managers import ListProxy

WRITERS, READERS, THREADS = 2, 3, 2
ARTICLES = 20
"""So many each ingest writes again and again."""
MOST_BEHIND_SECONDS = 2.0
_MOST_ACKNOWLEDGED = 1_000_000
_SAVE_SECONDS, _REOPEN_SECONDS = 1.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of a run."""

    answers: int
    generations: int
    """How many different generations were answered from."""
    acknowledged: int
    snapshots: int
    opened: int
    errors: dict[str, int]
    mixed: list[str]
    behind_seconds: float
    """How long before a question the oldest write was acknowledged that its answer lacked; 0 if none lacked any."""
    problems: list[str]
    """What `dateline check` says in the end, and what was acknowledged and is not there."""

    @property
    def good(self) -> bool:
        """Whether there is nothing to complain of."""
        return not (self.errors or self.mixed or self.problems) and self.behind_seconds <= MOST_BEHIND_SECONDS


def run(folder: Path, seconds: float) -> Measured:
    """Write and read so long."""
    with closing(open_store(folder)):
        pass
    processes = get_context("spawn")
    with processes.Manager() as manager:
        said: ListProxy[Any] = manager.list()
        stop = processes.Event()
        # The time of every acknowledgement, in order; 0 for those to come.
        acknowledged = [processes.Array("d", _MOST_ACKNOWLEDGED, lock=False) for _ in range(WRITERS)]
        writing = [
            processes.Process(target=_write, args=(folder, writer, acknowledged[writer], stop, said)) for writer in range(WRITERS)
        ]
        reading = [processes.Process(target=_read, args=(folder, acknowledged, stop, said)) for _ in range(READERS)]
        for process in (*writing, *reading):
            process.start()
        time.sleep(seconds)
        stop.set()
        for process in (*writing, *reading):
            process.join()
        counts = [_count(times, 0) for times in acknowledged]
        died = [f"a process ended with {process.exitcode}" for process in (*writing, *reading) if process.exitcode]
        return _measured(list(said), counts, [*died, *_last_look(folder, counts)])


def _write(folder: Path, writer: int, acknowledged: Any, stop: Event, said: "ListProxy[Any]") -> None:
    """Ingest version after version of the same articles."""
    done = 0

    def acknowledge(_: LedgerEntry) -> None:
        nonlocal done
        acknowledged[done] = time.monotonic()
        done += 1

    try:
        with closing(open_store(folder)) as store:
            version = 0
            while not stop.is_set():
                version += 1
                ingest(store, [(writer * ARTICLES + number, version) for number in range(ARTICLES)], acknowledge)
    except Exception as error:  # noqa: BLE001 - counted
        said.append({"error": f"writing: {type(error).__name__}: {error}"})


def _read(folder: Path, acknowledged: list[Any], stop: Event, said: "ListProxy[Any]") -> None:
    """Answer with several threads, save the caches, and now and then open the archive anew."""
    snapshots = opened = 0
    while not stop.is_set():
        opened += 1
        try:
            with closing(open_store(folder)) as store:
                until = time.monotonic() + _REOPEN_SECONDS
                threads = [threading.Thread(target=_ask, args=(store, acknowledged, until, stop, said)) for _ in range(THREADS)]
                for thread in threads:
                    thread.start()
                while time.monotonic() < until and not stop.wait(_SAVE_SECONDS):
                    with store.consistent():
                        store._caches.save()  # noqa: SLF001 - what closing does
                    snapshots += 1
                for thread in threads:
                    thread.join()
        except Exception as error:  # noqa: BLE001 - counted
            said.append({"error": f"opening or saving: {type(error).__name__}: {error}"})
    said.append({"snapshots": snapshots, "opened": opened})


def _ask(store: LocalStore, acknowledged: list[Any], until: float, stop: Event, said: "ListProxy[Any]") -> None:
    vector = Digests().embed_passages(["which ferry left last?"])[0]
    answers, generations, behind = 0, set[int](), 0.0
    seen = [0] * WRITERS
    while time.monotonic() < until and not stop.is_set():
        seen = [_count(times, before) for times, before in zip(acknowledged, seen, strict=True)]
        asked = time.monotonic()
        try:
            generation, mixed, written = _answer(store, vector)
        except Exception as error:  # noqa: BLE001 - counted
            said.append({"error": f"asking: {type(error).__name__}: {error}"})
            continue
        answers += 1
        generations.add(generation)
        if mixed:
            said.append({"mixed": f"generation {generation}: {mixed}"})
        for times, before, there in zip(acknowledged, seen, written, strict=True):
            if there < before:
                behind = max(behind, asked - times[there])
    said.append({"answers": answers, "generations": sorted(generations), "behind": behind})


def _answer(store: LocalStore, vector: np.ndarray) -> tuple[int, str, list[int]]:
    """Return the generation, what is mixed in the answer, and how many writes of each ingest it shows."""
    with store.consistent() as generation:
        by_words = {row for row, _ in store.matching(["ferry"], 10_000, Where())}
        by_vector = {row for row, _ in store.nearest(vector, 10_000, Where())}
        stats = store.stats()
        found = store.passages(sorted(by_words))
    if stats.generation != generation:
        return generation, f"counts are of generation {stats.generation}", [0] * WRITERS
    rows: dict[tuple[int, int], int] = defaultdict(int)
    for _, of in found:
        rows[told(of.text) or (0, 0)] += 1
    mixed = ""
    if by_words != by_vector or len(by_words) != stats.passages:
        mixed = f"{len(by_words)} passages by words, {len(by_vector)} by vectors, {stats.passages} counted"
    if partial := [one for one, count in rows.items() if count != len(prepared(*one).passages)]:
        mixed = f"passages of {partial[0]} are missing or too many"
    written = []
    for writer in range(WRITERS):
        versions = [
            max((v for n, v in rows if n == number), default=0) for number in range(writer * ARTICLES, (writer + 1) * ARTICLES)
        ]
        if versions != sorted(versions, reverse=True) or versions[0] - versions[-1] > 1:
            mixed = f"versions {versions}"
        written.append(sum(versions))
    if len({number for number, _ in rows}) != len(rows):
        mixed = "two versions of one article"
    return generation, mixed, written


def _count(times: Any, known: int) -> int:
    """Return how many were acknowledged, of which so many are known."""
    while times[known]:
        known += 1
    return known


def _last_look(folder: Path, counts: list[int]) -> list[str]:
    """Return what `check` names, and what was acknowledged and is not there."""
    problems = [problem.what for problem in check(folder).problems]
    with closing(open_store(folder)) as store:
        _, mixed, written = _answer(store, Digests().embed_passages(["any"])[0])
    if mixed:
        problems.append(mixed)
    problems += [
        f"{there} writes of {acknowledged} are there"
        for there, acknowledged in zip(written, counts, strict=True)
        if there != acknowledged
    ]
    return problems


def _measured(said: list[dict[str, Any]], counts: list[int], problems: list[str]) -> Measured:
    return Measured(
        answers=sum(one.get("answers", 0) for one in said),
        generations=len({number for one in said for number in one.get("generations", ())}),
        acknowledged=sum(counts),
        snapshots=sum(one.get("snapshots", 0) for one in said),
        opened=sum(one.get("opened", 0) for one in said),
        errors=dict(Counter(one["error"] for one in said if "error" in one)),
        mixed=[one["mixed"] for one in said if "mixed" in one][:10],
        behind_seconds=round(max((one.get("behind", 0.0) for one in said), default=0.0), 3),
        problems=problems,
    )


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-concurrency-") as scratch:
        measured = run(Path(scratch) / "archive", options.seconds)
    print(json.dumps({**asdict(measured), **provenance("reliability.concurrency")}, indent=2))
    sys.exit(not measured.good)


if __name__ == "__main__":
    main()

"""Several writers of one archive on Milvus, some of which stand still or die."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index.failpoints import VARIABLE
from index.milvus.store import MilvusStore
from tests.contracts.stores import EVERYTHING, found, near, news, put, unit_rows
from tests.index.milvus.servers import Server, Way, check_whole, counts, open_store
from tests.index.milvus.writer import PATIENT

pytestmark = pytest.mark.long

# Who survives another waits for less long than that one would.
QUICK = replace(PATIENT, taken_over=1.0)
_ROOT = Path(__file__).parents[3]
_PATIENCE = 60.0


def started(server: Server, name: str, *steps: str, failpoint: str = "") -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.index.milvus.writer", server.address, name, *steps]
    return subprocess.Popen(command, cwd=_ROOT, env={**os.environ, VARIABLE: failpoint}, stdout=subprocess.PIPE, text=True)


def wait_for(sign: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not sign():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ferry(number: int) -> str:
    return f"Ferry {number} left.\n\nIt was full."


def uncommitted(store: MilvusStore) -> bool:
    generation = store.stats().generation
    return bool(store._connection.rows(store._tables.passages, f"born > {generation}", ["row"]))


def test_two_processes_store_everything_once(server: Server) -> None:
    """Each in a run of its own, at once: every article is there once, the ledger is whole, no generation is left out."""
    mine, theirs = range(8), range(100, 108)
    with contextlib.closing(open_store(server.address, name="two", times=PATIENT)) as store:
        with started(server, "two", "run", *(f"put:{ferry(number)}" for number in theirs), "end") as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "open\n"
            store.begin_run(["/news"])
            for number in mine:
                put(store, news(ferry(number)))
                time.sleep(0.1)
            store.finish_run()
            assert "error" not in other.stdout.read()
        assert other.returncode == 0
        check_whole(store, [ferry(number) for number in (*mine, *theirs)])
        assert store.stats().generation == len(mine) + len(theirs)
        assert [(run.counts, bool(run.finished)) for run in store.runs()] == [({"accepted": 8}, True)] * 2
        assert len(store.ledger()) == 16
        assert counts(store) == {"articles": 16, "passages": 32}


def test_a_writer_that_stood_still_overwrites_nothing(server: Server) -> None:
    """Stopped in the middle of an article for longer than the lease, then continued: it ends with an error."""
    with contextlib.closing(open_store(server.address, name="still", times=QUICK)) as store:
        put(store, news(ferry(1)))
        with started(server, "still", f"put:{ferry(2)}", failpoint="article.passages=0.5") as other:
            wait_for(lambda: uncommitted(store))
            other.send_signal(signal.SIGSTOP)
            for number in (3, 4, 5):
                put(store, news(ferry(number)))
            other.send_signal(signal.SIGCONT)
            assert other.stdout is not None
            said = other.stdout.read()
        assert other.returncode == 1
        assert "error another process took over writing to this archive" in said
        check_whole(store, [ferry(number) for number in (1, 3, 4, 5)])
        put(store, news(ferry(2)))
        check_whole(store, [ferry(number) for number in (1, 2, 3, 4, 5)])


@pytest.mark.parametrize(
    ("failpoint", "there"),
    [("article.passages:2", False), ("article.removed:3", False), ("write.committing:2", False), ("write.committed:2", True)],
)
def test_a_writer_that_dies_leaves_nothing_half_done(server: Server, failpoint: str, there: bool) -> None:  # noqa: FBT001
    """An article is replaced, then deleted with its versions, then another stored; the death is in one of the last two steps."""
    name = failpoint.replace(".", "_").replace(":", "_")
    steps = [f"put:{ferry(1)}", f"put:{ferry(2)}:{ferry(1)}", f"delete:{ferry(2)}"]
    with started(server, name, *(steps if "removed" in failpoint else steps[:2]), failpoint=failpoint) as died:
        died.communicate()
    assert died.returncode == -signal.SIGKILL
    with contextlib.closing(open_store(server.address, name=name, times=QUICK)) as store:
        before = [ferry(2)] if there or "removed" in failpoint else [ferry(1)]
        check_whole(store, before)
        put(store, news("Another ferry left."))
        check_whole(store, [*before, "Another ferry left."])
        versions = [version.article.text for version in store.history(news(before[0]).article_id)]
        assert versions == ([ferry(1), ferry(2)] if before == [ferry(2)] else [ferry(1)])
        # The earlier version of an article is kept, with its passages for ten minutes.
        assert counts(store) == {"articles": len(versions) + 1, "passages": 2 * len(versions) + 1}
        books = store._connection.rows(store._tables.books, 'kind == "entry"', ["number"])
        assert sorted(row["number"] for row in books) == list(range(1, len(versions) + 2))


def test_who_only_reads_waits_for_nobody(server: Server, way: Way) -> None:
    """An archive that is written can be opened and searched at once; one that is written no more is free at once."""
    writing = open_store(server.address, name="reading", times=QUICK)
    writing.begin_run(["/news"])
    put(writing, news(ferry(1)))
    began = time.monotonic()
    reading = open_store(way.address, name="reading")  # would wait for 20 s
    check_whole(reading, [ferry(1)])
    writing.finish_run()
    put(reading, news(ferry(2)))
    reading.delete(news(ferry(2)).article_id)
    put(writing, news(ferry(3)))
    assert time.monotonic() - began < 10
    check_whole(reading, [ferry(1), ferry(3)])
    for store in (writing, reading):
        store.close()


def test_every_answer_is_of_one_generation(tmp_path: Path) -> None:
    """While one thread replaces an article of three passages over and over, others find the passages of one version."""

    def version(number: int) -> str:
        return "\n\n".join(f"Ferry version {number} part {part}." for part in range(3))

    store, other = (open_store(str(tmp_path / "milvus.db"), name="one") for _ in range(2))
    put(store, news(version(0)))
    ended, problems = threading.Event(), []

    def read(reader: MilvusStore) -> None:
        last = 0
        while not ended.is_set():
            with reader.consistent() as generation:
                words, vectors = found(reader, "ferry"), near(reader, unit_rows(1, 1)[0])
                size, (article,) = reader.stats(), list(reader.articles())
                rarity = reader.rarity(["ferry"])
                rows = [row for row, _ in reader.matching(["ferry"], 10, EVERYTHING)]
                read = sorted(passage.text for passage, _ in reader.passages(rows))
            expected = version(generation - 1).split("\n\n")
            if not sorted(words) == sorted(vectors) == read == expected or article.text != version(generation - 1):
                problems.append((generation, words, vectors, read, article.text))
            if (size.articles, size.passages, size.generation) != (1, 3, generation) or generation < last or rarity[0] > 0.2:
                problems.append((generation, size, last, rarity))
            last = generation

    threads = [threading.Thread(target=read, args=(reader,)) for reader in (store, other)]
    for thread in threads:
        thread.start()
    for number in range(1, 15):
        put(store, news(version(number)), replaces=news(version(number - 1)).article_id)
    ended.set()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(store.history(news(version(3)).article_id)) == 15
    for opened in (store, other):
        opened.close()


def test_who_asked_for_its_turn_keeps_it(server: Server, way: Way) -> None:
    """Nobody else waits any more: the one that waited finds not itself waiting, and gives nothing up."""
    with (
        contextlib.closing(open_store(server.address, name="asked", times=QUICK)) as first,
        contextlib.closing(open_store(way.address, name="asked", times=QUICK)) as second,
    ):
        first.begin_run(["/news"])
        put(first, news(ferry(0)))
        threading.Timer(0.5, first.finish_run).start()
        second.begin_run(["/news"])
        claims = set()
        for number in range(1, 4):
            time.sleep(QUICK.kept)
            put(second, news(ferry(number)))
            claims.add(second._writing._turn.claim)
        assert len(claims) == 1
        check_whole(first, [ferry(number) for number in range(4)])

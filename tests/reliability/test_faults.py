"""Operations that fail, alone and with all that follow: the error is one line, and the archive keeps all it acknowledged."""

import multiprocessing
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.reliability.attempt import attempt
from benchmarks.reliability.faults import tried
from benchmarks.reliability.light import ingest, open_store
from benchmarks.reliability.striking import FILE_SIZE, Faults
from index.types import Where


# So few of each kind take seconds; `python -m benchmarks.reliability.faults` fails every one.
@pytest.mark.parametrize(
    ("kind", "every"), [("SQLite writes", 150), ("SQLite reads", 80), ("SQLite syncs", 15), ("open", 80), ("remove", 40)]
)
def test_an_ingest_survives_operations_that_fail(tmp_path: Path, kind: str, every: int) -> None:
    """Whichever fails, alone or with all that follow, the error is clean, nothing is lost, and the next ingest completes it."""
    rows = dict(tried(tmp_path, [kind], every))
    assert len(rows) == 2
    assert all(row.faults > 0 for row in rows.values())
    assert not [what for row in rows.values() for what in row.wrong]


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path) -> None:
    """Where the system lets no file grow beyond a size, the error says that there is no room and what to do."""
    with closing(open_store(tmp_path / "archive")) as store:
        ingest(store, [(number, 1) for number in range(1, 7)])
    faults = Faults(kind=FILE_SIZE, number=20, persistent=True)
    process = multiprocessing.get_context("forkserver").Process(
        target=attempt, args=(tmp_path / "archive", tmp_path / "journal", tmp_path / "said", faults)
    )
    process.start()
    process.join(60)
    assert process.exitcode == 1
    assert "has no room to grow" in (tmp_path / "said").read_text()


def test_caches_that_cannot_be_written_are_built_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With a file where the folder of the caches was, what is ingested is found all the same, and the next start saves caches."""
    with closing(open_store(tmp_path)) as store:
        ingest(store, [(number, 1) for number in range(1, 4)])
        with store.consistent():
            assert store.matching(["ferry"], 100, Where())
        (tmp_path / "caches").rename(tmp_path / "gone")
        (tmp_path / "caches").write_text("not a folder")
        ingest(store, [(number, 1) for number in range(4, 8)])
        store.delete(store.same_identity(next(store.articles()))[0].article_id)
        with store.consistent():
            found = store.passages([row for row, _ in store.matching(["ferry"], 100, Where())])
        assert {passage.article_id for passage, _ in found} == {article.article_id for article in store.articles()}
        assert len({article.article_id for _, article in found}) == 6
    assert "are built in memory" in caplog.text
    (tmp_path / "caches").unlink()
    open_store(tmp_path).close()
    assert list((tmp_path / "caches").glob("snapshot-*"))

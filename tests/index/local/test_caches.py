"""The caches: always what SQLite says, whatever happened to their files."""

import shutil
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from index.local.store import LocalStore
from index.types import Article, Where
from tests.index.local.comparing import VectorOf, answers, whole

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
PutPassages = Callable[[LocalStore, int, int], None]


def test_caches_and_archive_agree_at_every_generation(open_store: OpenStore, put: Put) -> None:
    """After each single change both caches hold exactly the archive's passages."""
    store = open_store()
    generations = []
    for number in range(6):
        stored = put(store, number)
        assert whole(store)
        generations.append(store.stats().generation)
        if number % 2:
            store.delete(stored.article_id)
            assert whole(store)
            generations.append(store.stats().generation)
    assert all(later == earlier + 1 for earlier, later in pairwise(generations))
    assert store.stats().passages == 3
    store.close()


def test_a_snapshot_answers_like_caches_built_anew(
    folder: Path, expected: object, open_store: OpenStore, vector: VectorOf, caplog: pytest.LogCaptureFixture
) -> None:
    """A store opened from its snapshot gives the same rows and scores, without a warning."""
    store = open_store(folder)
    assert answers(store, vector) == expected
    store.close()
    assert caplog.records == []


def test_the_caches_may_be_deleted(folder: Path, expected: object, open_store: OpenStore, vector: VectorOf) -> None:
    """Without the caches' folder the answers are the same, and the next close saves a snapshot again."""
    shutil.rmtree(folder / "caches")
    store = open_store(folder)
    assert answers(store, vector) == expected
    store.close()
    assert [path.name for path in (folder / "caches").glob("snapshot-*")] == ["snapshot-000000000005"]


def test_the_caches_may_be_deleted_under_an_open_store(open_store: OpenStore, put: Put, vector: VectorOf, tmp_path: Path) -> None:
    """An open store whose caches' folder is gone takes changes and gives the same answers as one opened anew."""
    store = open_store()
    articles = [put(store, number, "left the harbour") for number in range(3)]
    assert whole(store)
    shutil.rmtree(tmp_path / "archive" / "caches")
    store.delete(articles[0].article_id)
    put(store, 3, "stayed at sea")
    assert whole(store)
    followed = answers(store, vector)
    store.close()
    store = open_store()
    built = answers(store, vector)
    store.close()
    assert followed == built


def test_the_caches_may_be_deleted_after_changes(open_store: OpenStore, put: Put, vector: VectorOf, tmp_path: Path) -> None:
    """Caches that followed deletions and caches built anew give the same rows, scores and rarities."""
    store = open_store()
    articles = [put(store, number, "left the harbour" if number < 4 else "stayed at sea") for number in range(6)]
    assert whole(store)
    for article in articles[:3]:
        store.delete(article.article_id)
    followed = answers(store, vector)
    store.close()
    shutil.rmtree(tmp_path / "archive" / "caches")
    store = open_store()
    built = answers(store, vector)
    store.close()
    assert followed == built


def test_a_snapshot_of_the_future_is_not_served(
    folder: Path, open_store: OpenStore, put: Put, vector: VectorOf, tmp_path: Path
) -> None:
    """After an older database was put back, what only the newer one held is not found."""
    shutil.copytree(folder, tmp_path / "backup")
    store = open_store(folder)
    put(store, 5)
    assert len(answers(store, vector)[0]) == 6
    store.close()
    shutil.copy(tmp_path / "backup" / "archive.sqlite", folder / "archive.sqlite")
    store = open_store(folder)
    assert len(answers(store, vector)[0]) == 5
    assert whole(store)
    store.close()


def test_the_snapshot_of_another_archive_is_not_served(folder: Path, open_store: OpenStore, put: Put, vector: VectorOf) -> None:
    """After the database was moved away and made anew, as a damaged one must be, nothing of the old one is served."""
    for file in folder.glob("archive.sqlite*"):
        file.unlink()
    store = open_store(folder)
    for number in range(10, 15):
        put(store, number, "counted hives")
    with store.consistent():
        hits = [store.matching([word], 9, Where()) for word in ("harbour", "number12")]
        hits.append(store.nearest(vector(12), 1, Where()))
        texts = [[passage.text for passage, _ in store.passages([row for row, _ in found])] for found in hits]
    store.close()
    assert texts == [[], ["Ferry number12 counted hives."], ["Ferry number12 counted hives."]]


def test_a_snapshot_that_is_behind_is_brought_up_to_date(folder: Path, open_store: OpenStore, put: Put, tmp_path: Path) -> None:
    """Changes made since the snapshot, as after a crash, are there when the archive is opened."""
    shutil.copytree(folder / "caches", tmp_path / "old")
    store = open_store(folder)
    first = next(store.articles())
    store.delete(first.article_id)
    put(store, 7)
    store.close()
    shutil.rmtree(folder / "caches")
    shutil.copytree(tmp_path / "old", folder / "caches")
    store = open_store(folder)
    with store.consistent():
        assert len(store.matching(["number7"], 9, Where())) == 1
        gone = first.text.split()[1]
        assert store.matching([gone], 9, Where()) == []
    assert whole(store)
    store.close()


def test_two_snapshots_are_kept(folder: Path, open_store: OpenStore, put: Put) -> None:
    """Each close with changes saves a snapshot, and the oldest go."""
    for number in range(5, 9):
        store = open_store(folder)
        put(store, number)
        store.close()
    assert sorted(path.name for path in (folder / "caches").glob("snapshot-*")) == [
        "snapshot-000000000008",
        "snapshot-000000000009",
    ]


def test_a_closed_store_leaves_no_working_folder(folder: Path) -> None:
    """What a process worked on goes with it."""
    assert list((folder / "caches").glob("work-*")) == []
    assert list((folder / "caches").glob("new-*")) == []


def test_the_caches_are_saved_while_much_comes_in(open_store: OpenStore, put_passages: PutPassages, tmp_path: Path) -> None:
    """A crash in a long ingest leaves few passages to read at the next start: the caches are saved every ten thousand."""
    store = open_store(filling=True)
    saved = []
    for number in range(1, 44):
        put_passages(store, number, 500)
        saved.append({path.name for path in (tmp_path / "archive" / "caches").glob("snapshot-*")})
    assert saved[18] == set()
    assert saved[19] == saved[38] == {"snapshot-000000000020"}
    assert saved[39] == saved[42] == {"snapshot-000000000020", "snapshot-000000000040"}
    shutil.copytree(tmp_path / "archive", tmp_path / "killed", ignore=shutil.ignore_patterns("work-*"))
    store.close()
    with closing(open_store(tmp_path / "killed")) as store:
        assert store._caches.generation == 40
        assert whole(store)
        assert store._caches.generation == 43

"""The caches: always what SQLite says, whatever happened to their files."""

import json
import logging
import shutil
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from index.errors import ArchiveDamaged
from index.local.store import LocalStore
from index.types import Article, Where

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
PutPassages = Callable[[LocalStore, int, int], None]
VectorOf = Callable[[int], np.ndarray]


def answers(store: LocalStore, vector: VectorOf) -> tuple[list[tuple[int, float]], list[list[tuple[int, float]]], list[float]]:
    """Return what both rankers say, and how rare two words are."""
    with store.consistent():
        words = [store.matching(["harbour", f"number{number}"], 100, Where()) for number in range(6)]
        return store.nearest(vector(3), 100, Where()), words, store.rarity(["harbour", "number4"])


def whole(store: LocalStore) -> bool:
    """Return whether both caches hold as many passages as the archive."""
    with store.consistent():
        (passages,) = store._database.rows("SELECT count(*) FROM passages")[0]
        return bool(passages == store._caches.vectors.count() == store._caches.words.count())


@pytest.fixture
def folder(open_store: OpenStore, put: Put, tmp_path: Path) -> Path:
    """Make an archive of five ferries, closed, with one snapshot."""
    store = open_store()
    for number in range(5):
        put(store, number)
    store.close()
    assert [path.name for path in (tmp_path / "archive" / "caches").glob("snapshot-*")] == ["snapshot-000000000005"]
    return tmp_path / "archive"


@pytest.fixture
def expected(folder: Path, open_store: OpenStore, vector: VectorOf, tmp_path: Path) -> object:
    """Return the answers of caches built from nothing."""
    shutil.copytree(folder, tmp_path / "fresh", ignore=shutil.ignore_patterns("caches"))
    store = open_store(tmp_path / "fresh")
    answered = answers(store, vector)
    store.close()
    assert len(answered[0]) == 5
    return answered


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


def test_a_damaged_passage_is_refused_without_reading_everything_again(
    open_store: OpenStore, put_passages: PutPassages, put: Put
) -> None:
    """Questions at an archive that cannot be read whole leave nothing behind; without the damaged article it is read again."""
    with closing(open_store()) as store:
        put_passages(store, 1, 2_100)
        damaged = put(store, 2)
        store._database.rows("UPDATE passages SET end = end - 1 WHERE row = 2101")
        held, refused, folders = [], [], []
        for _ in range(6):
            with pytest.raises(ArchiveDamaged, match="row 2101") as told, store.consistent():
                pass
            refused.append(str(told.value))
            held.append((store._caches.vectors.count(), store._caches.words.count(), store._caches.generation))
            folders.append(store._caches._work.path)
        assert held == [(0, 0, 0)] * 6
        assert len(set(refused)) == 1
        assert len(set(folders)) == 1  # made once, by the first: the others did not begin
        store.delete(damaged.article_id)
        assert whole(store)
        assert store._caches.vectors.count() == 2_100


def damage_nothing_left(snapshot: Path) -> None:
    shutil.rmtree(snapshot)
    snapshot.mkdir()


def damage_truncated(snapshot: Path) -> None:
    file = snapshot / "vectors.faiss"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def damage_flipped(snapshot: Path) -> None:
    file = snapshot / "vectors.faiss"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))


def damage_words(snapshot: Path) -> None:
    file = max((snapshot / "words").glob("*.idx"))
    file.write_bytes(b"\0" * file.stat().st_size)


def damage_word_file_missing(snapshot: Path) -> None:
    max((snapshot / "words").glob("*.store")).unlink()


def damage_stamp(snapshot: Path) -> None:
    (snapshot / "stamp.json").write_text("[]")


def damage_foreign_embedder(snapshot: Path) -> None:
    stamp = json.loads((snapshot / "stamp.json").read_text())
    (snapshot / "stamp.json").write_text(json.dumps({**stamp, "embedder": "other@12345678"}))


def damage_other_generation(snapshot: Path) -> None:
    snapshot.rename(snapshot.with_name("snapshot-000000000004"))


def damage_older_format(snapshot: Path) -> None:
    """Leave a snapshot that is whole, but lacks a file that this version needs."""
    stamp = json.loads((snapshot / "stamp.json").read_text())
    del stamp["files"]["vectors.json"]
    (snapshot / "stamp.json").write_text(json.dumps(stamp))
    (snapshot / "vectors.json").unlink()


def damage_nested_stamp(snapshot: Path) -> None:
    (snapshot / "stamp.json").write_text("[" * 100_000)


def damage_unstamped_file(snapshot: Path) -> None:
    """Flip a bit of a file whose digest the stamp does not have."""
    stamp = json.loads((snapshot / "stamp.json").read_text())
    del stamp["files"]["vectors.faiss"]
    (snapshot / "stamp.json").write_text(json.dumps(stamp))
    damage_flipped(snapshot)


def damage_file_from_elsewhere(snapshot: Path) -> None:
    """Name a file that never ends: it is not read."""
    stamp = json.loads((snapshot / "stamp.json").read_text())
    (snapshot / "stamp.json").write_text(json.dumps({**stamp, "files": {**stamp["files"], "/dev/zero": "0" * 64}}))


def damage_a_file_instead(snapshot: Path) -> None:
    shutil.rmtree(snapshot)
    snapshot.write_bytes(b"no folder")


@pytest.mark.parametrize(
    "damage",
    [
        damage_nothing_left, damage_truncated, damage_flipped, damage_words, damage_word_file_missing, damage_stamp,
        damage_foreign_embedder, damage_other_generation, damage_older_format, damage_a_file_instead,
        damage_nested_stamp, damage_unstamped_file, damage_file_from_elsewhere,
    ],
)  # fmt: skip
def test_a_damaged_snapshot_is_set_aside_and_rebuilt(  # noqa: PLR0917 - fixtures
    folder: Path,
    expected: object,
    open_store: OpenStore,
    vector: VectorOf,
    caplog: pytest.LogCaptureFixture,
    damage: Callable[[Path], None],
) -> None:
    """Whatever is wrong with a snapshot, it is kept under another name with a warning, and the answers are right."""
    damage(folder / "caches" / "snapshot-000000000005")
    store = open_store(folder)
    assert answers(store, vector) == expected
    assert whole(store)
    store.close()
    assert [path.name.split("-")[0] for path in sorted((folder / "caches").glob("*-*"))] == ["aside", "snapshot"]
    assert [(record.levelno, "was set aside" in record.getMessage()) for record in caplog.records] == [(logging.WARNING, True)]
    again = open_store(folder)
    assert answers(again, vector) == expected
    again.close()
    assert len(caplog.records) == 1


@pytest.mark.parametrize("spoilt", ["words/*.fieldnorm", "words/*.store", "vectors.faiss"])
def test_what_rots_after_loading_is_not_saved_as_good(  # noqa: PLR0917 - fixtures
    folder: Path, open_store: OpenStore, put: Put, vector: VectorOf, caplog: pytest.LogCaptureFixture, spoilt: str
) -> None:
    """A flipped bit in a file that is passed on from one saved cache to the next: nothing is saved, the caches are made anew."""
    with closing(open_store(folder)) as store:
        for number in range(5, 60):
            put(store, number)
    with closing(open_store(folder)) as store:
        with store.consistent():
            file = max(store._caches._work.path.glob(spoilt))
            content = bytearray(file.read_bytes())
            content[0 if "words" in spoilt else -1] ^= 1
        with file.open("r+b") as opened:  # in place: the saved cache has the same file
            opened.write(content)
        put(store, 60)
        with store.consistent():
            store._caches.save()
        assert [path.name for path in (folder / "caches").glob("snapshot-*61")] == []
        assert ["no longer as it was written" in record.getMessage() for record in caplog.records] == [True]
        assert whole(store)
        answered = answers(store, vector)
    assert len(list((folder / "caches").glob("snapshot-*61"))) == 1
    with closing(open_store(folder)) as store:
        assert answers(store, vector) == answered
    shutil.rmtree(folder / "caches")
    with closing(open_store(folder)) as store:
        assert answers(store, vector) == answered


def test_what_rots_after_saving_is_not_saved_again_as_good(open_store: OpenStore, put: Put, tmp_path: Path) -> None:
    """What this process has written and saved itself is held against what it was, too."""
    caches = tmp_path / "archive" / "caches"
    with closing(open_store()) as store:
        for number in range(3):
            put(store, number)
            with store.consistent():
                store._caches.save()
        assert [path.name[-1] for path in sorted(caches.glob("snapshot-*"))] == ["2", "3"]
        file = max((store._caches._work.path / "words").glob("*.store"))
        file.write_bytes(b"\0" + file.read_bytes()[1:])
        put(store, 3)
        with store.consistent():
            store._caches.save()
        assert [path.name[-1] for path in sorted(caches.glob("snapshot-*"))] == ["2", "3"]
        assert whole(store)
    assert [path.name[-1] for path in sorted(caches.glob("snapshot-*"))] == ["3", "4"]


def test_stray_files_do_not_come_into_the_next_snapshot(folder: Path, open_store: OpenStore, put: Put) -> None:
    """Only what Tantivy calls its own is passed on."""
    with closing(open_store(folder)) as store:
        with store.consistent():
            words = store._caches._work.path / "words"
        (words / "stray.pkl").write_bytes(b"anything")
        (words / ".tmpAbCd").write_bytes(b"half a file")
        put(store, 5)
    saved = {path.name for path in (folder / "caches" / "snapshot-000000000006" / "words").iterdir()}
    managed = set(json.loads((folder / "caches" / "snapshot-000000000006" / "words" / ".managed.json").read_text()))
    assert saved <= managed | {"meta.json", ".managed.json"}
    assert len(saved) > 5


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

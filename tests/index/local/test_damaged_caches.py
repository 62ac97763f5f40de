"""Saved caches that are damaged, strange or spoilt: set aside and made anew, never served."""

import json
import logging
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import ArchiveDamaged
from index.local.store import LocalStore
from index.types import Article
from tests.index.local.comparing import VectorOf, answers, whole

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
PutPassages = Callable[[LocalStore, int, int], None]


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

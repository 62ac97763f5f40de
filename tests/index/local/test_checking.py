"""Examining an archive: whatever is not as it was written is named, and looking changes nothing."""

import hashlib
import json
import shutil
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import faiss
import numpy as np
import pytest

from index.checks import ArchiveCheck
from index.embedding import DIMENSION, EMBEDDER_NAME
from index.errors import ArchiveDamaged, ArchiveMismatch, ArchiveUnavailable
from index.local import checking
from index.local.database import Database
from index.local.records import sketch_to_blob
from index.local.store import LocalStore
from index.types import Article, Where
from tests.index.local.test_migrations import unpack

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
FERRIES = 12
MANIFEST = {"embedder": EMBEDDER_NAME, "dimension": str(DIMENSION), "chunker": "sentences-1/168"}


def check(folder: Path, *, embedder: str = EMBEDDER_NAME, exact_up_to: int = 20_000) -> ArchiveCheck:
    return checking.check_archive(
        folder, embedder=embedder, dimension=DIMENSION, chunker="sentences-1/168", exact_up_to=exact_up_to
    )


def repair(folder: Path) -> None:
    checking.repair_caches(folder, embedder=EMBEDDER_NAME, dimension=DIMENSION, chunker="sentences-1/168")


def problems(found: ArchiveCheck, place: str) -> str:
    assert {problem.place for problem in found.problems} <= {place}
    return "\n".join(problem.what for problem in found.problems)


def files(folder: Path) -> dict[str, str]:
    """Return the digest of every file, except SQLite's shared memory, which every reader writes into."""
    every = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".sqlite-shm"]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in every}


def change(folder: Path, statement: str, *values: object) -> None:
    """Change the database behind the store's back, so that its generation stays."""
    connection = apsw.Connection(str(folder / "archive.sqlite"))
    connection.execute(statement, values)
    connection.close()


def stamp_anew(snapshot: Path) -> None:
    """Make a snapshot's digests right again, as if it had been written so."""
    stamp = json.loads((snapshot / "stamp.json").read_text())
    stamp["files"] = {name: hashlib.sha256((snapshot / name).read_bytes()).hexdigest() for name in stamp["files"]}
    (snapshot / "stamp.json").write_text(json.dumps(stamp))


@pytest.fixture
def folder(open_store: OpenStore, put: Put, tmp_path: Path) -> Path:
    """Make an archive of a dozen ferries, of which one is gone again, closed and with a snapshot."""
    store = open_store()
    ferries = [put(store, number) for number in range(FERRIES + 1)]
    store.delete(ferries[4].article_id)
    store.close()
    return tmp_path / "archive"


@pytest.fixture
def snapshot(folder: Path) -> Path:
    (found,) = (folder / "caches").glob("snapshot-*")
    return found


def test_a_whole_archive_has_no_problems_and_is_left_as_it_is(folder: Path) -> None:
    """Counts, manifest and the way of searching are told, and no file changes."""
    before = files(folder)
    found = check(folder)
    assert found.problems == ()
    assert (found.generation, found.articles, found.passages, found.snapshot) == (FERRIES + 2, FERRIES, FERRIES, FERRIES + 2)
    assert found.manifest == {"embedder": EMBEDDER_NAME, "dimension": str(DIMENSION), "chunker": "sentences-1/168"}
    assert (found.vector_index["kind"], found.vector_index["vectors"], found.vector_index["recall"]) == ("exact", FERRIES, 1.0)
    assert files(folder) == before


def test_caches_that_are_behind_are_no_problem(folder: Path, open_store: OpenStore, put: Put) -> None:
    """What was stored and removed since the snapshot is not counted against it."""
    store = open_store()
    list(store.articles())
    removed = next(store.articles())
    store.delete(removed.article_id)
    put(store, 100)
    found = check(folder)
    assert found.problems == ()
    assert (found.generation, found.snapshot) == (FERRIES + 4, FERRIES + 2)
    store.close()


def test_saved_caches_that_are_replaced_meanwhile_are_no_problem(folder: Path, open_store: OpenStore, put: Put) -> None:
    """An examination takes minutes, and a busy ingest keeps two snapshots: the one chosen at first is examined to the end."""
    with closing(Database(folder / "archive.sqlite", MANIFEST)) as database:
        examination = checking._Checking(folder, database, MANIFEST, 20_000)
        work = examination._snapshots.working_folder()
        chosen = examination._choose(work.path)
        assert chosen == (FERRIES + 2, None)
        for number in range(100, 103):
            with closing(open_store()) as store:
                put(store, number)
        assert not (folder / "caches" / f"snapshot-{FERRIES + 2:012}").exists()
        with database.reading():
            assert examination._saved(FERRIES + 2, work.path) is not None
        assert examination._problems == []
        work.remove()


def test_an_archive_without_caches_is_whole(folder: Path) -> None:
    """Caches may be deleted at any time; then there is nothing to compare, and it says so."""
    shutil.rmtree(folder / "caches")
    found = check(folder)
    assert (found.problems, found.snapshot, found.vector_index) == ((), None, {})


@pytest.mark.long
def test_recall_is_shown_where_codes_narrow_the_search(put: Put, tmp_path: Path) -> None:
    """The recall that was measured when codes were made is part of what an examination tells."""
    store = LocalStore(
        tmp_path / "archive", embedder=EMBEDDER_NAME, dimension=DIMENSION, chunker="sentences-1/168", exact_up_to=100
    )
    for number in range(2_100):
        put(store, number)
    store.close()
    found = check(tmp_path / "archive", exact_up_to=100)
    assert found.problems == ()
    assert found.vector_index["kind"] == "refined"
    assert 0.98 <= float(found.vector_index["recall"]) <= 1
    assert (found.vector_index["vectors"], found.vector_index["queries"]) == (2_100, 200)


@pytest.mark.parametrize("name", ["vectors.faiss", "rows.npy", "filters.npz", "vectors.json", "words/meta.json"])
def test_a_changed_file_of_the_caches_is_named_and_can_be_made_anew(
    folder: Path, snapshot: Path, name: str, open_store: OpenStore, vector: Callable[[int], np.ndarray]
) -> None:
    """One flipped bit is found; looking does not set the snapshot aside, repairing does and leaves a whole archive."""
    content = bytearray((snapshot / name).read_bytes())
    content[len(content) // 2] ^= 1
    (snapshot / name).write_bytes(content)
    before = files(folder)
    found = check(folder)
    assert f"{name} is not as it was written" in problems(found, "caches")
    assert files(folder) == before
    repair(folder)
    assert check(folder).problems == ()
    assert check(folder).snapshot == FERRIES + 2
    assert len(list((folder / "caches").glob("aside-*"))) == 1
    store = open_store()
    assert store.nearest(vector(3), 1, Where())[0][1] == pytest.approx(1, abs=1e-3)
    store.close()


def test_a_truncated_and_a_missing_file_are_named(folder: Path, snapshot: Path) -> None:
    """Files that are shorter, or not there, are damage like any other."""
    (snapshot / "vectors.faiss").write_bytes((snapshot / "vectors.faiss").read_bytes()[:100])
    assert "vectors.faiss is not as it was written" in problems(check(folder), "caches")
    (snapshot / "vectors.faiss").unlink()
    assert "its files are not those that were written" in problems(check(folder), "caches")


def test_whole_files_that_say_something_else_than_the_archive_are_found(folder: Path, snapshot: Path) -> None:
    """Digests only show that nothing changed since; vectors and filters are compared with the archive one by one."""
    index = faiss.read_index(str(snapshot / "vectors.faiss"))
    vectors = index.reconstruct_n(0, index.ntotal)
    vectors[2] = -vectors[2]
    index.reset()
    index.add(vectors)
    faiss.write_index(index, str(snapshot / "vectors.faiss"))
    with np.load(snapshot / "filters.npz") as stored:
        columns = {name: stored[name].copy() for name in stored.files}
    columns["days"][7] = 730_000
    np.savez(snapshot / "filters.npz", **columns)
    stamp_anew(snapshot)
    told = problems(check(folder), "caches")
    assert "passage 3 has another vector in the saved caches" in told
    assert "passage 7 has another day or outlet in the saved caches" in told
    repair(folder)
    assert check(folder).problems == ()


def test_a_passage_that_only_one_side_has_is_found(folder: Path) -> None:
    """Passages that vanished from the archive are seen in the caches, and the other way round."""
    change(folder, "DELETE FROM passages WHERE row = 3")
    told = "\n".join(problem.what for problem in check(folder).problems)
    assert "it has no passages" in told
    assert "the saved vectors hold 1 passages that the archive does not" in told
    assert "the saved words hold 1 passages that the archive does not" in told


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE articles SET text = replace(text, 'left', 'lost') WHERE row = 2", "its text is not the one that it was stored"),
        ("UPDATE articles SET details = '{' WHERE row = 2", "what is stored of it cannot be read (JSONDecodeError)"),
        ("UPDATE articles SET details = '{}' WHERE row = 2", "what is stored of it cannot be read (KeyError)"),
        ("UPDATE articles SET text = CAST(x'ff41' AS TEXT) WHERE row = 2", "it cannot be read (UnicodeDecodeError)"),
        ("UPDATE articles SET day = 5 WHERE row = 2", "it is filed under another day than its own"),
        ("INSERT INTO outlets VALUES (2, 'made-up gazette')", "it is filed under other outlets than its own"),
        ("UPDATE passages SET end = 9999 WHERE row = 2", "passage 0-9999 is not inside its text"),
        ("UPDATE passages SET vector = x'00' WHERE row = 2", "has a vector of 1 bytes instead of 768"),
        ("DELETE FROM passages WHERE row = 2", "it has no passages"),
        ("INSERT INTO token_signs VALUES (999, x'00')", "row 999 of token_signs belongs to a row of passages that is not there"),
    ],
)  # fmt: skip
def test_a_changed_archive_is_named(folder: Path, statement: str, told: str) -> None:
    """Every article is read: what SQLite itself takes for whole is compared with the article's own id, text and fields."""
    change(folder, statement)
    found = [problem.what for problem in check(folder).problems if problem.place == "archive"]
    assert len(found) == 1
    assert told in found[0]


def test_a_vector_of_no_numbers_is_named(folder: Path) -> None:
    """Bits that are no number would make every comparison with them worthless."""
    change(folder, "UPDATE passages SET vector = ? WHERE row = 2", b"\xff" * DIMENSION * 2)
    found = [problem.what for problem in check(folder).problems if problem.place == "archive"]
    assert len(found) == 1
    assert "has a vector that is none" in found[0]


def test_an_earlier_version_that_is_not_as_it_was_stored_is_named(tmp_path: Path) -> None:
    """History is shown to people, too: a changed text of an earlier version, and one that cannot be read."""
    unpack("schema-3", tmp_path / "archive" / "archive.sqlite")
    folder = tmp_path / "archive"
    assert problems(check(folder), "archive") == ""
    change(folder, "UPDATE versions SET text = replace(text, '8,200', '2,800')")
    assert "a row of versions is not as it was written (1)" in problems(check(folder), "archive")
    change(folder, "UPDATE versions SET details = '{'")
    assert "a row of versions is not as it was written (1)" in problems(check(folder), "archive")


def test_many_problems_are_counted(folder: Path) -> None:
    """The first few of a kind are named, the rest is a number."""
    change(folder, "UPDATE articles SET day = 5")
    told = [problem.what for problem in check(folder).problems if problem.place == "archive"]
    assert len(told) == 6
    assert told[-1] == f"… and {FERRIES - 5} more of this kind"


def test_a_broken_index_of_the_database_is_found(folder: Path) -> None:
    """What SQLite's own examination finds is told: here an index that lacks what its table holds."""
    connection = apsw.Connection(str(folder / "archive.sqlite"))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("DELETE FROM sqlite_master WHERE name = 'articles_by_day'")
    connection.close()
    assert problems(check(folder), "archive") != ""


def test_keys_of_near_duplicates_are_compared_in_little_memory(folder: Path) -> None:
    """Lacking, additional and exchanged keys are counted; 128,000 pairs of key and article take 35 MB as two sets."""
    keys = np.random.default_rng(7).integers(0, 2**63 - 1, size=(4_000, 32))
    with closing(apsw.Connection(str(folder / "archive.sqlite"))) as connection, connection:
        connection.executemany(
            "INSERT INTO articles (row, article_id, details, text, source, position, title, generation, sketch)"
            " VALUES (?1, 'made-' || ?1, '', '', '', '', '', 1, ?2)",
            [(1_000 + number, sketch_to_blob(row)) for number, row in enumerate(keys.tolist())],
        )
        pairs = [(key, 1_000 + number) for number, row in enumerate(keys.tolist()) for key in row]
        connection.executemany("INSERT INTO sketches VALUES (?, ?)", pairs)
    with closing(Database(folder / "archive.sqlite", MANIFEST)) as database:
        examination = checking._Checking(folder, database, MANIFEST, 20_000)
        assert examination._differing_keys() == 0
        change(folder, "DELETE FROM sketches WHERE article_row = 1000")
        change(folder, "INSERT INTO sketches VALUES (?, 2000), (5, 999999), (6, -1)", int(keys[0][0]))
        change(folder, "UPDATE sketches SET article_row = 1500 WHERE article_row = 4999 AND key = ?", int(keys[3_999][0]))
        tracemalloc.start()
        try:
            assert examination._differing_keys() == 32 + 3 + 2
            assert tracemalloc.get_traced_memory()[1] < 15_000_000
        finally:
            tracemalloc.stop()


def test_what_cannot_be_opened_is_an_error(folder: Path, tmp_path: Path) -> None:
    """No archive, another embedder, no database: an error that says so, and nothing is made."""
    with pytest.raises(ArchiveUnavailable, match="There is no archive in"):
        check(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(ArchiveMismatch, match="was made with embedder"):
        check(folder, embedder="another")
    (folder / "archive.sqlite").write_bytes(b"no database at all" * 500)
    with pytest.raises(ArchiveDamaged, match="is damaged"):
        check(folder)

"""Damaged archives: nothing is served that was not stored, and whatever is wrong is told."""

import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from benchmarks.reliability.corruption import make_archives, run
from benchmarks.reliability.damaged import FAILURES
from benchmarks.reliability.light import article, check, ingest, open_store
from index.errors import ArchiveDamaged
from index.local.backup import make_backup
from index.local.digests import COVERED, row_digest, seal
from index.local.schema import migrations
from index.local.store import LocalStore
from index.types import Visit, Where

FERRIES = 6
_FRAME = 24 + 4096


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an archive of six articles, of which one has an earlier version, closed."""
    with closing(open_store(tmp_path / "archive")) as store:
        ingest(store, [(number, 1) for number in range(FERRIES)])
        ingest(store, [(2, 2)])
        store.remember_visit(Visit(url="https://example.org/ferries"))
    return tmp_path / "archive"


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an archive as a crash leaves it, with a log of many transactions."""
    made = tmp_path_factory.mktemp("archives")
    make_archives(made)
    return made / "crashed"


def change(folder: Path, statement: str, *values: object) -> None:
    """Change the database behind the store's back, as a damaged disk would."""
    with closing(apsw.Connection(str(folder / "archive.sqlite"))) as connection:
        connection.execute(statement, values)


def found(store: LocalStore) -> list[str]:
    with store.consistent():
        return [passage.text for passage, _ in store.passages([row for row, _ in store.matching(["ferry"], 100, Where())])]


def test_no_damage_of_any_file_makes_a_wrong_text() -> None:
    """Of every kind of place in every file bits flip and ends are cut: rebuilt, refused, named, or of no consequence."""
    tried = run(40, 7, processes=0)
    assert len(tried) == 40
    assert [(one.damage, one.seen) for one in tried if one.seen.outcome in FAILURES] == []
    outcomes = Counter(one.seen.outcome for one in tried)
    assert outcomes["rebuilt"] >= 6
    assert outcomes["refused"] >= 6
    # Only a log that was cut off cannot be told from a crash.
    assert {one.damage.kind for one in tried if one.seen.outcome == "like a crash"} <= {"log of a crash, cut"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE articles SET text = replace(text, 'left', 'lost') WHERE row = 2",
        "UPDATE articles SET text = replace(text, 'for', 'FOR') WHERE row = 2",  # the same words, so the same id
        "UPDATE articles SET details = replace(details, '2025', '2015') WHERE row = 2",
        "UPDATE articles SET day = day + 1 WHERE row = 2",
        "UPDATE passages SET end = end - 1 WHERE article_row = 2",
        "UPDATE passages SET article_row = 4 WHERE article_row = 2",
        "UPDATE passages SET row = 9000 WHERE article_row = 2 AND start = 0",
        "DELETE FROM articles WHERE row = 2",
    ],
)
@pytest.mark.parametrize("caches", [True, False], ids=["saved caches", "no caches"])
def test_a_changed_row_is_refused_when_it_is_read(folder: Path, statement: str, *, caches: bool) -> None:
    """Whether caches are there or must be built from it, and at every question; and check names it."""
    change(folder, statement)
    if not caches:
        shutil.rmtree(folder / "caches")
    assert check(folder).problems != ()
    with closing(open_store(folder)) as store:
        for _ in range(2):
            with pytest.raises(ArchiveDamaged):
                found(store)


def test_a_changed_vector_never_comes_into_the_caches(folder: Path) -> None:
    """It is named by check, and refused when vectors are read from the archive."""
    change(folder, "UPDATE passages SET vector = CAST(x'0000' || substr(vector, 3) AS BLOB) WHERE row = 3")
    assert "is not as it was written" in "".join(problem.what for problem in check(folder).problems if problem.place == "archive")
    shutil.rmtree(folder / "caches")
    with closing(open_store(folder)) as store, pytest.raises(ArchiveDamaged, match="row 3"), store.consistent():
        pass


@pytest.mark.parametrize("table", sorted(COVERED))
def test_check_names_a_changed_row_of_every_table(folder: Path, table: str) -> None:
    """A column that nothing else is compared with, of one row."""
    columns = {
        "meta": "value", "articles": "stored_at", "versions": "stored_at", "passages": "embedded", "removed": "generation",
        "copies": "publisher", "ledger": "title", "runs": "started", "visits": "at",
    }  # fmt: skip
    if table == "copies":
        change(folder, "INSERT INTO copies (article_row, source, position, digest) VALUES (1, '/coast', '', x'00')")
    to = {"embedded": "x'61'", "generation": "generation + 1"}.get(columns[table], "'2025'")
    of = " WHERE name = 'archive'" if table == "meta" else ""
    change(folder, f"UPDATE {table} SET {columns[table]} = {to}{of}")
    assert any("as it was written" in problem.what for problem in check(folder).problems)


def test_changed_signs_keys_of_duplicates_and_definitions_are_named(folder: Path) -> None:
    """What no digest of a row covers is compared with what it was made from."""
    change(folder, "UPDATE token_signs SET signs = x'00' WHERE passage_row = 3")
    change(folder, "DELETE FROM sketches WHERE article_row = 1")
    change(folder, "DROP INDEX articles_by_day")
    told = "\n".join(problem.what for problem in check(folder).problems)
    assert "the signs of passage 3 are not as they were written" in told
    assert "keys by which near-duplicates are found are not those of the articles" in told
    assert "articles_by_day is not defined as it was" in told


def test_a_damaged_article_can_be_deleted_and_stored_again(folder: Path) -> None:
    """So that one bad row does not make a whole archive useless."""
    change(folder, "UPDATE articles SET text = 'Ferry 4 sank.' WHERE record_id = '4'")
    with closing(open_store(folder)) as store:
        with pytest.raises(ArchiveDamaged):
            store.article(article(4, 1).article_id)
        store.delete(article(4, 1).article_id)
        ingest(store, [(4, 1)])
        assert store.article(article(4, 1).article_id).text == article(4, 1).text
    assert check(folder).problems == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE articles SET sketch = substr(sketch, 2) WHERE record_id = '3'",
        "UPDATE sketches SET key = key + 1 WHERE article_row = {row} AND key = {key}",
    ],
)
def test_keys_of_duplicates_that_were_changed_go_with_their_article(folder: Path, statement: str) -> None:
    """Both halves of them, or `check` would name them for ever."""
    with closing(apsw.Connection(str(folder / "archive.sqlite"))) as connection:
        ((row, key),) = connection.execute(
            "SELECT article_row, min(key) FROM sketches JOIN articles ON row = article_row WHERE record_id = '3' GROUP BY row"
        )
    change(folder, statement.format(row=row, key=key))
    assert check(folder).problems
    with closing(open_store(folder)) as store:
        store.delete(article(3, 1).article_id)
        ingest(store, [(3, 1)])
    assert check(folder).problems == ()


def test_an_article_without_keys_that_was_changed_is_not_sealed_as_it_is(folder: Path) -> None:
    """The next ingest gives articles of older archives their keys, and with them a digest: not if the old one is wrong."""
    change(folder, "UPDATE articles SET sketch = NULL, digest = NULL WHERE record_id = '3'")
    with closing(open_store(folder)) as store:
        seal(store._database.rows, "articles", "record_id = '3'")
    change(folder, "UPDATE articles SET text = replace(text, 'Ferry', 'FERRY') WHERE record_id = '3'")
    with closing(open_store(folder)) as store, pytest.raises(ArchiveDamaged):
        ingest(store, [(7, 1)])


def test_an_article_is_stored_although_an_older_one_cannot_be_finished(folder: Path) -> None:
    """What older archives lack is made at the end of a run; a damaged article of theirs is no error of the new one."""
    with closing(open_store(folder)) as store:
        (rows,) = store._database.rows(
            "SELECT min(p.row) FROM passages p JOIN articles a ON a.row = article_row AND record_id = '3'"
        )
        store._database.rows("INSERT INTO signs_missing VALUES (?)", *rows)
    change(folder, "UPDATE articles SET text = replace(text, 'Ferry', 'FERRY') WHERE record_id = '3'")
    with closing(open_store(folder)) as store:
        assert ingest(store, [(7, 1)]).counts["accepted"] == 1
        assert store.find(article_id=article(7, 1).article_id) is not None


def test_a_history_and_a_ledger_that_were_changed_are_refused(folder: Path) -> None:
    """Earlier versions and what ingest said are shown, too."""
    change(folder, "UPDATE versions SET text = 'Ferry 2 sank.'")
    change(folder, "UPDATE ledger SET title = 'Ferry 9' WHERE row = 1")
    with closing(open_store(folder)) as store:
        with pytest.raises(ArchiveDamaged, match="versions"):
            store.history(article(2, 2).article_id)
        with pytest.raises(ArchiveDamaged, match="ledger"):
            store.ledger()


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM meta WHERE name = 'generation'", "UPDATE meta SET value = '0' WHERE name = 'generation'",
     "UPDATE meta SET value = 'x' WHERE name = 'generation'"],
)  # fmt: skip
def test_a_full_archive_is_never_taken_for_an_empty_one(folder: Path, statement: str) -> None:
    """Without its generation the caches would stay empty, and every question would be answered: nothing found."""
    change(folder, statement)
    with pytest.raises(ArchiveDamaged, match="generation"):
        open_store(folder)
    with pytest.raises(ArchiveDamaged):
        check(folder)


def test_an_archive_that_went_back_is_not_served_from_later_caches(folder: Path, tmp_path: Path) -> None:
    """An older file is put back, and grows to the generation of a snapshot of the newer one: that snapshot is not used."""
    shutil.copy(folder / "archive.sqlite", tmp_path / "older")
    with closing(open_store(folder)) as store:
        ingest(store, [(20, 1)])
    shutil.copy(tmp_path / "older", folder / "archive.sqlite")
    for _ in range(2):
        with closing(open_store(folder)) as store:
            ingest(store, [(21, 1)])
            assert not any("Ferry 20 " in text for text in found(store))
            assert any("Ferry 21 " in text for text in found(store))
    assert check(folder).problems == ()


def test_an_older_archive_gets_its_digests(tmp_path: Path) -> None:
    """One of schema 3 with everything in it: opened once, every row can be verified from then on."""
    folder = tmp_path / "archive"
    with closing(open_store(folder)) as store:
        ingest(store, [(1, 1), (2, 1)])
    digests = [f"ALTER TABLE {table} DROP COLUMN digest" for table in COVERED]
    change(folder, ";".join([*digests, "DROP TABLE sign_digests", "PRAGMA user_version = 3"]))
    assert len(migrations(3)) == 1
    with closing(open_store(folder)) as store:
        assert found(store) != []
    assert check(folder).problems == ()
    change(folder, "UPDATE articles SET text = replace(text, 'for', 'FOR')")
    assert len(check(folder).problems) == 2


def test_digests_tell_columns_apart() -> None:
    """What flows from one column into the next is another row; numbers and text are told by what SQLite casts them to."""
    assert row_digest("ab", "c") != row_digest("a", "bc")
    assert row_digest(None) != row_digest("") != row_digest("-")
    assert row_digest(12, "é") == row_digest(b"12", "é".encode())


def test_a_log_that_lost_transactions_is_refused_and_left(crashed: Path, tmp_path: Path) -> None:
    """A bit flips in the log of a crash: SQLite would read up to there and forget the rest."""
    shutil.copytree(crashed, tmp_path / "copy")
    log = tmp_path / "copy" / "archive.sqlite-wal"
    content = bytearray(log.read_bytes())
    content[32 + 5 * _FRAME + 1_000] ^= 4
    log.write_bytes(content)
    for _ in range(2):
        with pytest.raises(ArchiveDamaged, match="-wal is damaged"):
            open_store(tmp_path / "copy")
        with pytest.raises(ArchiveDamaged, match="-wal is damaged"):
            make_backup(tmp_path / "copy", tmp_path / "backup")
        assert not (tmp_path / "backup").exists()
        assert log.read_bytes() == bytes(content)
    content[0] ^= 1
    log.write_bytes(content)
    with pytest.raises(ArchiveDamaged, match="-wal is damaged"):
        open_store(tmp_path / "copy")


def test_a_log_that_ends_in_the_middle_is_that_of_a_crash(crashed: Path, tmp_path: Path) -> None:
    """Cut anywhere, or with a wrong bit in the last transaction, it is what a crash leaves: the rest is whole."""
    whole = (crashed / "archive.sqlite-wal").read_bytes()
    damaged = bytearray(whole)
    damaged[-100] ^= 1
    for number, content in enumerate((whole, whole[: len(whole) // 2], bytes(damaged), whole[:40], b"")):
        folder = tmp_path / str(number)
        shutil.copytree(crashed, folder)
        (folder / "archive.sqlite-wal").write_bytes(content)
        assert check(folder).problems == ()
        with closing(open_store(folder)) as store:
            assert len(list(store.articles())) >= 20 + 3 * (number == 0)

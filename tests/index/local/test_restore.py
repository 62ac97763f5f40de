"""What is restored, and what is refused: files that are damaged, foreign, hostile or of the future."""

import io
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from index.backups import Backup
from index.errors import ArchiveMismatch, ArchiveUnavailable, BackupUnusable
from index.local.backup import make_backup
from index.local.backup_file import describe, digest_of
from index.local.restore import restore_backup
from index.local.store import LocalStore
from index.local.unfinished import PREFIX

OpenStore = Callable[..., LocalStore]


@pytest.fixture
def made(ferries: Path, tmp_path: Path) -> tuple[Path, Backup]:
    """Make a backup of an archive of thirty ferries."""
    shutil.copytree(ferries, tmp_path / "archive")
    return tmp_path / "b", make_backup(tmp_path / "archive", tmp_path / "b")


def sealed(file: Path, database: Path, backup: Backup) -> Path:
    """Write a database as a backup with a digest and a description that are right."""
    content = io.BytesIO(database.read_bytes())
    size = len(content.getvalue())
    describe(content, replace(backup, bytes=size, sha256=digest_of(content, size)))
    file.write_bytes(content.getvalue())
    return file


def test_what_is_restored_is_what_was_stored(made: tuple[Path, Backup], open_store: OpenStore, tmp_path: Path) -> None:
    """The same articles under the same row numbers, so that what is equally good is found in the same order."""
    file, backup = made
    (tmp_path / "new").mkdir(mode=0o750)
    assert restore_backup(file, tmp_path / "new") == backup
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["archive.sqlite"]
    first, second = open_store(), open_store(tmp_path / "new")
    assert [a.article_id for a in first.articles()] == [a.article_id for a in second.articles()]
    assert [first.ledger(), first.stats()] == [second.ledger(), second.stats()]
    tables = "SELECT row, article_row, start, end, embedded, vector, generation FROM passages"
    assert first._database.rows(tables) == second._database.rows(tables)
    assert first._database.identity() != second._database.identity()
    first.close()
    second.close()


def test_who_has_the_old_archive_open_is_told(made: tuple[Path, Backup], open_store: OpenStore, tmp_path: Path) -> None:
    """A service that runs on while the folder is exchanged would answer from a file that has moved away."""
    store = open_store()
    store.check()
    (tmp_path / "archive").rename(tmp_path / "old")
    restore_backup(made[0], tmp_path / "archive")
    with pytest.raises(ArchiveUnavailable, match="is not the archive that was opened"):
        store.check()
    store.close()


def test_a_changed_backup_is_refused(made: tuple[Path, Backup], tmp_path: Path) -> None:
    """One bit of it, in the database, in what describes it or in the seal; or any number of bytes at its end."""
    file, backup = made
    whole, chance = file.read_bytes(), random.Random(8)  # noqa: S311 - the same places every time
    places = [*(chance.randrange(len(whole)) for _ in range(60)), *range(backup.bytes, len(whole), 9), len(whole) - 1]
    changed = [bytes([*whole[:at], whole[at] ^ (1 << chance.randrange(8)), *whole[at + 1 :]]) for at in places]
    cut = [whole[: chance.randrange(len(whole))] for _ in range(30)] + [whole[:-1], whole[: backup.bytes], whole + b"\0"]
    for content in changed + cut:
        file.write_bytes(content)
        with pytest.raises((BackupUnusable, ArchiveMismatch)):
            restore_backup(file, tmp_path / "new" / "data")
        assert not (tmp_path / "new").exists()
    file.write_bytes(whole)
    restore_backup(file, tmp_path / "new" / "data")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no backup"),
        (b"Dear archive, " * 1000, "is no backup, or a damaged one; backups are made with: dateline backup FILE"),
        (b"\ndateline-backup 0001 000002 " + b"0" * 64 + b"\n", "its description cannot be read"),
        (b"{}\ndateline-backup 0002 000002 " + b"0" * 64 + b"\n", "made by a newer Dateline"),
        (b"{}\ndateline-backup 0001 999999 " + b"0" * 64 + b"\n", "its description cannot be read"),
    ],
)
def test_a_foreign_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    """It says what it is not, and nothing is made."""
    (tmp_path / "b").write_bytes(content)
    with pytest.raises((BackupUnusable, ArchiveMismatch), match=message):
        restore_backup(tmp_path / "b", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_read_is_told(made: tuple[Path, Backup], tmp_path: Path) -> None:
    """A file that is not there, a folder, an archive itself."""
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ArchiveUnavailable, match="cannot be used"):
            restore_backup(path, tmp_path / "new")
    with pytest.raises(BackupUnusable, match="no backup but an archive itself"):
        restore_backup(tmp_path / "archive" / "archive.sqlite", tmp_path / "new")
    assert made[0].exists()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON articles BEGIN DELETE FROM articles; END", "it holds trigger t"),
        ("CREATE VIEW copied AS SELECT * FROM articles", "it holds view copied"),
        ("CREATE VIRTUAL TABLE search USING fts5 (text)", "it holds table search"),
        ("CREATE TABLE mine (x)", "it holds table mine"),
        ("DROP TABLE token_signs", "it lacks table token_signs"),
        ("DROP TABLE meta", "its schema is not the one that it says"),
        ("DELETE FROM passages WHERE row = 3", "it does not hold 30 passages"),
        ("UPDATE meta SET value = '7' WHERE name = 'generation'", "its generation is not the one that it says"),
        ("UPDATE meta SET value = 'other' WHERE name = 'embedder'", "its embedder is not the one that it says"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM articles WHERE row = 3", "belongs to a row of articles that is not there"),
        ("PRAGMA user_version = 2", "its schema is not the one that it says"),
    ],
)
def test_a_hostile_backup_is_refused(made: tuple[Path, Backup], statement: str, message: str, tmp_path: Path) -> None:
    """With a digest that is right, but a database that no archive is, or another than it says."""
    file, backup = made
    database = tmp_path / "archive" / "archive.sqlite"
    connection = apsw.Connection(str(database))
    connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with pytest.raises(BackupUnusable, match=message):
        restore_backup(sealed(file, database, backup), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_whose_pages_are_wrong_is_refused(made: tuple[Path, Backup], tmp_path: Path) -> None:
    """SQLite finds them, although the digest is right."""
    file, backup = made
    database = tmp_path / "pages"
    content = bytearray(file.read_bytes()[: backup.bytes])
    content[4096 * 8 : 4096 * 9] = b"\xa5" * 4096
    database.write_bytes(content)
    with pytest.raises(BackupUnusable, match="no archive that can be used"):
        restore_backup(sealed(file, database, backup), tmp_path / "new")


def test_a_backup_of_a_newer_schema_is_refused(made: tuple[Path, Backup], tmp_path: Path) -> None:
    """It says what to do."""
    file, backup = made
    sealed(file, tmp_path / "archive" / "archive.sqlite", replace(backup, schema_version=99))
    with pytest.raises(ArchiveMismatch, match=r"newer Dateline \(schema 99, this one knows \d+\); update Dateline"):
        restore_backup(file, tmp_path / "new")


def test_a_folder_that_is_not_empty_is_refused(made: tuple[Path, Backup], tmp_path: Path) -> None:
    """What is there stays; but the folder may be an empty disk of its own, or hold what a restoring left that was killed."""
    file, _ = made
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "archive.sqlite-wal").write_bytes(b"of another archive")
    with pytest.raises(ArchiveUnavailable, match=r"is not empty \(it holds archive.sqlite-wal\). Restore into a new folder"):
        restore_backup(file, folder)
    with pytest.raises(ArchiveUnavailable, match="cannot be used"):
        restore_backup(file, file)
    (folder / "archive.sqlite-wal").rename(folder / "lost+found")
    left = folder / f"{PREFIX}by-a-killed-one"
    left.touch()
    os.utime(left, (0, 0))
    restore_backup(file, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["archive.sqlite", "lost+found"]
    with pytest.raises(ArchiveUnavailable, match=r"is not empty \(it holds archive.sqlite\)"):
        restore_backup(file, folder)

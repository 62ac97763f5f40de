"""Makes an archive of a backup: whole or not at all, and only of a file that is what was written.

The file may come from anywhere, so it is read as if it were hostile: its digest first, then SQLite's own examination with
everything off that a database could run, then its tables, which must be an archive's and nothing else.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import apsw

from index.backups import Backup, Progress
from index.errors import ArchiveMismatch, ArchiveUnavailable, BackupUnusable
from index.local.backup import guarded, stored_schema, wrong_with
from index.local.backup_file import described
from index.local.digests import SINCE_SCHEMA, row_digest
from index.local.schema import SCHEMA_VERSION, tables_and_indexes
from index.local.unfinished import NO_ROOM, PREFIX, no_room, publish, unfinished

_PIECE = 1 << 20
# What an empty disk may hold that is mounted as the folder.
_NOTHING = "lost+found"


def restore_backup(file: Path, folder: Path, progress: Progress = lambda _, __: None) -> Backup:
    """Make an archive of a backup in a folder that is empty or not there, and return what it holds.

    It has the backup's articles, generation and schema; the next start migrates it if needed and makes its caches. Its identity
    is new: what comes after this generation will differ from the archive that the backup was made of, and from its caches.

    Raises:
        BackupUnusable: the file is no backup, or not as it was written.
        ArchiveMismatch: a newer Dateline made it.
        ArchiveUnavailable: the file cannot be read, or the folder cannot be written or is not empty.
        ArchiveFull: there is no room for the archive.
    """
    try:
        with file.open("rb") as opened:
            backup = described(opened, str(file))
            if backup.schema_version > SCHEMA_VERSION:
                raise ArchiveMismatch(
                    f"{file} was made by a newer Dateline (schema {backup.schema_version}, this one knows {SCHEMA_VERSION}); "
                    "update Dateline."
                )
            with _new_folder(folder):
                _restore(opened, file, backup, folder.absolute() / "archive.sqlite", progress)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise no_room(folder, error) from error
        raise ArchiveUnavailable(f"{error.filename or folder} cannot be used ({error.strerror or error}).") from error
    return backup


def _restore(opened: IO[bytes], file: Path, backup: Backup, target: Path, progress: Progress) -> None:
    with unfinished(target, 0o666 & ~_umask()) as (path, copy), _errors(file, target):
        if os.geteuid() == 0:  # the service itself seldom runs as root, and must be able to write it
            owner = target.parent.stat()
            os.fchown(copy.fileno(), owner.st_uid, owner.st_gid)
        if _copied(opened, copy, backup.bytes, progress) != backup.sha256:
            raise BackupUnusable(f"{file} is damaged: it is not as it was written; use another backup.")
        progress("checking", 0.0)
        with contextlib.closing(guarded(path, in_use=False)) as connection:
            if problem := wrong_with(connection) or _not_as_described(connection, backup):
                raise BackupUnusable(f"{file} is no archive that can be used ({problem}); use another backup.")
        with contextlib.closing(apsw.Connection(str(path))) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            _rename(connection, backup.schema_version)
        publish(path, copy, target)


def _rename(connection: apsw.Connection, schema_version: int) -> None:
    """Give the archive an identity of its own, so that no caches of the backed-up one are taken for its."""
    name = secrets.token_hex(8)
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('archive', ?)", (name,))
    if schema_version >= SINCE_SCHEMA:
        connection.execute("UPDATE meta SET digest = ? WHERE name = 'archive'", (row_digest("archive", name),))


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make the folder unless it is there and empty; if nothing comes of it, take it away again."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    if found := sorted(path.name for path in folder.iterdir() if path.name != _NOTHING and not path.name.startswith(PREFIX)):
        raise ArchiveUnavailable(
            f"{folder} is not empty (it holds {found[0]}). Restore into a new folder: dateline restore BACKUP --data NEW_FOLDER"
        )
    try:
        yield
    except BaseException:
        for path in missing:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


def _copied(opened: IO[bytes], copy: IO[bytes], length: int, progress: Progress) -> str:
    """Copy the first bytes of a file and return their digest."""
    digest, done = hashlib.sha256(), 0
    opened.seek(0)
    while done < length and (piece := opened.read(min(_PIECE, length - done))):
        digest.update(piece)
        copy.write(piece)
        done += len(piece)
        progress("copying", done / length)
    copy.flush()
    return digest.hexdigest()


def _not_as_described(connection: apsw.Connection, backup: Backup) -> str | None:
    """Return what the database holds that an archive does not, or lacks, or says otherwise than the backup's description."""
    if stored_schema(connection) != backup.schema_version:
        return "its schema is not the one that it says"
    tables, indexes = tables_and_indexes(backup.schema_version)
    found = set[str]()
    for kind, name, page in connection.execute(
        "SELECT type, name, rootpage FROM sqlite_schema WHERE name NOT LIKE 'sqlite@_%' ESCAPE '@'"
    ):
        # What runs by itself has no place in an archive, nor tables that code provides: neither has pages.
        if not page or name not in (tables if kind == "table" else indexes):
            return f"it holds {kind} {name}"
        found.add(name)
    if missing := sorted(tables - found):
        return f"it lacks table {missing[0]}"
    said = dict(connection.execute("SELECT name, value FROM meta"))
    names = {
        "generation": str(backup.generation),
        "embedder": backup.embedder,
        "dimension": backup.dimension,
        "chunker": backup.chunker,
    }
    for name, value in names.items():
        if said.get(name, "") != value:
            return f"its {name} is not the one that it says"
    for name, number in (("articles", backup.articles), ("passages", backup.passages)):
        if list(connection.execute(f"SELECT count(*) FROM {name}")) != [(number,)]:
            return f"it does not hold {number} {name}"
    return None


@contextlib.contextmanager
def _errors(file: Path, target: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError, apsw.SQLError, UnicodeDecodeError) as error:
        raise BackupUnusable(f"{file} is no archive that can be used ({error}); use another backup.") from error
    except apsw.FullError as error:
        raise no_room(target, error) from error
    except apsw.Error as error:
        raise ArchiveUnavailable(f"{target} cannot be written ({error}); check free space and permissions.") from error


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

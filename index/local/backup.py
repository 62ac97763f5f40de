"""Makes a backup: one file with the archive as it stands at one generation, while others read and write."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import apsw

from index.articles import content_id
from index.backups import Backup, Progress
from index.errors import ArchiveDamaged, ArchiveMismatch, ArchiveUnavailable
from index.local.backup_file import describe, digest_of
from index.local.database import DAMAGE, check_log
from index.local.digests import COVERED, SEALED_SIGNS, SINCE_SCHEMA, row_digest, sealed
from index.local.schema import SCHEMA_VERSION
from index.local.unfinished import NO_ROOM, in_the_way, no_room, publish, unfinished

_BUSY_MILLISECONDS = 30_000
# How often the growing copy is looked at, in steps of SQLite's machine: often enough for a bar, and for Ctrl-C.
_STEPS = 20_000
_BATCH = 1_000
# Articles may be under licence: whoever makes the backup decides who else may read it.
_MODE = 0o600


def make_backup(folder: Path, target: Path, progress: Progress = lambda _, __: None) -> Backup:
    """Write the archive of this folder, without its caches, into a new file, and return what it holds.

    SQLite reads it in one transaction (`VACUUM INTO`): a copy of files that are being written could hold half of a change.
    What was deleted is not in the copy. The archive is not migrated or otherwise changed.

    Raises:
        ArchiveUnavailable: there is no archive, it cannot be read, or the target exists or cannot be written.
        ArchiveFull: there is no room for the backup.
        ArchiveDamaged: what is stored is not what was written; nothing is kept of the backup.
        ArchiveMismatch: the archive was made by a newer Dateline.
    """
    source, target = folder / "archive.sqlite", target.absolute()
    if not source.exists():
        raise ArchiveUnavailable(f"There is no archive in {folder}. Name its folder with: dateline backup FILE --data FOLDER")
    if os.path.lexists(target):
        raise in_the_way(target)
    try:
        with unfinished(target, _MODE) as (path, file):
            with _errors(source, target):
                _copy(source, path, progress)
                backup = _examine(source, path, progress)
            backup = replace(backup, bytes=path.stat().st_size, sha256=digest_of(file, path.stat().st_size))
            describe(file, backup)
            publish(path, file, target)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise no_room(target, error) from error
        raise ArchiveUnavailable(
            f"{target} cannot be written ({error.strerror or error}); check its folder and permissions."
        ) from error
    return backup


def guarded(path: Path, *, in_use: bool) -> apsw.Connection:
    """Open a database to read it, whatever it holds; `in_use`: others may have it open, else nobody ever had.

    One that is in use cannot be opened for reading only: its log and the table of that would stay behind.
    """
    flags = apsw.SQLITE_OPEN_READWRITE if in_use else apsw.SQLITE_OPEN_READONLY
    address = path.absolute().as_uri() + ("" if in_use else "?immutable=1")
    connection = apsw.Connection(address, flags=flags | apsw.SQLITE_OPEN_URI)
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def wrong_with(connection: apsw.Connection) -> str | None:
    """Return what SQLite finds wrong with a database, if anything."""
    for (line,) in connection.execute("PRAGMA quick_check(1)"):
        if line != "ok":
            return str(line)
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        return f"row {row} of {table} belongs to a row of {parent} that is not there"
    return None


def stored_schema(connection: apsw.Connection) -> int:
    """Return the schema version of a database; 0 when it is no archive."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    version = int(connection.pragma("user_version"))
    return version if {"meta", "articles", "passages"} <= tables else 0


def _copy(source: Path, path: Path, progress: Progress) -> None:
    with contextlib.closing(guarded(source, in_use=True)) as connection:
        check_log(connection, source)
        version = stored_schema(connection)
        if version > SCHEMA_VERSION:
            raise ArchiveMismatch(
                f"{source} was made by a newer Dateline (schema {version}, this one knows {SCHEMA_VERSION}); update Dateline."
            )
        if not version:
            raise ArchiveDamaged(f"{source} is no archive of Dateline.")
        pages = connection.pragma("page_count") - connection.pragma("freelist_count")
        total = max(1, pages * connection.pragma("page_size"))

        def look() -> bool:
            progress("copying", min(1.0, path.stat().st_size / total))
            return False

        connection.set_progress_handler(look, _STEPS)
        connection.execute("VACUUM INTO ?", (str(path),))


def _examine(source: Path, path: Path, progress: Progress) -> Backup:
    """Return what the copy holds, of which length and digest are not known yet."""
    progress("checking", 0.0)
    with contextlib.closing(guarded(path, in_use=False)) as connection:
        if problem := wrong_with(connection) or next(_changed(connection, progress), None):
            raise ArchiveDamaged(
                f"{source} is damaged ({problem}), so no backup was made. `dateline check` tells more; an earlier backup is "
                "restored with: dateline restore BACKUP --data NEW_FOLDER"
            )
        said = {str(name): str(value) for name, value in connection.execute("SELECT name, value FROM meta")}
        sizes = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"
        ((articles, passages),) = connection.execute(sizes)
        return Backup(
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            archive=said.get("archive", ""),
            schema_version=stored_schema(connection),
            generation=int(said.get("generation", "0")),
            articles=articles,
            passages=passages,
            embedder=said.get("embedder", ""),
            dimension=said.get("dimension", ""),
            chunker=said.get("chunker", ""),
            bytes=1,
            sha256="0" * 64,
        )


def _changed(connection: apsw.Connection, progress: Progress) -> Iterator[str]:
    """Yield what is not as it was stored: a backup of it would take the place of a good one."""
    ((total,),) = connection.execute("SELECT count(*) FROM articles")
    for number, (article_id, text) in enumerate(connection.execute("SELECT article_id, text FROM articles ORDER BY row")):
        if number % _BATCH == 0:
            progress("checking", number / total)
        if content_id(text) != article_id:
            yield f"the text of article {article_id} is not the one that it was stored with"
    if stored_schema(connection) >= SINCE_SCHEMA:
        connection.create_scalar_function("row_digest", row_digest, deterministic=True)
        for table, columns in COVERED.items():
            damaged = f"SELECT CAST({columns[0]} AS BLOB) FROM {table} WHERE digest IS NOT {sealed(table)} LIMIT 1"
            for (row,) in connection.execute(damaged):
                yield f"a row of {table} is not as it was written ({columns[0]} {row.decode(errors='replace')})"
        signs = (
            f"SELECT passage_row FROM token_signs LEFT JOIN sign_digests USING (passage_row) WHERE digest IS NOT {SEALED_SIGNS}"
        )
        for (row,) in connection.execute(f"{signs} LIMIT 1"):
            yield f"the signs of passage {row} are not as they were written"


@contextlib.contextmanager
def _errors(source: Path, target: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours. Which of both files an error is about, SQLite does not say."""
    try:
        yield
    except (*DAMAGE, ValueError) as error:  # a number that is none
        raise ArchiveDamaged(
            f"{source} is damaged ({error}), so no backup of it was made. An earlier backup is restored with: "
            "dateline restore BACKUP --data NEW_FOLDER"
        ) from error
    except apsw.FullError as error:
        raise no_room(target, error) from error
    except apsw.BusyError as error:
        raise ArchiveUnavailable(f"{source} is locked by another process; try again in a moment.") from error
    except (apsw.CantOpenError, apsw.IOError, apsw.ReadOnlyError, apsw.PermissionsError, apsw.AuthError) as error:
        raise ArchiveUnavailable(
            f"{source} cannot be copied to {target} ({error}); check free space, and who may read and write both."
        ) from error

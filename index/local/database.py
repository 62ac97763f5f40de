"""The SQLite file that is the truth: articles, passages, vectors, ledger and manifest, changed in whole transactions.

Uses apsw because its bundled SQLite has the fix of the WAL-reset bug, which the system's library often lacks.
"""

import contextlib
import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import apsw

from index.errors import ArchiveDamaged, ArchiveFull, ArchiveMismatch, ArchiveUnavailable
from index.failpoints import reached
from index.local.digests import SINCE_SCHEMA, row_digest, seal_everything
from index.local.schema import SCHEMA_VERSION, migrations
from index.local.write_ahead_log import loses_transactions

_BUSY_MILLISECONDS = 30_000
# A full disk, a full quota, and the largest file that this process may write. SQLite knows only the first as such.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Other fixed versions exist (3.44.6, 3.50.7); the dependency pins a newer one, so one bound is enough.
_WAL_RESET_FIXED = 3_051_003

# The most that SQLite maps as it is built; what lies behind is read as before.
_MAPPED_BYTES = 0x7FFF0000

# What SQLite raises for a damaged file; also what only a changed one brings about: a table that has another name, text that is
# none, two rows where one may be.
DAMAGE = (
    apsw.NotADBError, apsw.CorruptError, apsw.SQLError, apsw.FormatError, apsw.ConstraintError, apsw.MismatchError,
    UnicodeDecodeError,
)  # fmt: skip


def check_log(connection: apsw.Connection, path: Path) -> None:
    """Raise if whole transactions stand behind damage in the write-ahead log of this file.

    Raises:
        ArchiveDamaged: they do; the connection leaves the files as they are also when it is closed.
    """
    log = path.with_name(f"{path.name}-wal")
    # The last one to close folds the log in and removes it.
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    read = None
    while read != (now := _frames(connection)):  # another process may write while this one looks
        read = now
        if not loses_transactions(log, read):
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
            return
    raise ArchiveDamaged(
        f"{log} is damaged, and articles that were stored last stand behind the damage. Nothing was changed; restore a"
        " backup, or move this file away and ingest again what was stored last."
    )


def _frames(connection: apsw.Connection) -> int:
    """Return how many frames of the write-ahead log SQLite reads."""
    connection.pragma("user_version")  # reading has SQLite look at the log
    return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[0]


class Database:
    """One connection to the archive's file.

    Raises:
        ArchiveMismatch: the archive was made with other settings, or by a newer Dateline.
        ArchiveDamaged: the file is not a database.
        ArchiveUnavailable: the file cannot be opened or written.
    """

    def __init__(self, path: Path, manifest: dict[str, str]) -> None:
        self._path = path
        with self.errors():
            if apsw.SQLITE_VERSION_NUMBER < _WAL_RESET_FIXED:
                raise ArchiveUnavailable(f"SQLite {apsw.sqlite_lib_version()} can corrupt archives; update apsw to 3.54 or newer")
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.closed_on_failure():
                self._connect()
                self._check_log()
                self._migrate()
                self._check_manifest(manifest)

    def another(self) -> "Database":
        """Return another connection to the same file, for another thread to read with."""
        made = copy(self)
        del made._connection  # noqa: SLF001 - its own class; this one's, which stays open whatever becomes of the other
        with self.errors(), made.closed_on_failure():
            made._connect()  # noqa: SLF001 - its own class
            # Searches read a few hundred scattered pages each: from a mapped file that takes a tenth of the time (docs/adr/0031).
            made.rows(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        return made

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return all its rows."""
        with self.errors():
            return list(self._connection.execute(statement, values))

    def many(self, statement: str, values: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement for each row of values."""
        with self.errors():
            self._connection.executemany(statement, values)

    def one(self, statement: str, *values: Any) -> tuple[Any, ...] | None:
        """Run one statement and return its first row, if any."""
        return next(iter(self.rows(statement, *values)), None)

    def identity(self) -> str:
        """Return what tells this archive from every other, also from one made later in the same folder."""
        row = self.one("SELECT value FROM meta WHERE name = 'archive'")
        return str(row[0]) if row else ""

    def check(self, identity: str) -> None:
        """Raise unless the file can be opened and read now, and is still the archive of this identity.

        A connection that is open already would read on, from a file that is gone or from memory. Waits for nobody.

        Raises:
            ArchiveDamaged: the file is not an archive any more.
            ArchiveUnavailable: it is gone, cannot be read, or is another archive.
        """
        try:
            with contextlib.closing(apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)) as fresh:
                found = list(fresh.execute("SELECT value FROM meta WHERE name = 'archive'"))
        except (apsw.NotADBError, apsw.CorruptError, apsw.SQLError) as error:
            raise ArchiveDamaged(f"{self._path} is damaged ({error}); restore a backup and start the service again.") from error
        except apsw.Error as error:
            raise ArchiveUnavailable(f"{self._path} cannot be read ({error}); start the service again when it can.") from error
        if found != [(identity,)]:
            raise ArchiveUnavailable(f"{self._path} is not the archive that was opened; start the service again to use it.")

    def changes(self) -> int:
        """Return how many rows this connection has changed since it was opened."""
        return self._connection.total_changes()

    def inserted(self) -> int:
        """Return the row number of the last insert."""
        return self._connection.last_insert_rowid()

    @contextmanager
    def writing(self, *, changes: bool = True) -> Iterator[int]:
        """Open the one write transaction, waiting for others to finish; yields the new generation, committed at the end.

        With `changes=False` nothing that a search could see is written, and the generation stays.
        """
        self.rows("BEGIN IMMEDIATE")
        try:
            generation = self.generation() + changes
            if changes:
                self._set_meta("generation", str(generation))
            reached("write.begun")
            yield generation
            reached("write.committing")
            self.rows("COMMIT")
            reached("write.committed")
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def reading(self) -> Iterator[int]:
        """Hold one view of the file, whatever others commit; yields its generation. Inside another view it is the same one."""
        if self._connection.in_transaction:
            yield self.generation()
            return
        self.rows("BEGIN")
        try:
            yield self.generation()
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        # SQLite has already rolled back by itself after some errors, such as a full disk.
        if self._connection.in_transaction:
            self.rows("ROLLBACK")

    def generation(self) -> int:
        """Return the number of the last change that this view sees."""
        value, digest = self.one("SELECT value, digest FROM meta WHERE name = 'generation'") or (None, None)
        # Without a number, or with one that is too low, the caches would take a full archive for an empty or an older one.
        if digest != row_digest("generation", value):
            raise ArchiveDamaged(
                f"{self._path} is damaged (it does not say its generation). It was left as it is; restore a backup."
            )
        return int(value)

    def close(self) -> None:
        """Close the file; SQLite folds the write-ahead log into it when no other process has it open."""
        with self.errors(), self.closed_on_failure():
            self._connection.close()

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Close the file whatever the disk says, if what is inside fails: what is left to be forgotten prints where it failed."""
        try:
            yield
        except BaseException:
            if hasattr(self, "_connection"):
                self._connection.close(force=True)
            raise

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ours, which say what to do."""
        try:
            yield
        except DAMAGE as error:
            raise ArchiveDamaged(
                f"{self._path} is damaged ({error}). It was left as it is; restore a backup, or move it away and ingest again. "
                "A backup is restored with: dateline restore BACKUP --data NEW_FOLDER"
            ) from error
        except apsw.BusyError as error:
            raise ArchiveUnavailable(f"{self._path} is locked by another process; try again in a moment.") from error
        except apsw.FullError as error:
            raise self._full(error) from error
        except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.IOError, apsw.PermissionsError) as error:
            # There is none before the file was opened.
            if (
                isinstance(error, apsw.IOError)
                and getattr(self, "_connection", None)
                and self._connection.system_errno in _NO_ROOM
            ):
                raise self._full(error) from error
            raise ArchiveUnavailable(f"{self._path} cannot be written ({error}); check free space and permissions.") from error
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise self._full(error) from error
            raise ArchiveUnavailable(
                f"{self._path.parent} cannot be used as the data folder ({error.strerror}); choose another with --data."
            ) from error

    def _full(self, error: Exception) -> ArchiveFull:
        return ArchiveFull(
            f"{self._path} has no room to grow ({error}); free some space and try again. What was acknowledged stays."
        )

    def _connect(self) -> None:
        self._connection = apsw.Connection(str(self._path))
        self._connection.set_busy_timeout(_BUSY_MILLISECONDS)
        self._connection.create_scalar_function("row_digest", row_digest, deterministic=True)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            self.rows(f"PRAGMA {pragma}")

    def _check_log(self) -> None:
        """Raise if the write-ahead log that a crash left lost transactions since; the files are left as they are."""
        check_log(self._connection, self._path)

    def _migrate(self) -> None:
        version = self._version()
        if version > SCHEMA_VERSION:
            raise ArchiveMismatch(
                f"{self._path} was made by a newer Dateline (schema {version}, this one knows {SCHEMA_VERSION}); update Dateline."
            )
        if version == SCHEMA_VERSION:
            return
        self.rows("BEGIN IMMEDIATE")
        try:
            version = self._version()  # another process may have done it while this one waited
            columns = {name for _, name, *_ in self.rows("PRAGMA table_info(articles)")}
            for statements in migrations(version, columns):
                self.rows(statements)
            if version < SINCE_SCHEMA:
                seal_everything(self.rows)
            self.rows(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self.rows("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _version(self) -> int:
        row = self.one("PRAGMA user_version")
        return int(row[0]) if row else 0

    def _set_meta(self, name: str, value: str) -> None:
        self.rows("INSERT OR REPLACE INTO meta (name, value, digest) VALUES (?, ?, ?)", name, value, row_digest(name, value))

    def _check_manifest(self, manifest: dict[str, str]) -> None:
        stored = "SELECT name, value FROM meta WHERE name NOT IN ('generation', 'archive')"
        found = dict(self.rows(stored))
        if not found:
            # Whole or not at all, and looked at again: another process may be opening the new archive with other settings.
            with self.writing(changes=False):
                if not self.rows(stored):
                    for name, value in manifest.items():
                        self._set_meta(name, value)
            found = dict(self.rows(stored))
        for name, value in manifest.items():
            if found.get(name) != value:
                raise ArchiveMismatch(
                    f"{self._path} was made with {name} {found.get(name)!r}, but this Dateline is set to {value!r}. "
                    f"Set it back, or make a new archive: dateline ingest --data NEW_FOLDER SOURCE..."
                )

"""The SQLite file that is the truth: articles, passages, vectors, ledger and manifest, changed in whole transactions.

Uses apsw because its bundled SQLite has the fix of the WAL-reset bug, which the system's library often lacks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from index.errors import ArchiveDamaged, ArchiveMismatch, ArchiveUnavailable

SCHEMA_VERSION = 1
_BUSY_MILLISECONDS = 30_000
# Other fixed versions exist (3.44.6, 3.50.7); the dependency pins a newer one, so one bound is enough.
_WAL_RESET_FIXED = 3_051_003

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE articles (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL UNIQUE,
    details TEXT NOT NULL,
    text TEXT NOT NULL,
    day INTEGER,
    source TEXT NOT NULL,
    position TEXT NOT NULL,
    title TEXT NOT NULL,
    record_id TEXT,
    url TEXT,
    generation INTEGER NOT NULL
) STRICT;
CREATE INDEX articles_by_source ON articles (source, position);
CREATE INDEX articles_by_title ON articles (source, title);
CREATE INDEX articles_by_url ON articles (url) WHERE url IS NOT NULL;
CREATE INDEX articles_by_day ON articles (day);
CREATE TABLE outlets (article_row INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE, outlet TEXT NOT NULL,
    PRIMARY KEY (outlet, article_row)) STRICT, WITHOUT ROWID;
CREATE INDEX outlets_by_article ON outlets (article_row);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    article_row INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    embedded BLOB NOT NULL,
    vector BLOB NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
CREATE INDEX passages_by_article ON passages (article_row);
CREATE INDEX passages_by_generation ON passages (generation);
CREATE INDEX passages_by_embedded ON passages (embedded);
CREATE TABLE removed (passage_row INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
CREATE INDEX removed_by_generation ON removed (generation);
CREATE TABLE copies (
    article_row INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    source TEXT NOT NULL, position TEXT NOT NULL, publisher TEXT, url TEXT, published TEXT,
    PRIMARY KEY (source, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX copies_by_article ON copies (article_row);
CREATE TABLE ledger (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    source TEXT NOT NULL, position TEXT NOT NULL, outcome TEXT NOT NULL,
    article_id TEXT, title TEXT, reason TEXT
) STRICT;
INSERT INTO meta VALUES ('generation', '0'), ('archive', lower(hex(randomblob(8))));
"""


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
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(_BUSY_MILLISECONDS)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
                self.rows(f"PRAGMA {pragma}")
            self._migrate()
            self._check_manifest(manifest)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return all its rows."""
        with self.errors():
            return list(self._connection.execute(statement, values))

    def one(self, statement: str, *values: Any) -> tuple[Any, ...] | None:
        """Run one statement and return its first row, if any."""
        return next(iter(self.rows(statement, *values)), None)

    def identity(self) -> str:
        """Return what tells this archive from every other, also from one made later in the same folder."""
        row = self.one("SELECT value FROM meta WHERE name = 'archive'")
        return str(row[0]) if row else ""

    def inserted(self) -> int:
        """Return the row number of the last insert."""
        return self._connection.last_insert_rowid()

    @contextmanager
    def writing(self) -> Iterator[int]:
        """Open the one write transaction, waiting for others to finish; yields the new generation, committed at the end."""
        self.rows("BEGIN IMMEDIATE")
        try:
            generation = self.generation() + 1
            self.rows("UPDATE meta SET value = ? WHERE name = 'generation'", str(generation))
            yield generation
            self.rows("COMMIT")
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
            self._connection.execute("ROLLBACK")

    def generation(self) -> int:
        """Return the number of the last change that this view sees."""
        row = self.one("SELECT value FROM meta WHERE name = 'generation'")
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Close the file; SQLite folds the write-ahead log into it when no other process has it open."""
        self._connection.close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ours, which say what to do."""
        try:
            yield
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise ArchiveDamaged(
                f"{self._path} is damaged ({error}). It was left as it is; restore a backup, or move it away and ingest again."
            ) from error
        except apsw.BusyError as error:
            raise ArchiveUnavailable(f"{self._path} is locked by another process; try again in a moment.") from error
        except (apsw.FullError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.IOError, apsw.PermissionsError) as error:
            raise ArchiveUnavailable(f"{self._path} cannot be written ({error}); check free space and permissions.") from error
        except OSError as error:
            raise ArchiveUnavailable(
                f"{self._path.parent} cannot be used as the data folder ({error.strerror}); choose another with --data."
            ) from error

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
            if self._version() == 0:  # another process may have made it while this one waited
                self.rows(_SCHEMA)
                self.rows(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self.rows("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _version(self) -> int:
        row = self.one("PRAGMA user_version")
        return int(row[0]) if row else 0

    def _check_manifest(self, manifest: dict[str, str]) -> None:
        found = dict(self.rows("SELECT name, value FROM meta WHERE name NOT IN ('generation', 'archive')"))
        if not found:
            for name, value in manifest.items():
                self.rows("INSERT OR IGNORE INTO meta VALUES (?, ?)", name, value)
            return
        for name, value in manifest.items():
            if found.get(name) != value:
                raise ArchiveMismatch(
                    f"{self._path} was made with {name} {found.get(name)!r}, but this Dateline is set to {value!r}. "
                    f"Set it back, or make a new archive: dateline ingest --data NEW_FOLDER SOURCE..."
                )

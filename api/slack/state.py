"""What the bot must remember: which events it has taken, and what people thought of answers. One SQLite file for all workers.

A file of its own, because deliveries of an event may come to several processes at once, and each must know what the others
took. Python's own SQLite is enough for it: the journal is not a WAL, so the bug of older versions does not reach it
(docs/adr/0039-slack.md). Every call opens the file anew, which takes about a millisecond: call them in a thread.
"""

import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

FILE = "slack.sqlite"
"""The file, in the data folder."""
TTL_SECONDS = 3_600
"""How long an event is remembered; Slack sends one again for some minutes."""

Value = Literal["good", "bad"]

_BUSY_SECONDS = 5.0
_VERSION = 1
_SCHEMA = """
CREATE TABLE events (name TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX events_by_time ON events (at);
CREATE TABLE questions (answer TEXT PRIMARY KEY, question TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE feedback (answer TEXT, who TEXT, value TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (answer, who)) WITHOUT ROWID;
CREATE TABLE salt (value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What one person thought of one answer."""

    at: str
    """When, in UTC."""
    answer_id: str
    """As in the line of the log."""
    value: Value
    question: str | None
    """What was asked; only where questions were kept (setting `log_questions`)."""


class SlackState:
    """The file, as processes share it.

    Args:
        data: the folder of the archive.
    """

    def __init__(self, data: Path) -> None:
        self.path = data / FILE

    def claim(self, *names: str, now: float | None = None) -> bool:
        """Take an event; return whether it was not taken before, here or in another process, under any of its names.

        Raises:
            sqlite3.Error: the file cannot be read or written.
            OSError: the folder cannot be written.
        """
        moment = time.time() if now is None else now
        with self._changing() as database:
            database.execute("DELETE FROM events WHERE at < ?", (moment - TTL_SECONDS,))
            marks = ", ".join("?" * len(names))
            if database.execute(f"SELECT 1 FROM events WHERE name IN ({marks}) LIMIT 1", names).fetchone():
                return False
            database.executemany("INSERT INTO events VALUES (?, ?)", [(name, moment) for name in dict.fromkeys(names)])
            return True

    def keep_question(self, answer_id: str, question: str) -> None:
        """Keep what was asked, so that feedback can be understood.

        Raises:
            sqlite3.Error: the file cannot be read or written.
            OSError: the folder cannot be written.
        """
        with self._changing() as database:
            database.execute("INSERT OR REPLACE INTO questions VALUES (?, ?)", (answer_id, question))

    def rate(self, answer_id: str, user: str, value: Value) -> None:
        """Keep what somebody thinks of an answer, instead of what they thought before; not who it is.

        Raises:
            sqlite3.Error: the file cannot be read or written.
            OSError: the folder cannot be written.
        """
        with self._changing() as database:
            (salt,) = database.execute("SELECT value FROM salt").fetchone()
            who = hashlib.sha256(f"{salt}:{answer_id}:{user}".encode(errors="replace")).hexdigest()[:16]
            at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            database.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)", (answer_id, who, value, at))

    def feedback(self, limit: int = 1_000) -> list[Feedback]:
        """Return what people thought, the newest first; makes no file where there is none.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        if not self.path.exists():
            return []
        with self._opened() as database:
            rows = database.execute(
                "SELECT at, answer, value, question FROM feedback LEFT JOIN questions USING (answer) "
                "ORDER BY at DESC, answer LIMIT ?", (limit,)
            ).fetchall()  # fmt: skip
        return [Feedback(at=at, answer_id=answer, value=value, question=question) for at, answer, value, question in rows]

    def counts(self) -> dict[Value, int]:
        """Return how many thought what.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        counted: dict[Value, int] = {"good": 0, "bad": 0}
        if self.path.exists():
            with self._opened() as database:
                counted.update(database.execute("SELECT value, count(*) FROM feedback GROUP BY value").fetchall())
        return counted

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Change the file as a whole or not at all."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)) as database:
                database.execute("PRAGMA synchronous = FULL")
                self._prepare(database)
                yield database
        except UnicodeDecodeError as error:
            # Python cannot read SQLite's own message when that quotes a damaged name.
            raise sqlite3.DatabaseError(f"{self.path} is damaged ({error.reason})") from error

    def _prepare(self, database: sqlite3.Connection) -> None:
        if self._version(database) == _VERSION:
            return
        database.execute("BEGIN IMMEDIATE")
        version = self._version(database)  # another process may have been faster
        if version == 0:
            for statement in _SCHEMA.split(";"):
                database.execute(statement)
            database.execute("INSERT INTO salt VALUES (?)", (secrets.token_hex(32),))
            database.execute(f"PRAGMA user_version = {_VERSION}")
        database.execute("COMMIT")
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"{self.path} was written by a newer Dateline")

    @staticmethod
    def _version(database: sqlite3.Connection) -> int:
        return int(database.execute("PRAGMA user_version").fetchone()[0])

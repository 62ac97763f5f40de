"""Lets one writer at a time change an archive on Milvus, which knows no transactions and no compare-and-set.

Fischer's algorithm (in Lamport, "A Fast Mutual Exclusion Algorithm", 1987): who finds the lease free writes its name, waits
longer than such a write takes, and has the lease if its name still stands there. A lease that nobody renewed for a while is
taken over. Processes' clocks need not agree: each waits by its own. Within one process writers take turns by an ordinary lock.
"""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import ArchiveUnavailable
from index.milvus.connection import Connection
from index.milvus.tables import UNUSED, Tables

# Longer than another's write takes that began before ours ended.
_SETTLING = 0.2
# A lease is renewed while it is used, and taken over when it was not for so long.
_RENEWED, _TAKEN_OVER = 3.0, 20.0
# So long it is kept without asking whether somebody waits, and so long others then have to take it.
_KEPT, _YIELDED = 2.0, 1.0
_PATIENCE = 60.0

_in_process: dict[str, threading.RLock] = {}


class Lease:
    """The right to write, for one store."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._collection = tables.lease
        self._lock = _in_process.setdefault(f"{connection.address} {tables.lease}", threading.RLock())
        self._owner = secrets.token_hex(8)
        self._renewed: float | None = None
        self._since = 0.0
        self.clean = False
        """Whether who held it before left nothing half-written."""

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lease; yields whether it was taken anew, so that what was known of the archive may be old.

        Raises:
            ArchiveUnavailable: another process writes for longer than one waits for it.
        """
        with self._lock:
            anew = not self._still_mine()
            if anew:
                self._take()
            yield anew

    def confirm(self) -> None:
        """Make sure, right before a commit, that nobody took the lease over meanwhile.

        Raises:
            ArchiveUnavailable: somebody did; nothing may be committed.
        """
        if not self._connection.lite and self._owner_now() != self._owner:
            self._renewed = None
            raise ArchiveUnavailable("another process took over writing to this archive, since this one stood still; try again.")
        self._renew()

    def release(self, *, clean: bool) -> None:
        """Let others write; `clean`: nothing half-written is left."""
        with self._lock:
            if self._renewed is not None and (self._connection.lite or self._owner_now() == self._owner):
                self._write("writer", "", clean=clean)
            self._renewed = None

    def _still_mine(self) -> bool:
        if self._renewed is None:
            return False
        # Within one process the lock keeps others out, but they may have written since.
        writer = self._read("writer")
        if writer.get("owner") != self._owner:
            self._renewed = None
            return False
        if time.monotonic() - self._since > _KEPT and not self._connection.lite and self._somebody_waits():
            self.release(clean=True)
            time.sleep(_YIELDED)
            return False
        self._renew()
        return True

    def _take(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        seen, seen_at = self._read("writer"), time.monotonic()
        while True:
            now = time.monotonic()
            free = self._connection.lite or not seen.get("owner")
            if free or now - seen_at > _TAKEN_OVER:
                clean = bool(seen.get("clean", not seen))
                self._write("writer", self._owner, clean=False)
                if not self._connection.lite:
                    time.sleep(_SETTLING)
                if self._owner_now() == self._owner:
                    self._renewed = self._since = time.monotonic()
                    self.clean = clean and free
                    return
            elif now > deadline:
                raise ArchiveUnavailable(
                    "another process has been writing to this archive for a minute and does not let others; try again later."
                )
            else:
                self._write("waiting", self._owner, clean=True)
                time.sleep(_SETTLING)
            found = self._read("writer")
            if found != seen:
                seen, seen_at = found, time.monotonic()

    def _renew(self) -> None:
        now = time.monotonic()
        if self._renewed is None or now - self._renewed > _RENEWED:
            self._write("writer", self._owner, clean=False)
            self._renewed = now

    def _somebody_waits(self) -> bool:
        waiting = self._read("waiting")
        if not waiting.get("owner"):
            return False
        self._write("waiting", "", clean=True)
        return True

    def _owner_now(self) -> str:
        return str(self._read("writer").get("owner", ""))

    def _read(self, name: str) -> dict[str, object]:
        found = self._connection.rows(self._collection, f'id == "{name}"', ["body"])
        return dict(json.loads(found[0]["body"])) if found else {}

    def _write(self, name: str, owner: str, *, clean: bool) -> None:
        # What is written differs each time, so that others see that its owner lives.
        body = json.dumps({"owner": owner, "clean": clean, "beat": secrets.token_hex(4)})
        self._connection.write(self._collection, [{"id": name, "body": body, "unused": UNUSED}])

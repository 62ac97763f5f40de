"""Lets writers of an archive on Milvus take turns: one holds the lease until it is done, or until another waits.

Safety does not rest on it (`index.milvus.claims`): where clocks, pauses or slow calls let two hold it at once, one of them finds
that its change does not count. Within one process all stores of an archive share one turn, and an ordinary lock.
"""

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from index.errors import ArchiveUnavailable
from index.milvus.connection import Connection
from index.milvus.head import Head
from index.milvus.tables import UNUSED, Tables
from index.milvus.times import Times

_ASKED_EVERY = 0.2
# Two that find it free at once write their names; after so long mostly the later one stands there.
_SETTLING = 0.1


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class Turn:
    """What the stores of one archive in one process share."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    renewed: float | None = None
    """When the lease was found to be ours, by this process's clock; None: it is not."""
    claim: int = 0
    head: Head | None = None
    """As it was written last, while the lease is held; None: it must be read, or what was left of a change undone."""
    unfinished: bool = False
    """Whether something was written that no head names."""
    runs: int = 0
    """How many ingests go on, for which the lease is kept between changes."""


_turns: WeakValueDictionary[str, Turn] = WeakValueDictionary()
_turns_lock = threading.Lock()


def turn_of(connection: Connection, tables: Tables) -> Turn:
    """Return what this process's stores of an archive share."""
    with _turns_lock:
        name = f"{connection.address} {tables.lease}"
        turn = _turns.get(name)
        if turn is None:
            turn = _turns[name] = Turn()
        return turn


class Lease:
    """The lease of one archive. Whoever calls holds the lock of the turn."""

    def __init__(self, connection: Connection, tables: Tables, turn: Turn, times: Times) -> None:
        self._connection = connection
        self._collection = tables.lease
        self._turn, self._times = turn, times

    def kept(self) -> bool:
        """Return whether the lease is still ours; gives it up if another waits."""
        turn, now = self._turn, time.monotonic()
        if turn.renewed is None or self._connection.lite or now - turn.renewed < self._times.kept:
            return turn.renewed is not None
        found = self._read()
        if found.get("writer", {}).get("owner") != turn.owner:
            turn.renewed = None
        elif found.get("waiting", {}).get("owner", "") not in {"", turn.owner}:
            self._write("waiting", "")
            self.give_up(clean=not turn.unfinished)
            time.sleep(self._times.yielded)
        else:
            self.renew()
        return turn.renewed is not None

    def take(self) -> int:
        """Take the lease; return the claim after which its last holder left everything in order, 0 if it did not say so.

        Raises:
            ArchiveUnavailable: another process writes for longer than one waits for it.
        """
        deadline = time.monotonic() + self._times.patience
        while True:
            seen = self._waited_for(deadline)
            self.renew()
            if self._connection.lite:
                break
            time.sleep(_SETTLING)
            found, mine = self._read(), self._turn.owner
            if found.get("writer", {}).get("owner") == mine:
                if found.get("waiting", {}).get("owner") == mine:
                    self._write("waiting", "")
                break
        return 0 if seen.get("owner") else int(str(seen.get("done", 0)))

    def renew(self) -> None:
        """Say that the lease is ours."""
        self._write("writer", self._turn.owner)
        self._turn.renewed = time.monotonic()

    def _waited_for(self, deadline: float) -> dict[str, object]:
        """Wait until the lease is free or nobody uses it; return what stands there."""
        mine, lite = self._turn.owner, self._connection.lite
        seen, seen_at = self._read().get("writer", {}), time.monotonic()
        while seen.get("owner", "") not in {"", mine} and not lite and time.monotonic() - seen_at < self._times.taken_over:
            if time.monotonic() > deadline:
                raise ArchiveUnavailable(
                    "another process has been writing to this archive for a minute and does not let others; try again later."
                )
            self._write("waiting", self._turn.owner)
            time.sleep(_ASKED_EVERY)
            found = self._read().get("writer", {})
            if found != seen:
                seen, seen_at = found, time.monotonic()
        return seen

    def give_up(self, *, clean: bool) -> None:
        """Let others write; `clean`: nothing half-written is left."""
        turn = self._turn
        if turn.renewed is None:
            return
        turn.renewed = None
        if self._connection.lite or self._read().get("writer", {}).get("owner") == turn.owner:
            self._write("writer", "", done=turn.claim if clean else 0)

    def _read(self) -> dict[str, dict[str, object]]:
        found = self._connection.rows(self._collection, 'id in ["writer", "waiting"]', ["id", "body"])
        return {row["id"]: dict(json.loads(row["body"])) for row in found}

    def _write(self, name: str, owner: str, *, done: int = 0) -> None:
        # What is written differs each time, so that others see that its owner lives.
        body = json.dumps({"owner": owner, "done": done, "beat": secrets.token_hex(4)})
        self._connection.write(self._collection, [{"id": name, "body": body, "unused": UNUSED}])

"""The keys as a running service sees them: read again when their file changes, and closed when it cannot be read."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from anyio import CapacityLimiter, to_thread

from api.key_file import KeyFile, Stamp
from api.keys import Key, KeysUnusable

logger = structlog.get_logger()

EVERY = 1.0
"""Seconds between two looks at the file; a new or revoked key counts after at most so long."""
SEEN = "DATELINE_KEYS_SEEN"
"""The environment variable that tells worker processes, also those started anew, that there were keys at the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What one look at the file found."""

    stamp: Stamp | None = None
    keys: tuple[Key, ...] | None = None
    origins: frozenset[str] = frozenset()
    problem: str | None = None


class KeyRing:
    """The keys in use.

    Args:
        file: where they stand.
        required: whether the service must not be open to everybody even when no key was ever made.
        seen: whether there were keys when the service started, so that it must not be open when they are gone.
        every: seconds between two looks.
    """

    def __init__(self, file: KeyFile, *, required: bool, seen: bool = False, every: float = EVERY) -> None:
        self._file = file
        self._required = required
        self._every = every
        self._view = _View(problem="The access keys were not read yet.")
        self._looked = float("-inf")
        self._seen = seen
        self._turn = asyncio.Lock()
        self._thread = CapacityLimiter(1)  # its own, so that it waits for no other work

    async def keys(self) -> tuple[Key, ...] | None:
        """Return the keys that are not revoked; None when none was ever made, so that everybody may ask.

        Raises:
            KeysUnusable: they cannot be read; nobody may be let in.
        """
        view = await self._current()
        if view.problem is not None:
            raise KeysUnusable(view.problem)
        return view.keys

    async def origins(self) -> frozenset[str]:
        """Return the web pages of all publishable keys; none when the keys cannot be read."""
        return (await self._current()).origins

    async def _current(self) -> _View:
        if time.monotonic() - self._looked >= self._every:
            # Whoever comes while another looks waits for what it finds: what is older may know a key that is revoked.
            async with self._turn:
                if time.monotonic() - self._looked >= self._every:
                    started = time.monotonic()
                    self._view = await to_thread.run_sync(self._look, limiter=self._thread)
                    self._looked = started
        return self._view

    def _look(self) -> _View:
        before = self._view
        try:
            if before.problem is None and self._file.stamp() == before.stamp:
                return before
            found = self._file.read()
            if found is None:
                self._refuse_missing()
                return _View()
        except KeysUnusable as error:
            self._seen = True  # a damaged file, too, was one: removing it must not open the service
            if str(error) != before.problem:
                logger.error("closed", error=str(error))  # noqa: TRY400 - the message says what to do; a traceback would not
            return _View(problem=str(error))
        self._seen = True
        stamp, known = found
        keys = tuple(key for key in known if key.active)
        return _View(stamp=stamp, keys=keys, origins=frozenset(origin for key in keys for origin in key.origins))

    def _refuse_missing(self) -> None:
        if self._required:
            raise KeysUnusable(
                f"This service can be reached by others, and {self._file.path} is missing, so nobody is let in. Make a key: "
                "dateline keys create"
            )
        if self._seen:
            raise KeysUnusable(
                f"{self._file.path} was there and is missing now, so nobody is let in. Restore it, make new keys (dateline keys "
                "create), or start the service again to let everybody on this machine ask."
            )

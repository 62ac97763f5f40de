"""Looks whether the archive can be read now, and never waits for it for long."""

import asyncio
from collections.abc import Callable

from anyio import to_thread

from api.errors import NotReady
from index.types import Stats

SECONDS = 1.0
"""How long the archive may take to say how it is; who asks for readiness asks again soon."""


class ArchiveCheck:
    """Asks the archive how it is, never twice at once: a disk that hangs takes one thread, however often one asks."""

    def __init__(self, look: Callable[[], Stats], *, seconds: float = SECONDS) -> None:
        self._look, self._seconds = look, seconds
        self._looking: asyncio.Task[Stats] | None = None

    async def stats(self) -> Stats:
        """Return the size of the archive now.

        Raises:
            NotReady: it did not say in time.
            IndexingError: it cannot be read.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(to_thread.run_sync(self._look, abandon_on_cancel=True))
            self._looking.add_done_callback(_heard)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(self._looking)
        except TimeoutError:
            raise NotReady(f"The archive was not ready to be read within {self._seconds:g} s; try again in a moment.") from None


def _heard(task: asyncio.Task[Stats]) -> None:
    """Take note of what nobody waited for, so that asyncio need not complain."""
    if not task.cancelled():
        task.exception()

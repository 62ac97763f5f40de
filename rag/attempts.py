"""Has one completion written: asked for again while nothing has come, and ended at a deadline or when it grows without end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

import stamina
import stamina.instrumentation

from rag.errors import GeneratorBusy, GeneratorError

# Left to itself it logs through structlog, which prints to stdout where nobody has configured it, between results.
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
ATTEMPTS = 3
"""How often a model is asked that is busy or cannot be reached."""
MOST_CHARACTERS = 20_000
"""Where a model has no end in sight: the longest useful answers have some 2,000 characters."""
_FIRST_PAUSE, _LONGEST_PAUSE, _JITTER = 0.2, 2.0, 0.1
# The time that a retry may take must be more than nothing.
_MOMENT = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Until when everything that is written for one question must be there."""

    at: float
    """In seconds of the running event loop's clock."""
    seconds: float
    """How long it was when it began; for messages."""

    @classmethod
    def within(cls, seconds: float) -> "Deadline":
        """Return the one that begins now. Call it in a running event loop."""
        return cls(at=asyncio.get_running_loop().time() + seconds, seconds=seconds)

    @property
    def left(self) -> float:
        """How many seconds are left; less than 0 when it has passed."""
        return self.at - asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One completion to be asked for."""

    name: str
    """The generator's; for messages."""
    begin: Callable[[], AsyncIterator[str]]
    """Asks for it; called anew for each attempt."""
    deadline: Deadline
    attempts: int = ATTEMPTS
    """How often to ask at most."""
    most: int = MOST_CHARACTERS
    """How many characters it may have."""


async def attempted(request: Request) -> AsyncGenerator[str, None]:
    """Yield the pieces of one attempt that began; the attempts together and the whole text share one deadline.

    Raises:
        GeneratorError: the generator failed, was too slow or wrote without end.
    """
    deadline, written = request.deadline, 0
    late = f"{request.name} did not finish within {deadline.seconds:g} seconds"

    async def following(stream: AsyncIterator[str]) -> str | None:
        try:
            async with asyncio.timeout_at(deadline.at):
                return await anext(stream, None)
        except TimeoutError as error:
            raise GeneratorError(late) from error

    def pause(error: Exception) -> bool | float:
        """Return whether, or after how many seconds, to ask again."""
        if not isinstance(error, GeneratorBusy):
            return False
        if error.wait is not None and error.wait >= deadline.left:
            return False  # when it may be asked again, nobody waits any more
        return True if error.wait is None else error.wait

    attempts = stamina.retry_context(
        on=pause, attempts=request.attempts, timeout=max(_MOMENT, deadline.left), wait_initial=_FIRST_PAUSE,
        wait_max=_LONGEST_PAUSE, wait_jitter=_JITTER,
    )  # fmt: skip
    async for attempt in attempts:
        with attempt:
            # Generators are async generator functions; the protocol promises less.
            stream = cast("AsyncGenerator[str, None]", request.begin())
            try:
                piece = await following(stream)
            except BaseException:
                await stream.aclose()
                raise
    async with aclosing(stream):
        while piece is not None:
            written += len(piece)
            yield piece
            if written > request.most:
                raise GeneratorError(f"{request.name} wrote more than {request.most:,} characters without an end")
            piece = await following(stream)

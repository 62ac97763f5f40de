"""Keeps a stream of server-sent events open while nothing happens: proxies close what is silent for a minute."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

# Clients skip lines that begin with a colon (WHATWG HTML, 9.2.6), OpenAI's libraries, too.
COMMENT = ": keepalive\n\n"
SECONDS = 10.0


async def kept_alive(events: AsyncGenerator[str, None], *, seconds: float = SECONDS) -> AsyncGenerator[str, None]:
    """Yield the events, and a comment whenever none came for so long. Closes `events` when nobody reads any more.

    Raises:
        Exception: what `events` raised.
    """
    ready: asyncio.Queue[str | None] = asyncio.Queue(maxsize=1)

    async def read() -> None:
        # All of it in one task: a generator's timeouts belong to the task that entered them.
        try:
            async for event in events:
                await ready.put(event)
        finally:
            await events.aclose()
            with suppress(asyncio.QueueFull):
                ready.put_nowait(None)

    reading = asyncio.create_task(read())
    try:
        while True:
            try:
                async with asyncio.timeout(seconds):
                    event = await ready.get()
            except TimeoutError:
                yield COMMENT
                continue
            if event is None:
                break
            yield event
            if reading.done() and ready.empty():
                break
        await reading
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reading

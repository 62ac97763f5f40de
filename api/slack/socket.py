"""The socket over which Slack sends events to a service that it cannot reach: no public address is needed."""

import asyncio
import logging
from contextlib import suppress

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from api.slack.web import Web, library_logger

_CLOSING_SECONDS = 3.0


class Socket:
    """A connection that Slack's library keeps open, also after it broke. Make it in the event loop that uses it.

    Args:
        app: the handlers.
        web: Slack.
        token: of the app, for sockets.
    """

    def __init__(self, app: AsyncApp, web: Web, *, token: str) -> None:
        # What the library says about the connection is of use; it has no messages in it at this level.
        said = library_logger(logging.ERROR)
        self._handler = AsyncSocketModeHandler(app, token, logger=said, web_client=web.client_without_token())

    async def open(self) -> None:
        """Connect, however often it takes."""
        await self._handler.connect_async()

    async def close(self) -> None:
        """Disconnect."""
        client = self._handler.client
        running = [task for task in (client.message_processor, client.current_session_monitor, client.message_receiver) if task]
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._handler.close_async()
                await asyncio.gather(*running, return_exceptions=True)

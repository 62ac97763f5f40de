"""Slack's Web API as the bot calls it: what is asked again and what is not, and one kind of failure."""

import asyncio
import logging
import re
from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

SECONDS = 10.0
"""How long Slack may take for one reply."""
_ALTOGETHER = 6
"""How many times that a call may take with all its retries and the pauses that Slack asks for."""
_RETRIES = 2
_IDLE_SECONDS = 5.0
# Addresses of sockets hold what opens them.
_TICKET = re.compile(r"(wss?://)[^\s'\")]+")


class SlackFailed(Exception):  # noqa: N818 - reads as what it is
    """A call failed, and so did its retries. The message is Slack's word for why, or the kind of failure; never what was sent."""


class Web:
    """Two clients of one connection pool. Open it in the event loop that uses it.

    Args:
        token: of the bot.
        url: of the Web API.
        seconds: how long one reply may take.
    """

    once: AsyncWebClient
    """Asks again only when Slack was not reached or too busy to begin: what makes a message must not make two."""
    again: AsyncWebClient
    """Asks again after every failure that may pass: for what reads, or sets what it would set twice."""

    def __init__(self, *, token: str, url: str, seconds: float = SECONDS) -> None:
        self._token, self._url, self._seconds = token, url, seconds
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the clients."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._seconds),
            # One that Slack closes at the moment that it is used again would fail what must not be asked twice.
            connector=aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS),
        )
        limited = AsyncRateLimitErrorRetryHandler(max_retry_count=_RETRIES)
        unreached = AsyncConnectionErrorRetryHandler(max_retry_count=_RETRIES, error_types=[aiohttp.ClientConnectorError])
        broken = [
            AsyncConnectionErrorRetryHandler(max_retry_count=_RETRIES),
            AsyncServerErrorRetryHandler(max_retry_count=_RETRIES),
        ]
        self.once = self._client([limited, unreached], self._token)
        self.again = self._client([limited, *broken], self._token)

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    async def told(self, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """Return what Slack replied.

        Raises:
            SlackFailed: it did not do what was asked, or not in time.
        """
        try:
            async with asyncio.timeout(self._seconds * _ALTOGETHER):
                return await call
        except SlackApiError as error:
            raise SlackFailed(_reason(error)) from None
        # The client itself trips over replies that are no JSON, or no object, in these ways.
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError, AttributeError, TypeError) as error:
            raise SlackFailed(type(error).__name__) from None

    def client_without_token(self) -> AsyncWebClient:
        """Return what Slack's library asks with for itself: for a socket, with the token that it is given."""
        return self._client([AsyncConnectionErrorRetryHandler()], None)

    def _client(self, handlers: list[Any], token: str | None) -> AsyncWebClient:
        return AsyncWebClient(
            token=token, base_url=self._url, session=self._session, retry_handlers=handlers, logger=library_logger()
        )


def library_logger(level: int = logging.CRITICAL) -> logging.Logger:
    """Return what Slack's libraries log to: by default nothing, since they log whole messages, and tracebacks with them."""
    logger = logging.getLogger(f"{__name__}.{logging.getLevelName(level).lower()}")
    logger.setLevel(level)
    if not logger.filters:
        logger.addFilter(_without_secrets)
    return logger


def _without_secrets(record: logging.LogRecord) -> bool:
    record.exc_info = None
    record.msg, record.args = _TICKET.sub(r"\1…", record.getMessage()), ()
    return True


def _reason(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    said = data.get("error") if isinstance(data, dict) else None
    return str(said)[:100] if said else f"status {getattr(error.response, 'status_code', 'unknown')}"

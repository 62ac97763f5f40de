"""Counting and taking in a Redis server: rates in windows that move along, and names that only one may take."""

import asyncio
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limits import RateLimitItem

PREFIX = "dateline:"
"""What all names there begin with."""
_CONNECTIONS = 20
_UNUSABLE = "unusable reply"
# Reply to nobody unless all of it is free: two deliveries of one event may come at the same moment.
_TAKE = """
if redis.call('EXISTS', unpack(KEYS)) > 0 then return 0 end
for _, key in ipairs(KEYS) do redis.call('SET', key, 1, 'EX', ARGV[1]) end
return 1
"""


class RedisFailed(Exception):  # noqa: N818 - reads as what it is
    """Redis did not do what it was asked to. The message is one of a few kinds of failure; nothing that the server said."""


class RedisCounts:
    """One Redis server, with at most 20 connections. Use it in one event loop only.

    Args:
        url: where it is, with the password if it has one.
        seconds: how long one question to it may take, connecting included.
    """

    def __init__(self, url: str, *, seconds: float) -> None:
        from limits.aio.storage import RedisStorage  # noqa: PLC0415 - an extra, and commands need not wait for it
        from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415
        from redis.asyncio import BlockingConnectionPool, Redis  # noqa: PLC0415
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415

        self._seconds = seconds
        # Asked once: whoever waits here waits with a request, and another try comes soon enough by itself.
        pool = BlockingConnectionPool.from_url(
            url, max_connections=_CONNECTIONS, timeout=seconds, retry=Retry(NoBackoff(), 0), socket_timeout=seconds,
            socket_connect_timeout=seconds,
        )  # fmt: skip
        self._pool, self._client = pool, Redis.from_pool(pool)
        storage = RedisStorage("async+redis://", implementation="redispy", key_prefix=f"{PREFIX}rates", connection_pool=pool)  # type: ignore[arg-type]
        self._limiter = MovingWindowRateLimiter(storage)
        self._take = self._client.register_script(_TAKE)

    async def hit(self, limit: "RateLimitItem", who: str) -> int:
        """Count one use; return 0, or in how many whole seconds there may be another, and then it is not counted.

        Raises:
            RedisFailed: it is not known whether it was counted.
        """
        return int(await self._asked(self._hit(limit, who)))

    async def take(self, names: tuple[str, ...], seconds: int) -> bool:
        """Take all of these names for so long; return whether none was taken, and else take none.

        Raises:
            RedisFailed: it is not known whether they were taken.
        """
        reply = await self._asked(self._take(keys=[f"{PREFIX}taken:{name}" for name in names], args=[seconds]))
        if reply not in (0, 1):
            raise RedisFailed(_UNUSABLE)
        return bool(reply)

    async def begin_anew(self) -> None:
        """End the connections; the next question opens one: what was asked on an old one may still be replied to there.

        Raises:
            RedisFailed: it could not end them in time.
        """
        await self._asked(self._pool.disconnect())

    async def close(self) -> None:
        """End the connections, whatever the server does."""
        with suppress(RedisFailed):
            await self._asked(self._client.aclose(close_connection_pool=True))

    async def _hit(self, limit: "RateLimitItem", who: str) -> int:
        if await self._limiter.hit(limit, who):
            return 0
        again = (await self._limiter.get_window_stats(limit, who)).reset_time
        # The clocks of two machines may differ.
        return min(max(1, math.ceil(again - time.time())), limit.get_expiry())

    async def _asked(self, asking: Any) -> Any:
        """Return the reply, or raise what kind of failure it was."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - loaded already

        try:
            async with asyncio.timeout(self._seconds):
                return await asking
        # The client itself trips over replies that are none in the ways behind `OSError`.
        except (RedisError, OSError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError) as error:
            raise RedisFailed(_kind(error)) from None


def _kind(error: Exception) -> str:
    """Return what to call a failure: never the server's own words, which may hold what it was sent."""
    from redis import exceptions  # noqa: PLC0415 - loaded already

    kinds = (
        ((TimeoutError, exceptions.TimeoutError), "too slow"),
        ((exceptions.AuthenticationError,), "wrong password"),
        ((exceptions.OutOfMemoryError,), "out of memory"),
        ((exceptions.ReadOnlyError,), "read only"),
        ((exceptions.NoPermissionError,), "not permitted"),
        ((exceptions.ConnectionError, OSError), "unreachable"),
        ((exceptions.ResponseError,), "refused"),
    )
    return next((name for types, name in kinds if isinstance(error, types)), _UNUSABLE)

"""What the replicas of a service know in common, through Redis: it may take a moment only, and is let alone while it fails.

Whatever Redis does, a request is answered: where it does not say, the process counts for itself (docs/adr/0043-redis.md).
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import structlog

from api.command import UsageError
from api.metrics import Metrics
from api.redis_counts import RedisCounts, RedisFailed
from api.settings import ServiceSettings

if TYPE_CHECKING:
    from limits import RateLimitItem

logger = structlog.get_logger()

EVERY = 1.0
"""Seconds between two looks at Redis, also while nobody asks."""
_PROBE_SECONDS = 10
_NOT_ASKED = "not asked yet"

T = TypeVar("T")


class Replicas:
    """A Redis server that all replicas share, while it replies. Use it in one event loop, while it is `watched`.

    Args:
        url: of the server, with its password.
        metrics: where failures are counted.
        seconds: how long it may take for one reply.
        every: seconds between two looks at it.
    """

    def __init__(self, url: str, metrics: Metrics, *, seconds: float, every: float = EVERY) -> None:
        from limits import parse  # noqa: PLC0415 - imports every kind of storage, which commands need not

        self._counts = RedisCounts(url, seconds=seconds)
        self._metrics, self._every = metrics, every
        self._probe_rate = parse("1000/second")
        self._name = secrets.token_hex(8)
        self.problem: str | None = _NOT_ASKED
        """Why nothing is shared now; None while it is."""

    async def hit(self, limit: "RateLimitItem", who: str) -> int | None:
        """Count one use for all replicas; return 0, or the whole seconds until there may be another; None: Redis does not say."""
        return await self._asked(self._counts.hit(limit, who)) if self.problem is None else None

    async def take(self, names: tuple[str, ...], seconds: int) -> bool | None:
        """Take all of these names for so long; return whether no replica had taken one; None: Redis does not say."""
        return await self._asked(self._counts.take(names, seconds)) if self.problem is None else None

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look again and again whether Redis replies, and share what can be shared."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._counts.close()

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(self._every)

    async def _look(self) -> None:
        """Do what requests do: a server that is full, or that only reads, still replies to a ping."""
        try:
            if self.problem is not None:
                await self._counts.begin_anew()
            await self._counts.hit(self._probe_rate, f"probe {self._name}")
            await self._counts.take((f"probe {self._name} {secrets.token_hex(4)}",), _PROBE_SECONDS)
        except RedisFailed as error:
            self._failed(str(error))
        else:
            self._replied()

    async def _asked(self, asking: Awaitable[T]) -> T | None:
        try:
            return await asking
        except RedisFailed as error:
            self._failed(str(error))
            return None

    def _failed(self, reason: str) -> None:
        self._metrics.redis_failures.labels(reason).inc()
        self._metrics.rates_shared.set(0)
        if reason != self.problem:
            self.problem = reason
            logger.warning("redis fails", reason=reason, hint="Each process counts rates for itself until Redis replies again.")

    def _replied(self) -> None:
        self._metrics.rates_shared.set(1)
        if self.problem is not None:
            self.problem = None
            logger.info("redis shared")


def need_redis(settings: ServiceSettings) -> None:
    """Load Redis's client if a server is set.

    Raises:
        UsageError: it is not installed; says how to install it.
    """
    if settings.redis_url is None:
        return
    try:
        import redis.asyncio  # noqa: F401, PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"setting 'redis_url': Redis's client is not installed ({error}). Install it with: "
            ".venv/bin/pip install -e '.[redis]'"
        ) from error


def build_replicas(settings: ServiceSettings, metrics: Metrics) -> Replicas | None:
    """Return what replicas share, or None where each process is to know only what it sees itself.

    Raises:
        UsageError: Redis's client is not installed, or cannot read the address.
    """
    if settings.redis_url is None:
        return None
    need_redis(settings)
    try:
        return Replicas(settings.redis_url.get_secret_value(), metrics, seconds=settings.redis_seconds)
    except ValueError:
        # Not what the client says of it, which may hold the password.
        raise UsageError("setting 'redis_url': Redis's client cannot read this address") from None


@asynccontextmanager
async def with_replicas(replicas: Replicas | None) -> AsyncIterator[None]:
    """Share with other replicas, if that is set up, as long as the service runs."""
    if replicas is None:
        yield
        return
    async with replicas.watched():
        yield

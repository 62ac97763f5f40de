"""Counts how often each key, or each person, uses the service."""

import math
import time
from typing import TYPE_CHECKING

from api.keys import Key

if TYPE_CHECKING:
    from limits import RateLimitItem

    from api.replicas import Replicas


class Rates:
    """Rates, each counted in a window that moves along: of all replicas together, or of this process alone.

    Args:
        replicas: what the replicas share; None where every process counts for itself.
    """

    def __init__(self, replicas: "Replicas | None" = None) -> None:
        from limits.storage import MemoryStorage  # noqa: PLC0415 - imports every kind of storage, which commands need not
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._replicas = replicas

    async def wait(self, key: Key) -> int:
        """Count one use of the key; return 0, or in how many whole seconds it may be used again, and then it is not counted."""
        return 0 if key.rate is None else await self.counted(key.rate, f"key {key.id}")

    async def counted(self, rate: str, who: str) -> int:
        """Count one use; return 0, or in how many whole seconds there may be another, and then it is not counted.

        Args:
            rate: such as `60/minute`.
            who: whose uses are counted together.
        """
        from limits import parse  # noqa: PLC0415 - loaded already

        limit = parse(rate)
        # What this process let pass is counted here, too: nobody need be asked about who has used up all of it here, and the
        # process goes on from there when Redis fails.
        if self._replicas is not None and self._limiter.test(limit, who):
            wait = await self._replicas.hit(limit, who)
            if wait:
                return wait
        return 0 if self._limiter.hit(limit, who) else self._free(limit, who)

    def _free(self, limit: "RateLimitItem", who: str) -> int:
        return max(1, math.ceil(self._limiter.get_window_stats(limit, who).reset_time - time.time()))

"""Counts how often each key, or each person, uses the service."""

import math
import time

from api.keys import Key


class Rates:
    """Rates, each counted in a window that moves along. In memory: every process counts for itself."""

    def __init__(self) -> None:
        from limits.storage import MemoryStorage  # noqa: PLC0415 - imports every kind of storage, which commands need not
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, key: Key) -> int:
        """Count one use of the key; return 0, or in how many whole seconds it may be used again, and then it is not counted."""
        return 0 if key.rate is None else self.counted(key.rate, key.id)

    def counted(self, rate: str, who: str) -> int:
        """Count one use; return 0, or in how many whole seconds there may be another, and then it is not counted.

        Args:
            rate: such as `60/minute`.
            who: whose uses are counted together.
        """
        from limits import parse  # noqa: PLC0415 - loaded already

        limit = parse(rate)
        if self._limiter.hit(limit, who):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(limit, who).reset_time - time.time()))

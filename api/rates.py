"""Counts how often each key is used."""

import math
import time

from api.keys import Key


class Rates:
    """The rates of all keys, each counted in a window that moves along. In memory: every process counts for itself."""

    def __init__(self) -> None:
        from limits.storage import MemoryStorage  # noqa: PLC0415 - imports every kind of storage, which commands need not
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, key: Key) -> int:
        """Count one use of the key; return 0, or in how many whole seconds it may be used again, and then it is not counted."""
        if key.rate is None:
            return 0
        from limits import parse  # noqa: PLC0415 - loaded already

        rate = parse(key.rate)
        if self._limiter.hit(rate, key.id):
            return 0
        return max(1, math.ceil(self._limiter.get_window_stats(rate, key.id).reset_time - time.time()))

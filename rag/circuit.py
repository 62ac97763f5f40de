"""Stops asking what has failed several times in a row, and tries it again after a while."""

import threading
import time
from collections.abc import Callable

# reliability practice: five failures are no accident, ten seconds let a server restart.
FAILURES, REST_SECONDS = 5, 10.0


class Circuit:
    """Counts failures in a row. Closed: anyone may ask. Open: nobody. Half-open, after the rest: one may, and decides.

    Safe for threads. `clock` gives seconds that only grow.
    """

    def __init__(
        self, *, failures: int = FAILURES, rest: float = REST_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rest, self._clock = failures, rest, clock
        self._failed = 0
        self._opened = 0.0
        self._trying = False
        self._lock = threading.Lock()

    def may_ask(self) -> bool:
        """Return whether to ask now; who is told so must say how it went."""
        with self._lock:
            if self._failed < self._most:
                return True
            if self._trying or self._clock() < self._opened + self._rest:
                return False
            self._trying = True
            return True

    def went_well(self) -> None:
        """Close the circuit."""
        with self._lock:
            self._failed, self._trying = 0, False

    def failed(self) -> None:
        """Count a failure; open the circuit if it was one too many."""
        with self._lock:
            self._failed += 1
            self._trying = False
            if self._failed >= self._most:
                self._opened = self._clock()

    def gave_up(self) -> None:
        """Take back `may_ask`: the caller left before anything was known."""
        with self._lock:
            self._trying = False

"""One time limit that all parts of a fetch share, and the failure that says that no answer came."""

import time


class NoAnswer(Exception):  # noqa: N818 - reads as what it is
    """No answer came, or not all of it, or not in time; the message is the plain reason and does not repeat the URL."""


class Deadline:
    """The end of the time that one fetch may take, however its parts share it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left.

        Raises:
            NoAnswer: none are left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def pause(self, seconds: float) -> None:
        """Wait, and put the end off: waiting because the site asks for it is not the site's slowness."""
        time.sleep(seconds)
        self._end += seconds

    def passed(self) -> NoAnswer:
        """Return the failure that says so."""
        return NoAnswer(f"it took longer than {self._seconds:g} s; try again later")

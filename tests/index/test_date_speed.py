"""Lines made to be slow: none may hold up the reading of a page.

What is held against a limit is how the time grows with the length of a line, which a busy machine changes little: four times the
characters take about four times as long where each is looked at a few times, and sixteen times where each is held against every
other one.
"""

import re
import time
from collections.abc import Callable
from functools import partial

import pytest

from index.dates import is_date_line, read_dates, without_dates
from index.types import NewsDate

LENGTH = 100_000
TIMES_AS_LONG = 4
MOST = 8.0
"""Halfway, by factors, between the growth of what is linear and of what is quadratic."""
LEAST_SECONDS = 0.005
"""What takes no longer than this says nothing of growth."""
ATTEMPTS = 5


def growth(read: Callable[[str], object], line: Callable[[int], str], length: int = LENGTH) -> float:
    """Return by what factor reading takes longer for a line that is four times as long: of several attempts the least."""

    def seconds(of: int) -> float:
        text = line(of)
        started = time.process_time()
        read(text)
        return time.process_time() - started

    short, long = float("inf"), float("inf")
    for _ in range(ATTEMPTS):
        short, long = min(short, seconds(length // TIMES_AS_LONG)), min(long, seconds(length))
        if long <= MOST * max(short, LEAST_SECONDS):
            break
    return long / max(short, LEAST_SECONDS)


@pytest.mark.parametrize(
    ("head", "again", "tail"),
    [
        ("", "1", ""), ("", " ", ""), ("", "1 ", ""), ("", "1/", ""), ("", "2025-", ""), ("", "a", ""), ("", "sept ", ""),
        ("", "30 February 2025 ", ""), ("", "19 ", ""), ("", "19 september ", ""), ("", "updated ", ""), ("", "2025年", ""),
        ("", "1 day ", ""), ("", "19-21 september ", ""), ("", "10:58 ", ""), ("", "a.m. ", ""), ("", "\n", ""), ("", "(", ""),
        ("", "一", ""), ("", "19 September 2025 09:04 EDT ", ""), ("", "è", ""), ("", "sept 19 10:58 ", ""), ("", "today\n", ""),
        ("", "10.58 19 Sept 2025 ", ""), ("", "19 Sept 2030 at 10.58 ET ", ""), ("", "Friday, ", "19 September 2025"),
        ("19 September 2025", " on", ""), ("", "il y a 2 ", ""), ("", "3小时", ""),
    ],
    ids=repr,
)  # fmt: skip
def test_no_line_is_slow(head: str, again: str, tail: str) -> None:
    """Up to 100,000 characters, the time that a line takes grows with its length, not with the square of it."""
    fetched = NewsDate(value="2025-09-19", precision="day", read_from="HTTP")
    for read in (partial(read_dates, read_from="text", fetched=fetched), without_dates, is_date_line):
        assert growth(read, lambda length: head + again * (length // len(again)) + tail) < MOST


def test_what_grows_with_the_square_is_found() -> None:
    """A pattern that begins anew at every digit, and looks at all of them each time, is what the test above has to fail for."""
    assert growth(re.compile(r"\d+x").search, lambda length: "1" * length, 8_000) > MOST

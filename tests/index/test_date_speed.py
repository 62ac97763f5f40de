"""Lines made to be slow: none may hold up the reading of a page."""

import time
from functools import partial

import pytest

from index.dates import is_date_line, read_dates, without_dates
from index.types import NewsDate


@pytest.mark.parametrize(
    "line",
    [
        "1" * 100_000, " " * 100_000, "1 " * 50_000, "1/" * 50_000, "2025-" * 20_000, "a" * 100_000, "sept " * 20_000,
        "30 February 2025 " * 5_900, "19 " * 33_000, "19 september " * 7_700, "updated " * 12_500, "2025年" * 20_000,
        "1 day " * 16_600, "19-21 september " * 6_250, "10:58 " * 16_600, "a.m. " * 20_000, "\n" * 100_000, "(" * 100_000,
        "一" * 100_000, "19 September 2025 09:04 EDT " * 3_500, "è" * 100_000, "sept 19 10:58 " * 7_000, "today\n" * 16_000,
        "10.58 19 Sept 2025 " * 5_200, "19 Sept 2030 at 10.58 ET " * 4_000, "Friday, " * 12_500 + "19 September 2025",
        "19 September 2025" + " on" * 33_000, "il y a 2 " * 11_000, "3小时" * 33_000,
    ],
    ids=lambda line: repr(line[:12]),
)  # fmt: skip
def test_no_line_is_slow(line: str) -> None:
    """A line of 100,000 characters is read in a second or so, whatever is in it; what grows with the square takes minutes."""
    fetched = NewsDate(value="2025-09-19", precision="day", read_from="HTTP")
    for read in (partial(read_dates, read_from="text", fetched=fetched), without_dates, is_date_line):
        started = time.process_time()
        read(line)
        # Five times what is usual: on a machine shared with others processor time varies, too.
        assert time.process_time() - started < 5

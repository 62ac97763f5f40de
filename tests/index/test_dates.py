"""Dates as news prints them: what they mean, how precise they are, and which are left unread."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import read_date, read_dates, without_dates
from index.types import NewsDate

DAYS = st.dates(min_value=date(1800, 1, 1), max_value=date(2099, 12, 31))


@pytest.mark.parametrize(
    ("printed", "value", "precision"),
    [
        ("2025-09-19", "2025-09-19", "day"),
        ("2025/9/19", "2025-09-19", "day"),
        ("2025.09.19", "2025-09-19", "day"),
        ("20250919", "2025-09-19", "day"),
        ("2025年9月19日", "2025-09-19", "day"),
        ("2025 年 9 月 19 日", "2025-09-19", "day"),
        ("Sept. 19, 2025", "2025-09-19", "day"),
        ("Sep 19, 2025", "2025-09-19", "day"),
        ("September 19th, 2025", "2025-09-19", "day"),
        ("SEPTEMBER 19 2025", "2025-09-19", "day"),
        ("19 September 2025", "2025-09-19", "day"),
        ("19. September 2025", "2025-09-19", "day"),
        ("the 19th of September 2025", "2025-09-19", "day"),
        ("Friday, 19 Sep 2025", "2025-09-19", "day"),
        ("May 5, 2025", "2025-05-05", "day"),
        ("29 February 2024", "2024-02-29", "day"),
        ("1 January 1800", "1800-01-01", "day"),
        ("19/09/2025", "2025-09-19", "day"),
        ("09/19/2025", "2025-09-19", "day"),
        ("19.09.2025", "2025-09-19", "day"),
        ("05.05.2025", "2025-05-05", "day"),
        ("published on 2025-09-19 in print", "2025-09-19", "day"),
        ("2025-09", "2025-09", "month"),
        ("September 2025", "2025-09", "month"),
        ("Sept. 2025", "2025-09", "month"),
        ("2025", "2025", "year"),
        ("  1999 ", "1999", "year"),
        ("2025-09-19 09:04", "2025-09-19T09:04", "minute"),
        ("2025-09-04 20:52:00", "2025-09-04T20:52", "minute"),
        ("2025-09-19T09:04", "2025-09-19T09:04", "minute"),
        ("2025-09-19T09:04:11+02:00", "2025-09-19T09:04+02:00", "minute"),
        ("2025-09-19T09:04:11-0530", "2025-09-19T09:04-05:30", "minute"),
        ("2025-09-19T09:04:11.123Z", "2025-09-19T09:04+00:00", "minute"),
        ("19 September 2025, 09:04 UTC", "2025-09-19T09:04+00:00", "minute"),
        ("10:58 AM PDT, September 21, 2025", "2025-09-21T10:58-07:00", "minute"),
        ("September 21, 2025 1:49 AM PDT", "2025-09-21T01:49-07:00", "minute"),
        ("September 21, 20251:49 AM PDT", "2025-09-21T01:49-07:00", "minute"),
        ("21:49, September 12, 2025", "2025-09-12T21:49", "minute"),
        ("May 5, 2025, 12:05 a.m.", "2025-05-05T00:05", "minute"),
        ("May 5, 2025, 12:05 p.m.", "2025-05-05T12:05", "minute"),
        ("May 5, 2025, 3:30 p.m. EST", "2025-05-05T15:30-05:00", "minute"),
        ("2025年9月19日 09：04", "2025-09-19T09:04", "minute"),
        ("2025-12-31 23:59 JST", "2025-12-31T23:59+09:00", "minute"),
        ("19 September 2025, 09:04 IST", "2025-09-19T09:04", "minute"),
        ("19 September 2025, 09:04 CST", "2025-09-19T09:04", "minute"),
        ("2025-09-19 25:00", "2025-09-19", "day"),
    ],
)
def test_printed_dates_are_read_as_precisely_as_printed(printed: str, value: str, precision: str) -> None:
    """A date means the day that was printed, with its time and offset only where those were printed and mean one thing."""
    assert read_date(printed, "text") == NewsDate(value=value, precision=precision, read_from="text")


@pytest.mark.parametrize(
    "printed",
    [
        "", "yesterday", "2 hours ago", "Friday", "19 September", "September 19", "09:04", "10:58 AM PDT",
        "03/04/2025", "3.4.2025", "12/11/2025", "30/02/2025", "13/13/2025", "19 septembre 2025",
        "19 September 1799", "1799-05-05",
        "2025-02-29", "2025-13-01", "2025-00-10", "2025-09-00", "30 February 2025", "February 30, 2025", "31 June 2025",
        "31st June 2025", "the 31st of June 2025", "31. June 2025",
        "120250919", "room 2025 B", "2,025 people", "2100-01-01", "in 2025 people left",
    ],
)  # fmt: skip
def test_what_is_ambiguous_relative_or_impossible_is_no_date(printed: str) -> None:
    """Nothing is guessed: two readings, no year, a day that does not exist or no date at all stay unread."""
    assert read_date(printed, "text") is None


@given(
    DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%b. %d, %Y", "%Y年%m月%d日", "%Y%m%d", "%-d %b %Y"])
)
def test_every_day_is_read_in_every_form(day: date, form: str) -> None:
    """Any day of three centuries, printed in any common form, comes back as that day."""
    found = read_date(f"Example Town, {day.strftime(form)}", "text")
    assert found is not None
    assert (found.value, found.day) == (day.isoformat(), day)


@pytest.mark.parametrize(
    ("line", "published", "updated"),
    [
        ("Updated: 2025-09-19 09:04", ("2025-09-19", "day"), ("2025-09-19T09:04", "minute")),
        ("Last updated on 19 September 2025", ("2025-09-19", "day"), ("2025-09-19", "day")),
        ("Updated 10:58 AM PDT, September 21, 2025", ("2025-09-21", "day"), ("2025-09-21T10:58-07:00", "minute")),
        ("Published: 21:49, September 12, 2025", ("2025-09-12T21:49", "minute"), None),
        ("2025-09-04 20:52:00", ("2025-09-04T20:52", "minute"), None),
        ("Published: 2025-09-18 | Updated: 2025-09-19 09:04", ("2025-09-18", "day"), ("2025-09-19T09:04", "minute")),
        ("Updated: 2025-09-19 09:04 | Published: 2025-09-18", ("2025-09-18", "day"), ("2025-09-19T09:04", "minute")),
        ("First published 18 September 2025. Modified on 2025-09-19", ("2025-09-18", "day"), ("2025-09-19", "day")),
        ("发布: 2025-09-18 更新: 2025-09-19", ("2025-09-18", "day"), ("2025-09-19", "day")),
        ("September 21, 20251:49 AM PDTUpdated 1 hour ago", ("2025-09-21T01:49-07:00", "minute"), None),
        ("Updated 2 hours ago", None, None),
        ("By Jane Sample", None, None),
    ],
)
def test_published_and_updated_are_told_apart(
    line: str, published: tuple[str, str] | None, updated: tuple[str, str] | None
) -> None:
    """Each date of a credit line goes where its label says; a lone updated date also gives the day of publication."""
    found = [found and (found.value, found.precision) for found in read_dates(line, "source line")]
    assert found == [published, updated]


def test_a_lone_updated_date_says_where_the_published_day_was_read() -> None:
    """A published day that was printed as updated can be told from one that was printed as published."""
    published, updated = read_dates("Updated: 2025-09-19 09:04", "source line")
    assert published == NewsDate(value="2025-09-19", precision="day", read_from="source line, printed as updated")
    assert updated == NewsDate(value="2025-09-19T09:04", precision="minute", read_from="source line")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Sample | Updated: 2025-09-19 09:04", "By Jane Sample"),
        ("By John Sample, 10:58 AM PDT, September 21, 2025", "By John Sample"),
        ("Dateline Sample Desk   Published: 21:49, September 12, 2025", "Dateline Sample Desk"),
        ("By Jane Sample – 19 September 2025", "By Jane Sample"),
        ("By Jane Sample", "By Jane Sample"),
        ("2025-09-19", ""),
    ],
)
def test_names_are_what_stands_before_the_dates(line: str, names: str) -> None:
    """A credit line without its dates is its names, without the signs that parted them."""
    assert without_dates(line) == names


@pytest.mark.parametrize(
    ("value", "precision", "day"),
    [
        ("2025", "year", date(2025, 1, 1)),
        ("2025-09", "month", date(2025, 9, 1)),
        ("2025-09-19", "day", date(2025, 9, 19)),
        ("2025-09-21T23:58-07:00", "minute", date(2025, 9, 21)),
    ],
)
def test_the_day_of_a_date_is_the_first_it_can_mean_as_printed(value: str, precision: str, day: date) -> None:
    """Months and years begin on their first day, and no time zone moves a day."""
    assert NewsDate(value=value, precision=precision, read_from="text").day == day

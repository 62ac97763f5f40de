"""Distances in time: read from the moment of the fetch, only when it is known, and never more precisely than they are."""

import pytest

from index.dates import read_credit_lines, read_date, read_dates
from index.types import NewsDate

AFTERNOON = NewsDate(value="2025-09-19T15:30+00:00", precision="minute", read_from="HTTP")
JUST_AFTER_MIDNIGHT = NewsDate(value="2025-09-20T00:20", precision="minute", read_from="HTTP")
LATER_AFTER_MIDNIGHT = NewsDate(value="2025-09-20T00:40", precision="minute", read_from="HTTP")
NEW_YEAR = NewsDate(value="2026-01-01T00:20", precision="minute", read_from="HTTP")


@pytest.mark.parametrize(
    "printed",
    ["Updated 1 hour ago", "5 minutes ago", "yesterday", "3 days ago", "2 weeks ago", "vor 2 Stunden", "昨天", "3小时前", "hier"],
)
def test_without_the_fetch_a_distance_is_no_date(printed: str) -> None:
    """Nobody knows from when `1 hour ago` counts unless it is known when the page was fetched."""
    assert read_dates(printed, "text") == (None, None)


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("just now", "2025-09-19"),
        ("30 seconds ago", "2025-09-19"),
        ("5 minutes ago", "2025-09-19"),
        ("15 min ago", "2025-09-19"),
        ("an hour ago", "2025-09-19"),
        ("2h ago", "2025-09-19"),
        ("2 HOURS AGO", "2025-09-19"),
        ("20 hours ago", "2025-09-18"),
        ("today", "2025-09-19"),
        ("Today, 09:04", "2025-09-19"),
        ("yesterday", "2025-09-18"),
        ("Yesterday at 9:04 p.m.", "2025-09-18"),
        ("1 day ago", "2025-09-18"),
        ("3 days ago", "2025-09-16"),
        ("a week ago", "2025-09"),
        ("2 weeks ago", "2025"),
        ("2 months ago", "2025"),
        ("1 year ago", "2024"),
        ("3 years ago", "2022"),
        ("vor 2 Stunden", "2025-09-19"),
        ("vor einer Stunde", "2025-09-19"),
        ("vor 3 Tagen", "2025-09-16"),
        ("gestern", "2025-09-18"),
        ("vorgestern", "2025-09-17"),
        ("il y a 3 heures", "2025-09-19"),
        ("il y a une heure", "2025-09-19"),
        ("il y a 2 jours", "2025-09-17"),
        ("hier", "2025-09-18"),
        ("hace 2 horas", "2025-09-19"),
        ("ayer", "2025-09-18"),
        ("2 ore fa", "2025-09-19"),
        ("un'ora fa", "2025-09-19"),
        ("ieri", "2025-09-18"),
        ("há 2 horas", "2025-09-19"),
        ("ontem", "2025-09-18"),
        ("2 uur geleden", "2025-09-19"),
        ("gisteren", "2025-09-18"),
        ("för 2 timmar sedan", "2025-09-19"),
        ("2 timer siden", "2025-09-19"),
        ("i går", "2025-09-18"),
        ("2 godziny temu", "2025-09-19"),
        ("wczoraj", "2025-09-18"),
        ("2 часа назад", "2025-09-19"),
        ("вчера", "2025-09-18"),
        ("5分钟前", "2025-09-19"),
        ("3小时前", "2025-09-19"),
        ("2天前", "2025-09-17"),
        ("昨天", "2025-09-18"),
        ("3時間前", "2025-09-19"),
        ("2日前", "2025-09-17"),
        ("昨日", "2025-09-18"),
        ("3시간 전", "2025-09-19"),
        ("어제", "2025-09-18"),
    ],
)
def test_a_distance_is_read_to_what_is_sure(printed: str, value: str) -> None:
    """Hours and minutes give a day, days a day, longer spans the month or year that holds all that they can mean."""
    found = read_date(printed, "text", fetched=AFTERNOON)
    assert found == NewsDate(value=value, precision={4: "year", 7: "month", 10: "day"}[len(value)], read_from="text, relative")


@pytest.mark.parametrize(
    ("printed", "fetched", "value"),
    [
        ("15 hours ago", AFTERNOON, "2025-09"),  # from 23:30 of the day before to 01:00
        ("5 minutes ago", JUST_AFTER_MIDNIGHT, "2025-09-20"),
        ("1 hour ago", JUST_AFTER_MIDNIGHT, "2025-09-19"),
        ("20 minutes ago", JUST_AFTER_MIDNIGHT, "2025-09"),
        ("1 hour ago", LATER_AFTER_MIDNIGHT, "2025-09"),  # half an hour is printed as one on some pages
        ("20 minutes ago", NEW_YEAR, None),
        ("1 hour ago", NEW_YEAR, "2025-12-31"),
        ("2 months ago", NEW_YEAR, "2025"),
        ("yesterday", NEW_YEAR, "2025-12-31"),
        ("3 weeks ago", NEW_YEAR, "2025-12"),
    ],
)
def test_where_midnight_may_lie_between_the_day_is_not_sure(printed: str, fetched: NewsDate, value: str | None) -> None:
    """A span over midnight gives the month, over the end of a month the year, and over New Year nothing."""
    found = read_date(printed, "text", fetched=fetched)
    assert (found and found.value) == value


@pytest.mark.parametrize(
    ("fetched", "hours", "days", "years"),
    [
        ("2025-09-19", "2025-09", "2025-09-16", "2023"),
        ("2025-09", "2025", "2025", "2023"),
        ("2025", None, None, "2023"),
    ],
)
def test_a_vague_fetch_gives_vague_dates(fetched: str, hours: str | None, days: str | None, years: str) -> None:
    """A fetch of which only day, month or year is known leaves that much more open."""
    moment = NewsDate(value=fetched, precision={4: "year", 7: "month", 10: "day"}[len(fetched)], read_from="record")
    for printed, value in (("2 hours ago", hours), ("3 days ago", days), ("2 years ago", years)):
        found = read_date(printed, "text", fetched=moment)
        assert (found and found.value) == value


@pytest.mark.parametrize(
    "printed",
    [
        "USA Today", "Heute Journal", "Yesterday was a good day", "3 min read", "2 hours", "for 2 hours", "vor Ort", "9月19日前",
        "a few hours ago", "several days ago", "ages ago", "999 years ago", "Read again in 2 hours", "Zdf heute",
    ],
)  # fmt: skip
def test_other_words_are_no_distance(printed: str) -> None:
    """A newspaper's name, a reading time or an unknown number of hours is no date."""
    assert read_date(printed, "text", fetched=AFTERNOON) is None


def test_a_printed_date_comes_before_a_distance() -> None:
    """`19 September 2025, 3 days ago` is that day, whenever it was fetched."""
    found = read_date("3 days ago, 12 September 2025", "text", fetched=AFTERNOON)
    assert found == NewsDate(value="2025-09-12", precision="day", read_from="text")


def test_a_label_may_stand_before_a_distance() -> None:
    """The line of a printed day and `Updated 1 hour ago` gives both, and `Updated` alone gives the day of publication too."""
    hour = NewsDate(value="2025-09-19", precision="day", read_from="text, relative")
    assert read_dates("September 18, 2025 1:49 AM PDTUpdated 1 hour ago", "text", fetched=AFTERNOON) == (
        NewsDate(value="2025-09-18T01:49-07:00", precision="minute", read_from="text"),
        hour,
    )
    for lines in (["Updated 1 hour ago"], ["Updated", "1 hour ago"]):
        assert read_credit_lines(lines, "text", fetched=AFTERNOON) == (
            NewsDate(value="2025-09-19", precision="day", read_from="text, relative, printed as updated"),
            hour,
        )


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("20 September 2025", "2025-09-20"),
        ("21 September 2025", "2025-09-21"),
        ("22 September 2025", None),
        ("October 2025", None),
        ("Concert on 3 October 2026, printed 18 September 2025", "2025-09-18"),
    ],
)
def test_a_date_long_after_the_fetch_is_passed_over(printed: str, value: str | None) -> None:
    """News is not printed before its day: two days allow for time zones and wrong clocks, and later dates are of other things."""
    found = read_date(printed, "text", fetched=AFTERNOON)
    assert (found and found.value) == value
    assert read_date(printed, "text") is not None

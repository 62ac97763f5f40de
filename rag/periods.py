"""Stretches of whole days on the calendar: weeks, months, quarters, seasons, years. Reads no words."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS_A_YEAR = 12
_MONTHS_A_QUARTER = 3
_DAY = timedelta(days=1)
# Meteorological seasons of the northern hemisphere, by the month they begin in.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """All days from `since` to `until`, both included; None leaves that end open."""

    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A period that stands at `start` to `end` of a question."""

    start: int
    end: int
    period: Period | None
    """None for words that speak of time but of none that can be told: days that do not exist, an end before its beginning."""
    closed: bool = False
    """Whether the words name its end: `from April to July` does, `from April` does not."""


def one_day(day: date) -> Period:
    """Return the period of a single day."""
    return Period(since=day, until=day)


def months(year: int, month: int, count: int = 1) -> Period:
    """Return `count` whole months; a month below 1 or above 12 lies in an earlier or later year.

    Raises:
        ValueError: the calendar has no such year.
    """
    first, last = _month(year, month), _month(year, month + count - 1)
    return Period(since=first, until=last.replace(day=calendar.monthrange(last.year, last.month)[1]))


def quarter(year: int, number: int) -> Period:
    """Return a quarter of the calendar year, 1 to 4."""
    return months(year, 1 + _MONTHS_A_QUARTER * (number - 1), _MONTHS_A_QUARTER)


def season(year: int, name: str) -> Period:
    """Return the season that begins in this year: winter 2024 runs from December 2024 to February 2025."""
    return months(year, _SEASONS[name], _MONTHS_A_QUARTER)


def week(day: date) -> Period:
    """Return the week around a day, from Sunday to Sunday: some count it from Monday, some from Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Period(since=monday - _DAY, until=monday + timedelta(days=6))


def weekend(day: date) -> Period:
    """Return the Saturday and Sunday of the week around a day, which began on Monday."""
    monday = day - timedelta(days=day.weekday())
    return Period(since=monday + timedelta(days=5), until=monday + timedelta(days=6))


def days_before(day: date, count: int) -> Period:
    """Return the stretch that ends on a day and reaches back so many days."""
    return Period(since=day - timedelta(days=count), until=day)


def overlap(one: Period, other: Period) -> Period | None:
    """Return the days that both hold, None if there is none."""
    since = max(filter(None, (one.since, other.since)), default=None)
    until = min(filter(None, (one.until, other.until)), default=None)
    return None if since and until and since > until else Period(since=since, until=until)


def hull(one: Period, other: Period) -> Period:
    """Return the shortest period that holds both."""
    return Period(
        since=min(one.since, other.since) if one.since and other.since else None,
        until=max(one.until, other.until) if one.until and other.until else None,
    )


def _month(year: int, month: int) -> date:
    years, index = divmod(month - 1, _MONTHS_A_YEAR)
    return date(year + years, index + 1, 1)

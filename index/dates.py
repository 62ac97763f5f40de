"""Reads dates as news prints them. Never guesses: what is ambiguous or relative stays unread, and no date is never today."""

import re
from datetime import date

from index.types import DatePrecision, NewsDate

_MONTHS = {
    name: number
    for number, names in enumerate(
        ["jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"], start=1)
    for name in names.split()
}  # fmt: skip
# Hours east of UTC. Abbreviations that mean several zones (IST, CST outside America) are left out rather than guessed.
_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11,
}  # fmt: skip

_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
# A four-digit year may run into the time that follows it (`September 21, 20251:49 AM`), so no boundary after it.
_YEAR = r"(?P<year>(?:18|19|20)\d\d)"
_DATES = [
    re.compile(rf"(?<!\d){_YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}\s*年\s*(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*日"),
    re.compile(rf"\b{_MONTH}\s*{_DAY},?\s+{_YEAR}", re.IGNORECASE),
    re.compile(rf"(?<!\d){_DAY}\.?\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(rf"(?<![\d-]){_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}-(?P<month>\d\d)(?![\d-])"),
    # Not after a number: the month of `30 February 2025` is not the date that was meant.
    re.compile(
        rf"(?<!\d )(?<!\d\. )(?<!\d(?:st|nd|rd|th) )(?<!\d(?:st|nd|rd|th) of )\b{_MONTH},?\s+{_YEAR}(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(rf"^\s*{_YEAR}\s*$"),
]
_DAY_FIRST = 4
_TIME = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})(?::|：)(?P<minute>\d\d)(?::\d\d(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
    r"\s*(?P<zone>[+-]\d\d:?\d\d|Z\b|[A-Z]{3,4})?",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"(?:last\s+)?(?:updated|modified|\bupdate(?=\s*:)|更新)(?:\s+(?:on|at))?\s*:?", re.IGNORECASE)
_PUBLISHED = re.compile(r"(?:first\s+)?(?:published|posted|发布)(?:\s+(?:on|at))?\s*:?", re.IGNORECASE)
_LAST_MONTH, _NOON, _MIDDAY_HALF = 12, 12, 12
# A printed time stands within this many characters of its date.
_NEARBY = 24


def read_date(text: str, read_from: str) -> NewsDate | None:
    """Return the first date in `text` with its time and zone if printed beside it; None when there is none or it is ambiguous."""
    found = _first_date(text)
    if found is None:
        return None
    start, end, value, precision = found
    if precision != "day":
        return NewsDate(value=value, precision=precision, read_from=read_from)
    time = _time_beside(text, start, end)
    if time is None:
        return NewsDate(value=value, precision="day", read_from=read_from)
    return NewsDate(value=f"{value}T{time}", precision="minute", read_from=read_from)


def read_dates(text: str, read_from: str) -> tuple[NewsDate | None, NewsDate | None]:
    """Return (published, updated) from one line of credits.

    A line that prints only an "updated" date gives both: the day is the only one the outlet states for the article
    (docs/adr/0009), so `published` carries it to the day and says where it was read.
    """
    mark = _UPDATED.search(text)
    if mark is None:
        return read_date(text, read_from), None
    before, after = text[: mark.start()], text[mark.end() :]
    later = _PUBLISHED.search(after)
    if later:
        before, after = after[later.end() :], after[: later.start()]
    updated, published = read_date(after, read_from), read_date(before, read_from)
    if updated is not None and published is None:
        published = NewsDate(value=updated.value[:10], precision="day", read_from=f"{read_from}, printed as updated")
    return published, updated


def without_dates(text: str) -> str:
    """Return the line of credits up to its first date, time or "updated" mark: the part that holds names."""
    cuts = [m.start() for pattern in (*_DATES, _TIME, _UPDATED, _PUBLISHED) if (m := pattern.search(text))]
    return text[: min(cuts, default=len(text))].rstrip(" \t|,;:–—-")


def _first_date(text: str) -> tuple[int, int, str, DatePrecision] | None:
    best: tuple[int, int, str, DatePrecision] | None = None
    for number, pattern in enumerate(_DATES):
        match = pattern.search(text)
        if match is None or (best is not None and match.start() >= best[0]):
            continue
        parts = match.groupdict()
        written = parts.get("month")
        month = None if written is None else int(written) if written.isdigit() else _MONTHS[written.casefold()]
        day = int(parts["day"]) if parts.get("day") else None
        if number == _DAY_FIRST and month is not None and day is not None:
            if month <= _LAST_MONTH and day <= _LAST_MONTH and month != day:
                continue  # 03/04/2025 is March or April: unreadable without knowing the outlet's country
            if month > _LAST_MONTH:
                month, day = day, month
        value = _iso(int(parts["year"]), month, day)
        if value is not None:
            precision: DatePrecision = "year" if month is None else "month" if day is None else "day"
            best = (match.start(), match.end(), value, precision)
    return best


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    try:
        full = date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    return f"{full.year:04}" if month is None else full.isoformat()[:7] if day is None else full.isoformat()


def _time_beside(text: str, start: int, end: int) -> str | None:
    """Return `HH:MM` with its offset from just after the date, else from just before it."""
    after = text[end : end + _NEARBY].removeprefix("T")
    match = _TIME.search(after)
    if match is None:
        matches = list(_TIME.finditer(text[max(0, start - _NEARBY) : start]))
        match = matches[-1] if matches else None
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"])
    if match["half"]:
        hour = hour % _MIDDAY_HALF + (_NOON if match["half"][0] in "pP" else 0)
    if hour > 23 or minute > 59:  # noqa: PLR2004 - a clock
        return None
    return f"{hour:02}:{minute:02}{_offset(match['zone'])}"


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    if zone[0] in "+-":
        return f"{zone[:3]}:{zone[-2:]}"
    hours = _ZONES.get(zone)
    return "" if hours is None else f"{hours:+03}:00"

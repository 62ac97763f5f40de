"""What the news exchange formats (ninjs, NITF, feeds) share: bylines, their dates, what is newer, what may not be used yet."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from index.corrections import correction_notices
from index.dates import read_date
from index.outlets import outlet_name, wire_service
from index.sources.bylines import author_names
from index.types import NewsDate

# How bylines begin, by the language of the item. Only the item's own: `Di` and `Von` are names in other languages.
_BY = {
    "de": "von", "fr": "par", "es": "por", "pt": "por", "it": "di", "nl": "door", "sv": "av", "nb": "av", "nn": "av", "no": "av",
    "da": "af", "ca": "per",
}  # fmt: skip
STATUS_REASONS = {
    "withheld": "withheld by its provider", "canceled": "cancelled by its provider", "cancelled": "cancelled by its provider",
}  # fmt: skip
"""Why an item of this publishing status is not read (IPTC `pubstatus`, NITF `management-status`)."""

# How agencies tell editors of a correction: `Eds: CORRECTS the number of ferries in the 2nd paragraph.`
_CORRECTS = re.compile(
    r"\W*(?:(?:eds?|editors|note to editors)\W+)?(?:this )?(?:corrects?|correcting|corrected|correction)\b", re.IGNORECASE
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?:[.,]\d+)?)?\s*(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
)
MAX_CREDIT_CHARACTERS = 2_000
"""What stands in a longer credit is not read: a name or byline is never so long."""

# An embargo without a zone ends when its time has come everywhere.
_LAST_ZONE = timezone(timedelta(hours=-12))


def byline_authors(printed: str, *, language: str | None = None, outlets: Iterable[str | None] = ()) -> tuple[str, ...]:
    """Return the persons of a byline; wire services, the outlets given, desks and addresses are none."""
    printed = printed[:MAX_CREDIT_CHARACTERS]
    opening = _BY.get((language or "").casefold().replace("_", "-").split("-")[0])
    if opening:
        printed = re.sub(rf"^\s*{opening}\s+", "", printed, flags=re.IGNORECASE)
    not_persons = {outlet_name(outlet).casefold() for outlet in outlets if outlet}

    def outlet(name: str) -> bool:
        return wire_service(name) is not None or outlet_name(name).casefold() in not_persons

    people, _ = author_names([printed], None)
    # Agencies sign together, too: `NTB-AFP`.
    return tuple(name for name in people if not outlet(name) and not all(map(outlet, re.split(r"[-/]", name))))


def first_wire_service(*printed: str | None) -> str | None:
    """Return the first wire service among some credits; a credit may join several by `/` or `-`, or stand in parentheses."""
    for credit in filter(None, printed):
        whole = credit[:MAX_CREDIT_CHARACTERS].strip(" \t\r\n©().")
        for part in (whole, *re.split(r"\s*[/,;&|]\s*|-", whole)):
            if service := wire_service(part.strip()):
                return service
    return None


def noted_corrections(note: str) -> tuple[str, ...]:
    """Return the correction notices in a note to editors; other notes are not for readers."""
    return correction_notices(note) or ((note,) if _CORRECTS.match(note) else ())


def exchange_date(printed: str | None, read_from: str) -> NewsDate | None:
    """Return a date of ISO 8601, extended or basic (`20250919T090411Z`), None if it is none.

    Basic dates of a whole midnight are days: NITF 3.1 asks for `000000` where the time is not known.
    """
    if not printed:
        return None
    compact = _COMPACT.fullmatch(printed.strip())
    if compact is None:
        return read_date(printed, read_from)
    day = f"{compact['year']}-{compact['month']}-{compact['day']}"
    clock = f"{compact['hour'] or '00'}{compact['minute'] or '00'}{compact['second'] or '00'}"
    if not clock.strip("0"):
        return read_date(day, read_from)
    zone = compact["zone"] or ""
    zone = zone if zone in ("", "Z") else f"{zone[:3]}:{zone[3:].strip(':') or '00'}"
    return read_date(f"{day}T{compact['hour']}:{compact['minute']}{zone}", read_from)


def later(date: NewsDate | None, other: NewsDate | None) -> bool:
    """Return whether `date` is surely later than `other`: as printed, or as instants when both print their zone."""
    if date is None or other is None:
        return False
    one, two = _instant(date), _instant(other)
    if one and two and one.tzinfo and two.tzinfo:
        return one > two
    length = min(len(date.value[:16]), len(other.value[:16]))
    return date.value[:length] > other.value[:length]


def embargo(printed: str | None, now: datetime | None) -> str | None:
    """Return why an item may not be used yet, None if it may; `now` (with a zone) is the clock's time when not given."""
    if not printed:
        return None
    date = exchange_date(printed, "embargo")
    if date is None:
        return f"embargoed, and the end of the embargo cannot be read ({printed[:40]!r})"
    until = _instant(date) or datetime(date.day.year, date.day.month, date.day.day)  # noqa: DTZ001 - given a zone below
    until = until if until.tzinfo else until.replace(tzinfo=_LAST_ZONE)
    return f"embargoed until {date.value}" if (now or datetime.now(UTC)) < until else None


def _instant(date: NewsDate) -> datetime | None:
    """Return the time that a date names, None when it names no minute."""
    return datetime.fromisoformat(date.value) if date.precision == "minute" else None

"""Writes dates for people, no more precise than their source."""

from index.types import NewsDate

MONTHS = "January February March April May June July August September October November December".split()


def printed_date(dated: NewsDate) -> str:
    """Return a date as people read it: `3 March 2025`, `March 2025`, `2025`."""
    parts = dated.value[:10].split("-")
    year = parts[0]
    month = f"{MONTHS[int(parts[1]) - 1]} " if len(parts) > 1 else ""
    day = f"{int(parts[2])} " if len(parts) > 2 else ""  # noqa: PLR2004 - year, month, day
    return f"{day}{month}{year}"

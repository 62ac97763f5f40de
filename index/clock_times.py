"""Reads the time of day that stands beside a date, with its zone."""

import re
from datetime import datetime

from index.date_forms import PrintedDate
from index.time_zones import read_zone, zone_before

_BODY = r"""(?=[\dn])
    (?:
      (?P<hour>\d{1,2})[ ]?:[ ]?(?P<minute>\d\d)(?::\d\d(?:[.,]\d{1,9})?)?(?![\d:])
    | (?P<hour_h>\d{1,2})[ ]?h(?:[ ]?(?P<minute_h>\d\d))?(?:min)?(?![a-z\d])
    | (?P<hour_cjk>\d{1,2})[ ]?[时時点點시](?![間间간])[ ]?(?:(?P<minute_cjk>\d{1,2})[ ]?[分분])?(?:[ ]?\d{1,2}[ ]?[秒초])?
    | (?P<hour_stop>\d{1,2})\.(?P<minute_stop>\d\d)(?P<second_stop>\.\d\d)?(?![\d%])
    | (?P<hour_packed>\d\d)(?P<minute_packed>\d\d)(?=[ ]?(?:gmt|utc|hrs?\b|hours\b))
    | (?P<hour_bare>\d{1,2})(?=[ ]?(?:[ap]\.?[ ]?m\b|uhr\b))
    | (?:12[ ])?(?P<noon>noon\b)
    )
    (?P<midnight>[ ]midnight\b)?
    # The `am` of German `um 10:58 am 19. September` is no half of the day.
    (?:[ ]?(?P<half>(?:a\.[ ]?m\.?|p\.?[ ]?m\.?|am(?![ ]\d{1,2}\.))(?![\w'])))?
    (?P<sign>[ ]?(?:hrs?|hs|h|hours|horas|uhr|uur)\b\.?)?
"""
_CLOCK_HERE = re.compile(_BODY, re.VERBOSE)
_CLOCK = re.compile(r"(?<!\d)(?<!\d[:.,])" + _BODY, re.VERBOSE)
_HALF_BEFORE = re.compile(r"(?:上午|凌晨|清晨|早上|午前|오전|下午|傍晚|晚上|午後|오후|(?<![a-z])[ap]\.?m\.?)(?=[ ]?$)")
# The digits that run on from a compact date: 20250919T120000, 20250919120000.
_PACKED = re.compile(r"t?(?P<hour>\d\d)(?P<minute>\d\d)(?:\d\d)?(?:[.,]\d{1,9})?(?!\d)")
# What stands before a time that is printed with a stop, `at 10.58`; without it or a zone 10.58 may be any number.
_MARKER = re.compile(r"(?:^|[^a-z])(?:at|kl\.?|klo|um|ore|ora|alle|(?<!il y )a|as|om|pukul|jam|в|о|godz\.?)[ ]$")
# `0339 GMT (1139 HKT) November 19`: the same time for other readers.
_SAME_TIME = re.compile(r"\(\d{1,2}:?\d\d [^()\d]{1,12}\)")
_AFTERNOON, _EVENING = frozenset("下午 傍晚 午後 오후".split()), "晚上"
_KINDS = ("", "_h", "_cjk", "_stop", "_packed", "_bare")
# A printed time stands within this many characters of its date, and takes no more than that many itself.
_NEARBY, _LENGTH = 24, 36
_HALF_LENGTH, _MARKER_LENGTH = 5, 12
_NOON, _HOURS, _MINUTES = 12, 24, 60


def time_beside(text: str, plain: str, printed: PrintedDate) -> tuple[str | None, int, int]:
    """Return the time of a date as `HH:MM` with its offset if printed, and where date and time together begin and end.

    The time stands inside the date, right after it, or else right before it. `midnight` is no time: whether a day begins or
    ends with it depends on the house.

    Args:
        text: the line as printed.
        plain: the same line as `index.date_words.folded` returns it.
        printed: a date in it; one that is less precise than a day has no time.
    """
    start, end = printed.start, printed.end
    if printed.precision != "day":
        return None, start, end
    if printed.clock and (match := _CLOCK_HERE.match(plain, printed.clock[0])):
        inside, zone_end = _time(match, text, plain, printed)
        zoned = inside and len(inside) > len("00:00")
        after, end = (inside, end) if zoned or inside is None else _time(match, text, plain, printed, zone_at=end)
        return after, start, max(end, zone_end)
    if packed := _PACKED.match(plain, end):
        time, end = _time(packed, text, plain, printed)
        return time, start, end
    following = _CLOCK_HERE.match(plain, end) or _CLOCK.search(plain, end, end + _NEARBY + _LENGTH)
    if following and _is_near(plain[end : following.start()]):
        time, time_end = _time(following, text, plain, printed)
        return time, start, time_end
    before = [match for match in _CLOCK.finditer(plain, max(0, start - _NEARBY - _LENGTH), end) if match.start() < start]
    for match in reversed(before):
        time, time_end = _time(match, text, plain, printed)
        if time_end <= start and _is_near(plain[time_end:start]):
            return time, match.start(), end
    return None, start, end


def _is_near(between: str) -> bool:
    """Return whether time and date belong together: little between them, and no number of something else."""
    between = _SAME_TIME.sub("", between)
    return len(between) <= _NEARBY and not any(character.isdigit() for character in between)


def _time(
    match: re.Match[str], text: str, plain: str, printed: PrintedDate, *, zone_at: int | None = None
) -> tuple[str | None, int]:
    """Return the time as `HH:MM` with its offset, None if it is no time of day, and where it ends."""
    half = _HALF_BEFORE.search(plain, max(0, match.start() - _HALF_LENGTH), match.start())
    clock = _clock(match.groupdict(), half[0] if half else "")
    if clock is None:
        return None, match.end()
    moment = datetime.fromisoformat(f"{printed.value}T{clock}")  # local, as printed
    iso = plain[printed.start : printed.start + 4].isdecimal() and plain[printed.end : match.start()] in ("", "t", " ")
    zone, end = read_zone(text, plain, match.end() if zone_at is None else zone_at, moment, iso=iso)
    if end == match.end() and not _is_surely_time(match, plain, printed):
        return None, end
    before = (zone_before(plain, position, moment) for position in (min(printed.start, match.start()), match.start()))
    return clock + (zone or next(filter(None, before), "")), end


def _is_surely_time(match: re.Match[str], plain: str, printed: PrintedDate) -> bool:
    """Return whether `10.58` or `9h`, with no zone, is a time: it says so, `at` stands before it, or it closes the date."""
    groups = match.groupdict()
    if not groups.get("hour_stop") and not (groups.get("hour_h") and not groups["minute_h"]):
        return True
    if (
        groups["half"]
        or groups["sign"]
        or groups["second_stop"]
        or _MARKER.search(plain, max(0, match.start() - _MARKER_LENGTH), match.start())
    ):
        return True
    letters = plain[printed.end : match.start()] + plain[match.end() : match.end() + 2].strip()[:1]
    return match.start() >= printed.end and not any(character.isalpha() for character in letters)


def _clock(groups: dict[str, str | None], half_before: str) -> str | None:
    """Return `HH:MM` on the 24-hour clock, None if there is no such time or the two clocks contradict each other."""
    if groups.get("midnight"):
        return None
    if groups.get("noon"):
        return "12:00"
    printed = next((groups[f"hour{kind}"], groups.get(f"minute{kind}")) for kind in _KINDS if groups.get(f"hour{kind}"))
    hour, minute = int(printed[0] or 0), int(printed[1] or 0)
    half = groups.get("half") or half_before
    if hour >= _HOURS or minute >= _MINUTES:
        return None
    if half and hour <= _NOON:
        late = half[0] == "p" or half in _AFTERNOON or half == _EVENING
        if (late and hour == 0) or (half == _EVENING and hour == _NOON):
            return None
        hour = hour % _NOON + (_NOON if late else 0)
    return f"{hour:02}:{minute:02}"

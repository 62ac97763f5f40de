"""Reads the zone printed beside a time: an offset, an abbreviation, or words such as `Beijing time`."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Hours east of UTC. Abbreviations that mean several zones (IST, CST, AST, GST, ECT …) are left out rather than guessed.
_HOURS: dict[str, float] = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3,
    "IDT": 3, "MSK": 3, "TRT": 3, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9,
    "AKDT": -8, "HST": -10, "BRT": -3, "WAT": 1, "CAT": 2, "SAST": 2, "EAT": 3, "PKT": 5, "NPT": 5.75, "ICT": 7, "WIB": 7,
    "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12,
    "NZDT": 13,
}  # fmt: skip
_SEVERAL_MEANINGS = frozenset("IST CST AST ADT GST ECT SST BST".split())
# What Americans print all year round: the offset follows from the date.
_PLACES = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
}  # fmt: skip
_WORDS = {
    "eastern time": "ET", "eastern": "ET", "central time": "CT", "mountain time": "MT", "pacific time": "PT", "pacific": "PT",
    "eastern standard time": "EST", "eastern daylight time": "EDT", "central daylight time": "CDT",
    "mountain standard time": "MST", "mountain daylight time": "MDT", "pacific standard time": "PST",
    "pacific daylight time": "PDT", "greenwich mean time": "GMT", "british summer time": "BST", "london time": "Europe/London",
    "uk time": "Europe/London", "central european summer time": "CEST", "central european time": "Europe/Paris",
    "paris time": "Europe/Paris", "heure de paris": "Europe/Paris", "moscow time": "MSK", "мск": "MSK",
    "beijing time": "Asia/Shanghai", "china standard time": "Asia/Shanghai", "北京时间": "Asia/Shanghai",
    "北京時間": "Asia/Shanghai", "hong kong time": "HKT", "singapore time": "SGT", "japan standard time": "JST",
    "tokyo time": "JST", "日本時間": "JST", "korea standard time": "KST", "seoul time": "KST", "한국시간": "KST",
    "indian standard time": "Asia/Kolkata", "india standard time": "Asia/Kolkata", "horario de brasilia": "America/Sao_Paulo",
}  # fmt: skip

_SPELLED = re.compile("(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?! ?[a-z])")
_OFFSET = re.compile(
    r"(?P<utc>(?:utc|gmt|ut) ?)?(?P<sign>[+-])(?P<hours>\d\d?)(?:(?P<colon>[:'h])?(?P<minutes>\d\d))?'?(?![\d:])"
)
# `PDTUpdated` runs two words together; the zone ends before the capital that a small letter follows.
_SHORT = re.compile(r"[A-Z]{1,5}(?![A-Za-z])|[A-Z]{2,4}(?=[A-Z][a-z])")
_OPENING = re.compile(r" ?[(\[]? ?")
_MOST_HOURS, _MOST_MINUTES = 14, 59


def read_zone(text: str, plain: str, start: int, moment: datetime, *, iso: bool) -> tuple[str, int]:
    """Return the offset printed at `start` as `+HH:MM` (empty if there is none that means one thing) and where it ends.

    Args:
        text: the line as printed; abbreviations count only in capitals.
        plain: the same line as `index.date_words.folded` returns it.
        start: where the time of day ends.
        moment: the local date and time; zones that change their clocks are resolved with it.
        iso: whether the time stands where ISO 8601 puts it. Only there does a bare `-05:00` mean an offset and not
            the end of a stretch of time.
    """
    at = _OPENING.match(plain, start)
    begin = at.end() if at else start
    numeric = _OFFSET.match(plain, begin)
    if numeric and _is_offset(numeric, text, iso=iso, attached=begin == start):
        return _numeric(numeric), numeric.end()
    if spelled := _SPELLED.match(plain, begin):
        return named_offset(_WORDS[spelled[0]], moment), spelled.end()
    if short := _SHORT.match(text, begin):
        known = short[0] in _HOURS or short[0] in _PLACES or short[0] in _SEVERAL_MEANINGS
        return named_offset(short[0], moment), short.end() if known else start
    return "", start


def zone_before(plain: str, end: int, moment: datetime) -> str:
    """Return the offset of a zone that stands right before a date or time, as `北京时间` does, empty if there is none."""
    before = plain[max(0, end - 8) : end].rstrip(" ,:")
    name = next((zone for words, zone in _WORDS.items() if not words.isascii() and before.endswith(words)), None)
    return named_offset(name, moment) if name else ""


def named_offset(name: str, moment: datetime) -> str:
    """Return `+HH:MM` for an abbreviation in capitals or an IANA zone at a local time; empty if it is not one clear offset."""
    if name in _HOURS:
        return _printed(timedelta(hours=_HOURS[name]))
    if name == "BST":
        # British only while Britain has summer time; in winter it must be another zone of that name.
        summer = named_offset("Europe/London", moment)
        return summer if summer == "+01:00" else ""
    place = _PLACES.get(name, name if "/" in name else None)
    try:
        zone = ZoneInfo(place) if place else None
    except (ZoneInfoNotFoundError, OSError):  # a machine without the time zone database
        return ""
    if zone is None:
        return ""
    first, second = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    # They differ in the hour that a change of clocks repeats or leaves out.
    return _printed(first) if first is not None and first == second else ""


def _is_offset(found: re.Match[str], text: str, *, iso: bool, attached: bool) -> bool:
    hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
    if hours > _MOST_HOURS or minutes > _MOST_MINUTES:
        return False
    if found["utc"]:
        return True
    if text[found.start("sign")] not in "+-−" or len(found["hours"]) == 1:
        return False
    if found["minutes"] is None:
        return iso and attached
    return iso or found["sign"] == "+" or not found["colon"]


def _numeric(found: re.Match[str]) -> str:
    printed = f"{found['sign']}{int(found['hours']):02}:{found['minutes'] or '00'}"
    return "+00:00" if printed == "-00:00" else printed


def _printed(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    if seconds % 60:
        return ""  # local mean time, before zones were agreed on
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"

"""Finds the dates in a line: every form in which news prints a day, a month or a year. Knows nothing of times and labels."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from index.date_words import MONTHS, MONTHS_AFTER_A_DAY, WEEKDAYS, day_first
from index.types import DatePrecision


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDate:
    """A date that stands at `start` to `end` of a line."""

    start: int
    end: int
    value: str
    """ISO 8601, cut to the precision."""
    precision: DatePrecision
    clock: tuple[int, int] | None = None
    """Where the time stands if it is inside the date, as in `Fri Sep 19 09:04:00 2025`."""


class _Parts(NamedTuple):
    year: int
    month: int | None = None
    day: int | None = None


# All forms are matched to folded text, so `[a-z]` is every Latin letter. Every repetition is bounded, so no line is slow.
_LETTER = "[a-zа-яіїєґ]"
_WORD_STARTS = rf"(?<!{_LETTER})"
_MONTH = rf"(?P<month>{_LETTER}{{3,13}}+)"
_OTHER_MONTH = rf"(?P<other_month>{_LETTER}{{3,13}}+)"
_ORDINAL = r"(?:st|nd|rd|th|er|re|e|de|ste|-?го|º|ª|°|\.)"
_DAY = rf"(?P<day>\d{{1,2}})(?P<ordinal>{_ORDINAL})?"
# Not after a number and its sign: the 31 of `10:31` is no day.
_DAY_STARTS = r"(?<!\d)(?<!\d[:.,/-])"
_DIGITS = r"(?P<year>(?:18|19|20)\d\d)"
# A year may run into the time that follows it (`September 21, 20251:49 AM`), and into no other digits.
_YEAR = rf"{_DIGITS}(?=\d{{1,2}}:\d\d|(?!\d))"
_OF = r"(?:(?:of|de|del)[ ]|d')?(?:the[ ])?"
_TO = r"[ ]?(?:-|/|&|to|and|or|through|bis|und|au|et|al|y|e|a|do|i|по|и|till|til|t/m)[ ]?"
_CLOCK = rf"(?P<clock>\d{{1,2}}:\d\d(?::\d\d)?(?:[ ]?[ap]\.?m\b\.?)?(?:[ ](?:{_LETTER}{{1,5}}|(?:gmt|utc)?[+-]\d{{4}}))?)"
_NUMERALS = "〇零○一二三四五六七八九十"
_CJK_YEAR = rf"(?P<year>(?<!\d)(?:18|19|20)\d\d|[一二][{_NUMERALS}]{{3}})[ ]?[年년]"
_CJK = rf"(?:\d{{1,2}}|[{_NUMERALS}]{{1,3}})"

_IN_NUMBERS = [
    # 2025-09-19, 2025/9/19, 2025.09.19, Korean 2025. 9. 19.
    rf"(?<!\d){_DIGITS}(?P<sep>[-/]|\.[ ]?)(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d\d(?=\d\d:\d\d)|\d{{1,2}}(?!\d))",
    # 20250919, alone or with the time of day: 20250919T120000
    rf"(?<![\d-]){_DIGITS}(?P<month>\d\d)(?P<day>\d\d)(?=t?\d{{4}}(?:\d\d)?(?!\d)|(?!\d))",
]
_IN_CHARACTERS = [
    # 2025年9月19日, 二〇二五年九月十九日, 2025년 9월 19일; of 2025年9月19日至21日 the month
    rf"{_CJK_YEAR}[ ]?(?P<month>{_CJK})[ ]?[月월](?:[ ]?(?P<day>{_CJK})[ ]?[日号號일](?![ ]?[-~至到][ ]?\d{{1,2}}[日号號일]))?",
]
_MONTH_FIRST = [
    # September 19, 2025, Sept. 19th 2025, Sep-19-2025
    rf"{_WORD_STARTS}{_MONTH}\.?[ ,./-]{{0,3}}(?:the[ ])?{_DAY}[ ,./-]{{1,4}}{_YEAR}",
    # Sept. 19, '25
    rf"{_WORD_STARTS}{_MONTH}\.?[ ]{_DAY},?[ ]'(?P<short>\d\d)(?![\d:])",
    # Fri Sep 19 09:04:00 EDT 2025
    rf"{_WORD_STARTS}{_MONTH}\.?[ ]{{1,2}}{_DAY},?[ ]{{1,2}}{_CLOCK},?[ ]{_YEAR}",
    # 2025-Sep-19, Hungarian 2025. szeptember 19.
    rf"(?<!\d){_DIGITS}\.?[ ,-]{{1,3}}{_MONTH}\.?[ -]{{1,2}}(?P<day>\d{{1,2}})(?!\d|[ ]?[:.]\d\d)",
]
_DAY_FIRST = [
    # 19 September 2025, 19. September 2025, 19-Sep-2025, 19 de septiembre de 2025, 1er janvier 2025
    rf"{_DAY_STARTS}{_DAY}[ ,./-]{{0,3}}{_OF}{_MONTH}\.?[ ,./-]{{0,4}}{_OF}{_YEAR}",
    # 19-Sep-25
    rf"{_DAY_STARTS}{_DAY}-{_MONTH}-(?P<short>\d\d)(?![\d:])",
    # 19 Sep '25; without the apostrophe only before a time, as in RFC 822
    rf"{_DAY_STARTS}{_DAY}[ ]{_MONTH}\.?,?[ ](?:'(?=\d\d(?![\d:]))|(?=\d\d[ ]\d\d:\d\d))(?P<short>\d\d)",
    # Fri 19 Sep 09:04:00 BST 2025
    rf"{_DAY_STARTS}{_DAY}[ ]{_MONTH}\.?,?[ ]{{1,2}}{_CLOCK},?[ ]{_YEAR}",
]
_LAST = rf"(?P<last>\d{{1,2}}){_ORDINAL}?"
_RANGES = [
    # 19-21 September 2025, 28 September to 2 October 2025
    rf"{_DAY_STARTS}{_DAY}(?:[ ]{_OF}{_OTHER_MONTH}\.?)?{_TO}{_LAST}[ ]{_OF}{_MONTH}\.?,?[ ]{_OF}{_YEAR}",
    # September 19-21, 2025, Sept. 28 to Oct. 2, 2025
    rf"{_WORD_STARTS}{_MONTH}\.?[ ]{_DAY}{_TO}(?:{_OTHER_MONTH}\.?[ ])?{_LAST},?[ ]{_YEAR}",
]
_NUMBERS = re.compile(rf"{_DAY_STARTS}(?P<first>\d{{1,2}})(?P<sep>[/-]|\.[ ]?)(?P<second>\d{{1,2}})(?P=sep){_YEAR}")
_WEEK = re.compile(rf"(?<!\d){_DIGITS}-?w(?P<week>\d\d)-?(?P<weekday>[1-7])(?!\d)")
_NUMBERED = [re.compile(form) for form in _IN_NUMBERS]
_CHARACTERS = [re.compile(form) for form in _IN_CHARACTERS]
_WORDED = [(re.compile(form), forms is _DAY_FIRST) for forms in (_MONTH_FIRST, _DAY_FIRST) for form in forms]
_RANGE = [re.compile(form) for form in _RANGES]
_MONTH_IN_NUMBERS = re.compile(rf"(?<![\d-]){_DIGITS}-(?P<month>\d\d)(?![\d-])")
_MONTH_ALONE = re.compile(rf"{_WORD_STARTS}{_MONTH}\.?[ ,./-]{{1,3}}{_OF}{_DIGITS}(?!\d)")
_YEAR_ALONE = re.compile(rf"^[\s(\[]*{_DIGITS}(?:[ ]?(?:年|년|г\.?))?[\s)\].]*$")

# What looks like a date, whether it can be read or not: 03/04/2025, 19/9/25, Sept. 19, 30 February.
_NUMBERS_LIKE = re.compile(r"(?<!\d)\d{1,4}([/.-])\d{1,2}\1\d{2,4}(?!\d)")
_WORDS_LIKE = re.compile(
    rf"(?<!\d)\d{{1,2}}{_ORDINAL}?[ -]?{_OF}(?P<after>{_LETTER}{{3,13}}+)"
    rf"|{_WORD_STARTS}(?P<before>{_LETTER}{{3,13}}+)\.?[ ]\d{{1,2}}(?!\d)"
)
# Where none of these stands there is no date in any form; a form begins and ends within so many characters of one.
_HINT = re.compile(rf"(?:1[89]|20)\d\d|[-' ]\d\d(?!\d)|[一二][{_NUMERALS}]{{3}}")
_REACH = 64
_NUMERIC_HINT = re.compile(r"\d[-/.w]|\d{8}")
_LETTERS = re.compile(rf"{_LETTER}{{3,13}}")
_WORDS = re.compile(r"[^\W\d_]{2,}(?:-feira)?")
_WEEKDAY_NEARBY = 18
# RFC 2822, section 4.3: two digits up to 49 are years from 2000 on. No paper is printed before its day.
_LAST_SHORT_YEAR = 49
_LAST_MONTH = 12
_CJK_DIGITS = {"〇": 0, "零": 0, "○": 0} | {character: value for value, character in enumerate("一二三四五六七八九", start=1)}

_Read = tuple[re.Match[str], _Parts | None]


def printed_dates(plain: str, language: str | None = None) -> list[PrintedDate]:
    """Return the dates of a folded line from left to right; where two readings overlap, the one that begins first.

    Args:
        plain: the line as `index.date_words.folded` returns it.
        language: BCP 47; decides which number of `03/04/2025` is the day. Without it such a date is not read, unless a
            weekday beside it fits only one reading.
    """
    hints = [match.start() for match in _HINT.finditer(plain)]
    if not hints:
        return []
    span = max(0, hints[0] - _REACH), hints[-1] + _REACH
    worded = not MONTHS.keys().isdisjoint(_LETTERS.findall(plain, *span))
    numeric = _NUMERIC_HINT.search(plain, *span) is not None
    found: list[PrintedDate] = []
    refused: set[int] = set()  # where the years of dates stand that do not exist or can mean two days
    for match, parts in (
        *(_in_numbers(plain, span, language) if numeric else ()),
        *(_in_words(plain, span) if worded else ()),
        *(_in_characters(plain, span) if "年" in plain or "년" in plain else ()),
    ):
        if printed := _dated(match, parts):
            found.append(printed)
        elif "year" in match.re.groupindex:
            refused.add(match.start("year"))
    found += _ranges(plain, span) if worded else ()
    vague = [*(_MONTH_IN_NUMBERS.finditer(plain, *span) if numeric else ()), *_YEAR_ALONE.finditer(plain)]
    for match in (*vague, *(_MONTH_ALONE.finditer(plain, *span) if worded else ())):
        # The month of `30 February 2025` is not the date that was meant.
        if match.start("year") not in refused and (printed := _dated(match, _written(match))):
            found.append(printed)
    found.sort(key=lambda date_: (date_.start, -date_.end))
    kept: list[PrintedDate] = []
    for date_ in found:
        if not kept or date_.start >= kept[-1].end:
            kept.append(date_)
    return kept


def first_likeness(plain: str) -> int | None:
    """Return where the first thing stands that looks like a date, whether it can be read or not; None if nothing does."""
    places = [printed.start for printed in printed_dates(plain)[:1]]
    places += [match.start() for match in [_NUMBERS_LIKE.search(plain)] if match]
    for match in _WORDS_LIKE.finditer(plain):
        word = match["after"] or match["before"]
        if word in MONTHS and (match["after"] or word not in MONTHS_AFTER_A_DAY):
            places.append(match.start())
            break
    return min(places, default=None)


def _in_numbers(plain: str, span: tuple[int, int], language: str | None) -> Iterator[_Read]:
    """Yield what looks like a day printed in numbers; without parts if it can mean two days."""
    for pattern in _NUMBERED:
        for match in pattern.finditer(plain, *span):
            yield match, _written(match)
    for match in _WEEK.finditer(plain, *span):
        yield match, _week_day(match)
    for match in _NUMBERS.finditer(plain, *span):
        yield match, _in_order(match, plain, language)


def _in_words(plain: str, span: tuple[int, int]) -> Iterator[_Read]:
    """Yield what is a day with the name of a month, whether it exists or not."""
    for pattern, after_a_day in _WORDED:
        for match in pattern.finditer(plain, *span):
            if parts := _written(match, after_a_day=after_a_day):
                yield match, parts


def _in_characters(plain: str, span: tuple[int, int]) -> Iterator[_Read]:
    """Yield days and months printed the Chinese, Japanese and Korean way."""
    for pattern in _CHARACTERS:
        for match in pattern.finditer(plain, *span):
            yield match, _written(match)


def _written(match: re.Match[str], *, after_a_day: bool = False) -> _Parts | None:
    """Return the parts of a date whose order the form tells, None if its month is no month."""
    groups = match.groupdict()
    year = _number(groups["year"]) if groups.get("year") else None
    if year is None:
        short = groups.get("short")
        if short is None:
            return None
        year = int(short) + (2000 if int(short) <= _LAST_SHORT_YEAR else 1900)
    word, day = groups.get("month"), groups.get("day")
    if word is None:
        return _Parts(year)
    month = MONTHS.get(word) or _number(word)
    if month is None or (word in MONTHS_AFTER_A_DAY and not after_a_day):
        return None
    if word == "listopada" and groups.get("ordinal") == ".":
        return None  # with a stop after the day it is Croatian, and October; otherwise Polish, and November
    return _Parts(year, month, _number(day) if day else None)


def _number(printed: str) -> int | None:
    """Return the value of digits or Chinese numerals (二〇二五, 十九, 二十一), None for anything else."""
    if printed.isdecimal():
        return int(printed)
    digits = [_CJK_DIGITS.get(character) for character in printed]
    if "十" in printed:
        tens, _, ones = printed.partition("十")
        values = _CJK_DIGITS.get(tens, 1 if not tens else None), _CJK_DIGITS.get(ones, 0 if not ones else None)
        return None if values[0] is None or values[1] is None else values[0] * 10 + values[1]
    if None in digits or (len(digits) not in (1, 4)):
        return None
    return int("".join(map(str, digits)))


def _in_order(match: re.Match[str], plain: str, language: str | None) -> _Parts | None:
    """Return the parts of a date in numbers; None if day and month can be told neither by size, weekday nor language."""
    year, first, second = int(match["year"]), int(match["first"]), int(match["second"])
    day_before, month_before = _Parts(year, second, first), _Parts(year, first, second)
    if first > _LAST_MONTH or first == second:
        return day_before
    if second > _LAST_MONTH:
        return month_before
    if match["sep"].startswith("."):
        return day_before  # with stops the day comes first wherever they are used (CLDR)
    words = _WORDS.findall(plain, max(0, match.start() - _WEEKDAY_NEARBY), match.start())
    weekday = WEEKDAYS.get(words[-1]) if words else None
    fits = [p for p in (day_before, month_before) if date(year, p.month or 1, p.day or 1).weekday() == weekday]
    if len(fits) == 1:
        return fits[0]
    order = day_first(language)
    return None if order is None else day_before if order else month_before


def _week_day(match: re.Match[str]) -> _Parts | None:
    try:
        day = date.fromisocalendar(int(match["year"]), int(match["week"]), int(match["weekday"]))
    except ValueError:
        return None
    return _Parts(day.year, day.month, day.day)


def _dated(match: re.Match[str], parts: _Parts | None) -> PrintedDate | None:
    if parts is None:
        return None
    try:
        full = date(parts.year, parts.month or 1, parts.day or 1)
    except ValueError:
        return None
    if 0 in parts:
        return None
    precision: DatePrecision = "year" if parts.month is None else "month" if parts.day is None else "day"
    value = full.isoformat()[: {"year": 4, "month": 7, "day": 10}[precision]]
    clock = match.span("clock") if "clock" in match.re.groupindex else None
    return PrintedDate(start=match.start(), end=match.end(), value=value, precision=precision, clock=clock)


def _ranges(plain: str, span: tuple[int, int]) -> Iterator[PrintedDate]:
    """Yield stretches of days: of none of them is it known that it is the day, only the month or year that holds all."""
    for pattern in _RANGE:
        for match in pattern.finditer(plain, *span):
            month = MONTHS.get(match["month"])
            other = MONTHS.get(match["other_month"]) if match["other_month"] else month
            first, last = int(match["day"]), int(match["last"])
            if month is None or other is None or not 0 < first <= 31 or not 0 < last <= 31:  # noqa: PLR2004 - days
                continue
            if month != other or first < last:
                parts = _Parts(int(match["year"]), month if month == other else None)
                printed = _dated(match, parts)
                if printed:
                    yield printed

"""Finds stretches of time told by the calendar: `in August 2025`, `19 September`, `Q3 2025`, `between March and May`, `in 2024`.

What has no year of its own means the latest one that has begun, unless the question speaks of what is to come.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from index.date_forms import printed_dates
from index.date_words import MONTHS_BY_LANGUAGE
from rag.periods import Period, Phrase, hull, months, one_day, quarter, season

_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_MONTH_NUMBERS = {
    word: number
    for language in ("en", "de", "fr", "es")
    for number, group in enumerate(MONTHS_BY_LANGUAGE[language].split("|"), start=1)
    for word in group.split()
}


def _named(*languages: str) -> str:
    """Return a pattern for the months of some languages, the long spellings first."""
    words = {word for language in languages for group in MONTHS_BY_LANGUAGE[language].split("|") for word in group.split()}
    return "|".join(sorted(words, key=len, reverse=True))


_EN = _named("en")
_YEAR = r"(?P<year>(?:18|19|20)\d\d)(?![\d.,%-]*\d)(?!'?s\b|-|%)"
# Numbers from 1800 to 2099 that count things are no years.
_NO_UNIT = (
    r"(?! [a-z]{1,3}\d)(?! (?:m|km|kg|metres?|meters?|miles?|feet|people|words|seats|dollars|euros|pounds|cases|countries|cities"
    r"|hours|days"
    r"|square|votes|deaths|points|million|billion|pieces|copies|times)\b)"
)
_PART = r"(?P<part>early|late|mid|middle of|start of|beginning of|end of)[ -]?"
_PARTS = {"early": (1, 4), "start": (1, 4), "beginning": (1, 4), "mid": (4, 6), "middle": (4, 6), "late": (9, 4), "end": (9, 4)}
_SEASON = r"(?P<season>spring|summer|autumn|fall|winter)"
_TWO = r"(?:and|to|until|till|through|-|bis|und|et|y|a|au)"

# Months without a year, each with the words of its own language that say that it is one.
_LONE_MONTHS = [
    re.compile(rf"\b(?:in|during|since|from|after|throughout|last|this|of|early|late|mid)[ -](?P<month>{_EN})\b(?! \d)(?!')"),
    # Not `May's`, who was a prime minister.
    re.compile(rf"\b(?!may)(?P<month>{_EN})(?='s\b)"),
    re.compile(rf"\b(?:im|seit|seit dem|ab|anfang|mitte|ende) (?P<month>{_named('de')})\b(?! \d)"),
    re.compile(rf"\b(?:en|depuis|des|durant|fin|debut) (?P<month>{_named('fr', 'es')})\b(?! \d)"),
    re.compile(rf"\b(?:desde|durante) (?P<month>{_named('es')})\b(?! \d)"),
]
_MONTHS_APART = re.compile(
    r"\b(?:between|from|zwischen|von|entre|de|in) (?:early |late |mid-?)?"
    rf"(?P<first>{_EN}|{_named('de', 'fr', 'es')})(?: (?P<year>(?:19|20)\d\d))?"
    rf" {_TWO} (?:early |late |mid-?)?(?P<last>{_EN}|{_named('de', 'fr', 'es')})\b(?! \d\d?\b)(?: (?P<last_year>(?:19|20)\d\d))?"
)
_DAYS = [
    re.compile(rf"(?<![\d.,:/-])\b(?P<day>\d\d?)(?:st|nd|rd|th)?(?: of)? (?P<month>{_EN})\b(?!,? ?\d\d\d\d)"),
    re.compile(rf"\b(?P<month>{_EN})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?\b(?!,? ?\d\d\d\d)(?![:.]\d)"),
    re.compile(rf"(?<![\d.,:/-])\b(?P<day>\d\d?)\. (?P<month>{_named('de')})\b(?! ?\d\d\d\d)"),
    re.compile(rf"\b(?:le|el) (?P<day>\d\d?)(?:er)? (?:de )?(?P<month>{_named('fr', 'es')})\b(?! (?:del? )?\d\d\d\d)"),
]
_DAYS_APART = re.compile(
    rf"(?<![\d.,:/-])\b(?P<day>\d\d?)(?:st|nd|rd|th)? ?(?:and|to|-|until) ?(?P<last>\d\d?)(?:st|nd|rd|th)?"
    rf" (?:of )?(?P<month>{_EN})\b"
    r"(?: (?P<year>(?:19|20)\d\d))?"
)
_QUARTERS = [
    re.compile(rf"\bq(?P<number>[1-4])(?: (?:of )?|-|/)(?:fy)?{_YEAR}"),
    re.compile(rf"\b{_YEAR}[ -]?q(?P<number>[1-4])\b"),
    re.compile(r"\b(?:the|its|their) (?P<word>first|second|third|fourth|1st|2nd|3rd|4th) quarter (?:of |in )?" + _YEAR),
    re.compile(r"\b(?:in|for|during) q(?P<number>[1-4])\b(?! (?:of )?\d)"),
]
_HALVES = [
    re.compile(rf"\bh(?P<number>[12])(?: |-|/){_YEAR}"),
    re.compile(rf"\bthe (?P<word>first|second) half of {_YEAR}"),
]
_SEASONS_OF_YEARS = re.compile(rf"\b{_SEASON} (?:of )?{_YEAR}")
_PARTS_OF_YEARS = re.compile(rf"\b{_PART}{_YEAR}")
_YEARS_APART = re.compile(rf"\b(?:between|from) (?P<first>(?:18|19|20)\d\d) {_TWO} {_YEAR}")
# Laws and treaties are named by their year.
_LONE_YEAR = re.compile(
    r"(?<!act )(?<!law )(?<!bill )(?<!treaty )(?<!agreement )(?<!convention )(?<!protocol )(?<!constitution )"
    rf"\b(?:in|during|since|throughout|of|for all of|after|seit|en|depuis|desde|im jahr|en el ano) {_YEAR}{_NO_UNIT}"
)

# How near the coming month or day must be for a question without a year to leave open which of the two it means.
_NEAR = timedelta(days=31)
_COMING = re.compile(
    r"\b(?:will|shall|to be|set to|plans?|planned|expected|upcoming|scheduled|due|going to|next|ahead of|coming"
    r"|wird|werden|sera|va)\b"
)
_ANY_YEAR = re.compile(r"(?<![\d.,$€£/-])\b(?:1[0-9]|20)\d\d\b(?![%\d])")

_DIGIT, _LETTERS = re.compile(r"\d"), re.compile(r"[^\W\d_]+")


def calendar_phrases(plain: str, asked_on: date) -> Iterator[Phrase]:
    """Yield the stretches that a question tells by the calendar, in no order; they may overlap. What does not exist is none.

    Args:
        plain: the question as `index.date_words.folded` returns it.
        asked_on: the day of asking; English dates such as 03/04/2025 are left unread.
    """
    if not _DIGIT.search(plain) and _MONTH_NUMBERS.keys().isdisjoint(_LETTERS.findall(plain)):
        return
    for printed in printed_dates(plain):
        year, *rest = map(int, printed.value.split("-"))
        if printed.precision == "day":
            yield Phrase(start=printed.start, end=printed.end, period=one_day(date(year, rest[0], rest[1])))
        elif printed.precision == "month":
            yield Phrase(start=printed.start, end=printed.end, period=months(year, rest[0]))
    for pattern, reader in _FORMS:
        for match in pattern.finditer(plain):
            try:
                period = reader(match, plain, asked_on)
            except ValueError:
                period = None  # no such day, or no such year
            closed = pattern in (_MONTHS_APART, _DAYS_APART, _YEARS_APART)
            yield Phrase(start=match.start(), end=match.end(), period=period, closed=closed)


def _lone_month(match: re.Match[str], plain: str, asked: date) -> Period | None:
    return _latest(lambda year: months(year, _MONTH_NUMBERS[match["month"]]), plain, asked)


def _lone_day(match: re.Match[str], plain: str, asked: date) -> Period | None:
    month, day = _MONTH_NUMBERS[match["month"]], int(match["day"])
    return _latest(lambda year: one_day(date(year, month, day)), plain, asked)


def _latest(made: Callable[[int], Period], plain: str, asked: date) -> Period | None:
    """Return the period of the year that the question means, None if that cannot be told or has not begun."""
    years = {int(year) for year in _ANY_YEAR.findall(plain)}
    if len(years) == 1:
        return made(years.pop())
    this = made(asked.year)
    if this.since and this.since <= asked:
        following = made(asked.year + 1)
        over = this.until and this.until < asked and _COMING.search(plain)
        return None if over or (following.since and following.since - asked <= _NEAR) else this
    if _COMING.search(plain) or (this.since and this.since - asked <= _NEAR):
        return None
    return made(asked.year - 1)


def _months_apart(match: re.Match[str], plain: str, asked: date) -> Period | None:
    first, last = _MONTH_NUMBERS[match["first"]], _MONTH_NUMBERS[match["last"]]
    if match["last_year"]:
        year = int(match["last_year"])
        end = months(year, last)
        begin = months(int(match["year"]) if match["year"] else year - (first > last), first)
    elif match["year"]:
        begin = months(int(match["year"]), first)
        end = months(int(match["year"]) + (first > last), last)
    else:
        latest = _latest(lambda year: months(year, last), plain, asked)
        if latest is None or latest.since is None:
            return None
        end, begin = latest, months(latest.since.year - (first > last), first)
    return None if begin.since and end.since and begin.since > end.since else hull(begin, end)


def _days_apart(match: re.Match[str], plain: str, asked: date) -> Period | None:
    month, first, last = _MONTH_NUMBERS[match["month"]], int(match["day"]), int(match["last"])
    if first >= last:
        return None
    if match["year"]:
        return Period(since=date(int(match["year"]), month, first), until=date(int(match["year"]), month, last))
    return _latest(lambda year: Period(since=date(year, month, first), until=date(year, month, last)), plain, asked)


def _quarter(match: re.Match[str], plain: str, asked: date) -> Period | None:
    groups = match.groupdict()
    number = int(groups["number"]) if groups.get("number") else _ORDINALS[groups["word"]]
    if groups.get("year"):
        return quarter(int(groups["year"]), number)
    return _latest(lambda year: quarter(year, number), plain, asked)


def _half(match: re.Match[str], _: str, __: date) -> Period:
    groups = match.groupdict()
    second = groups.get("number") == "2" or groups.get("word") == "second"
    return months(int(match["year"]), 7 if second else 1, 6)


def _season_of_year(match: re.Match[str], _: str, __: date) -> Period:
    year = int(match["year"])
    # The winter of 2024 is the one that began or the one that ended in that year.
    return hull(season(year - (match["season"] == "winter"), match["season"]), season(year, match["season"]))


def _part_of_year(match: re.Match[str], _: str, __: date) -> Period:
    first, count = _PARTS[match["part"].split()[0]]
    return months(int(match["year"]), first, count)


def _years_apart(match: re.Match[str], _: str, __: date) -> Period | None:
    first, last = int(match["first"]), int(match["year"])
    return months(first, 1, 12 * (last - first + 1)) if first <= last else None


def _year(match: re.Match[str], _: str, __: date) -> Period:
    return months(int(match["year"]), 1, 12)


_FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str], str, date], Period | None]]] = [
    *((pattern, _lone_month) for pattern in _LONE_MONTHS),
    *((pattern, _lone_day) for pattern in _DAYS),
    (_MONTHS_APART, _months_apart),
    (_DAYS_APART, _days_apart),
    *((pattern, _quarter) for pattern in _QUARTERS),
    *((pattern, _half) for pattern in _HALVES),
    (_SEASONS_OF_YEARS, _season_of_year),
    (_PARTS_OF_YEARS, _part_of_year),
    (_YEARS_APART, _years_apart),
    (_LONE_YEAR, _year),
]

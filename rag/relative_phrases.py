"""Finds stretches of time that are told from the day of asking: `last week`, `on Monday`, `three days ago`, `letzten Monat`."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from index.date_words import WEEKDAYS_BY_LANGUAGE
from rag.periods import Period, Phrase, days_before, months, one_day, quarter, season, week, weekend

_Reader = Callable[[re.Match[str], date], Period | None]
_WEEK, _MARCH, _WEDNESDAY = 7, 3, 2
_ROLLING = {"day": 1, "week": _WEEK, "month": 31, "quarter": 92, "year": 365}
# What `recent weeks` and `the last few months` reach back to: no source, the longest of which `few` is said.
_VAGUE = {"day": 7, "week": 31, "month": 183, "year": 1095}
_SEASONS = ("spring", "summer", "autumn", "fall", "winter")
_COUNTS = {
    word: number
    for number, words in enumerate(
        "a an one ein eine einem einer un une uno una|two zwei deux dos|three drei trois tres|four vier quatre cuatro"
        "|five funf cinq cinco|six sechs seis|seven sieben sept siete|eight acht huit ocho|nine neun neuf nueve"
        "|ten zehn dix diez|eleven elf onze once|twelve zwolf douze doce".split("|"),
        start=1,
    )
    for word in words.split()
}
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(_COUNTS, key=len, reverse=True)) + ")"
_UNITS = {
    word: unit
    for unit, words in {
        "day": "day days tag tage tagen jour jours dia dias",
        "week": "week weeks woche wochen semaine semaines semana semanas",
        "month": "month months monat monate monaten mois mes meses",
        "quarter": "quarter quarters",
        "year": "year years jahr jahre jahren an ans annee annees ano anos",
    }.items()
    for word in words.split()
}
_UNIT = r"(?P<unit>" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")\b"
_SPAN = rf"(?P<unit>weekend|week|month|quarter|year|{'|'.join(_SEASONS)})\b"
# `the last week of May` and `this week in 1969` count from elsewhere.
_FROM_HERE = r"(?! (?:of|before|after)\b)(?! in \d)"
_OTHER_LANGUAGES = {
    ("this", "week"): "diese[rn]? woche|cette semaine|esta semana",
    ("this", "month"): "diese[nm]? monat|ce mois(?:-ci)?|este mes",
    ("this", "year"): "diese[sm] jahr|heuer|cette annee|este ano",
    ("last", "week"): r"(?:letzte|vergangene|vorige)[rn]? woche|la semaine (?:derniere|passee)|la semana pasada",
    ("last", "month"): r"(?:letzte|vergangene|vorige)[nm] monat|le mois (?:dernier|passe)|el mes pasado",
    ("last", "year"): r"(?:letzte|vergangene|vorige)[sn]? jahr|l'an(?:nee)? (?:dernier|derniere|passe|passee)|el ano pasado",
}
_DAYS = {
    word: number
    for language in ("en", "de", "fr", "es")
    for number, group in enumerate(WEEKDAYS_BY_LANGUAGE[language].split("|"))
    for word in group.split()
}
_DAY = r"(?P<day>" + "|".join(sorted((word for word in _DAYS if len(word) > 4), key=len, reverse=True)) + r")\b"  # noqa: PLR2004
# The day before a date is part of it.
_NO_DATE = r"(?!,? (?:the )?\d)(?!,? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
# `Black Friday` and `every Monday` are no day of this week, nor is the day in `Monday Night Football`.
_BARE_DAY = re.compile(
    r"(?<![\w’'-])(?!(?:every|each|any|first|second|third|fourth|next|this|a|coming|per|or|of|on|last|past)\b)[a-z][\w’']* "
    rf"(?P<day>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b(?![ -](?:[A-Z]|of|night|prayers))(?i:{_NO_DATE})"
)
_FRENCH = re.compile(r"\b(?:la|les?|que|qui|quelle?s?|quoi)\b|\b[dlsc]'")
# A question without any of these words, as most are, holds none of the forms.
_HINTS = frozenset(
    [
        *(
            "weekend",
            "yesterday",
            "gestern",
            "ayer",
            "hier",
            "vorgestern",
            "avant",
            "anteayer",
            "today",
            "night",
            "anoche",
            "heuer",
        ),
        *_UNITS,
        *_DAYS,
        *_SEASONS,
    ]
)
_LETTERS = re.compile(r"[^\W\d_]+")
# Where one of these stands a weekday may be the coming one.
_COMING = re.compile(r"\b(?:[Ww]ill|set to|going to|ahead of|upcoming|coming|scheduled|next)\b")


def relative_phrases(text: str, plain: str, asked_on: date) -> Iterator[Phrase]:
    """Yield the stretches that a question tells from the day of asking, in no order; they may overlap.

    Args:
        text: the question.
        plain: the same as `index.date_words.folded` returns it, of the same length.
        asked_on: the day of asking.
    """
    if _HINTS.isdisjoint(_LETTERS.findall(plain)):
        return
    matches = [(match, reader) for pattern, reader in _FORMS for match in pattern.finditer(plain)]
    matches += [(match, _weekday) for match in _BARE_DAY.finditer(text)]
    for match, reader in matches:
        try:
            period = reader(match, asked_on)
        except (ValueError, OverflowError):
            continue  # before the first year of the calendar
        if period is not None:
            # A day that stands alone begins behind the word that shows it to be one.
            start = match.start("day") if match.re is _BARE_DAY else match.start()
            yield Phrase(start=start, end=match.end(), period=period)


def _this(unit: str, asked: date) -> Period:
    if unit in _SEASONS:
        # A winter that began last December is still this winter.
        return season(asked.year - (unit == "winter" and asked.month < _MARCH), unit)
    if unit == "month":
        return months(asked.year, asked.month)
    if unit == "quarter":
        return quarter(asked.year, _quarter_of(asked))
    if unit == "year":
        return months(asked.year, 1, 12)
    if unit == "weekend":
        # On Monday and Tuesday it is the one just over.
        return weekend(asked - timedelta(days=_WEEK if asked.weekday() < _WEDNESDAY else 0))
    return week(asked)


def _last(unit: str, asked: date) -> Period:
    if unit in _SEASONS:
        latest = season(asked.year - (unit == "winter"), unit)
        return latest if latest.until and latest.until < asked else season(asked.year - 1 - (unit == "winter"), unit)
    if unit == "month":
        return months(asked.year, asked.month - 1)
    if unit == "quarter":
        return quarter(asked.year, _quarter_of(asked) - 1)
    if unit == "year":
        return months(asked.year - 1, 1, 12)
    before = asked - timedelta(days=_WEEK)
    return weekend(before) if unit == "weekend" else week(before)


def _quarter_of(day: date) -> int:
    return (day.month + 2) // 3


def _counted(match: re.Match[str]) -> int:
    printed = match["count"]
    return _COUNTS[printed] if printed in _COUNTS else int(printed)


def _rolling(match: re.Match[str], asked: date) -> Period:
    count = _counted(match) if "count" in match.re.groupindex else 1
    return days_before(asked, count * _ROLLING[_UNITS[match["unit"]]])


def _vague(match: re.Match[str], asked: date) -> Period:
    return days_before(asked, _VAGUE.get(_UNITS[match["unit"]], _ROLLING["year"]))


def _ago(match: re.Match[str], asked: date) -> Period:
    count, unit = _counted(match), _UNITS[match["unit"]]
    if unit == "day":
        return one_day(asked - timedelta(days=count))
    if unit == "week":
        return week(asked - timedelta(days=_WEEK * count))
    return months(asked.year, asked.month - count) if unit == "month" else months(asked.year - count, 1, 12)


def _weekday(match: re.Match[str], asked: date) -> Period | None:
    if _COMING.search(match.string):
        return None
    back = (asked.weekday() - _DAYS[match["day"].casefold()]) % _WEEK
    past = match.groupdict().get("last")
    return one_day(asked - timedelta(days=back or (_WEEK if past else 0)))


def _hier(match: re.Match[str], asked: date) -> Period | None:
    """Return yesterday if the question is French; in German `hier` is `here`."""
    return one_day(asked - timedelta(days=1)) if _FRENCH.search(match.string) else None


def _back(days: int) -> _Reader:
    return lambda _, asked: one_day(asked - timedelta(days=days))


def _fixed(which: str, unit: str) -> _Reader:
    return lambda _, asked: _this(unit, asked) if which == "this" else _last(unit, asked)


_FORMS: list[tuple[re.Pattern[str], _Reader]] = [
    (re.compile(r"\b(?:(?<!day before )yesterday(?! night)|gestern|ayer)\b"), _back(1)),
    (re.compile(r"\bhier\b"), _hier),
    (re.compile(r"\b(?:the day before yesterday|vorgestern|avant-hier|anteayer)\b"), _back(2)),
    (re.compile(r"\btoday(?='s (?:news|headlines|newspaper|paper|edition|stories|articles|front page))"), _back(0)),
    (re.compile(r"\b(?:last night|yesterday night|anoche)\b"), lambda _, asked: days_before(asked, 1)),
    (re.compile(rf"\bthis (?:past )?{_SPAN}{_FROM_HERE}"), lambda match, asked: _this(match["unit"], asked)),
    (re.compile(rf"\b(?:last|previous) {_SPAN}{_FROM_HERE}"), lambda match, asked: _last(match["unit"], asked)),
    (re.compile(rf"\bpast {_UNIT}{_FROM_HERE}"), _rolling),
    (re.compile(rf"\b(?:last|past|previous|letzten|vergangenen) {_COUNT} {_UNIT}{_FROM_HERE}"), _rolling),
    (re.compile(rf"\b(?:les|ces|los) {_COUNT} (?:derniers|dernieres|ultimos|ultimas) {_UNIT}"), _rolling),
    (re.compile(rf"\b(?:recent|last few|past few|(?:in|over) the (?:last|past)) (?=\w+s\b){_UNIT}{_FROM_HERE}"), _vague),
    (re.compile(rf"(?<!\d )\b(?:(?:a few|some|several) )?(?=\w+s\b){_UNIT} ago\b"), _vague),
    (re.compile(rf"\b{_COUNT} {_UNIT} ago\b"), _ago),
    (re.compile(rf"\b(?:vor|il y a|hace) {_COUNT} {_UNIT}"), _ago),
    (re.compile(rf"\b(?:on|am|el) {_DAY}(?! night){_NO_DATE}"), _weekday),
    (re.compile(rf"\b(?P<last>last|past|letzten) {_DAY}{_NO_DATE}"), _weekday),
    (re.compile(rf"\b{_DAY} (?P<last>dernier|pasado)\b"), _weekday),
    (re.compile(rf"(?:^|(?<=[a-z] )(?<!black )(?<!good )(?<!cyber )(?<!super )(?<!ash )){_DAY}(?='s\b)"), _weekday),
    *((re.compile(rf"\b(?:{words})\b"), _fixed(*key)) for key, words in _OTHER_LANGUAGES.items()),
]

"""Tells whether two claims speak of the same thing, part, place and time, so that their figures can be compared."""

import calendar
from datetime import date, timedelta

from rag.asked_figure import lemma
from rag.claims import CALENDAR, Claim
from rag.language import names, shares_root, stem, stems, tokens
from rag.periods import Period
from rag.printed_figures import Kind

# A sentence without a day of its own tells of the days before its article; news without a date is rarely older.
_RECENT = timedelta(days=6)
# Where both sentences name the same days, articles may lie further apart.
_APART = timedelta(days=31)
# A month's count is not compared with a day's.
_EVENT = timedelta(days=8)
# Two reports of one event name days that are near each other; what lies further apart happened twice. Chosen, not measured.
_ONE_EVENT = timedelta(days=92)
# Words that the clause of one figure may hold beyond question and other clause; all others narrow it.
_ALLOWED: dict[Kind, frozenset[str]] = {
    "count": frozenset(
        map(
            lemma,
            "police officials rescuers authorities doctors engineers firefighters medics company firm group government ministry"
            " accident crash collision explosion blast attack shooting fire storm flood earthquake counted leave".split(),
        )
    ),
    "percent": frozenset(),
    "money": frozenset(map(lemma, "building construction project price bill final".split())),
    "date": frozenset(map(lemma, "traffic public officially formally".split())),
}


def comparable(one: Claim, other: Claim, question: str) -> bool:
    """Return whether two claims speak of the same thing, place, part and time, and count or measure it the same way."""
    asked = stems(question)
    if one.figure.kind != other.figure.kind or one.figure.currency != other.figure.currency:
        return False
    if {stem(w) for w in one.unit} - asked != {stem(w) for w in other.unit} - asked or one.scope != other.scope:
        return False
    if one.beside and other.beside and one.beside != other.beside:
        return False  # `in three attacks` and `in four attacks`
    if not _equally_qualified(one, other, asked | {lemma(word) for word in tokens(question)}):
        return False
    if _told_of_other_places(one, other, asked):
        return False
    return _names_fit(one, other, asked) and _names_fit(other, one, asked) and _times_fit(one, other)


def _equally_qualified(one: Claim, other: Claim, asked: frozenset[str]) -> bool:
    """Return whether neither clause narrows what the other one leaves wide: `61 % of young voters`, `its approach roads cost`."""
    return not (one.qualified ^ other.qualified) - asked - _ALLOWED[one.figure.kind]


def _names_fit(one: Claim, other: Claim, asked: frozenset[str]) -> bool:
    """Return whether every name beside one figure is in the question, or beside the other."""
    known = asked | other.names
    return all(shares_root(name, known) for name in one.names)


def _told_of_other_places(one: Claim, other: Claim, asked: frozenset[str]) -> bool:
    """Return whether both sentences hold names, but none in common: `in Varby, where 12` and `in Sandholm, where 19`."""
    first, second = names(one.sentence) - asked - CALENDAR, names(other.sentence) - asked - CALENDAR
    return bool(first and second) and first.isdisjoint(second)


def _times_fit(one: Claim, other: Claim) -> bool:
    apart = abs(one.day - other.day)
    if one.figure.kind == "date":
        return apart <= _APART and abs(_meant(one) - _meant(other)) <= _ONE_EVENT
    if apart > (_APART if one.periods and other.periods else _RECENT):
        return False
    return all(any(_same_time(first, second) for second in _spoken_of(other)) for first in _spoken_of(one)) and all(
        any(_same_time(first, second) for second in _spoken_of(one)) for first in _spoken_of(other)
    )


def _meant(claim: Claim) -> date:
    """Return the day that a claim prints, without a year the one nearest to its article."""
    year, rest = divmod(int(claim.figure.value), 10_000)
    years = [year] if year else [claim.day.year - 1, claim.day.year, claim.day.year + 1]
    # The 29th of February is taken as the 28th, so that it exists in every year.
    days = [date(one, rest // 100, min(rest % 100, calendar.monthrange(one, rest // 100)[1])) for one in years]
    return min(days, key=lambda day: abs(day - claim.day))


def _spoken_of(claim: Claim) -> tuple[Period, ...]:
    return claim.periods or (Period(since=claim.day - _RECENT, until=claim.day),)


def _same_time(one: Period, other: Period) -> bool:
    if one == other:
        return True
    if not (one.since and one.until and other.since and other.until):
        return False
    short = one.until - one.since <= _EVENT and other.until - other.since <= _EVENT
    return short and one.since <= other.until and other.since <= one.until

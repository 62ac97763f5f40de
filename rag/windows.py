"""Reads from a question when its articles were probably, or must have been, published. Decides what is hard and what is soft.

A date in a question is mostly that of the event: articles about it come after it, some years after, so such a window only
weighs (`window_factors`). Only words about publication (`news from yesterday`, `articles published in May`) set a limit.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from index.date_words import folded
from rag.calendar_phrases import calendar_phrases
from rag.periods import Period, Phrase, hull, overlap
from rag.recency import recency_factors
from rag.relative_phrases import relative_phrases

_DAY = timedelta(days=1)
# Longer stretches say nothing about when an article was published: `since 1989`, `in the last ten years`.
_LONGEST_OPEN, _LONGEST_JOINED = timedelta(days=366), timedelta(days=2 * 366)

# Of an article so many times the decay away a window says nothing: its factor is within 2 % of 1 at the usual strength.
_OUT_OF_REACH = 4.0

# Half of what recency weighs: a date that is not the article's then cost a quarter (docs/adr/0019).
_SHARE = 0.5

# Quotations, tags and addresses are not the asker's words.
_NOT_ASKED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|<[^<>]*>|https?://\S+|(?<!\w)[‘'][^‘’']{1,200}[’'](?!\w)")
_OWN_WORD = re.compile(
    r"(?:in|on|during|since|from|after|between|throughout|of|am|im|seit(?: dem)?|ab|en|depuis|des|desde|durante|durant)[ ]"
    r"(?:the |den |der |el |la |le )?"
)
_OPEN = re.compile(r"\b(?:since|seit(?: dem)?|ab|depuis|desde|from|after|nach|apres)[ ](?:the |early |mid-?|late |about )*$")
_FROM_ON = re.compile(r"^[ ]?(?:on|onwards?|on wards|an)\b(?![ ]\w+day)")
_AFTER = re.compile(r"\b(?:after|nach|apres)[ ](?:the )?$")
_BEFORE = re.compile(r"\b(?:before|until|till|up to|by|prior to|bis|vor|avant|jusqu'(?:en|au)|antes de|hasta)[ ](?:the |in )*$")
_UNTIL = re.compile(r"\b(?:until|till|up to|by|bis|hasta|jusqu'(?:en|au))[ ](?:the |in )*$")
# What stands in relation to such a date is not said to have happened on it.
_ELSEWHERE = re.compile(
    r"\b(?:before|until|till|up to|by|prior to|ahead of|than|not|except|besides|later|rest of|remainder of|every|each|any"
    r"|bis|avant|antes de|hasta|jusqu'(?:en|au))[ ](?:the |early |late |mid-?|end of |start of |beginning of |in |on |of )*$"
)
_YEARLY = re.compile(r"^[ ](?:every|each) (?:year|month|week)\b")
# `since its war with Russia began in 2022`: the date is that of the war.
_SUBORDINATE = re.compile(
    r"\b(?:since|after|before|until|following|prior to|seit|nach|depuis|apres|desde)[ ](?P<between>[^.;:?!,]*)$"
)
# Reports, stories and papers are also made by companies, novelists and scientists.
_ARTICLES = (
    r"(?:(?:news(?:paper)? |press |media )articles?|articles?|(?:news|press|media) (?:reports?|coverage|stories)|stories"
    r"|newspapers?|editorials?|op-eds?|artikel|zeitungen|articulos|periodicos)"
)
_NEWS = (
    r"(?:(?<!fake )(?<!good )(?<!bad )(?<!breaking )(?<!fox )(?<!sky )\bnews|headlines|nachrichten|meldungen|noticias|actualites)"
)
_PUBLISHED = (
    r"(?:(?:that |which )?(?:(?:was|were|is|are|has been|have been) )?"
    r"(?:published|printed|written|carried|run|appeared|appearing|dated|veroffentlicht\w*|publies?|publicad[oa]s?))"
)
_SINCE_OR_OF = r"(?:from|of|since|between|after|before|until|up to|during|vom|von|aus|seit|de|du|des|desde|depuis)"
_THE = r"(?: (?:the|la|le|el|der|den))? ?$"
_OF_ARTICLES = re.compile(
    rf"\b{_ARTICLES}(?: {_PUBLISHED}(?: (?:{_SINCE_OR_OF}|in|on|by|im|am|en))?| (?:{_SINCE_OR_OF}|in|on)){_THE}"
    rf"|{_NEWS}(?: {_PUBLISHED})?(?: (?:{_SINCE_OR_OF})){_THE}|\bin the (?:news|headlines|newspapers|papers){_THE}"
    rf"|\b(?:story|interview|dispatch) {_PUBLISHED}(?: (?:{_SINCE_OR_OF}|in|on|by))?{_THE}"
)
_ARTICLES_OF = re.compile(
    r"^(?:['’]s)? (?:top |main |biggest |front-page )*(?:news\b(?! conference)|headlines\b|newspapers?\b|front pages?\b"
    r"|articles\b|stories\b)"
)
_REPORTED = re.compile(
    r"\b(?:say|said|report(?:ed|ing)?|writ(?:e|ten|ing)|wrote|publish(?:ed|ing)?|print(?:ed)?|cover(?:ed|ing)?)[ ]?$"
)
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|currently|current|now|at present|at the moment|these days|nowadays|so far|to date"
    r"|as of today|today|recent(?:ly)?|by now|up to now|presently|derzeit|aktuell\w*|jetzt|neueste\w*|zuletzt|gerade|bisher|heute"
    r"|actuellement|maintenant|aujourd'hui|dernieres nouvelles|recemment|actualmente|ahora|hoy|recientemente|ultimas noticias)\b"
)
_NOT_LATEST = re.compile(
    r"\bnow (?:known|famous|defunct)\b|\bby now\?|\b(?:usa|india|africa) today\b|\bapocalypse now\b|\bsecond most\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days that a question speaks of, both ends included; None leaves that end open."""

    since: date | None
    until: date | None
    kind: Literal["published", "about"]
    """`published`: the question asks for articles of these days, so it is a limit. `about`: something happened then, so it
    is a preference."""
    words: str
    """The part of the question that it was read from."""


def read_window(question: str, asked_on: date, *, reported: bool = False) -> Window | None:
    """Return the days a question speaks of, None if it speaks of none, of days to come, or of what contradicts itself.

    A year that only names something (`the 2024 Olympics`, `Vision 2030`, `Boeing 737`), a date inside quotation marks, and a
    date that something else is measured by (`before May`, `since the war began in 2022`) are no window. Several dates
    that do not overlap make the window that holds them all; one inside the other, the narrower.

    Args:
        question: as asked.
        asked_on: the day that `last week` is told from, and that no window reaches beyond.
        reported: whether the question attributes a report to an outlet (`rag.outlet_mentions`): then a date directly behind
            `say` or `report` is when it was published.
    """
    text = _NOT_ASKED.sub(lambda match: "\0" * len(match[0]), question)
    plain = folded(text)
    phrases = _longest([*relative_phrases(text, plain, asked_on), *calendar_phrases(plain, asked_on)])
    limits = [(phrase, _limit(phrase, plain)) for phrase in phrases if _of_publication(phrase, plain, reported=reported)]
    kind: Literal["published", "about"] = "published" if limits else "about"
    periods: list[tuple[Phrase, Period | None]] = limits or [(phrase, _preference(phrase, plain)) for phrase in phrases]
    begun = [(phrase, _begun(period, asked_on)) for phrase, period in periods if period is not None]
    kept = [(phrase, period) for phrase, period in begun if period is not None]
    joined = _joined([period for _, period in kept])
    if joined is None or (kind == "about" and _says_nothing(joined, asked_on)):
        return None
    words = question[min(phrase.start for phrase, _ in kept) : max(phrase.end for phrase, _ in kept)]
    return Window(since=joined.since, until=joined.until, kind=kind, words=words.strip())


def wants_latest(question: str) -> bool:
    """Return whether a question asks for the present state or the newest event: `latest`, `now`, `currently`, `recently`."""
    plain = folded(_NOT_ASKED.sub(" ", question))
    return _LATEST.search(_NOT_LATEST.sub(" ", plain)) is not None


def within(window: Window, since: date | None, until: date | None) -> Window | None:
    """Return the part of the window inside the caller's own limits, None if nothing is left: the caller's word counts."""
    both = overlap(Period(since=window.since, until=window.until), Period(since=since, until=until))
    return Window(since=both.since, until=both.until, kind=window.kind, words=window.words) if both else None


def window_factors(
    days: Sequence[date | None], window: Window | None, asked_on: date, *, strength: float, decay_days: float
) -> list[float]:
    """Return one factor for each article date: 1 + strength / 2 inside the window, falling to 1 with the distance from it.

    Before the window it falls as recency does, by exp(-distance / decay_days). Behind a window longer than `decay_days` it
    falls more slowly, with the length of the window: what happened in a year is summed up in the following one. An undated
    article gets the mean factor of the dated ones.

    The factors are those of `rag.recency.recency_factors` where the window tells nothing beyond it: there is none, it sets a
    limit instead, it ends less than `decay_days` before the day of asking (measured in docs/adr/0019), or no article is of it.
    """
    recent = recency_factors(days, asked_on, strength=strength, decay_days=decay_days)
    if window is None or window.kind == "published" or window.until is None or (asked_on - window.until).days < decay_days:
        return recent
    length = (window.until - window.since).days + 1 if window.since else 0
    after = max(decay_days, float(length))
    distances = [None if day is None else _distance(day, window, decay_days, after) for day in days]
    known = [distance for distance in distances if distance is not None]
    if min(known, default=_OUT_OF_REACH) >= _OUT_OF_REACH:
        return recent
    middle = sum(_factor(distance, _SHARE * strength) for distance in known) / len(known)
    return [middle if distance is None else _factor(distance, _SHARE * strength) for distance in distances]


def _factor(distance: float, strength: float) -> float:
    return 1.0 + strength * math.exp(-distance)


def _distance(day: date, window: Window, before: float, after: float) -> float:
    """Return how far an article is from the window, in units over which its factor shrinks to 1/e."""
    if window.since and day < window.since:
        return (window.since - day).days / before
    return (day - window.until).days / after if window.until and day > window.until else 0.0


def _longest(phrases: list[Phrase]) -> list[Phrase]:
    """Return the phrases from left to right; of those that share words the longest."""
    kept: list[Phrase] = []
    for phrase in sorted(phrases, key=lambda phrase: (phrase.start - phrase.end, not phrase.closed, phrase.start)):
        if all(phrase.end <= other.start or phrase.start >= other.end for other in kept):
            kept.append(phrase)
    return sorted(kept, key=lambda phrase: phrase.start)


def _around(phrase: Phrase, plain: str) -> tuple[str, str]:
    """Return what stands before the phrase, its own preposition included, and what stands behind it."""
    own = _OWN_WORD.match(plain, phrase.start, phrase.end)
    return plain[: own.end() if own else phrase.start], plain[phrase.end :]


def _of_publication(phrase: Phrase, plain: str, *, reported: bool) -> bool:
    before, after = _around(phrase, plain)
    if _ARTICLES_OF.search(after):
        return True
    if reported and _REPORTED.search(plain[: phrase.start]):
        return True
    return _OF_ARTICLES.search(before) is not None


def _limit(phrase: Phrase, plain: str) -> Period | None:
    """Return the days that a phrase about publication allows."""
    before, after = _around(phrase, plain)
    if phrase.period is None or phrase.closed:
        return phrase.period
    since, until = phrase.period.since, phrase.period.until
    if _AFTER.search(before):
        return Period(since=until + _DAY if until else None, until=None)
    if _BEFORE.search(before):
        inclusive = _UNTIL.search(before)
        return Period(since=None, until=until if inclusive else since - _DAY if since else None)
    opens = re.search(r"\b(?:since|seit(?: dem)?|depuis|desde)[ ](?:the )?$", before) or _FROM_ON.search(after)
    return Period(since=since, until=None) if opens else phrase.period


def _preference(phrase: Phrase, plain: str) -> Period | None:
    """Return the days of what happened, None where something else is measured by them."""
    before, after = _around(phrase, plain)
    if phrase.period is None:
        return None
    if phrase.closed:
        before = plain[: phrase.start]
    if _YEARLY.search(after):
        return None
    opens = _OPEN.search(before)
    if opens is None:
        clause = _SUBORDINATE.search(before)
        return None if _ELSEWHERE.search(before) or (clause and clause["between"].strip()) else phrase.period
    outer = before[: opens.start()]
    clause = _SUBORDINATE.search(outer)
    if _ELSEWHERE.search(outer) or (clause and clause["between"].strip()):
        return None
    return Period(since=phrase.period.since, until=None)


def _begun(period: Period, asked_on: date) -> Period | None:
    """Return the period without what is still to come, None if all of it is."""
    return overlap(period, Period(since=None, until=asked_on))


def _joined(periods: list[Period]) -> Period | None:
    """Return the shortest period that holds all, of one inside another only the inner."""
    inner = [one for one in periods if not any(other != one and overlap(one, other) == other for other in periods)]
    joined = inner[0] if inner else None
    for period in inner[1:]:
        joined = hull(joined, period) if joined else period
    return joined


def _says_nothing(period: Period, asked_on: date) -> bool:
    if period.since is None or period.until is None:
        return True
    length = period.until - period.since
    return length > _LONGEST_JOINED or (period.until == asked_on and length > _LONGEST_OPEN)

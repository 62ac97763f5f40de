"""Reads which figure a sentence of the evidence claims to be the one that a question asks for.

Every rule here refuses: a difference that is told wrongly is worse than one that is not told.
"""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from index.date_words import folded
from index.sentences import sentence_spans
from rag.asked_figure import AskedFigure, lemma
from rag.calendar_phrases import calendar_phrases
from rag.language import content_words, has_number, names, shares_root, stem, stems, tokens
from rag.periods import Period
from rag.printed_figures import Figure, read_days, read_figures
from rag.relative_phrases import relative_phrases
from rag.types import Evidence

# A word in the sentence counts whole, in the sentences beside it or in the title, or elsewhere in the passage, in part.
_BESIDE, _AROUND = 0.7, 0.4
# The share of the question's words, weighted by rarity, that a claim must have.
_COVERED = 0.6

_CLAUSE_ENDS = re.compile(
    r"[;:()—–“”\"]|,\s|\s-\s|\b(?:and|but|while|whereas|though|although|when|after|before|because|compared|including|who|which"
    r"|whose|whom|where|that|said|says|saying|told|as)\b",
    re.IGNORECASE,
)
# `In Orrby, Tunby and Varby` is one place of three names.
_NAMES_JOINED = re.compile(r"\b[A-Z]\w+(?:, [A-Z]\w+)*,? and [A-Z]\w+")
_INCLUDED = re.compile(r",? (?:including|among them|most of them|some of them|many of them)\b[^,.;]*,?", re.IGNORECASE)
# The sentence tells of another state of things, or takes the figure back.
_OTHERWISE = frozenset(
    "not no never nobody none nor without denied denies deny false falsely wrong wrongly mistaken initially earlier previously"
    " originally formerly revised corrected correction updated rumours rumors if unless instead rather used hypothetical"
    " rival rivals competitor competitors unlike".split()
)
# What both sentences must say, or neither, for their figures to be of one kind: how it was summed up, and over what time.
_SUMMED_UP = frozenset(
    "total altogether overall combined cumulative cumulatively aggregate average averaged median minimum maximum record since"
    " far until annually yearly monthly weekly daily annual quarterly quarter half year decade worldwide globally nationwide"
    " nationally statewide season seasons weekend weekends weekday weekdays peak height still already".split()
)
# The same, in the figure's own clause: which part or place it is of.
_PARTS = frozenset(
    "global national local regional abroad domestic north northern south southern east eastern west western central"
    " city town village county district province island area region neighborhood neighbourhood there"
    " seriously critically severely badly slightly lightly fatally partly partially fully mostly directly indirectly"
    " first second third fourth fifth new newly again registered active confirmed suspected probable unconfirmed"
    " men women children civilians soldiers officers students workers residents tourists foreigners adults families".split()
)
# The same, up to the end of that clause: how sure it is.
_UNSURE = frozenset(
    "expected expects expect forecast forecasts projected projects predicted predicts estimate estimates planned plans plan"
    " proposed target targets aims aim goal hopes could may might would should will likely potentially pledged promised due"
    " scheduled believed feared can able capacity".split()
)
_TO_DO = re.compile(r"\bto (\w+)")
_TO_BE = re.compile(r"\b(?:is|are|was|were) (?:set |about )?to\b")
# Of these, `3 people were killed and 19 people were injured` tells plainly which number is whose.
_CASUALTIES = frozenset(lemma(word) for word in ("killed", "injured", "missing", "arrested", "rescued", "evacuated"))
_WHERE = frozenset(
    "this these during throughout so in on at from of aboard inside near with under over among across outside".split()
)
_TOTAL_OF = re.compile(r"\b(?:a|the|in) total(?: of)?\b", re.IGNORECASE)
# Words that open a sentence without being names.
_NO_NAME = re.compile(
    r"(?:ing|ly|ed|ers|ors|ists)$|^(?:police|officials?|rescuers?|doctors?|authorities|investigators?|firefighters?|experts?|reports?"
    r"|people|men|women|around|almost|close|exceeding|upwards)$",
    re.IGNORECASE,
)
CALENDAR = frozenset(
    stem(word)
    for word in (
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September"
        " October November December Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec"
    ).split()
)
"""The stems of days and months: printed like names, and read as times."""
_DAY_NAME = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
# `Said on Tuesday` is when it was said.
_SAID_ON = re.compile(
    rf"\b(?:said|says|told|announced|reported|confirmed|added)\b[^,.;\d]{{0,30}}? {_DAY_NAME}"
    rf"|^On {_DAY_NAME},? [^,.;\d]{{0,40}}\b(?:said|announced|reported|confirmed)\b"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A figure that a sentence gives as the one asked for."""

    evidence: Evidence
    start: int
    end: int
    """Where the sentence stands in the article."""
    figure: Figure
    """With offsets inside the sentence."""
    unit: tuple[str, ...]
    """The words behind the figure that name what is counted, as printed; empty for sums, shares and days."""
    names: frozenset[str]
    """The stems of the names in its clause."""
    scope: frozenset[str]
    """The words of the sentence that say for what time, place or part, and how surely, the figure holds."""
    qualified: frozenset[str]
    """What else its clause says of it, as `lemma` returns it; of a count only before it, and where: `on a second boat`."""
    beside: frozenset[Fraction]
    """The other numbers of its clause."""
    periods: tuple[Period, ...]
    """The days that the sentence speaks of."""

    @property
    def sentence(self) -> str:
        """The sentence, word for word."""
        return self.evidence.hit.article.text[self.start : self.end]

    @property
    def day(self) -> date:
        """The day of its article."""
        dated = self.evidence.hit.article.dated
        assert dated is not None  # noqa: S101 - claims are read from dated articles only
        return dated.day


def read_claims(
    question: str, asked: AskedFigure, evidence: Evidence, weights: Mapping[str, float], question_names: frozenset[str]
) -> list[Claim]:
    """Return the claims of a passage, in order; none if its article has no day.

    Args:
        question: as asked.
        asked: the figure that it asks for.
        evidence: the passage.
        weights: the weight of each of the question's words, under its `lemma`.
        question_names: the stems of those that are names; a claim needs them in its clause or title.
    """
    article, passage = evidence.hit.article, evidence.hit.passage
    if article.dated is None or article.dated.precision not in ("day", "minute"):
        return []
    title = _lemmas(f"{article.title} {article.publisher or ''}") if article.title_printed else frozenset[str]()
    around = title | _lemmas(passage.text)
    spans = sentence_spans(passage.text)
    texts = [passage.text[start:end] for start, end in spans]
    claims = []
    for i, text in enumerate(texts):
        beside = title.union(*(_lemmas(neighbour) for neighbour in texts[max(0, i - 1) : i + 2]))
        if _coverage(weights, _lemmas(text), beside, around) < _COVERED or _otherwise(text, question):
            continue
        # `19 people, including 4 children`: what is included has no part in the claim.
        plain = _INCLUDED.sub(lambda match: " " * len(match[0]), text)
        found = _claimed(plain, asked)
        periods = () if asked.kind == "date" else _periods(text, article.dated.day)
        if found is None or periods is None:
            continue
        figure, unit, clause = found
        if not all(shares_root(name, title | stems(clause)) for name in question_names):
            continue
        claims.append(
            Claim(
                evidence=evidence,
                start=passage.start + spans[i][0],
                end=passage.start + spans[i][1],
                figure=figure,
                unit=unit,
                names=(named := _names(clause, article.text)),
                qualified=frozenset(lemma(word) for word in _qualifiers(plain, clause, figure, unit) if stem(word) not in named),
                beside=frozenset(f.value for f in read_figures(clause)) - {figure.value},
                scope=_scope(plain, clause, question, asked),
                periods=periods,
            )
        )
    return claims


@lru_cache(maxsize=4096)
def _lemmas(text: str) -> frozenset[str]:
    return stems(text) | {lemma(word) for word in tokens(text)}


def _coverage(weights: Mapping[str, float], here: frozenset[str], beside: frozenset[str], around: frozenset[str]) -> float:
    total = sum(weights.values())
    share = sum(
        weight * (1.0 if word in here else _BESIDE if word in beside else _AROUND if word in around else 0.0)
        for word, weight in weights.items()
    )
    return share / total if total else 0.0


def _claimed(sentence: str, asked: AskedFigure) -> tuple[Figure, tuple[str, ...], str] | None:
    """Return the one figure that answers, what it counts and its clause; None if the sentence has none, or several."""
    figures = read_days(sentence) if asked.kind == "date" else [f for f in read_figures(sentence) if f.kind == asked.kind]
    fitting = []
    for figure in figures:
        unit, clause = _unit(figure, asked), _clause(sentence, figure)
        verbs = {lemma(word) for word in tokens(clause)}
        if unit is not None and (not asked.verb or asked.verb in verbs):
            fitting.append((figure, unit, clause))
        elif unit is not None and not verbs & (_CASUALTIES - {asked.verb}):
            return None  # `22 teams voted for a ban and 10 teams chose to keep it`: which of the two is asked for is not sure
    if len({(figure.value, figure.currency) for figure, _, _ in fitting}) != 1 or any(f.partial for f, _, _ in fitting):
        return None
    figure, unit, clause = fitting[0]
    # `12 people were hurt, 3 critically`: a bare number in the same clause may be the one asked for.
    others = [f for f in figures if f.value != figure.value and _inside(f, clause, sentence)]
    bare = asked.kind == "count" and any(not f.following or _is_verb(f.following[0]) for f in others)
    return None if bare or (others and asked.kind != "count") else (figure, unit, clause)


def _unit(figure: Figure, asked: AskedFigure) -> tuple[str, ...] | None:
    """Return the words behind a number up to the last that is counted; None if what is counted is not what is asked for."""
    if asked.kind != "count":
        return ()
    last = -1
    for i, word in enumerate(figure.following[:4]):
        if not content_words(word):
            break
        if stem(word) in asked.counted:
            last = i
    return figure.following[: last + 1] if last >= 0 else None


def _qualifiers(sentence: str, clause: str, figure: Figure, unit: tuple[str, ...]) -> list[str]:
    """Return the words that may narrow a figure: of a count those before it and where it was, of others the whole clause."""
    printed = sentence[figure.start : figure.end]
    said = tokens(clause.replace(printed, " "))
    if unit:
        preposition, *words = figure.following[len(unit) :] or ("",)
        where = itertools.takewhile(lambda word: not _is_verb(word), words) if preposition.casefold() in _WHERE else ()
        said = [*tokens(_TOTAL_OF.sub("", clause.partition(printed)[0])), *where]
    return [word for word in said if content_words(word) and stem(word) not in CALENDAR]


def _clause(sentence: str, figure: Figure) -> str:
    joined = [match.span() for match in _NAMES_JOINED.finditer(sentence)]
    ends = [
        match
        for match in _CLAUSE_ENDS.finditer(sentence)
        if not any(start <= match.start() and match.end() <= end for start, end in joined)
    ]
    start = max((match.end() for match in ends if match.end() <= figure.start), default=0)
    end = min((match.start() for match in ends if match.start() >= figure.end), default=len(sentence))
    return sentence[start:end]


def _inside(figure: Figure, clause: str, sentence: str) -> bool:
    start = sentence.find(clause)
    return start <= figure.start < start + len(clause)


def _is_verb(word: str) -> bool:
    return word.endswith(("ed", "ly")) or word in ("were", "was", "are", "have", "had", "died", "dead")


def _otherwise(sentence: str, question: str) -> bool:
    return bool((_words(sentence) & _OTHERWISE) - _words(question)) or "n’t" in sentence or "n't" in sentence


def _scope(sentence: str, clause: str, question: str, asked: AskedFigure) -> frozenset[str]:
    # `A total of 19` says no more than `19`.
    whole = _TOTAL_OF.sub("", sentence)
    until = sentence[: sentence.find(clause) + len(clause)]
    found = (_words(clause) & _PARTS) | (_words(until) & _UNSURE) | (_words(whole) & _SUMMED_UP)
    if _TO_BE.search(until) or asked.verb in {lemma(verb) for verb in _TO_DO.findall(until)}:
        found.add("to")
    if asked.kind == "date":
        return frozenset(found - _words(question) - {"will"})  # of a day to come, `will open` and `opens` say the same
    return frozenset((found - _words(question)) | (set(_YEAR.findall(sentence)) - set(_YEAR.findall(question))))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in tokens(text)}


def _names(clause: str, article: str) -> frozenset[str]:
    """Return the stems of the names of a clause; of its first word only what is printed small nowhere in the article."""
    found = {name for name in names(clause) if name.isalpha()}
    opening = next(iter(tokens(clause)), "")
    may_be = opening[:1].isupper() and content_words(opening) and not has_number(opening) and not _NO_NAME.search(opening)
    if may_be and not re.search(rf"\b{re.escape(opening.lower())}\b", article):
        found.add(stem(opening))
    return frozenset(found - CALENDAR)


def _periods(sentence: str, day: date) -> tuple[Period, ...] | None:
    """Return the stretches of time that a sentence speaks of; None if one of them cannot be told."""
    sentence = _SAID_ON.sub(lambda match: " " * len(match[0]), sentence)
    plain = folded(sentence)
    phrases = [*relative_phrases(sentence, plain, day), *calendar_phrases(plain, day)]
    if any(phrase.period is None for phrase in phrases):
        return None
    return tuple(phrase.period for phrase in phrases if phrase.period is not None)

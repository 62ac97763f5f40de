"""Tells what happened in order of time: one verbatim sentence an article, oldest first. Knows no generator.

The day of a line is that of the article, so it stands in the citation and in front of the finished line, never in the draft:
a date in the draft would be a claim that no quote holds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from index.types import Hit, NewsDate
from rag.language import content_words, has_date, shares_root, stem, stems
from rag.question import read_question
from rag.relevance import Candidate, Rarity, assess, is_sentence
from rag.types import Evidence
from rag.windows import Window, read_window

AT_MOST = 8
"""Lines of a timeline: as many as passages are retrieved by default."""
# As the extractive generator: what scores less than this part of the best has little to do with the question.
_WORTH = 0.6
# As sentences were weighed before their weights were fitted to questions with one answer (docs/adr/0011), which these are not.
_BESIDE, _AROUND, _CLOSENESS = 0.4, 0.3, 0.5
# A news article opens with what happened, and sentences that print a date tell events (Ghalandari & Ifrim, ACL 2020). One that
# opens with a pronoun says it of nobody, one in the first person is an opinion. Sizes chosen, not measured.
_OPENS_ARTICLE, _PRINTS_DATE, _OPENS_WITH_PRONOUN, _FIRST_PERSON = 0.1, 0.1, 0.15, 0.15
# Two sentences that share this part of the shorter one's words tell one event. Chosen, not measured.
_SAME_EVENT = 0.6
_PRONOUN = re.compile(
    r"[\"'“‘(]*(?:he|she|it|they|this|that|these|those|his|her|its|their|but|and|however|meanwhile)\b",
    re.IGNORECASE,
)

_I = re.compile(r"\b(?:I|I['’]\w+|[Mm]y|[Mm]e|[Ww]e|[Oo]ur|[Yy]ou|[Yy]our)\b")
_IN_QUOTES = re.compile(r"[\"“][^\"“”]*[\"”]?")
# `Follow her on …`, an address: what outlets add to articles.
_PROMOTION = re.compile(
    r"@\w|https?:|www\.|^(?:follow|read|sign up|subscribe|contact|click|watch|listen|download)\b", re.IGNORECASE
)
_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_SPAN = r"(?:weeks?|months?|years?|decades?|spring|summer|autumn|winter|fall)"
_PERIOD = (
    r"(?:(?:in|during|over|throughout|since|between|from|through) (?:the |early |late |mid-?)*(?:past |last |previous )?"
    rf"(?:{_MONTH}\b|(?:1[6-9]|20)\d\d|(?:\w+ )?{_SPAN}\b)|so far|(?:this|last) {_SPAN})"
)
_WHAT_HAPPENED = r"^(?:and |so )?what(?: has|['’]s| have| had| all)? happened "
# `How did the company develop the vaccine` has something behind the verb.
_HOW_IT_WENT = (
    r"\bhow (?:did|has|have|had) (?!you\b|i\b|we\b)(?:\S+ ){1,8}?"
    r"(?:develop(?:ed)?|evolved?|unfold(?:ed)?|progress(?:ed)?|play(?:ed)? out|come about)"
    r"(?=[?.!]*$| (?:in|since|over|during|between|so|after|from|through|until|last|this)\b)"
)
_NOUN = re.compile(r"\b(?:time ?line|chronology|chronicle|(?:sequence|course) of events)\b", re.IGNORECASE)
_ASKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # `what happened with the talks` asks for a course of events, `what happened to the dog` for how one thing ended.
        rf"{_WHAT_HAPPENED}(?:with|around|between|in the (?:case|dispute|talks|war|row|affair|trial))\b",
        rf"{_WHAT_HAPPENED}(?!to\b).*\b{_PERIOD}",
        rf"{_WHAT_HAPPENED}(?!to\b)(?:.* )?since\b",
        _HOW_IT_WENT,
        r"\b(?:summari[sz]e|recap|retrace|outline|list|(?:a summary|an overview) of)\b.*\b(?:event|development)s?\b",
        r"\b(?:main|key|important|major|recent|latest) (?:events|developments)\b",
        r"\bcatch me up\b|\bbring me up to (?:date|speed)\b|\bwhat(?: has|['’]s) been (?:going on|happening)\b",
    )
)
# On a single day there was one event.
_DAY = re.compile(
    rf"\b(?:(?:on|this|last) \w+day|yesterday|today|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}}(?!\d))\b",
    re.IGNORECASE,
)
_SEVERAL_DAYS = re.compile(r"\b(?:since|between|from)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"\b(?:(?:give|show|make|write) (?:me|us) )?(?:an? |the )?(?:time ?line|chronology|chronicle|(?:sequence|course) of events)"
    r"(?: (?:of|for|on|about))?\b"
    r"|\b(?:developed|develop|evolved?|unfold(?:ed)?|progress(?:ed)?|play(?:ed)? out|come about)(?=[?.!]*$| )"
    r"|\b(?:summari[sz]e|recap|retrace|outline|list|catch me up on|bring me up to (?:date|speed) on)\b"
    r"|\b(?:the )?(?:main |key |important |major |recent |latest )?(?:events|developments)\b",
    re.IGNORECASE,
)
_NOT_ASKED = re.compile(r"\"[^\"]*\"|“[^”]*”")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a timeline."""

    key: str
    """Of the evidence that it stands in."""
    text: str
    """A sentence of the passage, letter by letter."""
    dated: NewsDate | None
    """When the article appeared; the event may have been earlier."""


def asks_for_timeline(question: str) -> bool:
    """Return whether a question asks for a course of events, not for one event or how one thing ended. English only.

    `What happened with TikTok in September 2025` and `how did the talks develop` do. `What happened to the dog that bit the
    mayor` asks how one thing ended and `what happened in Varby on 5 May` for one event, so they do not.
    """
    plain = _NOT_ASKED.sub(" ", " ".join(question.split()))
    if _NOUN.search(plain):
        return True
    one_day = _DAY.search(plain) and not _SEVERAL_DAYS.search(plain)
    return not one_day and any(pattern.search(plain) for pattern in _ASKS)


def topic_of(question: str) -> str:
    """Return what a timeline is asked of, without the words that ask for one: no article need say `timeline` or `develop`.

    To be searched for and assessed by; letter by letter the question where nothing else is left.
    """
    topic = _ASKING.sub(" ", question)
    return " ".join(topic.split()) if content_words(topic) else question


def timeline(question: str, evidence: Sequence[Evidence], rarity: Rarity, *, asked_on: date | None = None) -> list[Event]:
    """Return at most eight sentences, one an article, by the articles' dates, undated ones last; no event twice.

    Where the question names a time and an article is of it, articles of other times are left out.

    Args:
        question: as asked.
        evidence: best first.
        rarity: as for `rag.relevance.assess`.
        asked_on: the day that `last month` is told from; the newest article's if not given.
    """
    days = [item.hit.article.dated.day for item in evidence if item.hit.article.dated]
    question = topic_of(question)
    window = read_window(question, asked_on or max(days)) if days else None
    # `September` says when; a sentence about an event of September need not say it.
    when = stems(window.words) if window else frozenset[str]()
    chosen = _by_article(_of_the_time(evidence, window))
    words = read_question(question).words
    weights = {stem(word): weight for word, weight in zip(words, rarity(words), strict=True)}
    best = [found for items in chosen if (found := _best_of(question, items, rarity, when))]
    best.sort(key=lambda pair: -pair[0])
    asked = stems(question)
    covered = max((_coverage(candidate, weights) for _, candidate, _ in best), default=0.0)
    kept: list[tuple[Candidate, Evidence]] = []
    for worth, candidate, item in best:
        if len(kept) == AT_MOST:
            break
        # Closeness alone makes nothing relevant: a name in common is not yet the matter in common.
        if worth < _WORTH * best[0][0] or _coverage(candidate, weights) < _WORTH * covered:
            continue
        if not any(_same_event(candidate, other, asked) for other, _ in kept):
            kept.append((candidate, item))
    kept.sort(key=lambda pair: _order(pair[1].hit.article.dated))
    return [Event(key=item.key, text=candidate.text, dated=item.hit.article.dated) for candidate, item in kept]


def one_an_article(hits: Sequence[Hit], k: int) -> list[Hit]:
    """Return the best hit of each of the first `k` articles: a timeline of eight lines needs eight articles to choose from."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.article.article_id, hit)
    return list(first.values())[:k]


def _order(dated: NewsDate | None) -> tuple[bool, str]:
    # ISO dates sort as text, and `2025-09` before every day of it.
    return dated is None, dated.value if dated else ""


def _of_the_time(evidence: Sequence[Evidence], window: Window | None) -> Sequence[Evidence]:
    if window is None:
        return evidence
    inside = [
        item
        for item in evidence
        if (dated := item.hit.article.dated)
        and (window.since is None or dated.day >= window.since)
        and (window.until is None or dated.day <= window.until)
    ]
    return inside or evidence


def _by_article(evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    articles: dict[str, list[Evidence]] = {}
    for item in evidence:
        articles.setdefault(item.hit.article.article_id, []).append(item)
    return list(articles.values())


def _best_of(
    question: str, items: Sequence[Evidence], rarity: Rarity, when: frozenset[str]
) -> tuple[float, Candidate, Evidence] | None:
    """Return the sentence of one article that tells best what happened, None if it lacks a name that the question insists on."""
    assessed = assess(question, items, rarity)
    names = {word for word in assessed.weights if word in assessed.reading.names} - when
    shown = {item.key: item for item in items}
    found = [
        (
            _coverage(candidate, assessed.weights) + _CLOSENESS * candidate.closeness + _bonus(candidate, shown[candidate.key]),
            candidate,
        )
        for candidate in assessed.candidates
        if _tells(candidate.text)
        and all(shares_root(name, candidate.around | candidate.found) for name in names)
        and any(shares_root(word, candidate.found) for word in names or assessed.weights)
    ]
    if not found:
        return None
    worth, candidate = max(found, key=lambda pair: (pair[0], -pair[1].place[0], -pair[1].place[1]))
    return worth, candidate, shown[candidate.key]


def _coverage(candidate: Candidate, weights: Mapping[str, float]) -> float:
    """Return the weighted share of the question's words in a sentence, in part if they only stand beside or around it, 0 to 1."""
    levels = ((candidate.found, 1.0), (candidate.near, _BESIDE), (candidate.around, _AROUND))
    held = sum(weight * next((level for found, level in levels if word in found), 0.0) for word, weight in weights.items())
    return held / (sum(weights.values()) or 1.0)


def _bonus(candidate: Candidate, item: Evidence) -> float:
    text = candidate.text
    opens = item.hit.passage.start == 0 and candidate.place[1] == 0
    return (
        _OPENS_ARTICLE * opens
        + _PRINTS_DATE * has_date(text)
        - _OPENS_WITH_PRONOUN * bool(_PRONOUN.match(text))
        - _FIRST_PERSON * bool(_I.search(_IN_QUOTES.sub("", text)))
    )


def _tells(text: str) -> bool:
    """Return whether a sentence can be a line: whole, no question, no advertisement."""
    return is_sentence(text) and not text.rstrip("\"'”’)").endswith("?") and not _PROMOTION.search(text)


def _same_event(one: Candidate, other: Candidate, asked: frozenset[str]) -> bool:
    """Return whether two sentences share most of what they say beyond the words of the question, which all of them have."""
    words, others = ({stem(word) for word in content_words(candidate.text)} - asked for candidate in (one, other))
    shorter = min(len(words), len(others))
    return shorter > 0 and len(words & others) >= _SAME_EVENT * shorter

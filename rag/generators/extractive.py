"""Answers with the archive's own sentences, each cited. Needs no language model and gives the same answer every time."""

import re
from collections.abc import AsyncIterator, Callable, Sequence

from rag.answer_kinds import WantedKind, counts_something
from rag.citations import without_keys
from rag.question import read_question
from rag.relevance import Assessment, Candidate, Rarity, is_sentence
from rag.sides import Side, sides_of
from rag.timeline import asks_for_timeline, timeline
from rag.types import EXTRACTIVE, Evidence

# A reader wants the answer and what makes it plain: two sentences, a third only after short ones. Lengths in words.
_AT_MOST, _MOST_WORDS = 3, 80
_THIRD_UP_TO = 45
# How much less likely a further sentence may be than the first, as a difference of scores.
_WORTH = 3.0
_NEW_WORDS = 1.0
_NEXT_TO = 0.5
# What being about one side counts beside a score, and how much of it the words in the sentence's neighbours and article are.
_SIDE = 6.0
_IN_ONE_ARTICLE, _IN_ANOTHER_ARTICLE = (0.8, 0.4), (1.0, 0.9)
_SIDE_KIND = 1.5
_PARALLEL = 4.0
_PER_SIDE = 12
_COMPARATIVE = re.compile(
    r"\b(?:more|less|fewer|better|worse|(?!other|whether|rather|either|after|over|under)\w{3,}er)\b", re.IGNORECASE
)


class ExtractiveGenerator:
    """Picks the sentences that answer best, without repeating itself; where a course of events is asked for, one an article.

    `assess` gives the sentences of the evidence with how well they answer; `rarity` that of words.
    """

    name = EXTRACTIVE

    def __init__(self, assess: Callable[[str, Sequence[Evidence]], Assessment], rarity: Rarity) -> None:
        self._assess = assess
        self._rarity = rarity

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:
        """Yield one chosen sentence at a time, word for word, with the key of its evidence."""
        for number, (text, key) in enumerate(self._lines(question, evidence)):
            # A key printed in an article must not pass for ours.
            yield f"{' ' if number else ''}{without_keys(text)} [{key}]"

    def _lines(self, question: str, evidence: Sequence[Evidence]) -> list[tuple[str, str]]:
        """Return sentences with their keys."""
        events = timeline(question, evidence, self._rarity) if asks_for_timeline(question) else []
        if len(events) > 1:
            return [(event.text, event.key) for event in events]
        return [(candidate.text, candidate.key) for candidate in choose(self._assess(question, evidence))]


def choose(assessment: Assessment) -> list[Candidate]:
    """Return the sentences to answer with, in the order to print them: one for each side of the question, then the best."""
    left = [c for c in assessment.candidates if is_sentence(c.text)]
    if not left:
        return []
    chosen: list[Candidate] = []
    for best in _of_each_side(left, assessment) or left[:1]:
        if all(best.text != other.text for other in chosen):
            chosen.append(best)
    least = max(c.score for c in chosen) - _WORTH
    while len(chosen) < _AT_MOST:
        used = {c.text for c in chosen}
        room = (_MOST_WORDS if len(chosen) == 1 else _THIRD_UP_TO) - sum(len(c.text.split()) for c in chosen)
        fitting = [c for c in left if c.text not in used and len(c.text.split()) <= room]
        worth, best = max(
            ((_worth(c, chosen, assessment), c) for c in fitting), key=lambda pair: pair[0], default=(least, left[0])
        )
        if worth <= least:
            break
        chosen.append(best)
    return chosen


def _of_each_side(candidates: Sequence[Candidate], assessment: Assessment) -> list[Candidate]:
    """Return the two candidates that together answer both sides of the question best; none if it has no sides."""
    sides = sides_of(assessment.question)
    if not sides or all(side.own <= candidates[0].found for side in sides):
        return []
    first, second = sides
    one, other = (
        _best_for(first, second, candidates, assessment.question),
        _best_for(second, first, candidates, assessment.question),
    )
    pairs = [(left + right + _PARALLEL * _alike(c, d), [c, d]) for left, c in one for right, d in other if c.text != d.text]
    return max(pairs, key=lambda pair: pair[0], default=(0.0, list(candidates[:1])))[1]


def _best_for(side: Side, other: Side, candidates: Sequence[Candidate], question: str) -> list[tuple[float, Candidate]]:
    """Return the candidates that answer one side best, each with how well."""
    asked = side.question or question
    kind = WantedKind(asked, read_question(asked))
    # What is more, higher or longer is told by two numbers.
    fits = [counts_something(c.text) if _COMPARATIVE.search(asked) else kind.fit(c.text).kind for c in candidates]
    worth = [
        (c.score + _SIDE * _held(side, other, c) + (0.0 if fit is None else _SIDE_KIND if fit else -_SIDE_KIND), c)
        for c, fit in zip(candidates, fits, strict=True)
    ]
    return sorted(worth, key=lambda pair: -pair[0])[:_PER_SIDE]


def _held(side: Side, other: Side, candidate: Candidate) -> float:
    """Return how much a candidate is about a side, 0 to 1: its words stand in it, beside it, or elsewhere in its article."""
    # In an article on both sides only the sentence tells which one it is about.
    beside, around = _IN_ONE_ARTICLE if other.own <= candidate.around else _IN_ANOTHER_ARTICLE
    levels = ((candidate.found, 1.0), (candidate.near, beside), (candidate.around, around))
    held = sum(next((level for found, level in levels if word in found), 0.0) for word in side.own)
    return held / len(side.own) if side.own else 0.0


def _alike(one: Candidate, other: Candidate) -> float:
    """Return the share of words that two sentences have in common: like is best compared with like."""
    return len(one.found & other.found) / max(1, len(one.found | other.found))


def _worth(candidate: Candidate, chosen: Sequence[Candidate], assessment: Assessment) -> float:
    """Return the score, with a bonus for words of the question still uncovered and for standing next to a chosen sentence."""
    covered = frozenset[str]().union(*(c.found for c in chosen))
    total = sum(assessment.weights.values()) or 1.0
    new = sum(weight for word, weight in assessment.weights.items() if word in candidate.found - covered) / total
    rank, number = candidate.place
    beside = any(rank == r and abs(number - n) == 1 for r, n in (c.place for c in chosen))
    return candidate.score + _NEW_WORDS * new + (_NEXT_TO if beside else 0.0)

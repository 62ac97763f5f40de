"""Answers with the archive's own sentences, each cited. Needs no language model and gives the same answer every time."""

from collections.abc import AsyncIterator, Sequence

from rag.citations import without_keys
from rag.parts import parts
from rag.relevance import Assessment, Candidate, Rarity, assess, is_sentence
from rag.timeline import asks_for_timeline, timeline
from rag.types import EXTRACTIVE, Evidence

# A reader wants the answer and what makes it plain: two sentences, a third only after two short ones.
_SENTENCES, _AT_MOST, _SHORT_WORDS, _MOST_WORDS = 2, 3, 40, 90
_WORTH = 0.6
_NEW_WORDS = 0.2
_NEXT_TO = 0.1
_MOST_LINES = 4


class ExtractiveGenerator:
    """Picks the sentences that answer best, without repeating itself."""

    name = EXTRACTIVE

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:
        """Yield one chosen sentence at a time, word for word, with the key of its evidence."""
        for number, (text, key) in enumerate(self._lines(question, evidence)):
            # A key printed in an article must not pass for ours.
            yield f"{' ' if number else ''}{without_keys(text)} [{key}]"

    def _lines(self, question: str, evidence: Sequence[Evidence]) -> list[tuple[str, str]]:
        """Return sentences with their keys: a timeline's events, or the best of each part of the question."""
        events = timeline(question, evidence, self._rarity) if asks_for_timeline(question) else []
        if len(events) > 1:
            return [(event.text, event.key) for event in events]
        asked = parts(question)
        chosen = [choose(assess(part, evidence, self._rarity)) for part in asked]
        # Of several parts each gets its best sentence, two their two best.
        most = _AT_MOST if len(asked) == 1 else max(1, _MOST_LINES // len(asked))
        return list(dict.fromkeys((candidate.text, candidate.key) for found in chosen for candidate in found[:most]))


def choose(assessment: Assessment) -> list[Candidate]:
    """Return the sentences to answer with, in the order to print them: best first, and next to it what belongs to it."""
    left = [c for c in assessment.candidates if is_sentence(c.text)]
    chosen: list[Candidate] = []
    while left:
        words = sum(len(c.text.split()) for c in chosen)
        if len(chosen) >= _AT_MOST or (len(chosen) >= _SENTENCES and words >= _SHORT_WORDS):
            break
        covered = frozenset[str]().union(*(c.found for c in chosen))
        worth = {c: _worth(c, chosen, covered, assessment) for c in left}
        best = max(left, key=lambda c: worth[c])
        if chosen and (worth[best] < _WORTH * chosen[0].score or words + len(best.text.split()) > _MOST_WORDS):
            break
        chosen.append(best)
        left = [c for c in left if c.text != best.text]
    return chosen


def _worth(candidate: Candidate, chosen: Sequence[Candidate], covered: frozenset[str], assessment: Assessment) -> float:
    """Return the score, with a bonus for words of the question still uncovered and for standing next to a chosen sentence."""
    if not chosen:
        return candidate.score
    rank, number = candidate.place
    beside = any(rank == r and abs(number - n) == 1 for r, n in (c.place for c in chosen))
    return candidate.score + _NEW_WORDS * assessment.share(candidate.found - covered) + (_NEXT_TO if beside else 0.0)

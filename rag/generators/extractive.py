"""Answers with the archive's own sentences, each cited. Needs no language model and gives the same answer every time."""

from collections.abc import AsyncIterator, Sequence

from rag.citations import without_keys
from rag.relevance import Assessment, Candidate, Rarity, assess, is_sentence
from rag.types import Evidence

# A reader wants the answer and what makes it plain: two sentences, a third only after two short ones.
_SENTENCES, _AT_MOST, _SHORT_WORDS, _MOST_WORDS = 2, 3, 40, 90
_WORTH = 0.6
_NEW_WORDS = 0.2
_NEXT_TO = 0.1


class ExtractiveGenerator:
    """Picks the sentences that answer best, without repeating itself."""

    name = "extractive"

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:
        """Yield one chosen sentence at a time, word for word, with the key of its evidence."""
        assessment = assess(question, evidence, self._rarity)
        for number, candidate in enumerate(choose(assessment)):
            # A key printed in an article must not pass for ours.
            yield f"{' ' if number else ''}{without_keys(candidate.text)} [{candidate.key}]"


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

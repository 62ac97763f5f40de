"""How well sentences of the evidence answer a question: its words, its meaning, the kind of answer.

Used twice with the same numbers: the extractive generator picks sentences by it, and abstention judges the best of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.answer_kinds import KindFit
from rag.language import stems
from rag.nearness import Nearness
from rag.question import Reading, read_question
from rag.sentence_features import Asked, EvidenceSentence, sentences_of
from rag.types import Evidence

Rarity = Callable[[Sequence[str]], Sequence[float]]
"""The inverse document frequency of each word in the archive."""

# Of a choice among the sentences of the evidence (softmax), fitted by benchmarks/fit_sentences.py (docs/adr/0034).
WEIGHTS: Mapping[str, float] = {
    "here": 1.95,
    "beside": 1.1,
    "title": 3.01,
    "local": 2.44,
    "pairs": 1.18,
    "number": 1.23,
    "date": 1.32,
    "name": 0.55,
    "person": 0.55,
    "unit": 1.31,
    "thing": 3.51,
    "announced": -0.3,
    "length": 0.08,
    "pointing": 0.72,
    "asks": -2.08,
    "passage": 10.01,
    "meaning": 4.82,
    "tokens": 3.62,
    # Chosen, not fitted: too few questions of the fit ask for the latest.
    "newest": 2.0,
}
# Sentences deeper in the evidence were never the answer on the measured questions, only noise.
_PASSAGES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence of the evidence and how well it answers."""

    key: str
    """The evidence it stands in."""
    article_id: str
    text: str
    place: tuple[int, int]
    """(rank of the passage, number of the sentence in it), both from 0."""
    score: float
    """Of two sentences whose scores differ by 1, the better is about 2.7 times as likely to hold the answer."""
    features: Mapping[str, float]
    """What the score is made of (`rag.sentence_features`)."""
    closeness: float
    """The cosine of question and passage."""
    fit: KindFit
    """Whether it holds the kind of answer that is wanted."""
    found: frozenset[str]
    """The stems of the sentence."""
    near: frozenset[str]
    """The stems of the sentence, of those next to it, and of its article's title, outlet and date."""
    around: frozenset[str]
    """The stems of its article's title, outlet and date, and of the evidence from that article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All candidate sentences for a question, best first."""

    question: str
    reading: Reading
    weights: Mapping[str, float]
    """The weight of each of the question's stems: its rarity, more for names."""
    candidates: tuple[Candidate, ...]
    outlets: frozenset[str]
    """The stems of the outlets that the evidence comes from: a question may name them."""


def assess(question: str, evidence: Sequence[Evidence], rarity: Rarity, nearness: Nearness | None = None) -> Assessment:
    """Return the sentences of the best passages, best first; ties go to the better passage, then the earlier sentence.

    Args:
        question: as asked.
        evidence: the passages to look at, best first.
        rarity: says how rare words are in the archive.
        nearness: compares the question with passages sentence by sentence; without it each counts as near as its words are.
    """
    reading = read_question(question)
    shown = evidence[:_PASSAGES]
    asked = Asked(question, reading, dict(zip(reading.words, rarity(reading.words), strict=True)), sentences_of(shown))
    fits = [asked.fit(sentence) for sentence in asked.sentences]
    features = [asked.words(sentence, fit) for sentence, fit in zip(asked.sentences, fits, strict=True)]
    if nearness is not None:
        features = [plain | near for plain, near in zip(features, asked.meaning(nearness, shown), strict=True)]
    candidates = [_candidate(s, fit, found) for s, fit, found in zip(asked.sentences, fits, features, strict=True)]
    candidates.sort(key=lambda c: (-c.score, c.place))
    outlets = frozenset[str]().union(*(stems(f"{i.hit.article.publisher} {i.hit.article.agency}") for i in shown))
    return Assessment(question=question, reading=reading, weights=asked.weights, candidates=tuple(candidates), outlets=outlets)


def _score(features: Mapping[str, float]) -> float:
    return sum(weight * features[name] for name, weight in WEIGHTS.items())


def _candidate(sentence: EvidenceSentence, fit: KindFit, features: Mapping[str, float]) -> Candidate:
    hit = sentence.evidence.hit
    return Candidate(
        key=sentence.evidence.key, article_id=hit.article.article_id, text=sentence.text, place=sentence.place,
        score=_score(features), features=features, closeness=hit.similarity, fit=fit, found=sentence.found,
        near=sentence.found | sentence.beside | sentence.credit, around=sentence.around,
    )  # fmt: skip


def is_sentence(text: str) -> bool:
    """Return whether a piece of text can stand as an answer: it ends like a sentence, or opens a list, and has a few words."""
    return bool(re.search(r"[.!?:。！？…：][\"'”’)\]]*$", text)) and len(text.split()) > 2  # noqa: PLR2004

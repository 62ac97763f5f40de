"""How well sentences of the evidence answer a question: coverage of its words, closeness of meaning, kind of answer.

Used twice with the same numbers: the extractive generator picks sentences by it, and abstention judges the best of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from index.chunking import context_line
from index.sentences import sentence_spans
from rag.language import has_date, has_number, names, numbers, stem, stems, tokens
from rag.question import Reading, read_question
from rag.types import Evidence

Rarity = Callable[[Sequence[str]], Sequence[float]]
"""The inverse document frequency of each word in the archive."""

# Chosen on 162 questions over two news files; in the trials, changing one moved `contains` there by .05 at most
# (docs/adr/0011).
_BESIDE, _AROUND = 0.4, 0.3
_NAME_WEIGHT = 1.3
_CLOSENESS = 0.5
_WANTED_KIND = 0.15
_QUANTITY = 0.2
_NAMED_KIND = 0.15
_PER_RANK = 0.02
# Sentences deeper in the evidence were never the answer on the measured questions, only noise.
_PASSAGES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence of the evidence and how well it answers."""

    key: str
    """The evidence it stands in."""
    text: str
    place: tuple[int, int]
    """(rank of the passage, number of the sentence in it), both from 0."""
    score: float
    coverage: float
    """The share of the question's words, weighted by rarity, in the sentence; in part if only near it. 0 to 1."""
    closeness: float
    """The cosine of question and passage."""
    wanted_kind: bool | None
    """Whether it holds the kind of answer that is wanted (a number, a name …); None if the question wants no kind."""
    found: frozenset[str]
    """The stems of the sentence."""
    around: frozenset[str]
    """The stems of its article's title, outlet and date, and of the evidence from that article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All candidate sentences for a question, best first."""

    reading: Reading
    weights: Mapping[str, float]
    """The weight of each of the question's stems: its rarity, more for names."""
    candidates: tuple[Candidate, ...]
    outlets: frozenset[str]
    """The stems of the outlets that the evidence comes from: a question may name them."""

    def share(self, found: frozenset[str]) -> float:
        """Return the weighted share of the question's words that `found` holds, 0 to 1."""
        total = sum(self.weights.values())
        return sum(weight for word, weight in self.weights.items() if word in found) / total if total else 0.0


def assess(question: str, evidence: Sequence[Evidence], rarity: Rarity) -> Assessment:
    """Return the sentences of the best passages, best first; ties go to the better passage, then the earlier sentence."""
    reading = read_question(question)
    weights = {
        stem(word): weight * (_NAME_WEIGHT if stem(word) in reading.names else 1.0)
        for word, weight in zip(reading.words, rarity(reading.words), strict=True)
    }
    asked = _Asked(question, reading, weights)
    shown = evidence[:_PASSAGES]
    around: dict[str, frozenset[str]] = {}
    for item in shown:
        article = item.hit.article
        known = around.get(article.article_id, stems(context_line(article)))
        around[article.article_id] = known | stems(item.hit.passage.text)
    candidates = [
        candidate
        for rank, item in enumerate(shown)
        for candidate in _candidates(rank, item, asked, around[item.hit.article.article_id])
    ]
    candidates.sort(key=lambda c: (-c.score, c.place))
    outlets = frozenset[str]().union(*(stems(f"{i.hit.article.publisher} {i.hit.article.agency}") for i in shown))
    return Assessment(reading=reading, weights=weights, candidates=tuple(candidates), outlets=outlets)


class _Asked:
    """What of a question is compared with every sentence."""

    def __init__(self, question: str, reading: Reading, weights: Mapping[str, float]) -> None:
        self.wants = reading.wants
        self.weights = weights
        self.numbers = numbers(question)
        self.stems = stems(question)
        self.things = tuple(stem(word) for word in reading.things)
        self.total = sum(weights.values()) or 1.0

    def coverage(self, here: frozenset[str], beside: frozenset[str], around: frozenset[str]) -> float:
        """Words in the sentence count whole, in its neighbours and its passage in part: news says `the bank`, `it`, `he`."""
        share = sum(
            weight * (1.0 if word in here else _BESIDE if word in beside else _AROUND if word in around else 0.0)
            for word, weight in self.weights.items()
        )
        return share / self.total

    def wanted_kind(self, sentence: str) -> bool | None:
        match self.wants:
            case "number":
                printed = numbers(sentence)
                return bool(printed - self.numbers) or (not printed and has_number(sentence))
            case "date":
                return has_date(sentence)
            case "person" | "name" | "place":
                return bool(names(sentence) - self.stems)
            case "other":
                return None

    def names_the_thing(self, sentence: str) -> float:
        """Return the bonus for `170 million U.S. users` to `how many users`, or `Pujiang Forum` to `which forum`."""
        if not self.things:
            return 0.0
        words = tokens(sentence)
        found = [stem(word) for word in words]
        if self.wants == "number":
            counted = any(
                found[i] in self.things[-2:]
                and any(has_number(w) and stem(w) not in self.stems for w in words[max(0, i - 4) : i])
                for i in range(len(words))
            )
            return _QUANTITY if counted else 0.0
        if self.wants in ("name", "place"):
            named = any(found[i] == self.things[-1] and words[i][0].isupper() for i in range(1, len(words)))
            return _NAMED_KIND if named else 0.0
        return 0.0


def _candidates(rank: int, item: Evidence, asked: _Asked, around: frozenset[str]) -> list[Candidate]:
    passage = item.hit.passage.text
    texts = [passage[start:end] for start, end in sentence_spans(passage)]
    found = [stems(text) for text in texts]
    here = stems(item.hit.article.title) | stems(passage)
    candidates = []
    for number, text in enumerate(texts):
        beside = frozenset().union(*found[max(0, number - 1) : number + 2])
        coverage = asked.coverage(found[number], beside, here)
        kind = asked.wanted_kind(text)
        score = (
            coverage
            + _CLOSENESS * item.hit.similarity
            + (0.0 if kind is None else _WANTED_KIND if kind else -_WANTED_KIND)
            + asked.names_the_thing(text)
            - _PER_RANK * rank
        )
        candidates.append(
            Candidate(
                key=item.key,
                text=text,
                place=(rank, number),
                score=score,
                coverage=coverage,
                closeness=item.hit.similarity,
                wanted_kind=kind,
                found=found[number],
                around=around,
            )
        )
    return candidates


def is_sentence(text: str) -> bool:
    """Return whether a piece of text can stand as an answer: it ends like a sentence and has a few words."""
    return bool(re.search(r"[.!?。！？…][\"'”’)\]]*$", text)) and len(text.split()) > 2  # noqa: PLR2004

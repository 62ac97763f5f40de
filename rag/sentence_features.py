"""What is known of each sentence of the evidence before it is judged as an answer: its words, its place, its kind.

Every feature is a number of about 0 to 1, the larger the better where one can say so. Knows no weights.
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.chunking import context_line
from index.sentences import sentence_spans
from rag.answer_kinds import KindFit, WantedKind
from rag.language import of_one_root, stem, stems, tokens
from rag.late_interaction import token_weights
from rag.nearness import Nearness
from rag.question import Reading
from rag.types import Evidence
from rag.windows import wants_latest

# Names of the question count more than its other words; chosen in docs/adr/0011.
_NAME_WEIGHT = 1.3
_LONG = 60
_POINTING = re.compile(
    r"^[\"“']?(?:He|She|It|They|This|That|These|Those|His|Her|Its|Their"
    r"|The (?:company|bank|group|bill|law|treaty|match|man|woman|two|team|agency|country|president))\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSentence:
    """One sentence of the evidence and the words around it."""

    evidence: Evidence
    place: tuple[int, int]
    """(rank of the passage, number of the sentence in it), both from 0."""
    text: str
    found: frozenset[str]
    """The stems of the sentence."""
    beside: frozenset[str]
    """Those of the sentences next to it."""
    credit: frozenset[str]
    """Those of its article's title, outlet and date."""
    around: frozenset[str]
    """Those of title, outlet, date and all evidence from that article."""


def sentences_of(evidence: Sequence[Evidence]) -> list[EvidenceSentence]:
    """Return the sentences of the passages, in order."""
    around: dict[str, frozenset[str]] = {}
    for item in evidence:
        article = item.hit.article
        known = around.get(article.article_id, stems(context_line(article)))
        around[article.article_id] = known | stems(item.hit.passage.text)
    sentences = []
    for rank, item in enumerate(evidence):
        passage, article = item.hit.passage.text, item.hit.article
        texts = [passage[start:end] for start, end in sentence_spans(passage)]
        found = [stems(text) for text in texts]
        for number, text in enumerate(texts):
            sentences.append(
                EvidenceSentence(
                    evidence=item,
                    place=(rank, number),
                    text=text,
                    found=found[number],
                    beside=frozenset().union(*found[max(0, number - 1) : number], *found[number + 1 : number + 2]),
                    credit=stems(context_line(article)),
                    around=around[article.article_id],
                )
            )
    return sentences


class Asked:
    """One question, compared with the sentences of its evidence."""

    def __init__(
        self, question: str, reading: Reading, rarity: Mapping[str, float], sentences: Sequence[EvidenceSentence]
    ) -> None:
        self.question = question
        self.reading = reading
        self.weights: Mapping[str, float] = {
            stem(word): rare * (_NAME_WEIGHT if stem(word) in reading.names else 1.0) for word, rare in rarity.items()
        }
        """The weight of each of the question's stems: its rarity in the archive, more for names."""
        self.sentences = sentences
        self._alike = of_one_root(self.weights, frozenset[str]().union(*(sentence.found for sentence in sentences)))
        self._held = [self._words_in(sentence) for sentence in sentences]
        self._local = self._local_weights()
        """Their weight here: a word that all of the evidence holds tells no sentence from another."""
        self._local_by_word = {word: self._local[stem(word)] for word in rarity}
        self._kind = WantedKind(question, reading)
        self._things = tuple(stem(word) for word in reading.things)
        typed = [stem(word) for word in tokens(question)]
        self._pairs = set(itertools.pairwise(typed))
        days = {sentence.evidence.hit.article.dated.day for sentence in sentences if sentence.evidence.hit.article.dated}
        self._days = sorted(days) if wants_latest(question) else []
        self._best = max((sentence.evidence.hit.score for sentence in sentences), default=0.0) or 1.0

    def fit(self, sentence: EvidenceSentence) -> KindFit:
        """Return how the sentence fits the kind of answer that is wanted."""
        return self._kind.fit(sentence.text)

    def words(self, sentence: EvidenceSentence, fit: KindFit) -> dict[str, float]:
        """Return the features that need no vectors, and what stands in for those that do."""
        here = self._words_in(sentence)
        left = self.weights.keys() - here
        beside = left & sentence.beside
        credit = left & sentence.credit
        local = _share(self._local, here)
        typed = [stem(word) for word in tokens(sentence.text)]
        return {
            "here": _share(self.weights, here),
            "beside": _share(self.weights, beside),
            "title": _share(self.weights, credit),
            "local": local,
            "pairs": len(set(itertools.pairwise(typed)) & self._pairs) / max(1, len(self._pairs)),
            "number": _sign(fit.kind if self.reading.wants == "number" else None),
            "date": 1.0 if fit.exact_date else min(0.0, _sign(fit.kind)) if self.reading.wants == "date" else 0.0,
            "name": _sign(fit.kind if self.reading.wants in ("person", "name", "place") else None),
            "person": _sign(fit.person),
            "unit": _sign(fit.unit),
            "thing": float(self._kind.names_the_thing(sentence.text, self._things)),
            "announced": float(fit.still_to_come),
            "length": min(len(typed), _LONG) / _LONG,
            "pointing": float(_POINTING.match(sentence.text) is not None),
            "asks": float(sentence.text.rstrip("\"”'’").endswith("?")),
            "newest": self._newness(sentence),
            "passage": sentence.evidence.hit.score / self._best,
            # Where no signs are known: the straight lines nearest to what signs give on SQuAD 2.0.
            "meaning": 0.31 + 0.25 * local,
            "tokens": 0.24 + 0.44 * local,
        }

    def meaning(self, nearness: Nearness, evidence: Sequence[Evidence]) -> list[dict[str, float]]:
        """Return the features that need vectors, for each sentence of the evidence, in order; none where nothing is known."""
        weights = token_weights(self.question, nearness.spans, self._local_by_word)
        return [
            {} if near is None else {"meaning": near.meaning, "tokens": float(near.tokens @ weights / weights.sum())}
            for near in nearness.of([item.hit for item in evidence])
        ]

    def _words_in(self, sentence: EvidenceSentence) -> frozenset[str]:
        """Return the question's words that the sentence holds, also with another ending: `iranian` for `iran`."""
        return frozenset(word for word, alike in self._alike.items() if not alike.isdisjoint(sentence.found))

    def _newness(self, sentence: EvidenceSentence) -> float:
        """Return 1 for the newest article of the evidence, 0 for the oldest, if the question asks for the latest, else 0."""
        dated = sentence.evidence.hit.article.dated
        if dated is None or len(self._days) <= 1:
            return 0.0
        return self._days.index(dated.day) / (len(self._days) - 1)

    def _local_weights(self) -> dict[str, float]:
        """Weigh every word by how much it tells the sentences of the evidence apart, as BM25 does for passages."""
        count = len(self.sentences)
        highest = math.log(1 + (count + 0.5) / 0.5)
        local = {}
        for word, weight in self.weights.items():
            holding = sum(word in held for held in self._held)
            local[word] = weight * math.log(1 + (count - holding + 0.5) / (holding + 0.5)) / highest
        return local


def _share(weights: Mapping[str, float], held: set[str] | frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weights[word] for word in held) / total if total else 0.0


def _sign(holds: bool | None) -> float:  # noqa: FBT001 - the answer of a check
    return 0.0 if holds is None else 1.0 if holds else -1.0

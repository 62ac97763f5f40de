"""Words on Milvus: a sparse vector for each passage finds candidates, and the scores are computed here, exactly."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from index.bm25 import idf, occurrences_in_a_row, rounded_length, saturation
from index.local.words import begins_a_pair, language_of, terms_of_text
from index.word_queries import WordQuery

# Weights are stored once, while the average length changes with every article: it counts for finding candidates only.
_TYPICAL_LENGTH = 120.0
# A term that begins a pair of characters without spaces is found in every pair that holds it, whatever the pair's own score.
_PAIR_SCORE = 1.0
_PAIR = 2


def passage_terms(context: str, text: str, language: str) -> tuple[str, ...]:
    """Return the terms that a passage is found by: those of its context line and its text, in order."""
    return terms_of_text(f"{context}\n{text}", language_of(language))


def term_number(term: str) -> int:
    """Return the dimension of a term in sparse vectors: 32 bits of a hash, so that nobody has to keep a vocabulary.

    Of a million terms some hundred share theirs with another. They find each other's candidates, which the scores then leave out.
    """
    return _number(term)


@lru_cache(maxsize=65_536)
def _number(term: str) -> int:
    # The largest 32-bit number is no dimension.
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "big") % (2**32 - 2)


def term_numbers(found: Sequence[str]) -> dict[int, int]:
    """Return how often each dimension occurs among a passage's terms; characters of pairs have one of their own."""
    counts: Counter[int] = Counter(term_number(term) for term in found)
    for term in set(found):
        if len(term) <= _PAIR and begins_a_pair(term[0]):
            for character in set(term):
                counts[_character_number(character)] += 1
    return dict(counts)


def words_vector(found: Sequence[str]) -> dict[int, float]:
    """Return the sparse vector of a passage with these terms: what each counts, without its idf, which questions bring."""
    length = len(found)
    return {number: saturation(count, length, _TYPICAL_LENGTH) for number, count in term_numbers(found).items()} or {0: 1e-6}


def numbers_of(term: str) -> tuple[int, ...]:
    """Return the dimensions in which passages that hold a term have weight."""
    return (_character_number(term),) if begins_a_pair(term) else (term_number(term),)


def asked_vector(asked: WordQuery, rarity: Callable[[str], float]) -> dict[int, float]:
    """Return the sparse vector of what is looked for: the idf of each term."""
    return {number: rarity(term) for term in asked.terms for number in numbers_of(term)}


class Scores:
    """Scores passages for one question, as the embedded word index does."""

    def __init__(self, asked: WordQuery, *, total: int, average: float, holding: Callable[[str], int]) -> None:
        self._asked, self._average = asked, average
        self._idf = {term: idf(total, min(total, holding(term))) for term in asked.terms}

    def of(self, found: Sequence[str]) -> float:
        """Return the score of a passage with these terms, 0 if it holds nothing that is looked for."""
        counts, length = Counter(found), rounded_length(len(found))
        score = sum(max((self._term(term, counts, length) for term in part), default=0.0) for part in self._asked.parts)
        for run, boost in self._asked.runs.items():
            if all(counts[term] for term in run) and (times := occurrences_in_a_row(found, run)):
                score += boost * sum(self._idf[term] for term in run) * saturation(times, length, self._average)
        return score

    def _term(self, term: str, counts: Mapping[str, int], length: int) -> float:
        exact = self._idf[term] * saturation(counts[term], length, self._average) if counts[term] else 0.0
        if begins_a_pair(term) and _in_a_pair(term, counts):
            return exact + _PAIR_SCORE
        return exact


def _in_a_pair(character: str, found: Iterable[str]) -> bool:
    return any(len(term) == _PAIR and character in term for term in found)


def _character_number(character: str) -> int:
    return term_number(f"\x00{character}")

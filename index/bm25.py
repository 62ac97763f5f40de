"""BM25 with the constants and roundings of the embedded word index, for stores whose engine cannot compute it exactly.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). k1, b, the idf that is never negative and
lengths in one byte (`SmallFloat.intToByte4`) are those of Lucene and Tantivy, so the same text has the same score.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence

K1, B = 1.2, 0.75
# Lengths below 40 stand for themselves; above, eight steps each time that they double.
_EXACT = 24


def _length(code: int) -> int:
    if code < _EXACT:
        return code
    bits, shift = (code - _EXACT) & 7, ((code - _EXACT) >> 3) - 1
    return _EXACT + (bits if shift < 0 else (bits | 8) << shift)


_LENGTHS = tuple(_length(code) for code in range(256))


def rounded_length(terms: int) -> int:
    """Return the length that a text of so many terms counts as: the next lower of 256."""
    return _LENGTHS[bisect_right(_LENGTHS, terms) - 1]


def idf(total: int, holding: int) -> float:
    """Return the inverse document frequency of what `holding` of `total` passages hold: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    return math.log(1 + (total - holding + 0.5) / (holding + 0.5))


def saturation(count: int, length: int, average: float) -> float:
    """Return what a term that occurs so often in a text of this length counts, times its idf: 0 to 2.2.

    `average` is the average number of terms of a text.
    """
    norm = K1 * (1 - B + B * length / average) if average else K1
    return count * (1 + K1) / (count + norm)


def occurrences_in_a_row(terms: Sequence[str], run: Sequence[str]) -> int:
    """Return how often these terms stand in a row."""
    first, size = run[0], len(run)
    wanted = tuple(run)
    return sum(term == first and tuple(terms[at : at + size]) == wanted for at, term in enumerate(terms))

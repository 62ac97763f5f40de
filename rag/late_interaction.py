"""Compares every word of a question with every word of a passage, by vectors that the embedding model gives to single tokens.

A passage's token vectors are kept as one bit for each number, its sign: the order that they give is the same within what can
be measured, in a sixteenth of the space of float16 (docs/adr/0024). Knows numbers, nothing of models and archives.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

# Chosen on RealTimeQA-2025; .5 to .8 are alike on the other sets (docs/adr/0024).
LATE_SHARE = 0.7
DEPTH = 30
"""How many of the best passages are compared. Twenty gain less on news; more were not tried."""
# What a function word or a question mark counts beside a word of the question, whose rarity is 1 to 12. Chosen, not measured.
_LEAST = 0.1


def token_weights(question: str, spans: Sequence[tuple[int, int]], rarity: Mapping[str, float]) -> NDArray[np.float32]:
    """Return what each token of a question counts: the rarity of the word that it is a part of, else 0.1.

    Args:
        question: as asked.
        spans: where each token stands in it: start and end.
        rarity: the inverse document frequency of its words, as typed (`Reading.words`, `PassageStore.rarity`).
    """
    weights = np.full(len(spans), _LEAST, dtype=np.float32)
    for word, rare in rarity.items():
        at = question.find(word) if word else -1
        while at >= 0:
            end = at + len(word)
            for i, (left, right) in enumerate(spans):
                if at <= left and right <= end:
                    weights[i] = max(weights[i], rare)
            at = question.find(word, end)
    return weights


def late_scores(question: NDArray[np.float32], weights: NDArray[np.float32], passages: Sequence[bytes]) -> list[float]:
    """Return for each passage the weighted mean, over the question's tokens, of the product with the passage's nearest token.

    MaxSim of Khattab & Zaharia, "ColBERT", SIGIR 2020, with the question's vectors in full and the passage's by their signs.
    The scores rank passages for one question and have no meaning beyond.

    Args:
        question: one unit row for each token of the question, without those that only mark its ends.
        weights: what each of them counts (`token_weights`).
        passages: for each passage the signs of its tokens (`index.token_signs`).

    Raises:
        ValueError: the question or a passage has no token, or the signs are of vectors of another length.
    """
    tokens, dimension = question.shape
    width = -(-dimension // 8)
    if not tokens or not weights.sum() > 0:
        raise ValueError("a question without tokens cannot be compared; use the order of the search")
    if any(not codes or len(codes) % width for codes in passages):
        raise ValueError(f"a passage needs the signs of at least one token, {width} bytes each; make them anew")
    if not passages:
        return []
    packed = np.frombuffer(b"".join(passages), dtype=np.uint8).reshape(-1, width)
    bits = np.unpackbits(packed, axis=1, count=dimension).astype(np.float32)
    # A bit b stands for 2b - 1.
    products = (2 * (bits @ question.T) - question.sum(axis=1)) / np.sqrt(dimension)
    starts = np.cumsum([0, *(len(codes) // width for codes in passages[:-1])])
    nearest = np.maximum.reduceat(products, starts, axis=0)
    return [float(score) for score in nearest @ weights / weights.sum()]


def with_late_scores(fused: Mapping[int, float], late: Mapping[int, float]) -> dict[int, float]:
    """Return the fused scores with the late ones mixed in, both as parts of their best one: 1 for what is the best by both.

    Rows without a late score come behind those that have one; they keep their order.

    Args:
        fused: the score of every row (`rag.fusion.combined_scores`).
        late: the late score of the best of them.
    """
    best = max(late.values(), default=0.0)
    if best <= 0:
        return dict(fused)
    return {row: (1 - LATE_SHARE) * score + LATE_SHARE * max(0.0, late.get(row, 0.0)) / best for row, score in fused.items()}

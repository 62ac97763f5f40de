"""Merges what two rankers found, by their scores. Knows rows and numbers, nothing of what was ranked."""

from collections.abc import Mapping

# Measured best, or as good as any other, among .3 to .7 on four sets of questions (docs/adr/0022).
DENSE_SHARE = 0.5


def combined_scores(similarities: Mapping[int, float], matches: Mapping[int, float]) -> dict[int, float]:
    """Return one score for every row that has a similarity, 1 for a row that is the best of both lists.

    Each ranker's scores are divided by its best one and the two are averaged: how far the first is ahead of the second counts,
    which ranks alone do not tell (score combination: Fox & Shaw, TREC-2, 1994; CombSUM).

    Args:
        similarities: the cosine of every row that either ranker found.
        matches: the BM25 score of the rows that hold a word.
    """
    nearest = max(similarities.values(), default=0.0)
    strongest = max(matches.values(), default=0.0)
    return {
        row: DENSE_SHARE * _part(similarity, nearest) + (1 - DENSE_SHARE) * _part(matches.get(row, 0.0), strongest)
        for row, similarity in similarities.items()
    }


def _part(score: float, best: float) -> float:
    return max(0.0, score) / best if best > 0 else 0.0

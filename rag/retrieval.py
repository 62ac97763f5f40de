"""Finds the passages for a question: nearest vectors and matching words, fused, weighted by recency."""

from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from index.protocols import PassageStore
from index.types import Hit, Where
from rag.diversity import one_of_each_story
from rag.fusion import reciprocal_rank_fusion
from rag.question import read_question
from rag.recency import recency_factors
from rag.types import Question

# How deep each ranker is read before fusion: five times the most passages that an answer is usually made from.
_DEPTH = 50
# So many times the passages wanted are looked at for copies of one story.
_CANDIDATES = 3


def allowed_articles(question: Question) -> Where:
    """Return which articles the question's own limits allow.

    A window asks for articles dated inside it, so undated ones are out. `as_of` alone only keeps later articles out, and an
    undated one cannot be shown to be later.
    """
    until = min(filter(None, (question.until, question.as_of)), default=None)
    windowed = question.since is not None or question.until is not None
    return Where(since=question.since, until=until, publishers=question.publishers, undated=not windowed)


def retrieve(
    question: Question,
    vector: NDArray[np.float32],
    store: PassageStore,
    *,
    recency_strength: float,
    recency_days: float,
) -> list[Hit]:
    """Return the best `question.k` passages, best first, ties by age in the archive. Call it inside `store.consistent()`."""
    where = allowed_articles(question)
    depth = max(_DEPTH, question.k)
    rankings = {
        "dense": [row for row, _ in store.nearest(vector, depth, where)],
        "words": [row for row, _ in store.matching(read_question(question.text).words, depth, where)],
    }
    fused = reciprocal_rank_fusion(rankings)
    rows = sorted(fused)
    found = store.passages(rows)
    days = [article.dated.day if article.dated else None for _, article in found]
    factors = recency_factors(days, _asked_on(question), strength=recency_strength, decay_days=recency_days)
    similar = store.similarities(vector, rows)
    hits = [
        Hit(
            passage=passage,
            article=article,
            score=fused[row] * factor,
            similarity=similarity,
            ranks={name: ranking.index(row) + 1 for name, ranking in rankings.items() if row in ranking},
        )
        for row, (passage, article), factor, similarity in zip(rows, found, factors, similar, strict=True)
    ]
    best = sorted(hits, key=lambda hit: -hit.score)[: _CANDIDATES * question.k]
    return one_of_each_story(best, store.clusters([hit.article.article_id for hit in best]))[: question.k]


def _asked_on(question: Question) -> date:
    return question.as_of or datetime.now(UTC).date()

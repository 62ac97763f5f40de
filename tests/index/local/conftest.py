"""Articles with made-up vectors, for tests of the embedded store."""

from collections.abc import Callable

import numpy as np
import pytest

from index.articles import build_article
from index.embedding import DIMENSION
from index.local.store import LocalStore
from index.types import Article, LedgerEntry, Origin, Passage

Put = Callable[..., Article]


def vector_of(number: int) -> np.ndarray:
    """Return a unit vector that belongs to a number."""
    row = np.random.default_rng(number).normal(size=DIMENSION).astype(np.float32)
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


@pytest.fixture
def put() -> Put:
    """Return what stores one article of one passage: ferry number so-and-so, under its own vector."""

    def store_ferry(store: LocalStore, number: int, words: str = "left the harbour") -> Article:
        article = build_article(
            text=f"Ferry number{number} {words}.", origin=Origin(source="/news/a.txt", position=f"item {number}"), title="News"
        )
        passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
        entry = LedgerEntry(source="/news/a.txt", position=f"item {number}", outcome="accepted", article_id=article.article_id)
        store.put(article, [passage], vector_of(number)[np.newaxis], embedded=[str(number).encode()], entry=entry)
        return article

    return store_ferry


@pytest.fixture
def vector() -> Callable[[int], np.ndarray]:
    return vector_of

"""What contract tests of stores share: articles made up on the spot, stored with vectors that need no model."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.articles import build_article
from index.protocols import PassageStore
from index.types import Article, LedgerEntry, NewsDate, Origin, Passage, Vectors, Where

DIMENSION = 16
EVERYTHING = Where()


def news(text: str, day: str | None = None, **fields: str | None) -> Article:
    precision = {None: "day", 4: "year", 7: "month", 10: "day"}[len(day) if day else None]
    published = NewsDate(value=day, precision=precision, read_from="text") if day else None  # type: ignore[arg-type]
    names = {name: value for name, value in fields.items() if name not in ("source", "position", "record_id")}
    origin = Origin(
        source=fields.get("source") or "/news/a.txt", position=fields.get("position") or "", record_id=fields.get("record_id")
    )
    return build_article(text=text, origin=origin, published=published, **names)  # type: ignore[arg-type]


def unit_rows(count: int, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    # Stores may keep half precision, so the exact answer is computed from that.
    made: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)
    return made


def put(store: PassageStore, article: Article, vectors: Vectors | None = None, **more: Any) -> list[Passage]:
    """Store an article with one passage a paragraph; `more` goes to the store's `put`."""
    passages, start = [], 0
    for paragraph in article.text.split("\n\n"):
        passages.append(Passage(article_id=article.article_id, start=start, end=start + len(paragraph), text=paragraph))
        start += len(paragraph) + 2
    seed = int(article.article_id[:8], 16)
    vectors = unit_rows(len(passages), seed) if vectors is None else vectors
    entry = LedgerEntry(source=article.origin.source, position="", outcome="accepted", article_id=article.article_id)
    digests = [f"{seed}-{number}".encode() for number in range(len(passages))]
    store.put(article, passages, vectors, embedded=digests, entry=entry, **more)
    return passages


def found(store: PassageStore, *words: str, where: Where = EVERYTHING, k: int = 10) -> list[str]:
    """Return the texts that hold any of the words, best first."""
    with store.consistent():
        return [passage.text for passage, _ in store.passages([row for row, _ in store.matching(words, k, where)])]


def near(store: PassageStore, vector: NDArray[np.float32], where: Where = EVERYTHING, k: int = 10) -> list[str]:
    with store.consistent():
        return [passage.text for passage, _ in store.passages([row for row, _ in store.nearest(vector, k, where)])]

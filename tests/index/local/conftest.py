"""Articles with made-up vectors, for tests of the embedded store."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.articles import build_article
from index.embedding import DIMENSION, EMBEDDER_NAME
from index.local.store import LocalStore
from index.types import Article, LedgerEntry, Origin, Passage
from tests.index.local.comparing import VectorOf, answers

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]


def vector_of(number: int) -> np.ndarray:
    """Return a unit vector that belongs to a number."""
    row = np.random.default_rng(number).normal(size=DIMENSION).astype(np.float32)
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def store_ferry(store: LocalStore, number: int, words: str = "left the harbour") -> Article:
    """Store one article of one passage: ferry number so-and-so, under its own vector."""
    article = build_article(
        text=f"Ferry number{number} {words}.", origin=Origin(source="/news/a.txt", position=f"item {number}"), title="News"
    )
    passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
    entry = LedgerEntry(source="/news/a.txt", position=f"item {number}", outcome="accepted", article_id=article.article_id)
    store.put(article, [passage], vector_of(number)[np.newaxis], embedded=[str(number).encode()], entry=entry)
    return article


def store_timetable(store: LocalStore, number: int, passages: int) -> None:
    """Store one article of so many passages of a line each."""
    lines = [f"Ferry number{number} leaves in minute {minute}." for minute in range(passages)]
    origin = Origin(source="/news/a.txt", position=f"item {number}")
    article = build_article(text="\n".join(lines), origin=origin, title="News")
    starts = [article.text.index(line) for line in lines]
    cut = [
        Passage(article_id=article.article_id, start=start, end=start + len(line), text=line)
        for start, line in zip(starts, lines, strict=True)
    ]
    vectors = np.stack([vector_of(number)] * passages)
    entry = LedgerEntry(source="/news/a.txt", position=f"item {number}", outcome="accepted", article_id=article.article_id)
    store.put(article, cut, vectors, embedded=[line.encode() for line in lines], entry=entry)


@pytest.fixture
def put() -> Put:
    return store_ferry


@pytest.fixture
def put_passages() -> Callable[[LocalStore, int, int], None]:
    return store_timetable


@pytest.fixture
def vector() -> Callable[[int], np.ndarray]:
    return vector_of


@pytest.fixture(scope="module")
def ferries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an archive of thirty ferries, closed; to be copied, not to be changed."""
    folder = tmp_path_factory.mktemp("ferries") / "archive"
    store = LocalStore(folder, embedder=EMBEDDER_NAME, dimension=DIMENSION, chunker="sentences-1/168")
    for number in range(30):
        store_ferry(store, number)
    store.close()
    return folder


@pytest.fixture
def folder(open_store: OpenStore, put: Put, tmp_path: Path) -> Path:
    """Make an archive of five ferries, closed, with one snapshot."""
    store = open_store()
    for number in range(5):
        put(store, number)
    store.close()
    assert [path.name for path in (tmp_path / "archive" / "caches").glob("snapshot-*")] == ["snapshot-000000000005"]
    return tmp_path / "archive"


@pytest.fixture
def expected(folder: Path, open_store: OpenStore, vector: VectorOf, tmp_path: Path) -> object:
    """Return the answers of caches built from nothing."""
    shutil.copytree(folder, tmp_path / "fresh", ignore=shutil.ignore_patterns("caches"))
    store = open_store(tmp_path / "fresh")
    answered = answers(store, vector)
    store.close()
    assert len(answered[0]) == 5
    return answered

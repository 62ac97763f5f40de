"""Filters in memory allow exactly what the articles' dates and outlets say, in every state of the archive."""

import itertools
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from index.articles import build_article
from index.local.filters import RowFilters
from index.local.store import LocalStore
from index.types import LedgerEntry, NewsDate, Origin, Passage, Where

DAY = date(2031, 5, 1)
OUTLETS = ("Port Quill Courier", "Marrow Bay Post", None)


@pytest.fixture
def filters() -> RowFilters:
    """Return rows 1 to 30: each of three outlets on each of nine days and undated, every second also from an agency."""
    made = RowFilters()
    made.add((row, day, [name for name in outlets if name]) for row, day, outlets in described())
    return made


def described() -> list[tuple[int, int | None, tuple[str | None, ...]]]:
    days = [None, *(DAY.toordinal() + n for n in range(9))]
    return [
        (row, day, (outlet.casefold() if outlet else None, "quillwire" if row % 2 else None))
        for row, (day, outlet) in enumerate(itertools.product(days, OUTLETS), start=1)
    ]


WHERES = [
    Where(since=since, until=until, publishers=publishers, undated=undated)
    for since in (None, DAY + timedelta(2))
    for until in (None, DAY + timedelta(6), DAY - timedelta(9))
    for publishers in ((), ("MARROW Bay Post",), ("Quillwire", "Port Quill Courier"), ("Nobody",))
    for undated in (True, False)
]


def expected(where: Where, gone: set[int]) -> list[int]:
    """Return the rows that a reader of `Where` expects."""
    rows = []
    for row, day, outlets in described():
        windowed = where.since or where.until
        dated = (
            where.undated
            if day is None
            else (not where.since or day >= where.since.toordinal()) and (not where.until or day <= where.until.toordinal())
        )
        named = not where.publishers or any(name.casefold() in outlets for name in where.publishers)
        if row not in gone and named and (dated or not windowed):
            rows.append(row)
    return rows


@pytest.mark.parametrize("where", WHERES, ids=str)
def test_a_filter_allows_what_it_says(filters: RowFilters, where: Where, tmp_path: Path) -> None:
    """At first, again, after rows were removed, and after saving and loading."""
    for _ in range(2):
        allowed = filters.allowed(where)
        assert np.flatnonzero(allowed.mask).tolist() == expected(where, set())
        assert allowed.count == len(expected(where, set()))
    filters.remove([1, 5, 8, 30, 10**6])
    assert np.flatnonzero(filters.allowed(where).mask).tolist() == expected(where, {1, 5, 8, 30})
    filters.save(tmp_path)
    loaded = RowFilters()
    loaded.load(tmp_path)
    assert np.flatnonzero(loaded.allowed(where).mask).tolist() == expected(where, {1, 5, 8, 30})


def test_days_are_those_of_the_articles(filters: RowFilters) -> None:
    """None for undated rows, removed ones and ones that never were."""
    filters.remove([7])
    expected_days = [None if day is None or row == 7 else date.fromordinal(day) for row, day, _ in described()]
    assert filters.days([*range(1, 31), 10**6]) == [*expected_days, None]


def test_a_file_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "filters.npz", days=np.zeros(3, dtype=np.int32))
    with pytest.raises(ValueError, match="lacks"):
        RowFilters().load(tmp_path)


def test_both_rankers_honour_the_same_filter(tmp_path: Path) -> None:
    """Words and vectors return exactly the allowed articles of an archive, opened from its snapshot and changed since."""
    folder = tmp_path / "filtered"

    def opened() -> LocalStore:
        return LocalStore(folder, embedder="made-up@1", dimension=8, chunker="c")

    store = opened()
    ids = [put(store, number) for number in range(90)]
    store.close()
    store = opened()
    assert store.vector_index().vectors == 90
    for gone in (3, 44):
        store.delete(ids[gone])
    put(store, 90)
    wheres = [
        Where(),
        Where(until=DAY + timedelta(9)),
        Where(since=DAY + timedelta(5), until=DAY + timedelta(20), undated=False),
        Where(publishers=("marrow bay post",)),
        Where(since=DAY + timedelta(88), publishers=("Marrow Bay Post",), undated=False),
    ]
    sizes = []
    with store.consistent():
        for where in wheres:
            near = {row for row, _ in store.nearest(np.ones(8, dtype=np.float32) / np.sqrt(8, dtype=np.float32), 500, where)}
            words = {row for row, _ in store.matching(["ferry"], 500, where)}
            assert near == words
            sizes.append(len(near))
    store.close()
    assert sizes[0] == 89
    assert min(sizes[1:]) > 0
    assert max(sizes[1:]) < 89


def put(store: LocalStore, number: int) -> str:
    """Store one ferry: undated every tenth, else a day later each; half of them from one outlet."""
    day = (DAY + timedelta(number)).isoformat()
    article = build_article(
        text=f"Ferry number{number} left.",
        origin=Origin(source="/news/b.txt", position=f"item {number}"),
        title="News",
        publisher=OUTLETS[number % 2],
        published=NewsDate(value=day, precision="day", read_from="text") if number % 10 else None,
    )
    passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
    entry = LedgerEntry(source="/news/b.txt", position=f"item {number}", outcome="accepted", article_id=article.article_id)
    row = np.random.default_rng(number).normal(size=(1, 8)).astype(np.float32)
    store.put(article, [passage], row / np.linalg.norm(row), embedded=[str(number).encode()], entry=entry)
    return article.article_id

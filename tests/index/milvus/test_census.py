"""When a service counts an archive on Milvus anew: only if something that went cannot be read any more."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.milvus.store import MilvusStore
from tests.contracts.stores import news, put
from tests.index.milvus.servers import check_whole, later, open_store


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[MilvusStore]:
    with contextlib.closing(open_store(str(tmp_path / "milvus.db"), name="census")) as opened:
        yield opened


@pytest.fixture
def reading(writing: MilvusStore) -> Iterator[MilvusStore]:
    with contextlib.closing(open_store(writing._connection.address, name="census")) as opened:
        yield opened


def test_where_nothing_went_nothing_is_counted_anew(writing: MilvusStore, reading: MilvusStore) -> None:
    """Asked nothing for more than ten minutes while others wrote, a service reads only what came."""
    put(writing, news("Ferry 0 left."))
    put(writing, news("Ferry 1 left."))
    writing.delete(news("Ferry 0 left.").article_id)
    later(writing)
    put(writing, news("Ferry 2 left."))
    check_whole(reading, ["Ferry 1 left.", "Ferry 2 left."])
    put(writing, news("Ferry 3 left."))
    # Who reads it again says so.
    writing._connection.write(writing._tables.articles, [{"row": 2, "counted": "[1]"}], partial=True)
    later(writing)
    put(writing, news("Ferry 4 left."))
    check_whole(reading, [f"Ferry {number} left." for number in (1, 2, 3, 4)])


def test_what_is_thrown_away_while_one_counts_is_not_counted(writing: MilvusStore, reading: MilvusStore) -> None:
    """An article that went, and whose row is gone before a service that knows it has read what went."""
    texts = [f"Ferry {number} left." for number in range(5)]
    for text in texts[:3]:
        put(writing, news(text))
    check_whole(reading, texts[:3])
    writing.delete(news(texts[0]).article_id)
    later(writing)
    head = reading._head()
    put(writing, news(texts[3]))
    assert reading._counted(head).stats().articles == 3
    check_whole(reading, texts[1:4])

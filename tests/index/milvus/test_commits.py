"""What commits leave behind on Milvus, what changes that broke off do, and what is thrown away."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.milvus.head import HEAD, Head, read_head
from index.milvus.store import MilvusStore
from index.milvus.tables import UNUSED
from index.types import LedgerEntry
from tests.contracts.stores import news, put
from tests.index.milvus.servers import check_whole, open_store

_UNCHANGED = LedgerEntry(source="/news/a.txt", position="", outcome="unchanged")
_FIELDS = ["id", "kind", "number", "of", "place_key", "born", "died", "body"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MilvusStore]:
    with contextlib.closing(open_store(str(tmp_path / "milvus.db"), name="commits")) as opened:
        yield opened


def heads(store: MilvusStore) -> list[dict[str, object]]:
    """Return the rows of the head, which can be written again."""
    rows = store._connection.rows(store._tables.books, f'kind == "{HEAD}"', _FIELDS)
    return [{**row, "unused": UNUSED} for row in rows]


def head_of(store: MilvusStore) -> Head:
    head = read_head(store._connection, store._tables)
    assert head is not None
    return head


def test_few_rows_of_the_head_are_kept(store: MilvusStore) -> None:
    """However many changes a turn has, and however many turns there are."""
    for _ in range(50):
        store.record([_UNCHANGED])
    assert len(heads(store)) <= 9
    for _ in range(5):
        store._writing.close()  # the next change is of another turn
        store._writing._turn.head = None
        store.record([_UNCHANGED])
    assert len(heads(store)) <= 9
    assert len(store.ledger()) == 55


def test_an_archive_with_too_many_rows_of_the_head_is_read(store: MilvusStore) -> None:
    """Earlier versions kept one for each turn; the newest is found among more than one answer holds, and the others go."""
    put(store, news("Ferry 1 left."))
    first = json.loads(str(heads(store)[0]["body"]))
    older = [
        {**heads(store)[0], "id": f"head/{number}/1", "number": number, "body": json.dumps({**first, "claim": number})}
        for number in range(300)
    ]
    store._connection.write(store._tables.books, older)
    store._connection.most = 100
    check_whole(store, ["Ferry 1 left."])
    store._writing._turn.head = None
    put(store, news("Ferry 2 left."))
    check_whole(store, ["Ferry 1 left.", "Ferry 2 left."])
    assert len(heads(store)) <= 9


def test_a_commit_that_arrives_again_later_changes_nothing(store: MilvusStore) -> None:
    """A call that pymilvus repeats, and that Milvus carries out a second time, never stands in the place of a later head."""
    put(store, news("Ferry 0 left."))
    repeated = heads(store)
    for number in range(1, 12):
        put(store, news(f"Ferry {number} left."))
        store._connection.write(store._tables.books, repeated)
        assert head_of(store).generation == number + 1
    check_whole(store, [f"Ferry {number} left." for number in range(12)])

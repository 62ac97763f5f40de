"""What commits leave behind on Milvus, what changes that broke off do, and what is thrown away."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ArchiveUnavailable
from index.milvus import books
from index.milvus.head import HEAD
from index.milvus.store import MilvusStore
from index.milvus.tables import UNUSED
from index.types import LedgerEntry, Visit
from tests.contracts.stores import news, put
from tests.index.milvus.servers import check_whole, end_turn, head_of, later, open_store

_UNCHANGED = LedgerEntry(source="/news/a.txt", position="", outcome="unchanged")
_LONG = "x" * 20_000
_FIELDS = ["id", "kind", "number", "of", "place_key", "born", "died", "body"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MilvusStore]:
    with contextlib.closing(open_store(str(tmp_path / "milvus.db"), name="commits")) as opened:
        yield opened


def heads(store: MilvusStore) -> list[dict[str, object]]:
    """Return the rows of the head, which can be written again."""
    rows = store._connection.rows(store._tables.books, f'kind == "{HEAD}"', _FIELDS)
    return [{**row, "unused": UNUSED} for row in rows]


def parts(store: MilvusStore) -> set[str]:
    """Return the kinds of rows that hold what did not fit into others."""
    rows = store._connection.rows(store._tables.books, 'kind like "%more" or kind == "piece"', ["kind"])
    return {row["kind"] for row in rows}


def break_off(store: MilvusStore, article_id: str) -> None:
    """Begin a change with a long entry and a long copy, which ends with an error after its books are written."""
    with store._writing.change() as change:
        books.put_entries(change, [replace(_UNCHANGED, reason=_LONG[1:])], None)
        books.put_copy(change, article_id, news("Ferry 1 left.", source=_LONG), instead_of=[])
        change.articles.append({"row": "no number"})


def test_few_rows_of_the_head_are_kept(store: MilvusStore) -> None:
    """However many changes a turn has, and however many turns there are."""
    for _ in range(50):
        store.record([_UNCHANGED])
    assert len(heads(store)) <= 9
    for _ in range(5):
        end_turn(store)
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
    end_turn(store)
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


def test_long_books_outlive_a_change_that_breaks_off(store: MilvusStore) -> None:
    """The parts of a long run, reason and address that did not fit into a row stay; those of what broke off go."""
    sources = [f"/home/editors/news/2025-09-{number:04}.html" for number in range(600)]
    store.begin_run(sources)
    article = news("Ferry 1 left.", url="https://example.org/a")
    put(store, article)
    store.record([replace(_UNCHANGED, reason=_LONG)])
    store.remember_visit(Visit(url="https://example.org/a", etag=_LONG))
    with pytest.raises(ArchiveUnavailable):
        break_off(store, article.article_id)
    store.finish_run()
    put(store, news("Ferry 2 left."))
    assert store.runs()[0].sources == tuple(sources)
    assert [row.entry.reason for row in store.ledger()] == [None, _LONG, None]
    visit = store.last_visit("https://example.org/a")
    assert visit is not None
    assert visit.etag == _LONG
    assert parts(store) == {"entry more", "run more", "visit more"}


def test_parts_of_a_long_copy_go_with_it(store: MilvusStore) -> None:
    """And those of a visit that is forgotten."""
    article = news("Ferry 1 left.", url="https://example.org/a")
    put(store, article)
    store.put_copy(article.article_id, news("Ferry 1 left.", source=_LONG), entry=_UNCHANGED)
    store.remember_visit(Visit(url="https://example.org/a", etag=_LONG))
    assert [copy.source for copy in store.copies(article.article_id)] == [_LONG]
    assert parts(store) == {"copy more", "visit more"}
    store.delete(article.article_id)
    later(store)
    put(store, news("Ferry 2 left."))
    assert parts(store) == set()


def test_late_marks_of_what_never_was_remove_nothing(store: MilvusStore) -> None:
    """What a change that broke off marked as removed, and Milvus carries out later, stays when others are thrown away."""
    old, text = news("Ferry 0 left."), "Ferry 1 left."
    put(store, old)
    put(store, news(text), replaces=old.article_id)
    with pytest.raises(ArchiveUnavailable):
        break_off(store, news(text).article_id)
    put(store, news("Ferry 2 left."))
    ((_, void),) = head_of(store).void
    late = (
        ("passages", {"row": 2, "died": void}),
        ("articles", {"row": 2, "died": void, "kept": 0}),
        ("articles", {"row": 1, "kept": void}),
    )
    for collection, row in late:
        store._connection.write(getattr(store._tables, collection), [row], partial=True)
    for number in (3, 4):
        later(store)
        put(store, news(f"Ferry {number} left."))
        check_whole(store, [text, *(f"Ferry {number} left." for number in range(2, number + 1))])
        assert [version.number for version in store.history(news(text).article_id)] == [1, 2]


def test_nothing_is_written_into_another_archive(store: MilvusStore) -> None:
    """One that was made under the same name meanwhile: who had opened the former says so, with vectors of another model."""
    put(store, news("Ferry 1 left."))
    for collection in store._tables.all:
        store._connection._client.drop_collection(collection)
    end_turn(store)
    with contextlib.closing(open_store(store._connection.address, name="commits", embedder="another@11111111")) as other:
        for number in (2, 3):
            with pytest.raises(ArchiveUnavailable, match="was replaced by another; start again"):
                put(store, news("By the old model."))
            put(other, news(f"Ferry {number} left."))
        check_whole(other, ["Ferry 2 left.", "Ferry 3 left."])

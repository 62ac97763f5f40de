"""What articles may hold, and archives grow to, on Milvus: fields are limited in bytes, and answers in rows."""

import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from index.articles import build_article
from index.errors import ArchiveDamaged, ArchiveMismatch, ArticleNotFound
from index.milvus.articles import Articles
from index.milvus.connection import Connection, too_old
from index.milvus.head import read_head, write_head
from index.milvus.store import MilvusStore
from index.milvus.tables import SCHEMA
from index.types import LedgerEntry, NewsDate, Origin, Visit, Where
from tests.contracts.stores import found, near, news, put, unit_rows
from tests.index.milvus.servers import check_whole, counts, open_store

_LONG = "渡" * 30_000  # 90,000 bytes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MilvusStore]:
    with contextlib.closing(open_store(str(tmp_path / "milvus.db"), name="rows")) as opened:
        yield opened


def test_long_and_broken_fields_come_back_as_they_were(store: MilvusStore) -> None:
    """Whatever is longer than a field of Milvus, empty, or holds half a character, in articles and in the books."""
    article = replace(
        build_article(
            text=f"The ferry left. {_LONG}", origin=Origin(source=f"/news/\udcff{_LONG}", position=_LONG), title=_LONG,
            publisher=_LONG, agency=_LONG, authors=(_LONG,), section=_LONG, language="zh-Hant-" + "x" * 60,
            published=NewsDate(value="2025-09-21", precision="day", read_from="record"), provenance={"title": _LONG},
        ),
        url=f"https://example.org/{_LONG}",
    )  # fmt: skip
    store.begin_run([f"/news/{number}-{_LONG[:100]}" for number in range(1000)])
    put(store, article)
    carried = replace(article, origin=Origin(source=f"/copies/{_LONG}", position=""))
    store.put_copy(
        article.article_id, carried, entry=LedgerEntry(source=_LONG, position="\udc80", outcome="duplicate", reason=_LONG)
    )
    store.remember_visit(Visit(url=article.url or "", etag=_LONG))
    store.finish_run()
    assert store.article(article.article_id) == article
    assert store.same_identity(article) == [article]
    assert near(store, unit_rows(1, 1)[0], Where(publishers=(_LONG,))) == [article.text]
    assert [copy.source for copy in store.copies(article.article_id)] == [carried.origin.source]
    assert store.ledger()[-1].entry.reason == _LONG
    assert len(store.runs()[0].sources) == 1000
    visit = store.last_visit(article.url or "")
    assert visit is not None
    assert visit.etag == _LONG
    store.delete(article.article_id)
    assert store.last_visit(article.url or "") is None


def test_threads_that_open_one_file_at_once_share_it(tmp_path: Path) -> None:
    """A new archive, too: all find the same."""
    with ThreadPoolExecutor(3) as threads:
        stores = list(threads.map(lambda _: open_store(str(tmp_path / "new.db"), name="rows"), range(3)))
    for number, store in enumerate(stores):
        put(store, news(f"Ferry {number} left."))
    for store in stores:
        check_whole(store, [f"Ferry {number} left." for number in range(3)])
        store.close()


def test_texts_that_look_like_filters_are_texts(store: MilvusStore) -> None:
    """Names, ids, sources and addresses with quotes, operators and escapes find what has them, and nothing else."""
    evil = '" or row > 0 or "" == "'
    put(store, news("The ferry left.", publisher="Harbour Gazette"))
    article = news("The wall holds.", publisher=evil, source=evil, title=evil, url=f"https://example.org/?{evil}\\")
    put(store, article)
    for text in (evil, "\\", "%", "\x00", '{"a": 1}'):
        assert near(store, unit_rows(1, 1)[0], Where(publishers=(text,))) == (["The wall holds."] if text == evil else [])
        assert store.find(article_id=text) is None
        assert store.copies(text) == []
        assert store.clusters([text]) == {}
        with pytest.raises(ArticleNotFound):
            store.delete(text)
        with pytest.raises(ArticleNotFound):
            store.history(text)
        assert store.ledger(source=text) == [row for row in store.ledger() if text in row.entry.source]
    assert store.same_identity(news("Another text.", source=evil, title=evil)) == [article]


def test_an_article_without_passages_can_be_stored(store: MilvusStore) -> None:
    """It is listed and counted, and found by no search."""
    article = news("The ferry left.")
    store.put(article, [], unit_rows(0, 0), embedded=[], entry=LedgerEntry(source="/a", position="", outcome="accepted"))
    assert list(store.articles()) == [article]
    assert (store.stats().articles, store.stats().passages) == (1, 0)
    assert near(store, unit_rows(1, 1)[0]) == found(store, "ferry") == []


def test_more_rows_than_one_answer_holds_are_read(store: MilvusStore) -> None:
    """All passages of a long article go; a text that is printed everywhere hides no other that was embedded before."""
    put(store, news("\n\n".join(f"Ferry {number} left." for number in range(40))))
    few = Connection(store._connection.address, most=16)
    try:
        assert sorted(few.numbers(store._tables.passages, range(1, 10**6), "row > 5")) == list(range(6, 41))
        boilerplate, entry = news("Read more."), LedgerEntry(source="/a", position="", outcome="accepted")
        passages = put(store, boilerplate)
        for number in range(20):
            other = news(f"Read more. {number}")
            store.put(other, passages, unit_rows(1, 1), embedded=[b"everywhere"], entry=entry)
        store.put(news("Rare."), passages, unit_rows(1, 2), embedded=[b"once"], entry=entry)
        articles = Articles(few, store._tables)
        assert set(articles.known_embeddings([b"everywhere", b"once", b"never"], store._generation())) == {b"everywhere", b"once"}
    finally:
        few.close()


def test_a_page_of_articles_reads_only_its_days(store: MilvusStore) -> None:
    """However many articles there are: twenty of days of their own, and more of one day, and undated, than one answer holds."""
    for number in range(20):
        put(store, news(f"Ferry {number} left.", f"2025-09-{number + 1:02}"))
    for number in range(17):
        put(store, news(f"Wall {number} holds.", "2025-08-01"))
        put(store, news(f"Hive {number} hums."))
    expected = [f"Ferry {number} left." for number in range(19, -1, -1)]
    expected += [f"{text}." for what in ("Wall {} holds", "Hive {} hums") for text in map(what.format, range(17))]
    assert [article.text for article in store.articles()] == expected
    store._connection.most = 16
    for offset in range(0, 56, 7):
        page = [article.text for article in store.articles(limit=7, offset=offset)]
        assert page == expected[offset : offset + 7]


def test_a_search_for_more_than_milvus_returns_is_cut(store: MilvusStore) -> None:
    """Beyond 16,384 there are no more hits, and no error."""
    put(store, news("The ferry left."))
    assert near(store, unit_rows(1, 1)[0], k=100_000) == found(store, "ferry", k=100_000) == ["The ferry left."]


def test_of_many_similar_articles_the_first_are_found(store: MilvusStore) -> None:
    """Where more articles share all keys than are asked for, it is the oldest of them, always."""
    keys = list(range(1, 30))
    stories = [news(f"The ferry left {number} times.") for number in range(25)]
    for story in stories:
        put(store, story, sketch=keys)
    assert store.similar(keys, shared=20, limit=5) == stories[:5]


def test_a_damaged_article_is_refused_and_can_be_deleted(store: MilvusStore) -> None:
    """Changed by other hands it is never shown; the others are, and it can be stored again."""
    harbour, hives = news("The ferry left.", url="https://example.org/a"), news("The second ferry left.")
    for article in (harbour, hives):
        put(store, article)
    store.remember_visit(Visit(url="https://example.org/a", etag="1"))
    client, table = store._connection._client, store._tables.articles
    (row,) = client.query(table, filter=f'article_id == "{harbour.article_id}"', output_fields=["row", "body", "counted"])
    client.upsert(table, [{"row": row["row"], "body": row["body"].replace("ferry", "fairy")}], partial_update=True)
    for reading in (lambda: store.article(harbour.article_id), lambda: list(store.articles()), lambda: found(store, "left")):
        with pytest.raises(ArchiveDamaged, match=f"{harbour.article_id} is damaged .* delete it and ingest it again"):
            reading()
    assert store.article(hives.article_id) == hives
    client.upsert(table, [{"row": row["row"], "counted": "[1]"}], partial_update=True)
    with contextlib.closing(open_store(store._connection.address, name="rows")) as other:
        with pytest.raises(ArchiveDamaged, match=f"{harbour.article_id} is damaged"):
            other.stats()
        other.delete(harbour.article_id)
        assert other.last_visit("https://example.org/a") is None
        for each in (store, other):
            check_whole(each, [hives.text])
        put(other, harbour)
        check_whole(store, [harbour.text, hives.text])


def test_a_removed_article_does_not_come_back_with_its_versions(store: MilvusStore) -> None:
    """While it is deleted, and afterwards, nobody at an earlier generation finds an earlier version in its place."""
    first, second = news("The ferry left."), news("The ferry left at noon.")
    put(store, first)
    put(store, second, replaces=first.article_id)
    with store.consistent():
        with contextlib.closing(open_store(store._connection.address, name="rows")) as other:
            other.delete(second.article_id)
        assert [article.text for article in store.articles()] == found(store, "ferry") == [second.text]
        assert store.find(article_id=first.article_id) is None
        assert [version.article for version in store.history(second.article_id)] == [first, second]
    check_whole(store, [])
    with pytest.raises(ArticleNotFound):
        store.history(first.article_id)


def test_what_nobody_reads_any_more_is_thrown_away(store: MilvusStore) -> None:
    """Ten minutes later, earlier versions excepted; who counted before that counts anew."""
    texts = [f"Ferry {number} left. {_LONG}" for number in range(3)]
    for text in texts:
        put(store, news(text))
    put(store, news("The second ferry left."), replaces=news(texts[1]).article_id)
    with contextlib.closing(open_store(store._connection.address, name="rows")) as other:
        check_whole(other, [texts[0], texts[2], "The second ferry left."])
        store.delete(news(texts[0]).article_id)
        store.close()
        head = read_head(other._connection, other._tables)
        assert head is not None
        head.moments = [(time.time() - 601, head.generation)]
        write_head(other._connection, other._tables, head)
        late = open_store(other._connection.address, name="rows")
        put(late, news("The last ferry left."))
        for each in (late, other):
            check_whole(each, [texts[2], "The second ferry left.", "The last ferry left."])
        assert [version.number for version in late.history(news(texts[1]).article_id)] == [1, 2]
        assert counts(late) == {"articles": 4, "passages": 3}
        pieces = late._connection.rows(late._tables.books, 'kind == "piece"', ["number"])
        assert {row["number"] for row in pieces} == {2, 3}
        late.close()


def test_runs_that_never_end_are_remembered_outside_the_head(store: MilvusStore) -> None:
    """Their counts stay, and the head stays small."""
    for number in range(30):
        store.begin_run([f"/news/{number}"])
        store.record([LedgerEntry(source="/a", position="", outcome="unchanged")] * (number + 1))
    head = read_head(store._connection, store._tables)
    assert head is not None
    assert len(json.dumps(asdict(head))) < 5000
    assert [run.counts for run in store.runs(limit=100)] == [{"unchanged": number + 1} for number in range(30)]


def test_a_run_that_goes_on_while_many_break_off_keeps_its_counts(store: MilvusStore) -> None:
    """What was counted before the head had no place for it counts on."""
    unchanged = LedgerEntry(source="/a", position="", outcome="unchanged")
    store.begin_run(["/long"])
    store.record([unchanged] * 50)
    other = open_store(store._connection.address, name="rows")
    for number in range(22):
        other.begin_run([f"/{number}"])
    assert store.runs(run=1)[0].counts == {"unchanged": 50}
    store.record([unchanged])
    assert store.runs(run=1)[0].counts == {"unchanged": 51}
    store.finish_run()
    assert store.runs(run=1)[0].counts == {"unchanged": 51}
    other.close()


def test_archives_of_others_are_refused(store: MilvusStore) -> None:
    """Of another embedder, and of a newer Dateline; the message says what to do, and nothing is changed."""
    with pytest.raises(ArchiveMismatch, match="Set it back, or name another archive in setting milvus_name"):
        open_store(store._connection.address, name="rows", embedder="other@00000000")
    head = read_head(store._connection, store._tables)
    assert head is not None
    head.schema = SCHEMA + 1
    write_head(store._connection, store._tables, head)
    with pytest.raises(ArchiveMismatch, match=f"newer Dateline .schema {SCHEMA + 1}, .*; update Dateline"):
        open_store(store._connection.address, name="rows")
    with pytest.raises(ArchiveMismatch):
        store.check()


@pytest.mark.parametrize(
    ("version", "refused"),
    [("v2.5.27", True), ("2.6.0", True), ("v2.6.1-gpu", True), ("2.6.2", False), ("v2.10.0", False), ("v3.0", False),
     ("2.6-20251001-abc", False), ("milvus_lite-3.2.2", False)],
)  # fmt: skip
def test_servers_without_partial_updates_are_refused(version: str, refused: bool) -> None:  # noqa: FBT001
    """Removed passages are marked by them; they came with 2.6.2. Milvus Lite counts its versions differently."""
    assert too_old(version) == refused

"""Ingest: what replaces an earlier version of an article, and what leaves it alone."""

from index.local.store import LocalStore
from index.types import NewsDate, Where
from tests.index.small_news import HARBOUR, HIVES, ROAD, Run, Write, lines, outcomes, page, texts


def test_a_changed_text_replaces_its_earlier_version(store: LocalStore, ingest: Run, write: Write) -> None:
    """An article corrected in its place is one article with the new words; the old ones are gone from every search."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    corrected = HARBOUR.replace("two ferries", "seventeen catamarans")
    report = ingest(store, write("a.txt", page(corrected, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "updated"), ("item 2", "unchanged")]
    assert texts(store) == {corrected, HIVES}
    with store.consistent():
        assert store.matching(["ferries"], 10, Where()) == []
        ((row, _),) = store.matching(["catamarans"], 10, Where())
        assert store.passages([row])[0][1].text == corrected


def test_a_record_is_replaced_by_its_id(store: LocalStore, ingest: Run, write: Write) -> None:
    """A record with the same id in the same file is the same article, whatever its words and its line are now."""
    ingest(store, write("a.jsonl", lines({"id": "1", "text": HARBOUR}, {"id": "2", "text": HIVES})))
    report = ingest(store, write("a.jsonl", lines({"id": "2", "text": HIVES}, {"id": "1", "text": ROAD})))
    assert sorted(outcomes(report)) == [("line 1", "unchanged"), ("line 2", "updated")]
    assert texts(store) == {HIVES, ROAD}


def test_an_article_is_replaced_by_its_address(store: LocalStore, ingest: Run, write: Write) -> None:
    """The same URL with other words is a new version, from whatever file it comes."""
    url = "https://example.org/dateline-sample/harbour"
    ingest(store, write("a.jsonl", lines({"url": url, "text": HARBOUR})))
    report = ingest(store, write("b.jsonl", lines({"url": url, "text": ROAD})))
    assert outcomes(report) == [("line 1", "updated")]
    assert texts(store) == {ROAD}


def test_another_article_in_the_same_place_replaces_nothing(store: LocalStore, ingest: Run, write: Write) -> None:
    """Tomorrow's first item is no version of today's: both are kept."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    report = ingest(store, write("a.txt", page(ROAD, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "accepted"), ("item 2", "unchanged")]
    assert texts(store) == {HARBOUR, HIVES, ROAD}


def test_an_item_inserted_above_leaves_the_others_unchanged(store: LocalStore, ingest: Run, write: Write) -> None:
    """Items that only moved down their page are not touched."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    report = ingest(store, write("a.txt", page(ROAD, HARBOUR, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "accepted"), ("item 2", "unchanged"), ("item 3", "unchanged")]
    assert texts(store) == {HARBOUR, HIVES, ROAD}


def test_an_article_that_is_still_printed_is_not_replaced(store: LocalStore, ingest: Run, write: Write) -> None:
    """A second, similar article above one that still stands on the page is stored beside it: no `unchanged` article vanishes."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    similar = HARBOUR.replace("two ferries", "seventeen catamarans")
    report = ingest(store, write("a.txt", page(similar, HARBOUR, HIVES)))
    stored = {article.article_id for article in store.articles()}
    assert {entry.article_id for entry in report.entries} <= stored
    assert texts(store) == {similar, HARBOUR, HIVES}


def test_changed_details_update_the_article(store: LocalStore, ingest: Run, write: Write) -> None:
    """The same words under another date are the same article, updated, with its copies kept."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)), write("b.txt", f"{HARBOUR}\n"))
    report = ingest(store, write("a.txt", page(HARBOUR, HIVES).replace("2025-09-19", "2025-09-20", 1)))
    assert sorted(outcomes(report)) == [("item 1", "updated"), ("item 2", "unchanged")]
    (harbour,) = (a for a in store.articles() if a.text == HARBOUR)
    assert harbour.published == NewsDate(value="2025-09-20", precision="day", read_from="source line")
    assert len(store.copies(harbour.article_id)) == 1


def test_a_carried_article_outlives_a_change_at_its_first_place(store: LocalStore, ingest: Run, write: Write) -> None:
    """While another outlet carries the old words, a new version does not remove them."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)), write("b.txt", f"{HARBOUR}\n"))
    corrected = HARBOUR.replace("two ferries", "seventeen catamarans")
    report = ingest(store, write("a.txt", page(corrected, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "accepted"), ("item 2", "unchanged")]
    assert texts(store) == {HARBOUR, corrected, HIVES}

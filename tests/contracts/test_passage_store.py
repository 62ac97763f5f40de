"""What every `PassageStore` must keep, against every implementation: articles, versions, copies, views."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from index.articles import build_article
from index.errors import ArticleNotFound
from index.protocols import PassageStore
from index.types import Copy, LedgerEntry, NewsDate, Origin, Stats, Where
from tests.contracts.stores import EVERYTHING, found, near, news, put, unit_rows


def test_an_empty_store_finds_nothing(store: PassageStore) -> None:
    """Every question of an empty archive has an empty answer."""
    vector = unit_rows(1, 0)[0]
    with store.consistent() as generation:
        assert generation == 0
        assert store.nearest(vector, 5, EVERYTHING) == []
        assert store.nearest(vector, 5, Where(since=date(2025, 1, 1))) == []
        assert store.matching(["harbour"], 5, EVERYTHING) == []
        assert store.passages([]) == []
        assert store.similarities(vector, [1, 2]) == [0.0, 0.0]
    assert list(store.articles()) == []
    assert store.stats() == Stats(articles=0, passages=0, generation=0, newest=None)
    assert store.find(article_id="0" * 20) is None


def test_what_was_put_comes_back_whole(store: PassageStore) -> None:
    """Every field of an article, and every passage with its place, is returned as it was stored."""
    article = build_article(
        text="The harbour reopened.\n\n渡轮离开了。 \U0001f6a2 Café.",
        origin=Origin(source="/news/ä.txt", position="item 3", record_id="r-1"),
        title="Ferries “return”",
        publisher="Dateline Sample Desk",
        agency="Reuters",
        authors=("Jane Sample", "John Sample"),
        published=NewsDate(value="2025-09-21T10:58-07:00", precision="minute", read_from="source line"),
        updated=NewsDate(value="2025-09", precision="month", read_from="record"),
        url="https://example.org/a",
        language="en",
        section="World",
        provenance={"publisher": "option"},
        flags=("no source line",),
    )
    passages = put(store, article)
    assert store.article(article.article_id) == store.find(article_id=article.article_id) == article
    assert list(store.articles()) == [article]
    with store.consistent():
        rows = [row for row, _ in store.nearest(unit_rows(1, 0)[0], 10, EVERYTHING)]
        assert sorted(store.passages(rows), key=lambda pair: pair[0].start) == [(p, article) for p in passages]
    assert store.stats() == Stats(articles=1, passages=2, generation=1, newest=date(2025, 9, 21))


def test_passages_come_in_the_order_asked_for(store: PassageStore) -> None:
    """Rows may be asked for in any order and more than once; rows that do not exist are left out."""
    put(store, news("The harbour reopened.\n\nHives were counted."))
    with store.consistent():
        first, second = (store.matching([word], 1, EVERYTHING)[0][0] for word in ("harbour", "hives"))
        texts = [passage.text for passage, _ in store.passages([second, 999_999, first, second])]
    assert texts == ["Hives were counted.", "The harbour reopened.", "Hives were counted."]


def test_a_deleted_article_is_gone(store: PassageStore) -> None:
    """After a deletion no search, no listing and no row knows the article, and the others are untouched."""
    harbour, hives = news("The harbour reopened."), news("Hives were counted.")
    put(store, harbour)
    put(store, hives)
    with store.consistent():
        ((row, _),) = store.matching(["harbour"], 5, EVERYTHING)
    store.delete(harbour.article_id)
    assert found(store, "harbour") == []
    assert near(store, unit_rows(1, 5)[0]) == ["Hives were counted."]
    assert store.passages([row]) == []
    assert store.similarities(unit_rows(1, 5)[0], [row]) == [0.0]
    assert list(store.articles()) == [hives]
    with pytest.raises(ArticleNotFound, match="No article has the id"):
        store.article(harbour.article_id)
    with pytest.raises(ArticleNotFound):
        store.delete(harbour.article_id)
    assert store.stats() == Stats(articles=1, passages=1, generation=3, newest=None)


def test_a_deleted_article_can_come_back(store: PassageStore) -> None:
    """Stored again, it is found again, once."""
    harbour = news("The harbour reopened.")
    put(store, harbour)
    store.delete(harbour.article_id)
    put(store, harbour)
    assert found(store, "harbour") == near(store, unit_rows(1, 5)[0]) == ["The harbour reopened."]


def test_a_new_version_replaces_the_old_one(store: PassageStore) -> None:
    """Old passages go in the same step as the new ones come; so does an article put again under its own id."""
    old, new = news("Two ferries left.\n\nThe wall holds."), news("Three ferries left.")
    put(store, old)
    put(store, new, replaces=old.article_id)
    assert found(store, "ferries", "wall") == ["Three ferries left."]
    assert [a.text for a in store.articles()] == ["Three ferries left."]
    put(store, news("Three ferries left.", "2025-09-19"))
    assert found(store, "ferries") == ["Three ferries left."]
    assert store.stats() == Stats(articles=1, passages=1, generation=3, newest=date(2025, 9, 19))


def test_articles_are_listed_newest_first(store: PassageStore) -> None:
    """Undated articles come last, and a part of the list can be asked for."""
    for text, day in (("A", "2025-09-01"), ("B", None), ("C", "2025-09-03"), ("D", "2025"), ("E", "2025-09-02")):
        put(store, news(f"Ferry {text}", day))
    assert [a.text[-1] for a in store.articles()] == ["C", "E", "A", "D", "B"]
    assert [a.text[-1] for a in store.articles(limit=2, offset=1)] == ["E", "A"]
    assert list(store.articles(limit=5, offset=5)) == []


def test_the_store_knows_whose_articles_it_holds(store: PassageStore) -> None:
    """An outlet or agency is held, in whatever case it is asked for, while an article of it is stored."""
    assert not store.holds([])
    article = news("The harbour reopened.", publisher="Example Courier", agency="Reuters")
    put(store, article)
    assert store.holds([])
    assert store.holds(["example COURIER"])
    assert store.holds(["Example Gazette", "reuters"])
    assert not store.holds(["Example Gazette"])
    store.delete(article.article_id)
    assert not store.holds(["Example Courier"])


def test_copies_are_listed_with_their_article(store: PassageStore) -> None:
    """Other carriers are kept once each, earliest first, survive an update of the article and go with it."""
    harbour = news("The harbour reopened.")
    entry = LedgerEntry(source="/b", position="", outcome="duplicate")
    put(store, harbour)
    for source, day in (("/c", "2025-09-03"), ("/b", "2025-09-02"), ("/d", None), ("/b", "2025-09-02")):
        store.put_copy(
            harbour.article_id, news("The harbour reopened.", day, source=source, publisher=f"Desk {source}"), entry=entry
        )
    expected = [
        Copy(publisher="Desk /b", url=None, published="2025-09-02", source="/b"),
        Copy(publisher="Desk /c", url=None, published="2025-09-03", source="/c"),
        Copy(publisher="Desk /d", url=None, published=None, source="/d"),
    ]
    assert store.copies(harbour.article_id) == expected
    put(store, news("The harbour reopened.", "2025-09-01"))
    assert store.copies(harbour.article_id) == expected
    store.delete(harbour.article_id)
    put(store, harbour)
    assert store.copies(harbour.article_id) == []


def test_the_same_identity_is_found_surest_first(store: PassageStore) -> None:
    """Stored articles share a record id, URL, title or place with a new one; the same of another source do not count."""
    url = "https://example.org/a"
    stored = {
        "place": news("Text one.", source="/a", position="item 1", title="Other"),
        "title": news("Text two.", source="/a", position="item 2", title="Ferries"),
        "url": news("Text three.", source="/b", url=url, title="Other"),
        "record": news("Text four.", source="/a", position="item 9", record_id="7", title="Other"),
    }
    elsewhere = news("Text five.", source="/b", position="item 1", record_id="7", title="Ferries")
    for article in (*stored.values(), elsewhere):
        put(store, article)
    asked = news("Text six.", source="/a", position="item 1", record_id="7", url=url, title="Ferries")
    assert store.same_identity(asked) == [stored["record"], stored["url"], stored["title"], stored["place"]]
    assert store.same_identity(news("Text seven.", source="/c", title="Ferries")) == []


def test_what_neither_article_has_is_not_shared(store: PassageStore) -> None:
    """Two articles without a record id, or without a URL, have neither in common; nor is another source's record the same."""
    numbered = news("Text one.", source="/a", record_id="7", title="Ferries")
    linked = news("Text two.", source="/a", position="item 1", url="https://example.org/a", title="Other")
    plain = news("Text three.", source="/a", position="item 2", title="Ferries")
    for article in (numbered, linked, plain):
        put(store, article)
    asked = news("Text four.", source="/a", position="item 1", title="Ferries")
    assert store.same_identity(asked) == [numbered, plain, linked]
    elsewhere = news("Text five.", source="/b", record_id="7", url="https://example.org/a", title="Ferries")
    here = news("Text six.", source="/b", position="item 3", title="Ferries")
    put(store, here)
    assert store.same_identity(elsewhere) == [linked, here]


def test_vectors_are_known_by_their_digest(store: PassageStore) -> None:
    """What was embedded before comes back by digest, as it was to the precision that is stored."""
    vectors = unit_rows(1, 6)
    article = news("The harbour reopened.")
    put(store, article, vectors)
    digest = f"{int(article.article_id[:8], 16)}-0".encode()
    known = store.known_embeddings([digest, b"unknown", digest])
    assert list(known) == [digest]
    assert known[digest][0] == pytest.approx(vectors[0], abs=1e-3)
    assert known[digest][1] == b""


def test_a_wrong_count_of_vectors_stores_nothing(store: PassageStore) -> None:
    """An article is stored with all its passages or not at all."""
    article = news("The harbour reopened.\n\nHives were counted.")
    with pytest.raises(ValueError, match="zip"):
        put(store, article, unit_rows(1, 7))
    assert store.find(article_id=article.article_id) is None
    assert store.stats() == Stats(articles=0, passages=0, generation=0, newest=None)
    assert found(store, "harbour") == []


def test_everything_is_there_after_reopening(open_store: Callable[[], PassageStore]) -> None:
    """An archive that was closed answers as before, with the same rows and scores."""
    question = unit_rows(1, 8)[0]
    answers: list[tuple[Sequence[object], ...]] = []
    for writing in (True, False, False):
        store = open_store()
        if writing:
            for number in range(8):
                put(store, news(f"Ferry {number} left.", "2025-09-01"))
            store.delete(news("Ferry 7 left.").article_id)
        with store.consistent():
            answers.append((store.nearest(question, 20, EVERYTHING), list(store.articles()), [store.stats()]))
        store.close()
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0][0]) == 7


def test_two_stores_on_one_archive_see_each_other(open_store: Callable[[], PassageStore]) -> None:
    """What one process stores or deletes, another finds or misses with its next question."""
    one, two = open_store(), open_store()
    harbour, hives = news("The harbour reopened."), news("Hives were counted.")
    put(one, harbour)
    assert found(two, "harbour") == near(two, unit_rows(1, 9)[0]) == ["The harbour reopened."]
    put(two, hives)
    one.delete(harbour.article_id)
    for store in (one, two):
        assert found(store, "harbour", "hives") == near(store, unit_rows(1, 9)[0]) == ["Hives were counted."]
        assert store.stats() == Stats(articles=1, passages=1, generation=3, newest=None)
    one.close()
    two.close()


def test_a_view_stays_as_it_was(open_store: Callable[[], PassageStore]) -> None:
    """Inside `consistent` every call sees one generation, whatever another process commits meanwhile."""
    one, two = open_store(), open_store()
    put(one, news("The harbour reopened."))
    with one.consistent() as generation:
        put(two, news("The harbour closed."))
        assert found(one, "harbour") == near(one, unit_rows(1, 9)[0]) == ["The harbour reopened."]
        assert one.stats() == Stats(articles=1, passages=1, generation=generation, newest=None)
    assert sorted(found(one, "harbour")) == ["The harbour closed.", "The harbour reopened."]
    one.close()
    two.close()


def test_articles_are_counted_by_publisher_and_month(store: PassageStore) -> None:
    """An agency stands in where no publisher is named; undated articles and nameless ones are counted, too."""
    put(store, news("One bridge opened.", "2025-01-31", publisher="Fjord Post", agency="Reuters"))
    put(store, news("Two bridges opened.", "2025-02-01", publisher="Fjord Post"))
    put(store, news("Three bridges opened.", "2025-02-28", publisher="Fjord Post"))
    put(store, news("Four bridges opened.", publisher="Fjord Post"))
    put(store, news("Five bridges opened.", "2024-12-31", agency="Reuters"))
    put(store, news("Six bridges opened."))
    assert [(found.publisher, found.month, found.articles) for found in store.publishers()] == [
        ("Fjord Post", "2025-01", 1), ("Fjord Post", "2025-02", 2), ("Fjord Post", None, 1), ("Reuters", "2024-12", 1),
        (None, None, 1),
    ]  # fmt: skip

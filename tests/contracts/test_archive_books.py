"""What every `PassageStore` must keep besides passages: versions, copies, stories, the ledger and visits."""

from collections.abc import Callable

import pytest

from index.errors import ArticleNotFound
from index.protocols import PassageStore
from index.types import Copy, LedgerEntry, Visit
from tests.contracts.stores import EVERYTHING, found, news, put

OLD, NEW, NEWER = "The bridge cost nine million.", "The bridge cost ten million.", "The bridge cost eleven million."


def entry(position: str, outcome: str = "failed") -> LedgerEntry:
    return LedgerEntry(source="/news/a.txt", position=position, outcome=outcome, reason="because")  # type: ignore[arg-type]


def test_a_version_that_was_replaced_is_kept_and_not_found(store: PassageStore) -> None:
    """Search sees the current version only; the history holds all, oldest first, under the id of any of them."""
    old, new, newer = news(OLD), news(NEW), news(NEWER)
    put(store, old)
    put(store, new, replaces=old.article_id)
    put(store, newer, replaces=new.article_id)
    assert found(store, "bridge") == [NEWER]
    for article in (old, new, newer):
        versions = store.history(article.article_id)
        assert [(v.number, v.article, v.current) for v in versions] == [(1, old, False), (2, new, False), (3, newer, True)]
        assert all(v.stored_at for v in versions)


def test_a_version_can_come_back(store: PassageStore) -> None:
    """A text that an outlet took back and printed again is three versions, not a circle."""
    old, new = news(OLD), news(NEW)
    put(store, old)
    put(store, new, replaces=old.article_id)
    put(store, old, replaces=new.article_id)
    assert [v.article.text for v in store.history(new.article_id)] == [OLD, NEW, OLD]
    assert found(store, "bridge") == [OLD]


def test_new_facts_about_the_same_text_are_a_version(store: PassageStore) -> None:
    """A headline that was changed above the same text is in the history."""
    put(store, news(OLD, title="Bridge dear"))
    put(store, news(OLD, title="Bridge cheap"), replaces=news(OLD).article_id)
    assert [v.article.title for v in store.history(news(OLD).article_id)] == ["Bridge dear", "Bridge cheap"]


def test_the_history_of_nothing_is_an_error(store: PassageStore) -> None:
    """An id that no article ever had is refused."""
    for unknown in ("0" * 20, "é", "\ud800"):
        with pytest.raises(ArticleNotFound):
            store.history(unknown)


def test_a_deleted_article_leaves_no_version_behind(store: PassageStore) -> None:
    """What was deleted is gone in all its versions, and what is put afterwards begins anew."""
    put(store, news(OLD))
    put(store, news(NEW), replaces=news(OLD).article_id)
    store.delete(news(NEW).article_id)
    with pytest.raises(ArticleNotFound):
        store.history(news(OLD).article_id)
    put(store, news(NEW))
    assert [v.number for v in store.history(news(NEW).article_id)] == [1]


def test_articles_are_found_by_the_keys_they_share(store: PassageStore) -> None:
    """The article that shares most keys comes first, and those that share too few do not come."""
    put(store, news("Three shared."), sketch=(1, 2, 3, 40))
    put(store, news("All shared."), sketch=(1, 2, 3, 4))
    put(store, news("One shared."), sketch=(4, 50, 60, 70))
    put(store, news("No sketch."))
    assert [a.text for a in store.similar((1, 2, 3, 4), shared=2)] == ["All shared.", "Three shared."]
    assert [a.text for a in store.similar((1, 2, 3, 4), shared=1, limit=1)] == ["All shared."]
    assert store.similar((), shared=1) == []
    store.delete(news("All shared.").article_id)
    assert [a.text for a in store.similar((1, 2, 3, 4), shared=2)] == ["Three shared."]


def test_articles_of_one_story_have_one_number(store: PassageStore) -> None:
    """Joining an article joins its story; what joins nothing is a story of its own; a copy of a copy is in the same one."""
    first, second, third, other = (news(f"Text {n}.") for n in range(4))
    put(store, first)
    put(store, second, joins=first.article_id)
    put(store, third, joins=second.article_id)
    put(store, other)
    numbers = store.clusters([a.article_id for a in (first, second, third, other)])
    assert len({numbers[a.article_id] for a in (first, second, third)}) == 1
    assert numbers[other.article_id] != numbers[first.article_id]
    assert store.clusters([]) == {}


def test_a_story_lists_all_who_carry_it(store: PassageStore) -> None:
    """Exact copies and edited ones are named together, oldest first, undated last, and the article itself is not."""
    wire = news("Text one.", "2025-09-02", publisher="Wire")
    edited = news("Text one, cut.", "2025-09-01", publisher="Gazette", source="/news/b.txt", url="https://gazette.example/1")
    put(store, wire)
    put(store, edited, joins=wire.article_id)
    reprint = news("Text one.", publisher="Courier", source="/news/c.txt")
    store.put_copy(wire.article_id, reprint, entry=entry("", "duplicate"))
    gazette = Copy(
        publisher="Gazette", url="https://gazette.example/1", published="2025-09-01", source="/news/b.txt",
        article_id=edited.article_id,
    )  # fmt: skip
    courier = Copy(publisher="Courier", url=None, published=None, source="/news/c.txt")
    assert store.also_in(wire.article_id) == [gazette, courier]
    assert store.copies(wire.article_id) == [courier]
    assert [copy.publisher for copy in store.also_in(edited.article_id)] == ["Wire", "Courier"]


def test_an_original_that_comes_late_takes_its_place(store: PassageStore) -> None:
    """The former original becomes a copy, with the copies there were."""
    reprint = news("Text one.", "2025-09-02", publisher="Gazette", source="/news/b.txt")
    wire = news("Text one.", "2025-09-01", publisher="Wire", source="/news/w.txt")
    put(store, reprint)
    store.put_copy(reprint.article_id, news("Text one.", publisher="Courier", source="/news/c.txt"), entry=entry(""))
    put(store, wire, former=reprint)
    assert store.article(wire.article_id).publisher == "Wire"
    assert {copy.publisher for copy in store.copies(wire.article_id)} == {"Gazette", "Courier"}
    assert len(store.history(wire.article_id)) == 1


def test_a_known_copy_changes_nothing(store: PassageStore) -> None:
    """Noting a copy twice leaves the archive at its generation; only the ledger grows."""
    put(store, news("Text one."))
    again = news("Text one.", source="/news/b.txt")
    store.put_copy(again.article_id, again, entry=entry("1", "duplicate"))
    before = store.stats()
    store.put_copy(again.article_id, again, entry=entry("2", "duplicate"))
    assert store.stats() == before
    assert len(store.copies(again.article_id)) == 1
    assert [row.entry.position for row in store.ledger()][-2:] == ["1", "2"]


def test_the_ledger_is_kept_by_run(open_store: Callable[[], PassageStore]) -> None:
    """Rows can be asked for by run, outcome and source, and are there after reopening; an unfinished run is known as one."""
    store = open_store()
    store.begin_run(["/news"])
    store.record([entry("1"), entry("2", "skipped")])
    put(store, news(OLD))
    store.finish_run()
    store.begin_run(["https://example.org/feed.xml"])
    store.record([entry("3")])
    store.close()
    store = open_store()
    first, second = store.runs()
    assert (first.sources, first.finished is not None) == (("/news",), True)
    assert first.counts == {"failed": 1, "skipped": 1, "accepted": 1}
    assert (second.run, second.finished, second.counts) == (first.run + 1, None, {"failed": 1})
    assert [row.entry.position for row in store.ledger(run=first.run)] == ["1", "2", ""]
    assert [row.entry.position for row in store.ledger(outcomes=["failed"])] == ["1", "3"]
    assert [row.entry.position for row in store.ledger(limit=1)] == ["3"]
    assert store.ledger(source="nowhere") == []
    assert len(store.ledger(source="/news/a")) == 4
    assert all(row.at.endswith("Z") for row in store.ledger())
    store.close()


def test_writing_only_the_ledger_leaves_the_generation(store: PassageStore) -> None:
    """What no search can see does not make the caches catch up."""
    before = store.stats()
    store.record([entry("1")])
    store.remember_visit(Visit(url="https://example.org/", etag='"1"'))
    assert store.stats() == before


def test_a_visit_is_remembered_until_its_article_goes(store: PassageStore) -> None:
    """The newest visit of an address counts; deleting an article makes its address new again."""
    url = "https://example.org/bridge"
    assert store.last_visit(url) is None
    store.remember_visit(Visit(url=url, etag='"1"'))
    store.remember_visit(Visit(url=url, last_modified="Fri, 19 Sep 2025 09:04:00 GMT"))
    assert store.last_visit(url) == Visit(url=url, last_modified="Fri, 19 Sep 2025 09:04:00 GMT")
    put(store, news(OLD, source=url, url=url))
    store.delete(news(OLD).article_id)
    assert store.last_visit(url) is None


def test_articles_of_older_archives_get_their_sketch(store: PassageStore) -> None:
    """An article that has a sketch keeps it."""
    put(store, news("With a sketch."), sketch=(1, 2, 3))
    asked: list[str] = []

    def make(text: str) -> tuple[int, ...]:
        asked.append(text)
        return (7, 8, 9)

    store.make_missing_sketches(make)
    assert asked == []
    assert [a.text for a in store.similar((1, 2, 3), shared=3)] == ["With a sketch."]


def test_signs_of_tokens_are_kept_with_their_passage(store: PassageStore) -> None:
    """They come back in the order asked for and by digest, empty where there are none, and go with their article."""
    with_signs, without = news("The harbour reopened.\n\nHives were counted."), news("A road was closed.")
    put(store, with_signs, signs=[b"first", b"second"])
    put(store, without)
    with store.consistent():
        rows = [store.matching([word], 1, EVERYTHING)[0][0] for word in ("hives", "road", "harbour")]
        assert store.token_signs([*rows, 999_999]) == [b"second", b"", b"first", b""]
    digest = f"{int(with_signs.article_id[:8], 16)}-1".encode()
    assert store.known_embeddings([digest])[digest][1] == b"second"
    store.delete(with_signs.article_id)
    with store.consistent():
        assert store.token_signs(rows) == [b"", b"", b""]
    put(store, with_signs, signs=[b"third", b"fourth"])
    with store.consistent():
        assert store.token_signs([store.matching(["hives"], 1, EVERYTHING)[0][0]]) == [b"fourth"]


def test_a_new_archive_lacks_no_signs(store: PassageStore) -> None:
    """What was stored without, because the embedder gives none, is not asked for again and again."""
    put(store, news("A road was closed."))
    store.make_missing_signs(lambda texts: pytest.fail(f"embedded {texts}"))

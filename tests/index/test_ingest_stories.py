"""Ingest of what several outlets carry: which is the original, what counts as a copy, what is a version, what failed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from index.embedding import EmbedderTokens, SentenceTransformerEmbedder
from index.errors import NotPrepared, ReadingStopped
from index.ingest import Fallbacks, Ingest, IngestReport
from index.local.store import LocalStore
from index.preparation import Preparation
from index.sources.files import read_file
from index.types import Article, Item, Prepared, Unmodified, Visit

Run = Callable[..., IngestReport]
SENTENCES = [
    "The ferry between Example Town and Sandholm will sail every hour from Monday, the harbour board said.",
    "It has sailed every two hours since the old pier burned down in spring.",
    "The board expects 4,100 passengers a day, a third more than last year, and has hired nine sailors.",
    "Tickets stay at their price until winter, when the council will look at the books again.",
    "The new pier is forty metres longer than the old one and can take two ships side by side.",
    "Builders worked on it through the summer nights so that the baths beside it could stay open by day.",
    "The harbour master said that the fog bell, which had hung on the old pier for ninety years, was found in the mud.",
    "It will ring again at the opening, to which all who ever worked on the ferry have been invited.",
]
WIRE = "\n\n".join(SENTENCES)
EDITED = "\n\n".join(
    ["Commuters in Sandholm can look forward to shorter waits at the quay, as boats will go twice as often.", *SENTENCES[1:7]]
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_record(name: str, **record: str) -> Path:
        path = tmp_path / f"{name}.jsonl"
        path.write_text(json.dumps(record) + "\n", encoding="utf-8")
        return path

    return write_record


Write = Callable[..., Path]


def test_an_edited_copy_is_stored_and_counts_with_its_original(store: LocalStore, ingest: Run, write: Write) -> None:
    """Cut, and with a new lead, it is a near-duplicate: searchable, and each of the two names the other."""
    wire = write("wire", text=WIRE, publisher="Wire", published="2025-09-01")
    paper = write("paper", text=EDITED, publisher="Paper", published="2025-09-02", title="Shorter waits")
    report = ingest(store, wire, paper)
    assert [entry.outcome for entry in report.entries] == ["accepted", "near_duplicate"]
    original, copy = (entry.article_id for entry in report.entries)
    assert original
    assert copy
    assert f"carries the story of {original}" in (report.entries[1].reason or "")
    assert [c.publisher for c in store.also_in(original)] == ["Paper"]
    assert [(c.publisher, c.article_id) for c in store.also_in(copy)] == [("Wire", original)]
    assert store.stats().articles == 2
    rows = range(1, store.stats().passages + 1)
    of_original = [row for row in rows if store.passages([row])[0][1].article_id == original]
    assert 0 < len(of_original) < len(rows)
    assert store.repeats_a_story(rows)
    assert not store.repeats_a_story(of_original)
    assert not store.repeats_a_story([])
    assert [entry.outcome for entry in ingest(store, wire, paper).entries] == ["unchanged", "unchanged"]


def test_copies_are_known_whether_stored_or_waiting(store: LocalStore, ingest: Run, write: Write) -> None:
    """It makes no difference whether two copies come in one run or in two."""
    ingest(store, write("wire", text=WIRE, publisher="Wire"))
    report = ingest(store, write("paper", text=EDITED, publisher="Paper"))
    assert [entry.outcome for entry in report.entries] == ["near_duplicate"]


def test_a_story_that_comes_back_a_year_later_is_another(store: LocalStore, ingest: Run, write: Write) -> None:
    """Nearly the same words a year later are this year's story, with this year's figures."""
    ingest(store, write("wire", text=WIRE, published="2024-09-01"))
    report = ingest(store, write("paper", text=EDITED, published="2025-09-01"))
    assert [entry.outcome for entry in report.entries] == ["accepted"]


@pytest.mark.parametrize("order", [("Paper", "Reuters"), ("Reuters", "Paper")])
def test_the_agency_is_the_original_in_any_order(store: LocalStore, ingest: Run, write: Write, order: tuple[str, str]) -> None:
    """Of one text, the article of the agency itself is kept and the paper's is its copy, whichever came first."""
    text = f"SANDHOLM, Sept. 1 (Reuters) - {WIRE}"
    files = {name: write(name, text=text, publisher=name, url=f"https://{name}.example/1") for name in order}
    report = ingest(store, *(files[name] for name in order))
    assert [entry.outcome for entry in report.entries] == ["accepted", "duplicate"]
    (article,) = store.articles()
    assert (article.publisher, article.agency) == ("Reuters", "Reuters")
    assert [copy.publisher for copy in store.copies(article.article_id)] == ["Paper"]
    before = store.stats()
    again = ingest(store, *(files[name] for name in order))
    assert sorted(entry.outcome for entry in again.entries) == ["duplicate", "unchanged"]
    assert store.stats() == before


def test_the_earliest_is_the_original(store: LocalStore, ingest: Run, write: Write) -> None:
    """An earlier date makes the original, an undated article never does."""
    ingest(store, write("b", text=WIRE, publisher="B", published="2025-09-02"))
    ingest(store, write("c", text=WIRE, publisher="C"))
    ingest(store, write("a", text=WIRE, publisher="A", published="2025-09-01"))
    (article,) = store.articles()
    assert article.publisher == "A"
    assert sorted(copy.publisher or "" for copy in store.copies(article.article_id)) == ["B", "C"]


def test_a_front_page_is_no_identity(store: LocalStore, ingest: Run, write: Write) -> None:
    """Two articles that an export files under the site's front page are two articles."""
    ingest(store, write("a", text=WIRE, url="https://desk.example/"))
    report = ingest(store, write("b", text="Beekeepers counted 2,300 hives this summer.", url="https://desk.example/"))
    assert [entry.outcome for entry in report.entries] == ["accepted"]
    assert store.stats().articles == 2


def test_a_changed_text_under_one_address_is_a_version(store: LocalStore, ingest: Run, write: Write) -> None:
    """The ledger says which version it is and of what."""
    url = "https://desk.example/ferry"
    (first,) = ingest(store, write("a", text=WIRE, url=url)).entries
    (second,) = ingest(store, write("b", text=WIRE.replace("4,100", "4,700"), url=url)).entries
    (third,) = ingest(store, write("c", text="All is off, the board said on Friday.", url=url)).entries
    assert (second.outcome, second.reason) == ("updated", f"version 2 of {first.article_id}")
    assert (third.outcome, third.reason) == ("updated", f"version 3 of {second.article_id}")
    assert [v.article.article_id for v in store.history(first.article_id or "")] == [
        first.article_id, second.article_id, third.article_id,
    ]  # fmt: skip


def test_what_the_ledger_says_of_how_records_were_read(store: LocalStore, ingest: Run, write: Write) -> None:
    """Fields of other names and unreadable dates are in the entry of the article that has them."""
    (entry,) = ingest(store, write("a", body=WIRE, headline="Ferry", published="soon")).entries
    assert entry.outcome == "accepted"
    for said in ("published: unreadable date 'soon'", "title from record field 'headline'", "text from record field 'body'"):
        assert said in (entry.reason or "")


def test_an_article_that_cannot_be_prepared_fails_alone(
    store: LocalStore, embedder: SentenceTransformerEmbedder, tokens: EmbedderTokens, write: Write
) -> None:
    """It is a failed row with the reason; the next one is stored; and its address is not taken as visited."""
    preparation = Preparation(tokens, 168)

    def prepare(article: Article) -> Prepared:
        if "hives" in article.text:
            raise NotPrepared("reading it took more than 20 s of computing and was stopped")
        return preparation(article)

    def items() -> list[Item]:
        bad, good = (
            next(read_file(write(name, text=text), embedder.embed_passages))
            for name, text in (("bad", "Beekeepers counted 2,300 hives."), ("good", WIRE))
        )
        assert isinstance(bad, Article)
        assert isinstance(good, Article)
        return [bad, Visit(url=bad.origin.source, etag='"1"'), good, Visit(url=good.origin.source, etag='"2"')]

    report = Ingest(store=store, embedder=embedder, prepare=prepare).run(items(), Fallbacks())
    assert [(entry.outcome, entry.article_id is None) for entry in report.entries] == [("failed", True), ("accepted", False)]
    assert "20 s of computing" in (report.entries[0].reason or "")
    bad, good = (entry.source for entry in report.entries)
    assert store.last_visit(bad) is None
    assert store.last_visit(good) == Visit(url=good, etag='"2"')


def test_what_was_read_before_a_stop_is_stored(
    store: LocalStore, embedder: SentenceTransformerEmbedder, tokens: EmbedderTokens, write: Write
) -> None:
    """A run that was stopped stores what it had, says so, and is not a finished run in the ledger."""

    def items() -> list[Item]:
        return [item for item in read_file(write("a", text=WIRE), embedder.embed_passages) if isinstance(item, Article)]

    def broken_off() -> object:
        yield from items()
        yield Unmodified(origin=items()[0].origin)
        raise ReadingStopped("reading was stopped")

    running = Ingest(store=store, embedder=embedder, prepare=Preparation(tokens, 168))
    report = running.run(broken_off(), Fallbacks(), sources=["a.jsonl"])  # type: ignore[arg-type]
    assert report.stopped
    assert [entry.outcome for entry in report.entries] == ["accepted", "unchanged"]
    assert store.stats().articles == 1
    (run,) = store.runs()
    assert (run.sources, run.finished) == (("a.jsonl",), None)

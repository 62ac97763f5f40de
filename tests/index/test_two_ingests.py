"""Two ingests of one archive, each of which decides what to do with an article while the other stores."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.reliability.light import Digests, open_store, preparation
from index.articles import build_article
from index.errors import ModelError
from index.ingest import Fallbacks, Ingest, IngestReport
from index.local.store import LocalStore
from index.types import Article, Item, LedgerEntry, Origin, Vectors, Visit

OLD = "The ferry between Example Town and Sandholm sails every hour from Monday on, the harbour board said on Friday."
NEW = "The ferry between Example Town and Sandholm sails every second hour from Monday on, because one of two engines broke."


def news(text: str, source: str, *, publisher: str, number: int = 1) -> Article:
    origin = Origin(source=source, position=f"line {number}", record_id=str(number))
    return build_article(text=text, origin=origin, title=f"Ferries {number}", publisher=publisher)


def ingest(store: LocalStore, *articles: Item, meanwhile: Callable[[], object] = lambda: None) -> IngestReport:
    """Ingest; `meanwhile` happens when everything is decided and nothing of it is stored."""

    def items() -> Iterator[Item]:
        yield from articles
        meanwhile()

    running = Ingest(store=store, embedder=Digests(), prepare=preparation())  # type: ignore[arg-type]  # it is asked nothing
    return running.run(items(), Fallbacks(), sources=["/news"])


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[LocalStore, LocalStore]]:
    """Open one archive twice, as two processes would."""
    with closing(open_store(tmp_path / "archive")) as one, closing(open_store(tmp_path / "archive")) as other:
        yield one, other


def outcomes(report: IngestReport) -> list[str]:
    return [entry.outcome for entry in report.entries]


def test_a_text_that_is_carried_meanwhile_is_not_replaced(both: tuple[LocalStore, LocalStore]) -> None:
    """One ingest takes an article for the next version of another, of which the second has just noted a copy: both stay."""
    one, other = both
    first, second = news(OLD, "/news/a", publisher="Harbour Gazette"), news(NEW, "/news/a", publisher="Harbour Gazette")
    ingest(one, first)
    copied: list[str] = []

    def copy() -> None:
        copied.extend(outcomes(ingest(other, news(OLD, "/news/b", publisher="Coast Courier"))))

    report = ingest(one, second, meanwhile=copy)
    assert (copied, outcomes(report)) == (["duplicate"], ["accepted"])
    assert {article.text for article in one.articles()} == {OLD, NEW}
    assert [carried.publisher for carried in one.copies(first.article_id)] == ["Coast Courier"]


def test_a_copy_of_what_is_replaced_meanwhile_is_no_copy(both: tuple[LocalStore, LocalStore]) -> None:
    """It is said to have failed, because only its reader can cut it; the next ingest stores it."""
    one, other = both
    ingest(one, news(OLD, "/news/a", publisher="Harbour Gazette"))
    copy = news(OLD, "/news/b", publisher="Coast Courier")
    page = Visit(url="/news/b", etag="1")

    report = ingest(one, copy, page, meanwhile=lambda: ingest(other, news(NEW, "/news/a", publisher="Harbour Gazette")))
    assert outcomes(report) == ["failed"]
    assert "replaced or removed by another process; ingest it again" in (report.entries[0].reason or "")
    assert [row.entry.outcome for row in one.ledger()][-1] == "failed"
    assert one.last_visit("/news/b") is None
    assert outcomes(ingest(one, copy)) == ["accepted"]
    assert {article.text for article in one.articles()} == {OLD, NEW}


def test_a_text_from_two_places_at_once_is_one_article_and_a_copy(both: tuple[LocalStore, LocalStore]) -> None:
    """Both ingests find it new; who comes second finds the first."""
    one, other = both
    wire, reprint = news(OLD, "/news/a", publisher="Harbour Gazette"), news(OLD, "/news/b", publisher="Coast Courier")
    report = ingest(one, wire, meanwhile=lambda: ingest(other, reprint))
    assert outcomes(report) == ["duplicate"]
    assert one.article(wire.article_id).publisher == "Coast Courier"
    assert [carried.publisher for carried in one.copies(wire.article_id)] == ["Harbour Gazette"]


def test_one_article_that_two_ingests_read_anew_has_one_next_version(both: tuple[LocalStore, LocalStore]) -> None:
    """The second version is not stored twice, and the third follows the second."""
    one, other = both
    ingest(one, news(OLD, "/news/a", publisher="Harbour Gazette"))
    third = news(f"{NEW} It is back in May.", "/news/a", publisher="Harbour Gazette")
    report = ingest(one, third, meanwhile=lambda: ingest(other, news(NEW, "/news/a", publisher="Harbour Gazette")))
    assert outcomes(report) == ["updated"]
    assert [version.article.text for version in one.history(third.article_id)] == [OLD, NEW, third.text]


class Failing(Digests):
    """Fails once, with the first batch."""

    def __init__(self) -> None:
        self.failed = False

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Embed."""
        if not self.failed:
            self.failed = True
            raise ModelError("the server of embeddings does not answer")
        return super().embed_with_signs(texts)


def test_what_rests_on_articles_that_could_not_be_embedded_is_not_stored(tmp_path: Path) -> None:
    """Neither the visit of their page, after which they would never be sent again, nor a copy of one."""
    many = [
        news(f"{OLD} Ferry {number} carries {number} cars.", "/news/feed", publisher="Gazette", number=number)
        for number in range(600)
    ]
    copy = news(many[0].text, "/news/b", publisher="Coast Courier")
    acknowledged: list[LedgerEntry] = []
    with closing(open_store(tmp_path / "archive")) as store:
        running = Ingest(store=store, embedder=Failing(), prepare=preparation())  # type: ignore[arg-type]
        with pytest.raises(ModelError):
            running.run([*many[:256], Visit(url="/news/feed", etag="1"), copy, *many[256:]], Fallbacks(), acknowledged.append)
        assert store.last_visit("/news/feed") is None
        held = {article.article_id for article in store.articles()}
        assert {entry.article_id for entry in acknowledged} <= held

"""Hand-made articles, archives of them, and a generator that writes what a test tells it to."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from index.articles import build_article, content_id
from index.chunking import embedded_digest, embedded_text
from index.dates import read_date
from index.ingest import Fallbacks
from index.protocols import Embedder, PassageStore
from index.settings import IndexSettings
from index.sources.files import find_files, read_file
from index.types import Article, Hit, Origin, Passage
from index.wiring import build_ingest, build_store
from rag.assessor import Assessor
from rag.errors import GeneratorError
from rag.generators.extractive import ExtractiveGenerator
from rag.nearness import Known
from rag.pipeline import Pipeline
from rag.protocols import Generator
from rag.tokens import TiktokenCounter
from rag.types import Evidence
from tests.rag.ferry_accident import LEAD

EXAMPLES = Path(__file__).parents[2] / "examples" / "articles"


class Scripted:
    """A generator that yields fixed pieces, counts how often it was asked, and may break at the end."""

    name = "scripted"

    def __init__(self, *pieces: str, error: GeneratorError | None = None) -> None:
        self.calls = 0
        self.seen: list[Evidence] = []
        self._pieces, self._error = pieces, error

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Yield the pieces."""
        self.calls += 1
        self.seen = list(evidence)
        for piece in self._pieces:
            yield piece
        if self._error is not None:
            raise self._error


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


@pytest.fixture(scope="session")
def article_of() -> Callable[..., Article]:
    def make(text: str, *, day: str | None = None, updated: str | None = None, **fields: object) -> Article:
        """Build an article the way sources do; its place is made from its text."""
        origin = Origin(source=f"/news/{content_id(text)}.txt")
        dates = {"published": read_date(day or "", "record"), "updated": read_date(updated or "", "record")}
        return build_article(text=text, origin=origin, **dates, **fields)

    return make


@pytest.fixture(scope="session")
def evidence_of(article_of: Callable[..., Article]) -> Callable[..., list[Evidence]]:
    def make(*texts: str, similarity: float = 0.6) -> list[Evidence]:
        """Show each text as one passage that does not begin where its article does."""
        made = []
        for number, text in enumerate(texts, start=1):
            article = article_of(LEAD + text, title="Untitled")
            start = article.text.index(text)
            passage = Passage(article_id=article.article_id, start=start, end=start + len(text), text=text)
            hit = Hit(passage=passage, article=article, score=1 / number, similarity=similarity, ranks={"words": number})
            made.append(Evidence(key=f"S{number}", hit=hit))
        return made

    return make


@pytest.fixture
def gazette(article_of: Callable[..., Article]) -> Callable[..., Article]:
    def make(text: str, day: str | None = "2025-03-03", **fields: object) -> Article:
        """Build an article of the Harbour Gazette of 3 March, a Monday."""
        return article_of(
            LEAD + text, day=day, **{"title": "Ferry accident at Sandholm", "publisher": "Harbour Gazette"} | fields
        )

    return make


@pytest.fixture
def courier(article_of: Callable[..., Article]) -> Callable[..., Article]:
    def make(text: str, day: str | None = "2025-03-04", **fields: object) -> Article:
        """Build an article of the Coast Courier of the day after."""
        return article_of(LEAD + text, day=day, **{"title": "Ferry hits Sandholm pier", "publisher": "Coast Courier"} | fields)

    return make


@pytest.fixture(scope="session")
def known_of(embedder: Embedder) -> Callable[[Sequence[Evidence]], Known]:
    def make(evidence: Sequence[Evidence]) -> Known:
        """Embed the passages as ingest does, and know them by their digests."""
        texts = [embedded_text(item.hit.article, item.hit.passage.text) for item in evidence]
        digests = [embedded_digest(text) for text in texts]
        stored = dict(zip(digests, zip(*embedder.embed_with_signs(texts), strict=True), strict=True))
        return lambda asked: {digest: stored[digest] for digest in asked if digest in stored}

    return make


@pytest.fixture(scope="session")
def build_archive(
    embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Iterable[Article]], PassageStore]]:
    stores = []

    def build(articles: Iterable[Article]) -> PassageStore:
        """Ingest articles into a new archive."""
        settings = IndexSettings(data=tmp_path_factory.mktemp("archive"))
        store = build_store(settings)
        stores.append(store)
        report = build_ingest(settings, store, embedder).run(articles, Fallbacks())
        assert not report.counts["failed"]
        return store

    yield build
    for store in stores:
        store.close()


@pytest.fixture(scope="session")
def build_pipeline_over(embedder: Embedder) -> Callable[..., Pipeline]:
    def build(store: PassageStore, generator: Generator | None = None, **more: Any) -> Pipeline:
        """Answer from a store, with the extractive generator unless told otherwise."""
        assessor = Assessor(embedder, store.rarity, store.known_embeddings)
        return Pipeline(
            store=store, embedder=embedder, generator=generator or ExtractiveGenerator(assessor.recall, store.rarity),
            assessor=assessor, tokens=TiktokenCounter(), evidence_tokens=4_000, recency_strength=2.0, recency_days=14.0, **more,
        )  # fmt: skip

    return build


@pytest.fixture(scope="session")
def news(build_archive: Callable[[Iterable[Article]], PassageStore], article_of: Callable[..., Article]) -> PassageStore:
    """A small archive with two outlets, a wire story, authors, and one article without a date."""
    return build_archive(
        [
            article_of(
                "The bridge over the Sandholm strait opened to traffic on 4 March 2025. It is 2,870 metres long and cost"
                " 640 million crowns. Engineer Tove Askel led the work for nine years. The old ferries keep running until"
                " the end of the summer.",
                title="Sandholm bridge opens to traffic", publisher="Harbour Gazette", authors=["Mara Lind"], day="2025-03-05",
            ),
            article_of(
                "The ferry company Norlink will sell 14 of its 23 ships. Its director, Pekka Salmi, said on Thursday that"
                " fewer cars board since the bridge opened. The sale is expected to bring 90 million crowns.",
                title="Norlink sells ferries", publisher="Coast Courier", agency="Reuters", day="2025-04-10",
            ),
            article_of(
                "The county hospital in Varby treated 18,400 patients last year, 1,200 more than the year before. Chief"
                " physician Lena Ostrom blamed a long wave of influenza. A new ward for children is planned.",
                title="Varby hospital treats more patients", publisher="Inland Post", day="2025-05-02",
            ),
            article_of(
                "The northern orchards of the valley harvested 5,200 tonnes of apples this autumn. The southern orchards"
                " harvested only 3,900 tonnes because of hail in June. Growers speak of an uneven year.",
                title="Apple harvest is uneven", publisher="Inland Post", day="2025-10-14",
            ),
            article_of(
                "The lighthouse on Skarv island has flashed every twelve seconds since 1871. Its lamp was electrified by"
                " the keeper Josef Brandt. Visitors may climb the 164 steps on Sundays.",
                title="How the lighthouse keeps time", publisher="Harbour Gazette",
            ),
            article_of(
                "The council of Varby wants to rebuild its library with a glass roof. The architects of the firm Halden"
                " and Moe won the competition. Work begins in September 2026.",
                title="Glass roof for the library", publisher="Coast Courier", day="2025-06-20", updated="2025-06-21",
            ),
        ]
    )  # fmt: skip


@pytest.fixture(scope="session")
def samples(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PassageStore]:
    """The sample articles of the project, as `dateline ingest` stores them."""
    settings = IndexSettings(data=tmp_path_factory.mktemp("samples"))
    store = build_store(settings)
    files, _ = find_files([str(EXAMPLES)])
    items = (item for file in files for item in read_file(file, embedder.embed_passages))
    build_ingest(settings, store, embedder).run(items, Fallbacks(publisher="Dateline Sample Desk"))
    yield store
    store.close()


@pytest.fixture(scope="session")
def pipeline(news: PassageStore, build_pipeline_over: Callable[..., Pipeline]) -> Pipeline:
    return build_pipeline_over(news)

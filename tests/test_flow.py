"""From files to a cited answer: the sample articles, real parts, nothing in between left out."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.ingest import Fallbacks, IngestReport
from index.protocols import Embedder
from index.sources.files import find_files, read_file
from index.wiring import build_ingest, build_store
from rag.pipeline import Pipeline
from rag.settings import RagSettings
from rag.types import Answer, Question
from rag.wiring import build_pipeline

EXAMPLES = Path(__file__).parents[1] / "examples"
GOLD = {gold["id"]: gold for gold in map(json.loads, (EXAMPLES / "gold.jsonl").read_text(encoding="utf-8").splitlines())}


def ingest(settings: RagSettings, embedder: Embedder) -> IngestReport:
    store = build_store(settings)
    files, _ = find_files([str(EXAMPLES / "articles")])
    items = (item for file in files for item in read_file(file, embedder.embed_passages))
    report = build_ingest(settings, store, embedder).run(items, Fallbacks(publisher="Dateline Sample Desk"))
    store.close()
    return report


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> RagSettings:
    return RagSettings(data=tmp_path_factory.mktemp("flow"))


@pytest.fixture(scope="module")
def report(settings: RagSettings, embedder: Embedder) -> IngestReport:
    """What ingest says of the sample articles."""
    return ingest(settings, embedder)


@pytest.fixture(scope="module")
def pipeline(settings: RagSettings, embedder: Embedder, report: IngestReport) -> Iterator[Pipeline]:  # noqa: ARG001 - ingested first
    made = build_pipeline(settings, embedder=embedder)
    yield made
    made.close()


def ask(pipeline: Pipeline, question: str) -> Answer:
    return asyncio.run(pipeline.answer(Question(text=question)))


def test_every_sample_is_read(report: IngestReport) -> None:
    """All files become articles; the one with the same words as another is its copy; nothing fails."""
    assert report.counts == {
        "accepted": 73,
        "unchanged": 0,
        "updated": 0,
        "duplicate": 1,
        "near_duplicate": 1,
        "skipped": 0,
        "failed": 0,
    }
    (copy,) = (entry for entry in report.entries if entry.outcome == "duplicate")
    assert Path(copy.source).name in ("suriname-malaria-free.md", "malaria-certificate-suriname.txt")


@pytest.mark.parametrize(
    "name",
    ["s-002", "s-004", "s-006", "s-011", "s-014", "s-016", "s-017", "s-018", "s-022"],
)
def test_answers_carry_their_source(pipeline: Pipeline, name: str) -> None:
    """The answer to each kind of source holds the fact, cited with publisher, author and day as the gold file has them."""
    gold = GOLD[name]
    answer = ask(pipeline, gold["question"])
    assert answer.abstained is None
    assert any(accepted in answer.text for accepted in gold["answers"])
    found = [c for c in answer.citations if any(evidence in c.quote for evidence in gold["evidence"])]
    assert found
    article = found[0].article
    assert article.publisher == gold["publisher"]
    assert set(article.authors) == {author for author in (gold["author"] or "").split("; ") if author}
    assert (article.dated.day.isoformat() if article.dated else None) == gold["date"]
    assert Path(article.origin.source).name == gold["source"]


@pytest.mark.parametrize("gold", [gold for gold in GOLD.values() if gold["answers"]], ids=lambda gold: gold["id"])
def test_every_citation_can_be_checked(pipeline: Pipeline, gold: dict[str, str]) -> None:
    """Whatever is answered: quotes are slices of stored articles, sentences cite, and copied sentences are fully supported."""
    answer = ask(pipeline, gold["question"])
    assert bool(answer.citations) is (answer.abstained is None)
    for citation in answer.citations:
        stored = pipeline.store.article(citation.article.article_id)
        assert stored.text[citation.start : citation.end] == citation.quote
    for sentence in answer.sentences:
        assert sentence.citations
        assert sentence.unsupported == ()


def test_the_copy_is_named_and_not_counted(pipeline: Pipeline) -> None:
    """The same words in two files are one source that says where else it stands."""
    answer = ask(pipeline, "When did Suriname get its malaria certificate from the World Health Organization?")
    citations = [c for c in answer.citations if "malaria" in c.article.title.casefold()]
    assert citations
    assert {len(citation.also_in) for citation in citations} == {1}
    assert len({citation.article.article_id for citation in citations}) == 1


def test_a_second_ingest_changes_nothing(
    pipeline: Pipeline, settings: RagSettings, embedder: Embedder, report: IngestReport
) -> None:
    """Reading the same files again stores nothing new, and the answers stay the same."""
    question = "Who operates the WEST tokamak?"
    before = ask(pipeline, question)
    again = ingest(settings, embedder)
    assert again.read == report.read
    assert again.counts["accepted"] == again.counts["updated"] == again.counts["failed"] == 0
    assert ask(pipeline, question).text == before.text
    assert pipeline.store.stats().articles == report.counts["accepted"] + report.counts["near_duplicate"]

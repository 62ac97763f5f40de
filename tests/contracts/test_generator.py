"""What every generator promises, whichever stands behind the protocol."""

import asyncio
import re
from collections.abc import Sequence

import pytest

from index.articles import build_article
from index.types import Hit, Origin, Passage
from rag.citations import resolve_citations
from rag.generators.extractive import ExtractiveGenerator
from rag.protocols import Generator
from rag.types import Evidence

QUESTION = "How many ships will Norlink sell?"


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


@pytest.fixture(params=[pytest.param(lambda: ExtractiveGenerator(alike), id="extractive")])
def generator(request: pytest.FixtureRequest) -> Generator:
    made: Generator = request.param()
    return made


@pytest.fixture
def evidence() -> list[Evidence]:
    texts = (
        "Norlink will sell 14 of its 23 ships. Its director is Pekka Salmi.",
        "Fewer cars board the ships of Norlink [S7]. It will sell some [2021].",
    )
    made = []
    for number, text in enumerate(texts, start=1):
        article = build_article(text=text, origin=Origin(source=f"/{number}"))
        passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
        hit = Hit(passage=passage, article=article, score=1 / number, similarity=0.6, ranks={"words": number})
        made.append(Evidence(key=f"S{number}", hit=hit))
    return made


def write(generator: Generator, question: str, evidence: Sequence[Evidence]) -> str:
    async def collect() -> str:
        return "".join([piece async for piece in generator.stream(question, evidence)])

    return asyncio.run(collect())


def test_it_has_a_name(generator: Generator) -> None:
    """Answers can say who wrote them."""
    assert re.fullmatch(r"\S+", generator.name)


def test_the_draft_answers_and_cites_by_key(generator: Generator, evidence: list[Evidence]) -> None:
    """The draft holds the fact, and it survives verification as a cited sentence."""
    cited = resolve_citations(write(generator, QUESTION, evidence), evidence, lambda _: ())
    assert "14" in cited.text
    assert cited.citations
    assert all(not sentence.unsupported for sentence in cited.sentences)


def test_only_keys_that_were_shown_are_cited(generator: Generator, evidence: list[Evidence]) -> None:
    """No key of the draft is invented, or taken from what an article prints."""
    assert set(re.findall(r"\[(S\d+)\]", write(generator, QUESTION, evidence))) <= {"S1", "S2"}


def test_without_evidence_nothing_is_written(generator: Generator) -> None:
    """An empty draft says that the evidence does not answer."""
    assert write(generator, QUESTION, []) == ""


def test_the_stream_may_be_left(generator: Generator, evidence: list[Evidence]) -> None:
    """A caller who leaves after the first piece closes the stream without an error."""

    async def leave() -> str:
        stream = generator.stream(QUESTION, evidence)
        first = await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        return first

    assert asyncio.run(leave())

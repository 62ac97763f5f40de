"""What every generator promises, whichever stands behind the protocol."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import pytest

from index.articles import build_article
from index.types import Hit, Origin, Passage
from rag.citations import resolve_citations
from rag.generators.chat import ChatGenerator
from rag.protocols import Generator
from rag.types import Evidence
from tests.rag.chat_server import chat_server
from tests.rag.messages_server import messages_server
from tests.rag.plain_extractive import plain_extractive
from tests.rag.small_model import SMALL_MODEL, needs_small_model

QUESTION = "How many ships will Norlink sell?"
WELL = "Norlink will sell 14 of its 23 ships. [S1]"


def extractive() -> Iterator[Generator]:
    yield plain_extractive(lambda words: [1.0] * len(words))


def chat() -> Iterator[Generator]:
    """A model that answers well, behind OpenAI's API."""
    with chat_server(lambda reply: reply.write(WELL)) as server:
        yield ChatGenerator(url=server.url, model="made-up", key=None, answer_tokens=50, seconds=5)


def anthropic() -> Iterator[Generator]:
    """The same behind Anthropic's."""
    from rag.generators.anthropic import AnthropicGenerator  # noqa: PLC0415 - skipped where the extra is not installed

    with messages_server(lambda reply: reply.write(WELL)) as server:
        yield AnthropicGenerator(url=server.url, model="made-up", key=None, answer_tokens=50, seconds=5)


def llama() -> Iterator[Generator]:
    """A real model, the smallest."""
    from rag.generators.llama import LlamaGenerator  # noqa: PLC0415 - as above

    yield LlamaGenerator(path=SMALL_MODEL, answer_tokens=60, window=2_048)


GOOD = [
    pytest.param(extractive, id="extractive"),
    pytest.param(chat, id="chat"),
    pytest.param(
        anthropic, id="anthropic",
        marks=pytest.mark.skipif(find_spec("anthropic") is None, reason="the extra `anthropic` is not installed"),
    ),
]  # fmt: skip


ALL = [*GOOD, pytest.param(llama, id="llama", marks=needs_small_model)]


@pytest.fixture(params=ALL)
def generator(request: pytest.FixtureRequest) -> Iterator[Generator]:
    yield from request.param()


@pytest.fixture(params=GOOD)
def good_generator(request: pytest.FixtureRequest) -> Iterator[Generator]:
    """Those whose draft is good for certain: the smallest model may cite wrong keys, which verification is there for."""
    yield from request.param()


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


def test_the_draft_answers_and_cites_by_key(good_generator: Generator, evidence: list[Evidence]) -> None:
    """The draft holds the fact, and it survives verification as a cited sentence."""
    cited = resolve_citations(write(good_generator, QUESTION, evidence), evidence, lambda _: ())
    assert "14" in cited.text
    assert cited.citations
    assert all(not sentence.unsupported for sentence in cited.sentences)


def test_only_keys_that_were_shown_are_cited(good_generator: Generator, evidence: list[Evidence]) -> None:
    """No key of the draft is invented, or taken from what an article prints."""
    assert set(re.findall(r"\[(S\d+)\]", write(good_generator, QUESTION, evidence))) <= {"S1", "S2"}


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

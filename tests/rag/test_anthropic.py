"""A model behind the messages API: what it writes is verified, and each of its failures has an outcome."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from importlib.util import find_spec

import pytest

from index.protocols import PassageStore
from rag.errors import GeneratorBusy, GeneratorError
from rag.generators.anthropic import AnthropicGenerator
from rag.pipeline import Pipeline
from rag.types import Answer, Evidence, Question
from tests.rag.chat_server import unused_port
from tests.rag.messages_server import Reply, messages_server
from tests.rag.plain_extractive import plain_extractive

pytestmark = pytest.mark.skipif(find_spec("anthropic") is None, reason="the extra `anthropic` is not installed")

BuildPipeline = Callable[..., Pipeline]
EvidenceOf = Callable[..., list[Evidence]]
QUOTE = "It is 2,870 metres long and cost 640 million crowns."
ASKED = "How much did the Sandholm bridge cost?"


def generator_at(url: str, key: str | None = "k-1") -> AnthropicGenerator:
    return AnthropicGenerator(url=url, model="made-up", key=key, answer_tokens=100, seconds=2)


@pytest.fixture
def pipeline_on(news: PassageStore, build_pipeline_over: BuildPipeline) -> Callable[[str], Pipeline]:
    def build(url: str) -> Pipeline:
        """Answer with the model of a server, or with the archive's sentences when it fails."""
        return build_pipeline_over(
            news, generator_at(url), kind="anthropic", generator_seconds=2.0, fallback=plain_extractive(news.rarity)
        )

    return build


def ask(pipeline: Pipeline) -> Answer:
    return asyncio.run(pipeline.answer(Question(text=ASKED)))


def write(generator: AnthropicGenerator, evidence: list[Evidence]) -> str:
    async def collect() -> str:
        return "".join([piece async for piece in generator.stream("Who?", evidence)])

    return asyncio.run(collect())


def garbage(reply: Reply) -> None:
    reply.begin()
    reply.raw(b"event: message_start\ndata: {not json}\n\n")


def other_json(reply: Reply) -> None:
    reply.begin()
    reply.raw(b'event: content_block_delta\ndata: {"type": "content_block_delta", "delta": [1]}\n\n' * 3)
    reply.event("message_stop")


def broken_off(reply: Reply) -> None:
    reply.begin(Content_Length="100000")
    reply.event("content_block_delta", index=0, delta={"type": "text_delta", "text": "The bridge "})


def no_message_stop(reply: Reply) -> None:
    reply.open()
    reply.text("The bridge ")


def overloaded_in_the_stream(reply: Reply) -> None:
    reply.open()
    reply.event("error", error={"type": "overloaded_error", "message": "too much to do"})


def thoughts_alone(reply: Reply) -> None:
    reply.open()
    reply.event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": f"{QUOTE} [S1]"})
    reply.done()


ROLES: dict[str, tuple[Callable[[Reply], None], str, int]] = {
    "garbage": (garbage, "did not answer as the messages API does", 1),
    "other JSON": (other_json, "wrote nothing", 1),
    "broken off": (broken_off, "broke off", 1),
    "no message_stop": (no_message_stop, "broke off in the middle", 1),
    "silence": (lambda reply: (reply.open(), time.sleep(3))[0], "did not finish within 2 seconds", 1),
    "overloaded in the stream": (overloaded_in_the_stream, "too much to do", 3),
    "thoughts alone": (thoughts_alone, "wrote nothing", 1),
    "a refusal": (lambda reply: reply.write("", reason="refusal"), "declined to answer", 1),
    "401": (lambda reply: reply.refuse(401, "authentication_error"), "DATELINE_GENERATOR_API_KEY", 1),
    "404": (lambda reply: reply.refuse(404, "not_found_error", "no such model"), "no such model", 1),
    "429": (lambda reply: reply.refuse(429, "rate_limit_error"), "answered 429", 3),
    "429 for a minute": (lambda reply: reply.refuse(429, "rate_limit_error", retry_after="60"), "answered 429", 1),
    "529": (lambda reply: reply.refuse(529, "overloaded_error"), "answered 529", 3),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_server_that_fails_is_replaced(pipeline_on: Callable[[str], Pipeline], role: str) -> None:
    """The archive's own sentences are given, and the answer says so; what may help is tried, nothing else."""
    play, told, times = ROLES[role]
    with messages_server(play) as server:
        answer = ask(pipeline_on(server.url))
    assert (answer.generator, "640 million" in answer.text) == ("extractive", True)
    assert str(answer.degraded).startswith("Sentences of the archive instead of a written answer: ")
    assert told in str(answer.degraded)
    assert len(server.asked) == times


def test_what_it_writes_is_verified(pipeline_on: Callable[[str], Pipeline]) -> None:
    """A sentence with a figure that no passage holds is dropped, a right one is shown with its source."""
    with messages_server(lambda reply: reply.write(f"{QUOTE} [S1] It cost 650 million crowns. [S1]")) as server:
        answer = ask(pipeline_on(server.url))
    assert (answer.text, answer.generator, answer.degraded) == (f"{QUOTE} [1]", "made-up", None)


def test_the_model_is_asked_as_the_messages_api_wants_it(pipeline_on: Callable[[str], Pipeline]) -> None:
    """The rules are the system prompt; the key is the given one; the limit is there; no temperature: newer models refuse it."""
    with messages_server(lambda reply: reply.write("The archive does not say.")) as server:
        ask(pipeline_on(server.url))
    (body,) = server.asked
    assert (body["model"], body["max_tokens"], body["stream"], "temperature" in body) == ("made-up", 100, True, False)
    assert body["system"].startswith("You answer questions about news")
    assert body["messages"][0]["content"].endswith(f"Question: {ASKED}")
    assert (server.paths, server.keys) == (["/v1/messages"], ["Bearer k-1"])


def test_only_its_own_key_is_sent(evidence_of: EvidenceOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key and an address that the environment holds for other programs are not used."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "somebody-elses")
    with messages_server(lambda reply: reply.write("So it is. [S1]")) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{unused_port()}")
        assert write(generator_at(server.url, key=None), evidence_of("So it is.")) == "So it is. [S1]"
    assert server.keys == ["Bearer none"]


def test_an_answer_that_was_too_long_says_so(pipeline_on: Callable[[str], Pipeline]) -> None:
    """A sentence cut off by the limit is not shown."""
    with messages_server(lambda reply: reply.write(f"{QUOTE} [S1] It is 2,870 metres", reason="max_tokens")) as server:
        answer = ask(pipeline_on(server.url))
    assert (answer.text, answer.generator) == (f"{QUOTE} [1]", "made-up")
    assert "setting answer_tokens" in str(answer.degraded)


def test_the_wait_that_the_server_asks_for_is_told(evidence_of: EvidenceOf) -> None:
    """Retry-After reaches the one layer that retries."""
    play: Callable[[Reply], None] = lambda reply: reply.refuse(429, "rate_limit_error", retry_after="7")  # noqa: E731 - a role
    with messages_server(play) as server, pytest.raises(GeneratorBusy) as caught:
        write(generator_at(server.url), evidence_of("A text."))
    assert caught.value.wait == 7.0


def test_a_server_that_is_not_there_may_be_asked_again(evidence_of: EvidenceOf) -> None:
    """A refused connection is a passing fault."""
    with pytest.raises(GeneratorBusy, match="cannot be reached"):
        write(generator_at(f"http://127.0.0.1:{unused_port()}"), evidence_of("A text."))


def test_errors_never_show_the_key(evidence_of: EvidenceOf) -> None:
    """What is told names the server and the variable."""
    with messages_server(lambda reply: reply.refuse(403, "permission_error")) as server, pytest.raises(GeneratorError) as caught:
        write(generator_at(server.url), evidence_of("A text."))
    assert server.url in str(caught.value)
    assert "k-1" not in str(caught.value)


def test_who_leaves_stops_the_model(evidence_of: EvidenceOf) -> None:
    """Within a second after the reader has gone, the server's connection is closed."""

    def endless(reply: Reply) -> None:
        reply.open()
        while True:
            reply.text("and so on ")
            time.sleep(0.005)

    with messages_server(endless) as server:

        async def read_one() -> str:
            async with aclosing(generator_at(server.url).stream("Who?", evidence_of("A text."))) as pieces:
                return await anext(pieces)

        assert asyncio.run(read_one())
        assert server.left.wait(1)

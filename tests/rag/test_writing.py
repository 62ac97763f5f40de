"""Every way in which a language model's server can fail has its outcome, within the deadline."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from index.protocols import PassageStore
from rag.circuit import Circuit
from rag.errors import GeneratorError
from rag.generators.chat import ChatGenerator
from rag.pipeline import Pipeline
from rag.types import Answer, Question
from rag.writing import Writer
from tests.rag.chat_server import ChatServer, Reply, chat_server, drip, unused_port
from tests.rag.failing_roles import QUOTE, ROLES, SECONDS
from tests.rag.plain_extractive import plain_extractive

BuildPipeline = Callable[..., Pipeline]

ASKED = "How much did the Sandholm bridge cost?"


@pytest.fixture
def pipeline_on(news: PassageStore, build_pipeline_over: BuildPipeline) -> Callable[..., Pipeline]:
    def build(url: str, *, fallback: bool = True, **more: Any) -> Pipeline:
        """Answer with the model of a server, or with the archive's sentences when it fails."""
        model = ChatGenerator(url=url, model="made-up", key="k-1", answer_tokens=100, seconds=SECONDS)
        return build_pipeline_over(
            news, model, kind="openai", generator_seconds=SECONDS,
            fallback=plain_extractive(news.rarity) if fallback else None, **more,
        )  # fmt: skip

    return build


def ask(pipeline: Pipeline, text: str = ASKED, **more: Any) -> Answer:
    return asyncio.run(pipeline.answer(Question(text=text, **more)))


@pytest.mark.parametrize("role", ROLES)
def test_a_server_that_fails_is_replaced(pipeline_on: Callable[..., Pipeline], role: str) -> None:
    """The archive's own sentences are given within the deadline, and the answer says so; what may help is tried, nothing else."""
    play, told, times = ROLES[role]
    with chat_server(play) as server:
        started = time.monotonic()
        answer = ask(pipeline_on(server.url))
        took = time.monotonic() - started
    assert "640 million" in answer.text
    assert answer.generator == "extractive"
    assert answer.degraded is not None
    assert answer.degraded.startswith("Sentences of the archive instead of a written answer: ")
    assert told in answer.degraded
    assert len(server.asked) == times
    assert took < SECONDS + 3, "the first use of the client loads it, too"


def test_a_server_that_is_not_there_is_replaced(pipeline_on: Callable[..., Pipeline]) -> None:
    """A refused connection is tried three times, then the archive answers."""
    answer = ask(pipeline_on(f"http://127.0.0.1:{unused_port()}/v1"))
    assert answer.generator == "extractive"
    assert "cannot be reached" in str(answer.degraded)


def test_a_server_that_recovers_is_asked_again(pipeline_on: Callable[..., Pipeline]) -> None:
    """Before the first word a passing fault costs nothing but a moment; a short Retry-After is kept."""

    def recovering(reply: Reply) -> None:
        if len(server.asked) == 1:
            reply.refuse(503, retry_after="0.3")
        else:
            reply.write(f"{QUOTE} [S1]")

    with chat_server(recovering) as server:
        started = time.monotonic()
        answer = ask(pipeline_on(server.url))
        assert time.monotonic() - started >= 0.3
    assert (answer.text, answer.generator, answer.degraded) == (f"{QUOTE} [1]", "made-up", None)
    assert len(server.asked) == 2


def test_what_was_verified_before_the_break_stays(pipeline_on: Callable[..., Pipeline]) -> None:
    """After the first word nothing is tried again: whole verified sentences are the answer, and it says that it may lack more."""

    def breaking(reply: Reply) -> None:
        reply.begin(Content_Length="100000")
        reply.delta(content=f"{QUOTE} [S1] Engineer Tove Askel led the")

    with chat_server(breaking) as server:
        answer = ask(pipeline_on(server.url))
    assert answer.text == f"{QUOTE} [1]"
    assert answer.generator == "made-up"
    assert str(answer.degraded).startswith("The answer may be incomplete: ")
    assert len(server.asked) == 1


def test_an_answer_that_was_too_long_says_so(pipeline_on: Callable[..., Pipeline]) -> None:
    """A sentence cut off by the limit is not shown; and a model that writes too much is not taken for one that is down."""

    def cut(reply: Reply) -> None:
        reply.begin()
        reply.delta(content=f"{QUOTE} [S1] It is 2,870 metres")
        reply.done("length")

    with chat_server(cut) as server:
        pipeline = pipeline_on(server.url)
        answers = [ask(pipeline) for _ in range(7)]
    assert {(answer.text, answer.generator) for answer in answers} == {(f"{QUOTE} [1]", "made-up")}
    assert "setting answer_tokens" in str(answers[-1].degraded)
    assert len(server.asked) == 7


def test_without_a_fallback_the_error_is_told(pipeline_on: Callable[..., Pipeline]) -> None:
    """It names the server and what it said, and never the key."""
    with chat_server(lambda reply: reply.refuse(403, "bad key k-1")) as server, pytest.raises(GeneratorError) as caught:
        ask(pipeline_on(server.url, fallback=False))
    assert "answered 403" in str(caught.value)
    assert server.url in str(caught.value)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"{QUOTE} [S99]", f"{QUOTE} [1]"),
        ("The bridge cost 650 million crowns. [S1]", None),
        ("Die Brücke kostete sehr viel Geld, sagten die Leute. [S1]", None),
        ("The bridge did not open in 2025. [S1]", None),
        ("I do not know [S1], but perhaps a billion.", None),
        (f"<think>Let me see. Cats are nice. [S1]</think>{QUOTE} [S1]", f"{QUOTE} [1]"),
        ('`[S1]` [2021] {"tool": 1}', None),
    ],
)  # fmt: skip
def test_only_what_the_archive_says_is_shown(pipeline_on: Callable[..., Pipeline], written: str, shown: str | None) -> None:
    """Foreign keys, figures, languages and denials never reach the reader; if nothing is left, the answer abstains."""
    with chat_server(lambda reply: reply.write(written)) as server:
        answer = ask(pipeline_on(server.url))
    assert answer.text == (shown or "The archive does not say.")
    assert (answer.abstained is None) == (shown is not None)
    assert answer.completion.endswith(written[-20:])
    assert answer.degraded is None


def test_a_model_is_told_what_could_not_be_verified(pipeline_on: Callable[..., Pipeline]) -> None:
    """It is asked once more, and what it corrects is the answer."""
    wrong = "The bridge cost 650 million crowns. [S1]"
    with chat_server(lambda reply: reply.write(wrong if len(reply.asked["messages"]) == 2 else f"{QUOTE} [S1]")) as server:
        answer = ask(pipeline_on(server.url))
    assert (answer.text, answer.generator, answer.degraded) == (f"{QUOTE} [1]", "made-up", None)
    assert answer.completion == f"{wrong}\n{QUOTE} [S1]"
    assert len(server.asked) == 2


def test_the_model_is_told_what_counts(pipeline_on: Callable[..., Pipeline]) -> None:
    """It sees the evidence with outlet and date between tags that change with each request, its limits, and the key."""
    with chat_server(lambda reply: reply.write("The archive does not say.")) as server:
        pipeline = pipeline_on(server.url)
        first, second = ask(pipeline), ask(pipeline)
    assert first.abstained is not None
    assert first.abstained.reason == "low_score"
    assert second.text == first.text == "The archive does not say."
    body = server.asked[0]
    assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("made-up", 100, 0.0, True)
    assert server.keys == ["Bearer k-1"] * 2
    system, user = (message["content"] for message in body["messages"])
    assert 'key="S1" outlet="Harbour Gazette" date="2025-03-05" title="Sandholm bridge opens to traffic">' in user
    assert user.endswith(f"Question: {ASKED}")
    nonces = [asked["messages"][1]["content"].split("<passage-")[1][:16] for asked in server.asked]
    assert nonces[0] != nonces[1]
    assert nonces[0] in system


def test_abstaining_asks_no_model(pipeline_on: Callable[..., Pipeline]) -> None:
    """What the archive cannot answer costs no request."""
    with chat_server(lambda reply: reply.write(f"{QUOTE} [S1]")) as server:
        answer = ask(pipeline_on(server.url), "best pizza recipe with pineapple")
    assert answer.abstained is not None
    assert server.asked == []


def test_a_question_may_ask_for_the_archives_own_sentences(pipeline_on: Callable[..., Pipeline]) -> None:
    """The fallback is there on request, too, and then nothing is degraded."""
    with chat_server(lambda reply: reply.write(f"{QUOTE} [S1]")) as server:
        answer = ask(pipeline_on(server.url), generator="extractive")
    assert (answer.generator, answer.degraded, server.asked) == ("extractive", None, [])


def test_the_evidence_fits_the_models_window(pipeline_on: Callable[..., Pipeline]) -> None:
    """Fewer passages are shown to a model with a small window, never none."""
    with chat_server(lambda reply: reply.write("The archive does not say.")) as server:
        for window in (5_000, 700, 1):
            ask(pipeline_on(server.url, window=window))
    shown = [asked["messages"][1]["content"].count("</passage-") for asked in server.asked]
    assert shown[0] > shown[1] > shown[2] == 1


def test_who_leaves_stops_the_model(pipeline_on: Callable[..., Pipeline]) -> None:
    """Within a second after the reader has gone, the server's connection is closed."""
    with chat_server(lambda reply: drip(reply, f"{QUOTE} [S1] " * 200, 0.005)) as server:
        pipeline = pipeline_on(server.url)

        async def read_one() -> str:
            writing = pipeline.write(pipeline.prepare(Question(text=ASKED)))
            async with aclosing(aiter(writing)) as pieces:
                return await anext(pieces)

        assert asyncio.run(read_one()) == f"{QUOTE} [1]"
        assert server.left.wait(1)


def test_after_five_failures_the_server_rests(pipeline_on: Callable[..., Pipeline]) -> None:
    """The sixth question is answered from the archive without asking it."""
    with chat_server(lambda reply: reply.refuse(401)) as server:
        pipeline = pipeline_on(server.url)
        answers = [ask(pipeline) for _ in range(6)]
    assert len(server.asked) == 5
    assert "is not asked for some seconds" in str(answers[-1].degraded)
    assert answers[-1].text == answers[0].text


def test_a_circuit_lets_one_try_after_its_rest() -> None:
    """Closed, open, half-open with one at a time, closed again; leaving in the middle decides nothing."""
    now = [0.0]
    circuit = Circuit(failures=2, rest=10, clock=lambda: now[0])
    for _ in range(2):
        assert circuit.may_ask()
        circuit.failed()
    assert not circuit.may_ask()
    now[0] = 10.5
    assert [circuit.may_ask(), circuit.may_ask()] == [True, False]
    circuit.gave_up()
    assert circuit.may_ask()
    circuit.failed()
    now[0] = 20.0
    assert not circuit.may_ask()
    now[0] = 21.0
    assert circuit.may_ask()
    circuit.went_well()
    assert [circuit.may_ask(), circuit.may_ask()] == [True, True]


def test_nothing_is_asked_before_someone_reads(news: PassageStore) -> None:
    """Making a writing costs nothing: an answer that nobody streams is never written."""
    served: list[ChatServer] = []
    with chat_server(lambda reply: reply.write("x")) as server:
        model = ChatGenerator(url=server.url, model="m", key=None, answer_tokens=10, seconds=1)
        Writer(model, None, seconds=1).write("Who?", (), lambda _: ())
        served.append(server)
    assert served[0].asked == []
    assert news.stats().articles > 0

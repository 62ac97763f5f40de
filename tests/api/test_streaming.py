"""Streamed answers: server-sent events over a real connection."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from rag.errors import GeneratorError
from rag.pipeline import Pipeline

Events = list[tuple[str, dict[str, Any]]]
Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
ASKED = "How much did the Sandholm bridge cost?"


def stream(client: httpx2.Client, **body: Any) -> Events:
    """Ask for a stream and read its events; each is one `event:` and one `data:` line."""
    with client.stream("POST", "/v1/answer", json={"stream": True, **body}) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-request-id"]
        text = "".join(response.iter_text())
    events = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


@pytest.mark.parametrize("question", [ASKED, "best pizza recipe with pineapple"])
def test_the_last_event_is_the_answer(client: httpx2.Client, question: str) -> None:
    """Streamed or not, the whole answer is the same object."""
    streamed = stream(client, question=question)[-1]
    whole = client.post("/v1/answer", json={"question": question}).json()
    assert streamed[0] == "answer"
    assert {**streamed[1], "timings_ms": 0} == {**whole, "timings_ms": 0}


def test_evidence_comes_first_then_tokens(client: httpx2.Client) -> None:
    """The events are evidence, the draft's pieces, the answer; the evidence holds what is cited."""
    events = stream(client, question=ASKED)
    names = [name for name, _ in events]
    assert names == ["evidence", *["token"] * (len(names) - 2), "answer"]
    assert len(names) > 2
    found = {hit["article"]["article_id"] for hit in events[0][1]["hits"]}
    assert {citation["article_id"] for citation in events[-1][1]["citations"]} <= found


def test_an_abstention_streams_no_tokens(client: httpx2.Client) -> None:
    """Nothing is written when the archive does not say."""
    events = stream(client, question="best pizza recipe with pineapple")
    assert [name for name, _ in events] == ["evidence", "answer"]
    assert events[-1][1]["abstained"]["reason"] == "low_score"


def test_bad_input_is_refused_before_streaming(client: httpx2.Client) -> None:
    """A question that cannot be used is a 422, not an event."""
    response = client.post("/v1/answer", json={"question": " ", "stream": True})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_tokens_are_verified_sentences(
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """Nothing that was not found in the archive is ever sent; the tokens together are the answer."""
    draft = (
        "Cats\n\nare nice. [S1] It is 2,870 metres long and cost 640 million crowns. [S1]"
        " Engineer Tove Askel led the work for nine years [S1]."
    )
    with serving(create_app(ServiceSettings(), lambda: scripted_pipeline(*draft))) as client:
        ready(client)
        events = stream(client, question=ASKED)
    sentences = [
        "It is 2,870 metres long and cost 640 million crowns. [1]", " Engineer Tove Askel led the work for nine years. [2]"
    ]  # fmt: skip
    assert [data["text"] for name, data in events if name == "token"] == sentences
    assert events[-1][1]["answer"] == "".join(sentences)


def test_a_generator_that_breaks_off_ends_in_an_error_event(
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """After half a draft the last event is an error with problem details, and no answer follows."""
    pipeline = scripted_pipeline("It is", error=GeneratorError("The language model went away."))
    with serving(create_app(ServiceSettings(), lambda: pipeline)) as client:
        ready(client)
        events = stream(client, question=ASKED)
    assert [name for name, _ in events] == ["evidence", "error"]
    assert events[-1][1]["status"] == 503
    assert events[-1][1]["detail"] == "The language model went away."
    assert len(events[-1][1]["request_id"]) == 32


def test_an_unforeseen_error_ends_in_an_error_event(
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """A fault in mid-stream does not just break the connection off: the last event is an error without details."""
    pipeline = scripted_pipeline("It is", error=ZeroDivisionError("secret"))
    with serving(create_app(ServiceSettings(), lambda: pipeline)) as client:
        ready(client)
        try:
            events = stream(client, question=ASKED)
        except httpx2.RemoteProtocolError as error:
            pytest.fail(f"the stream broke off: {error}")
    assert [name for name, _ in events] == ["evidence", "error"]
    assert events[-1][1]["status"] == 500
    assert "secret" not in str(events)


def test_a_reader_who_leaves_does_no_harm(client: httpx2.Client) -> None:
    """After a connection is dropped in mid-stream the service answers the next question."""
    with client.stream("POST", "/v1/answer", json={"question": ASKED, "stream": True}) as response:
        next(response.iter_bytes())
    assert client.post("/v1/answer", json={"question": ASKED}).status_code == 200

"""OpenAI's protocol, driven by OpenAI's own library over a real socket."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.markdown import SOURCES_HEADING
from api.settings import ServiceSettings
from rag.errors import GeneratorError
from rag.pipeline import Pipeline
from tests.api.chat.library import SHIPS, client_of, streamed, user

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
ROOF = "What does the council of Varby want to rebuild?"


def test_models_are_listed(chat: openai.OpenAI) -> None:
    """The list is what tools choose from, each can be read alone, and another is an error in OpenAI's shape."""
    assert [model.id for model in chat.models.list()] == ["dateline", "dateline-extractive"]
    assert chat.models.retrieve("dateline").object == "model"
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-9' here; use dateline"):
        chat.models.retrieve("gpt-9")
    with pytest.raises(openai.NotFoundError):
        chat.chat.completions.create(model="gpt-9", messages=[user(SHIPS)])


def test_an_answer_has_its_citations_in_every_form(chat: openai.OpenAI, client: httpx2.Client) -> None:
    """Links in the text, the sources below, annotations at the right places, and the extensions: all the same articles."""
    native = client.post("/v1/answer", json={"question": SHIPS}).json()
    done = chat.chat.completions.create(model="dateline", messages=[user(SHIPS)])
    message = done.choices[0].message
    content = message.content or ""
    (citation,) = native["citations"]
    address = f"{str(client.base_url).rstrip('/')}/?article={citation['article_id']}"
    assert citation["url"] is None, "else this would not show where an article without an address is linked to"
    assert content.startswith(native["answer"].replace("[1]", f"[[1]]({address})"))
    assert f"{SOURCES_HEADING}\n1. [Norlink sells ferries]({address}) — Coast Courier (Reuters), 2025-04-10: “" in content
    assert client.get(address).headers["content-type"].startswith("text/html"), "a page for people, not JSON"
    (annotation,) = message.annotations or []
    found = annotation.url_citation
    assert content[found.start_index : found.end_index] == f"[[1]]({address})"
    assert (found.title, found.url) == ("Norlink sells ferries", address)
    extra = done.model_extra or {}
    assert extra["citations"] == [address]
    (result,) = extra["search_results"]
    expected = {"title": "Norlink sells ferries", "url": address, "date": "2025-04-10", "snippet": citation["quote"]}
    assert result == expected
    same = {name: value for name, value in native.items() if name != "timings_ms"}
    assert {name: value for name, value in extra["dateline"].items() if name != "timings_ms"} == same
    assert done.usage is not None
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens > 20
    assert (done.object, done.choices[0].finish_reason, message.role, message.refusal) == (
        "chat.completion", "stop", "assistant", None,
    )  # fmt: skip


def test_an_article_with_an_address_is_linked_there(chat: openai.OpenAI) -> None:
    """The outlet's own page, as the archive knows it."""
    done = chat.chat.completions.create(model="dateline", messages=[user("How long is the bridge over the Sandholm strait?")])
    assert "[[1]](https://example.org/bridge)" in (done.choices[0].message.content or "")


def test_a_stream_says_the_same_as_the_whole(chat: openai.OpenAI) -> None:
    """Role first, text, annotations, finish with the extensions, usage, and nothing else."""
    whole = chat.chat.completions.create(model="dateline", messages=[user(SHIPS)])
    text, chunks = streamed(chat, messages=[user(SHIPS)], stream_options={"include_usage": True})
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    annotations = [
        annotation
        for chunk in chunks
        if chunk.choices
        for annotation in chunk.choices[0].delta.model_extra.get("annotations", [])
    ]
    assert annotations == [annotation.model_dump() for annotation in whole.choices[0].message.annotations or []]
    *_, finish, usage = chunks
    assert finish.choices[0].finish_reason == "stop"
    assert finish.model_extra["citations"] == (whole.model_extra or {})["citations"]
    assert finish.model_extra["dateline"]["citations"] == (whole.model_extra or {})["dateline"]["citations"]
    assert (usage.choices, usage.usage) == ([], whole.usage)
    assert len({chunk.id for chunk in chunks}) == 1
    _, without = streamed(chat, messages=[user(SHIPS)])
    assert all(chunk.usage is None for chunk in without)


def test_the_bytes_of_a_stream_are_events_to_the_end(client: httpx2.Client) -> None:
    """Every line is a data line, the last says that it is done."""
    body = {"model": "dateline", "messages": [user(SHIPS)], "stream": True}
    reply = client.post("/v1/chat/completions", json=body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in reply.text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    assert all(json.loads(line[6:])["object"] == "chat.completion.chunk" for line in lines[:-1])


def test_abstaining_says_so_and_shows_what_is_nearest(chat: openai.OpenAI) -> None:
    """No citation, the refusal sentence, its reason, and the nearest passages with their outlets."""
    question = [user("Who coaches the handball team of Reykjavik?")]
    done = chat.chat.completions.create(model="dateline", messages=question)
    content = done.choices[0].message.content or ""
    assert content.startswith("The archive does not say. ")
    assert "**Nearest passages**\n- " in content
    assert (done.model_extra or {})["citations"] == []
    assert streamed(chat, messages=question)[0] == content


def test_a_follow_up_is_understood_from_the_conversation(chat: openai.OpenAI) -> None:
    """A tool sends everything back, our links and sources, too; they are not part of the conversation."""
    first = chat.chat.completions.create(model="dateline", messages=[user(SHIPS)])
    answered = {"role": "assistant", "content": first.choices[0].message.content or ""}
    messages: list[Any] = [
        {"role": "system", "content": "Answer like a pirate."},
        user(SHIPS),
        answered,
        user("And who is its director?"),
    ]
    done = chat.chat.completions.create(model="dateline", messages=messages)
    assert "Pekka Salmi" in (done.choices[0].message.content or "")
    assert "Norlink" in (done.model_extra or {})["dateline"]["standalone"]


def test_content_may_come_in_parts_and_unknown_options_do_no_harm(chat: openai.OpenAI) -> None:
    """What LibreChat and others send along is ignored; pictures are not looked at."""
    parts = [
        {"type": "text", "text": "How many ships will"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "text", "text": "Norlink sell?"},
    ]
    done = chat.chat.completions.create(
        model="dateline-extractive", messages=[{"role": "user", "content": parts}], temperature=0.3, top_p=0.5,  # type: ignore[list-item]
        presence_penalty=1, frequency_penalty=1, user="u1", n=1, max_tokens=5, seed=3,
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}], extra_body={"unheard_of": {"a": 1}},
    )  # fmt: skip
    assert "14 of its 23 ships" in (done.choices[0].message.content or "")


def test_limits_of_the_question_can_be_sent_along(chat: openai.OpenAI) -> None:
    """`as_of` and `publishers` mean what they mean elsewhere."""
    for limit in ({"as_of": "2025-04-01"}, {"publishers": ["Inland Post"]}, {"from": "2025-05-01"}):
        done = chat.chat.completions.create(model="dateline", messages=[user(SHIPS)], extra_body=limit)
        assert "14 of its 23 ships" not in (done.choices[0].message.content or "").split("**Nearest passages**")[0]


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({"messages": []}, "messages", "at least 1 item"),
        ({"messages": [user("  ")]}, "messages", "has no text"),
        ({"messages": [user(SHIPS), {"role": "assistant", "content": "14."}]}, "messages", "must be the user's question"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages.role", "Input should be"),
        ({"messages": [user(SHIPS)], "n": 2}, "n", "less than or equal to 1"),
        ({"messages": [user(SHIPS)], "n": True}, "n", "valid integer"),
        ({"messages": [user(SHIPS)], "stream_options": {"include_usage": "yes"}}, "stream_options.include_usage", "boolean"),
        ({"messages": [user("x" * 3000)]}, "question", "3,000 characters"),
        ({"messages": [user(SHIPS)], "as_of": "yesterday"}, "as_of", "must be a date"),
        ({"messages": [user(SHIPS)], "k": 1000}, "k", "less than or equal to 100"),
        ({"messages": "hello"}, "messages", "valid list"),
        ({}, "messages", "Field required"),
    ],
)  # fmt: skip
def test_bad_input_is_400_in_openais_shape(chat: openai.OpenAI, body: dict[str, Any], param: str, message: str) -> None:
    """The library makes it its own error, with the field that is wrong."""
    with pytest.raises(openai.BadRequestError, match=message) as failed:
        chat.post("/chat/completions", body={"model": "dateline", **body}, cast_to=object)
    assert failed.value.param == param
    assert failed.value.type == "invalid_request_error"


def test_other_errors_are_in_openais_shape(client: httpx2.Client) -> None:
    """Not JSON, too long, not this method: always an `error` object."""
    replies = (
        (400, client.post("/v1/chat/completions", content=b"{", headers={"content-type": "application/json"})),
        (413, client.post("/v1/chat/completions", content=b" " * 1_100_000, headers={"content-type": "application/json"})),
        (405, client.get("/v1/chat/completions")),
        (404, client.post("/v1/chat/nothing")),
    )
    for status, reply in replies:
        assert reply.status_code == status
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
        assert reply.headers["x-request-id"]
    assert client.get("/v1/answer").headers["content-type"] == "application/problem+json", "elsewhere errors stay as they were"


def test_a_service_that_is_not_ready_is_asked_again(
    serving: Serving, archive: Path, scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """503 with Retry-After: the library waits and gets its answer."""

    def slow() -> Pipeline:
        time.sleep(2)
        return scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]")

    with serving(create_app(ServiceSettings(data=archive), slow)) as http:
        with client_of(http) as impatient, pytest.raises(openai.InternalServerError, match="still loading"):
            impatient.chat.completions.create(model="dateline", messages=[user(SHIPS)])
        with client_of(http).with_options(max_retries=3) as patient:
            done = patient.chat.completions.create(model="dateline", messages=[user(SHIPS)])
    assert "14 of its 23 ships" in (done.choices[0].message.content or "")


def test_a_model_that_fails_is_not_asked_again_by_the_library(
    serving: Serving, ready: Ready, archive: Path, scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """It was tried already: the error says so at once, in a stream as an error that the library raises."""
    pipeline = scripted_pipeline(error=GeneratorError("the model's server is away; start it"))
    with serving(create_app(ServiceSettings(data=archive), lambda: pipeline)) as http:
        ready(http)
        with client_of(http).with_options(max_retries=3) as chat:
            started = time.monotonic()
            with pytest.raises(openai.InternalServerError, match="server is away") as failed:
                chat.chat.completions.create(model="dateline", messages=[user(SHIPS)])
            assert failed.value.response.headers["x-should-retry"] == "false"
            assert time.monotonic() - started < 2
            with pytest.raises(openai.APIError, match="server is away"):
                streamed(chat, messages=[user(SHIPS)])


def test_many_streams_at_once_are_whole(client: httpx2.Client) -> None:
    """A hundred readers beside each other get the same answer to the last byte."""

    async def ask_all() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{client.base_url}/v1", api_key="unused") as chat:

            async def ask() -> str:
                stream = await chat.chat.completions.create(model="dateline", messages=[user(ROOF)], stream=True)
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

            return await asyncio.gather(*(ask() for _ in range(100)))

    answers = asyncio.run(ask_all())
    assert len(set(answers)) == 1
    assert "library" in answers[0]


def test_a_public_address_is_where_links_lead(
    serving: Serving, ready: Ready, archive: Path, scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """Behind a proxy the request does not name where readers are."""
    settings = ServiceSettings(data=archive, public_url="https://news.example.org/archive/")
    pipeline = scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]")
    with serving(create_app(settings, lambda: pipeline)) as http, client_of(http) as chat:
        ready(http)
        done = chat.chat.completions.create(model="dateline", messages=[user(SHIPS)])
    assert "[[1]](https://news.example.org/archive/?article=" in (done.choices[0].message.content or "")


HALF = "\ud83d"
TITLE = "### Task:\nGenerate a title.\n<chat_history>\nUSER: "


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        {"messages": [user(f"{TITLE}ships {HALF}")]},
        {"messages": [user(f"ships {HALF}"), {"role": "assistant", "content": "14 [1]"}, user(SHIPS)]},
        {"messages": [user("ships"), {"role": "assistant", "content": HALF}, user(f"{TITLE}ships")]},
        {"messages": [{"role": "system", "content": HALF}, user(SHIPS)]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": HALF}]}]},
        {"messages": [{"role": "user", "content": [{"type": HALF, "text": "ships"}]}]},
        {"messages": [{"role": HALF, "content": SHIPS}]},
        {"messages": [user(SHIPS)], "model": HALF},
        {"messages": [user(SHIPS)], "publishers": [HALF]},
        {"messages": [user(SHIPS)], "as_of": HALF},
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(client: httpx2.Client, body: dict[str, Any], stream: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """JSON can write what no answer can hold: 400 before anything is answered."""
    sent = json.dumps({"model": "dateline", "stream": stream, **body})
    assert "\\ud83d" in sent
    response = client.post("/v1/chat/completions", content=sent, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_half_a_character_in_what_is_not_read_does_no_harm(client: httpx2.Client) -> None:
    """Fields that are ignored may hold anything."""
    sent = json.dumps({"model": "dateline", "messages": [{**user(SHIPS), "name": HALF}], "user": HALF, HALF: 1})
    response = client.post("/v1/chat/completions", content=sent, headers={"Content-Type": "application/json"})
    assert "14 of its 23 ships" in response.text

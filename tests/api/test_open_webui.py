"""Open WebUI: the pipe of `examples/`, run against the service as Open WebUI runs it, and what it reads of our own stream.

Open WebUI itself is not installed. Its rules were read in its source (Citations.svelte, middleware.py, functions.py) and are
replayed here.
"""

import asyncio
import importlib.util
import inspect
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from rag.errors import GeneratorError
from rag.pipeline import Pipeline
from tests.rag.chat_server import unused_port

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
FILE = Path(__file__).parents[2] / "examples" / "open_webui_pipe.py"
BRIDGE = "How long is the bridge over the Sandholm strait, and who led the work?"


def pipe_of(**valves: str) -> Any:
    """Load the file as Open WebUI does, and set the valves."""
    spec = importlib.util.spec_from_file_location("function_dateline", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pipe = module.Pipe()
    pipe.valves = pipe.Valves(**valves)
    return pipe


def ask(pipe: Any, *messages: str) -> tuple[str, list[dict[str, Any]]]:
    """Return what it writes, and the events that it sends."""
    events: list[dict[str, Any]] = []

    async def emitted(event: dict[str, Any]) -> None:
        events.append(event)

    async def run() -> str:
        roles = ("user", "assistant")
        body = {"model": "dateline", "stream": True, "messages": [
            {"role": roles[number % 2], "content": message} for number, message in enumerate(messages)
        ]}  # fmt: skip
        # Open WebUI awaits coroutines only, and joins what a generator yields.
        assert not inspect.iscoroutinefunction(pipe.pipe)
        return "".join([str(piece) async for piece in pipe.pipe(body=body, __event_emitter__=emitted)])

    return asyncio.run(run()), events


def shown_sources(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the sources as Open WebUI numbers them: those of one `metadata.source` are one, and so are those of one name."""
    shown: dict[str, dict[str, Any]] = {}
    names: set[str] = set()
    for event in events:
        if event["type"] in {"source", "citation"}:
            data = event["data"]
            for document, metadata in zip(data["document"], data["metadata"], strict=True):
                known = shown.setdefault(
                    metadata["source"], {"name": metadata["name"], "url": metadata["source_url"], "documents": []}
                )
                known["documents"].append(document)
                names.add(metadata["name"])
    assert len(names) == len(shown)
    return list(shown.values())


def test_an_answer_has_its_passages_as_numbered_sources(client: httpx2.Client) -> None:
    """The text of the service with plain numbers; each number opens the words that the sentence rests on."""
    native = client.post("/v1/answer", json={"question": BRIDGE}).json()
    assert len({citation["article_id"] for citation in native["citations"]}) < len(native["citations"]) > 1
    text, events = ask(pipe_of(base_url=f"{client.base_url}/"), BRIDGE)
    assert text == native["answer"]
    sources = shown_sources(events)
    assert [source["documents"] for source in sources] == [[citation["quote"]] for citation in native["citations"]]
    assert all(source["url"] == "https://example.org/bridge" for source in sources)
    assert sources[0]["name"] == "1. Sandholm bridge opens to traffic — Harbour Gazette, 2025-03-05"
    assert {int(n) for n in re.findall(r"\[(\d+)\]", text)} == set(range(1, len(sources) + 1))


def test_what_happens_is_told(client: httpx2.Client) -> None:
    """The status begins and ends, so that nothing goes on shimmering."""
    statuses = [event["data"] for event in ask(pipe_of(base_url=str(client.base_url)), BRIDGE)[1] if event["type"] == "status"]
    assert [status["done"] for status in statuses] == [False, True]


def test_a_follow_up_is_understood(client: httpx2.Client) -> None:
    """The whole conversation is sent."""
    text, _ = ask(
        pipe_of(base_url=str(client.base_url)), "How many ships will Norlink sell?", "14. [1]", "And who is its director?"
    )
    assert "Pekka Salmi" in text


def test_abstaining_shows_no_source(client: httpx2.Client) -> None:
    """The refusal with what is nearest."""
    text, events = ask(pipe_of(base_url=str(client.base_url)), "Who coaches the handball team of Reykjavik?")
    assert text.startswith("The archive does not say. ")
    assert shown_sources(events) == []


def test_a_title_is_made_without_sources(client: httpx2.Client) -> None:
    """Open WebUI sends its own tasks to the same model."""
    task = "### Task:\nGenerate a concise, 3-5 word title.\n<chat_history>\nUSER: Who runs Norlink?\n</chat_history>"
    text, events = ask(pipe_of(base_url=str(client.base_url)), task)
    assert json.loads(text) == {"title": "Who runs Norlink"}
    assert shown_sources(events) == []


def test_errors_are_said_in_words(
    serving: Serving, ready: Ready, tmp_path: Path, client: httpx2.Client, scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """No key, a wrong key, a question that cannot be used, nobody there, and a model that fails when the stream has begun."""
    _, secret = KeyFile(tmp_path).create(name="webui", scopes=["ask"])
    broken = scripted_pipeline(error=GeneratorError("the model went away"))
    with serving(create_app(ServiceSettings(data=tmp_path), lambda: broken)) as http:
        ready(http)
        url = str(http.base_url)
        assert "asks for an access key" in ask(pipe_of(base_url=url), BRIDGE)[0]
        assert "not known" in ask(pipe_of(base_url=url, api_key="dl_wrong"), BRIDGE)[0]
        assert "has no text" in ask(pipe_of(base_url=url, api_key=secret), " ")[0]
        text, events = ask(pipe_of(base_url=url, api_key=secret), "How many ships will Norlink sell?")
        assert text == "Dateline did not answer: the model went away"
        assert events[-1] == {"type": "status", "data": {"description": "Dateline did not answer", "done": True}}
    text, _ = ask(pipe_of(base_url=f"http://127.0.0.1:{unused_port()}"), BRIDGE)
    assert text.startswith("Dateline did not answer: ")
    assert len(text) > 40
    text, _ = ask(pipe_of(base_url=f"{client.base_url}/nothing"), BRIDGE)
    assert text.startswith("Dateline did not answer: ")


def test_the_pipe_has_the_frontmatter_that_open_webui_reads() -> None:
    """The file begins with it; nothing is to be installed, as Open WebUI brings both libraries."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    assert lines[0] == '"""'
    end = next(number for number, line in enumerate(lines[1:], start=1) if '"""' in line)
    found = dict(line.split(": ", 1) for line in lines[1:end])
    assert set(found) == {"title", "description", "version", "license"}


@pytest.mark.parametrize("question", [BRIDGE, "How many ships will Norlink sell?"])
def test_open_webui_finds_the_sources_in_our_own_stream(client: httpx2.Client, question: str) -> None:
    """Without the pipe it reads `choices[0].delta.annotations[].url_citation` and makes a source of each title and address."""
    body = {"model": "dateline", "stream": True, "messages": [{"role": "user", "content": question}]}
    sources = []
    for line in client.post("/v1/chat/completions", json=body).text.splitlines():
        if not line.startswith("data: {"):
            continue
        delta = json.loads(line[6:])["choices"][0]["delta"]
        cited = [a["url_citation"] for a in delta.get("annotations") or () if a["type"] == "url_citation"]
        sources += [(citation["title"], citation["url"]) for citation in cited]
    whole = client.post("/v1/chat/completions", json={**body, "stream": False}).json()
    assert sources
    assert set(sources) == {(result["title"], result["url"]) for result in whole["search_results"]}

"""OpenAI's protocol, driven by OpenAI's JavaScript library in Node over a real socket: what most chat tools are built on."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.sources.files import find_files, read_file
from index.wiring import build_ingest, build_store
from rag.errors import GeneratorError
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline
from tests.rag.chat_server import chat_server, drip

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
HERE = Path(__file__).parent / "npm"
NODE = shutil.which("node")
SHIPS = {"messages": [{"role": "user", "content": "How many ships will Norlink sell?"}]}

pytestmark = pytest.mark.skipif(
    NODE is None or not (HERE / "node_modules" / "openai").is_dir(),
    reason="needs node and npm's openai; make setup-node installs it",
)


def node(scenario: str, http: httpx2.Client, **options: Any) -> dict[str, Any]:
    """Return what a scenario of `chat.mjs` printed."""
    command = [str(NODE), str(HERE / "chat.mjs"), scenario, f"{str(http.base_url).rstrip('/')}/v1", json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_models_are_listed(client: httpx2.Client) -> None:
    """The library pages through the list and reads one model."""
    found = node("models", client)
    assert found["listed"] == ["dateline", "dateline-extractive"]
    assert (found["one"]["id"], found["one"]["object"]) == ("dateline", "model")


def test_an_answer_has_citations_in_every_form(client: httpx2.Client) -> None:
    """Links in the text, annotations that point at them, the extensions: as the native route has them."""
    native = client.post("/v1/answer", json={"question": SHIPS["messages"][0]["content"]}).json()
    found = node("whole", client, body=SHIPS)
    (citation,) = native["citations"]
    address = f"{str(client.base_url).rstrip('/')}/?article={citation['article_id']}"
    assert found["cited"] == [f"[[1]]({address})"]
    done = found["done"]
    assert done["citations"] == [address]
    assert done["search_results"][0]["snippet"] == citation["quote"]
    assert done["dateline"]["citations"] == native["citations"]
    assert done["usage"]["total_tokens"] == done["usage"]["prompt_tokens"] + done["usage"]["completion_tokens"] > 20


def test_a_stream_says_the_same_as_the_whole(client: httpx2.Client) -> None:
    """Text, annotations, extensions and usage; put together by hand and by the library."""
    whole = node("whole", client, body=SHIPS)["done"]
    message = whole["choices"][0]["message"]
    body = {**SHIPS, "stream_options": {"include_usage": True}}
    chunks = node("stream", client, body=body)["chunks"]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "".join(delta.get("content", "") for delta in deltas) == message["content"]
    assert [annotation for delta in deltas for annotation in delta.get("annotations", [])] == message["annotations"]
    *_, finish, usage = chunks
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert finish["citations"] == whole["citations"]
    assert (usage["choices"], usage["usage"]) == ([], whole["usage"])
    collected = node("collected", client, body=body)
    assert (collected["content"], collected["usage"]) == (message["content"], whole["usage"])


@pytest.fixture(scope="module")
def beyond(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose one article has characters that are two units in JavaScript, before what is cited and in it."""
    folder = tmp_path_factory.mktemp("beyond")
    file = folder / "rocket.jsonl"
    text = "The village of Ostvik 🚀 launched its own rocket 𝐇𝐞𝐥𝐦 on 3 May 2025. It flew for 41 seconds over the bay."
    record = {"title": "Ostvik 🚀 launches", "publisher": "Fjord Post", "published": "2025-05-03", "text": text}
    file.write_text(json.dumps(record), encoding="utf-8")
    settings = ServiceSettings(data=folder / "archive")
    store = build_store(settings)
    files, _ = find_files([str(file)])
    build_ingest(settings, store, embedder).run(
        (item for found in files for item in read_file(found, embedder.embed_passages)), Fallbacks()
    )
    store.close()
    return settings.data


def test_offsets_count_code_points(serving: Serving, ready: Ready, beyond: Path, embedder: Embedder) -> None:
    """`Array.from` finds the link behind an emoji; JavaScript's own slice does not, so the test would see another count."""
    settings = ServiceSettings(data=beyond)
    body = {"messages": [{"role": "user", "content": "What did the village of Ostvik launch on 3 May 2025?"}]}
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as http:
        ready(http)
        found = node("whole", http, body=body)
    content = found["done"]["choices"][0]["message"]["content"]
    assert "🚀" in content.partition("[[1]]")[0]
    assert found["cited"][0].startswith("[[1]](http")
    assert found["cited"][0].endswith(")")
    assert not found["sliced"][0].startswith("[[1]](http")
    place = found["done"]["choices"][0]["message"]["annotations"][0]["url_citation"]
    assert content[place["start_index"] : place["end_index"]] == found["cited"][0], "Python counts code points, too"


@pytest.mark.parametrize(
    ("body", "error", "status", "param"),
    [
        ({"messages": []}, "BadRequestError", 400, "messages"),
        ({**SHIPS, "n": 2}, "BadRequestError", 400, "n"),
        ({**SHIPS, "as_of": "yesterday"}, "BadRequestError", 400, "as_of"),
        ({**SHIPS, "model": "gpt-9"}, "NotFoundError", 404, None),
    ],
)
def test_errors_are_the_librarys_own(
    client: httpx2.Client, body: dict[str, Any], error: str, status: int, param: str | None
) -> None:
    """Each status becomes its class, with the field that is wrong, at the first try."""
    found = node("whole", client, body=body, retries=2)
    assert (found["error"], found["status"], found["param"], found["requests"]) == (error, status, param, 1)
    assert found["type"] == "invalid_request_error"
    assert found["requestID"]


def test_keys_are_asked_for(serving: Serving, ready: Ready, tmp_path: Path, scripted_pipeline: Callable[..., Pipeline]) -> None:
    """A wrong key is 401, a good one answers."""
    _, secret = KeyFile(tmp_path).create(name="chat", scopes=["ask"])
    pipeline = scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]")
    with serving(create_app(ServiceSettings(data=tmp_path), lambda: pipeline)) as http:
        ready(http)
        refused = node("whole", http, body=SHIPS, key="dl_wrong", retries=2)
        assert (refused["error"], refused["status"], refused["code"]) == ("AuthenticationError", 401, "invalid_api_key")
        assert refused["requests"] == 1
        assert "14 of its 23" in node("whole", http, body=SHIPS, key=secret)["done"]["choices"][0]["message"]["content"]


def test_a_service_that_loads_is_asked_again(serving: Serving, archive: Path, scripted_pipeline: Callable[..., Pipeline]) -> None:
    """503 with Retry-After: as many requests as retries are allowed and one more, or the answer once it is there."""
    loaded = threading.Event()

    def slow() -> Pipeline:
        loaded.wait(60)
        return scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]")

    with serving(create_app(ServiceSettings(data=archive), slow)) as http:
        for retries in (0, 1):
            begun = time.monotonic()
            refused = node("whole", http, body=SHIPS, retries=retries)
            assert (refused["error"], refused["status"], refused["requests"]) == ("InternalServerError", 503, retries + 1)
            assert "still loading" in refused["message"]
            assert time.monotonic() - begun > 2 * retries, "it waits the two seconds that it is told to"
        threading.Timer(1, loaded.set).start()
        patient = node("whole", http, body=SHIPS, retries=4)
    assert "14 of its 23" in patient["done"]["choices"][0]["message"]["content"]


def test_a_model_that_fails_is_not_asked_again(
    serving: Serving, ready: Ready, archive: Path, scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """One request however many retries are allowed; in a stream the library raises the error that it is sent."""
    pipeline = scripted_pipeline(error=GeneratorError("the model's server is away; start it"))
    with serving(create_app(ServiceSettings(data=archive), lambda: pipeline)) as http:
        ready(http)
        failed = node("whole", http, body=SHIPS, retries=3)
        assert (failed["status"], failed["requests"]) == (503, 1)
        assert "server is away" in failed["message"]
        assert "server is away" in node("stream", http, body=SHIPS)["message"]


@pytest.fixture
def endless(serving: Serving, ready: Ready, archive: Path, embedder: Embedder) -> Iterator[tuple[httpx2.Client, Any]]:
    """A service whose language model writes for long, and that model's server."""
    with chat_server(lambda reply: drip(reply, "Norlink will sell 14 of its 23 ships [S1]. " * 400, 0.005)) as model:
        settings = ServiceSettings(data=archive, generator="openai", generator_model="made-up", generator_url=model.url)
        with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as http:
            ready(http)
            yield http, model


def test_aborting_a_stream_frees_the_service(endless: tuple[httpx2.Client, Any]) -> None:
    """Soon after the client has gone, the language model is not being asked any more, and no stream is open."""
    http, model = endless
    assert "14 of its 23" in node("abort", http, body=SHIPS)["content"]
    assert model.left.wait(5), "the language model's server still writes"
    deadline = time.monotonic() + 5
    while "dateline_streams_open 0.0" not in http.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)

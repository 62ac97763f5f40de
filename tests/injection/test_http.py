"""The same over HTTP, streamed and not: no event holds more than the answer may."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from api.app import create_app
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline
from tests.injection.checks import breaches, breaches_of_tokens
from tests.injection.obedient import OBEY, Obedient
from tests.injection.poison import Poisoned
from tests.rag.chat_server import ChatServer, chat_server


@pytest.fixture(scope="module")
def model() -> Iterator[ChatServer]:
    with chat_server(Obedient()) as server:
        yield server


@pytest.fixture(scope="module")
def client(archive: Path, embedder: Embedder, model: ChatServer) -> Iterator[httpx2.Client]:
    """A client of the service with the stub model."""
    settings = ServiceSettings(
        data=archive, generator="openai", generator_model="obedient", generator_url=model.url, answer_tokens=8000
    )
    app = create_app(settings, lambda: build_pipeline(settings, embedder=embedder))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # so that who asks before the server runs waits
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    with httpx2.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as made:
        deadline = time.monotonic() + 20
        while made.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield made
    server.should_exit = True
    thread.join(timeout=20)
    listening.close()


def events(text: str) -> list[tuple[str, Any]]:
    """Return the names and data of server-sent events."""
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@pytest.mark.parametrize("goal", OBEY)
def test_nothing_gets_through_the_service(goal: str, client: httpx2.Client, model: ChatServer, articles: list[Poisoned]) -> None:
    """The answer, its sentences and every streamed token are clean, and the stream ends with the same answer."""
    obedient = model.role = Obedient(always=(goal,))
    one = next(one for one in articles if one.goal == goal and one.placement == "middle")
    asked = {"question": one.question, "k": 2}
    answer = client.post("/v1/answer", json=asked).json()
    streamed = events(client.post("/v1/answer", json={**asked, "stream": True}).text)
    tokens = [data["text"] for name, data in streamed if name == "token"]
    (last,) = (data for name, data in streamed if name == "answer")
    system = model.asked[-1]["messages"][0]["content"]
    for body in (answer, last):
        assert one.truth in body["answer"]
        found = breaches(body, lambda it: client.get(f"/v1/articles/{it}").json()["text"], nonce=obedient.nonce, system=system)
        assert found == []
    assert breaches_of_tokens(tokens) == []
    assert "".join(tokens) == last["answer"] == answer["answer"]

"""Follow-ups over HTTP with a language model: every route asks the question that it makes of them, and none for nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.settings import ServiceSettings
from rag.wiring import build_pipeline
from tests.rag.chat_server import ChatServer, Reply, chat_server, drip

FOLLOW_UP = "How many years did the engineer need?"
STANDALONE = "How many years did the engineer of the Sandholm bridge need?"
TURNS = [{"role": "user", "content": "How long is the Sandholm bridge?"}, {"role": "assistant", "content": "2,870 metres."}]


@pytest.fixture
def asking(archive: Path, serving: Callable[..., Any], ready: Callable[[httpx2.Client], None]) -> Callable[..., Any]:
    @contextmanager
    def serve(role: Callable[[Reply], None]) -> Iterator[tuple[httpx2.Client, ChatServer]]:
        """Serve the archive with a model that plays a role."""
        with chat_server(role) as model:
            settings = ServiceSettings(data=archive, generator="openai", generator_model="made-up", generator_url=model.url)
            with serving(create_app(settings, lambda: build_pipeline(settings))) as client:
                ready(client)
                yield client, model

    return serve


def test_every_route_asks_what_the_model_makes_of_a_follow_up(asking: Callable[..., Any]) -> None:
    """The answer shows it, OpenAI's protocol carries it along, and a search finds what it names first."""

    def role(reply: Reply) -> None:
        reply.write(STANDALONE if "<conversation-" in reply.prompt else "Tove Askel led the work for nine years. [S1]")

    with asking(role) as (client, model):
        native = client.post("/v1/answer", json={"question": FOLLOW_UP, "messages": TURNS}).json()
        assert (native["standalone"], native["abstained"]) == (STANDALONE, None)
        assert "nine years" in native["answer"]
        chat = client.post(
            "/v1/chat/completions", json={"model": "dateline", "messages": [*TURNS, {"role": "user", "content": FOLLOW_UP}]}
        ).json()
        assert chat["dateline"]["standalone"] == STANDALONE
        asked = len(model.asked)
        hits = client.post("/v1/search", json={"question": FOLLOW_UP, "messages": TURNS}).json()["hits"]
        assert hits[0]["article"]["title"] == "Sandholm bridge opens to traffic"
        assert len(model.asked) == asked + 1
        client.post("/v1/answer", json={"question": STANDALONE})
        assert len(model.asked) == asked + 2, "without a conversation the model is asked for the answer alone"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_client_that_leaves_stops_the_rewriting(asking: Callable[..., Any], *, streamed: bool) -> None:
    """While the model still writes what the question means, its server loses the connection, and nothing else is asked."""
    with asking(lambda reply: drip(reply, f"{STANDALONE} " * 500, 0.005)) as (client, model):
        with pytest.raises(httpx2.ReadTimeout):
            client.post("/v1/answer", json={"question": FOLLOW_UP, "messages": TURNS, "stream": streamed}, timeout=1.0)
        assert model.left.wait(1)
        assert client.get("/healthz").status_code == 200
        assert len(model.asked) == 1

"""Embeddings from a server: what is sent, what is tried again, and what is refused."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.embedder_wiring import build_embedder
from index.errors import ArchiveMismatch, ModelError
from index.remote_embedding import RemoteEmbedder
from index.settings import IndexSettings
from index.wiring import build_store

Reply = Callable[[dict[str, Any]], tuple[int, object]]


def embeddings(asked: dict[str, Any]) -> tuple[int, object]:
    """Answer as a good server does, but last text first."""
    data = [{"index": number, "embedding": [float(len(text)), 1.0, 2.0]} for number, text in enumerate(asked["input"])]
    return 200, {"data": data[::-1]}


class FakeServer:
    """A server that gives prepared answers, then good ones, and keeps what it was sent."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append({"path": self.path, **asked})
                outer.keys.append(self.headers["Authorization"])
                status, answer = (outer.replies.pop(0) if outer.replies else embeddings)(asked)
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    made = FakeServer()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_texts_are_sent_in_batches_and_come_back_in_order(server: FakeServer) -> None:
    """Rows belong to their texts whatever order the server answers in, have length 1, and no text is sent empty."""
    embedder = RemoteEmbedder(f"{server.url}/", "example-model", key="secret", dimension=3)
    texts = ["", *("w" * number for number in range(1, 100))]
    rows = embedder.embed_passages(texts)
    assert (rows[:, 0] / rows[:, 1]).round(3).tolist() == [1.0, *range(1, 100)]
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(100), abs=1e-5)
    assert [len(asked["input"]) for asked in server.asked] == [64, 36]
    assert {(asked["path"], asked["model"]) for asked in server.asked} == {("/v1/embeddings", "example-model")}
    assert set(server.keys) == {"Bearer secret"}
    assert (embedder.name, embedder.dimension) == ("example-model@unversioned", 3)


def test_a_passing_trouble_is_waited_out(server: FakeServer) -> None:
    """Two refusals that may pass are tried again; without a key none is sent."""
    server.replies = [lambda _: (503, {"error": "busy"}), lambda _: (429, {"error": "slow down"})]
    assert RemoteEmbedder(server.url, "m", dimension=3).embed_question("word").vector.shape == (3,)
    assert len(server.asked) == 3
    assert server.keys == [None] * 3


@pytest.mark.parametrize(
    ("reply", "times", "message"),
    [
        ((503, {"error": "busy"}), 3, r"answered 503: .*busy"),
        ((401, {"error": "who?"}), 1, r"answered 401: .*\(the key is read from DATELINE_EMBEDDER_API_KEY\)"),
        ((404, b"no such\x1b[31m model"), 1, r"answered 404: 'no such\[31m model'"),
        ((200, b"<html>"), 1, "did not answer with embeddings: '<html>'"),
        ((200, {"data": [{"index": 0}]}), 1, "did not answer with embeddings"),
        ((200, {"data": []}), 1, "answered 0 embeddings for 1 texts"),
        ((200, {"data": [{"index": 0, "embedding": [float("nan"), 1, 1]}]}), 1, "that are no numbers"),
        ((200, {"data": [{"index": 0, "embedding": [1, 2]}]}), 1, "gives 2 numbers a text for 'm', but the archive has 3"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(server: FakeServer, reply: tuple[int, object], times: int, message: str) -> None:
    """A refusal that will not pass is not repeated, and the message holds the server's own words, harmless for terminals."""
    server.replies = [lambda _: reply] * 3
    with pytest.raises(ModelError, match=message) as refused:
        RemoteEmbedder(server.url, "m", dimension=3).embed_question("word")
    assert len(server.asked) == times
    assert str(refused.value).isprintable()


def test_a_server_that_is_not_there_is_named() -> None:
    """Nobody listens: the message says where nobody listens."""
    made = FakeServer()
    made.server.shutdown()
    made.server.server_close()
    with pytest.raises(ModelError, match=rf"{made.url}/embeddings cannot be reached \(ConnectError"):
        RemoteEmbedder(made.url, "m")


def test_an_archive_opens_while_its_server_is_away(server: FakeServer, tmp_path: Path) -> None:
    """A new archive asks the server once for the length of a vector; later the archive knows, and refuses another model."""
    settings = IndexSettings(data=tmp_path, embedder_url=server.url, embedder_model="m")
    build_store(settings).close()
    assert len(server.asked) == 1
    server.server.shutdown()
    build_store(settings).close()
    embedder = build_embedder(settings)
    assert (embedder.name, embedder.dimension) == ("m@unversioned", 3)
    assert len(server.asked) == 1
    with pytest.raises(ArchiveMismatch, match="made with embedder 'm@unversioned'"):
        build_store(IndexSettings(data=tmp_path, embedder_url=server.url, embedder_model="other"))
    with pytest.raises(ArchiveMismatch, match="made with embedder 'm@unversioned'"):
        build_store(IndexSettings(data=tmp_path))

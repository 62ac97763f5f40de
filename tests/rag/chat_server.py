"""A server with OpenAI's chat completions API on this machine that plays the roles of good and bad ones."""

import json
import socketserver
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.rag.model_server import ModelServer, RawReply, model_server

Role = Callable[["Reply"], None]


class Reply(RawReply):
    """One request, and the means to answer it well or badly."""

    def __init__(self, handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        super().__init__(handler)
        self.asked = asked

    def delta(self, *, end: str | None = None, **delta: Any) -> None:
        """Send one chunk of a completion; `end` says why it is the last."""
        chunk = {
            "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": end}],
        }  # fmt: skip
        self.raw(f"data: {json.dumps(chunk)}\n\n".encode())

    def done(self, end: str = "stop") -> None:
        """End a stream as OpenAI does."""
        self.delta(end=end)
        self.raw(b"data: [DONE]\n\n")

    def write(self, text: str, size: int = 7) -> None:
        """Stream a whole completion."""
        self.begin()
        for start in range(0, len(text), size):
            self.delta(content=text[start : start + size])
        self.done()

    def refuse(self, status: int, message: str = "no", **headers: str) -> None:
        """Answer with an error."""
        self.begin(status, "application/json", **headers)
        self.raw(json.dumps({"error": {"message": message, "type": "x", "code": None}}).encode())

    @property
    def prompt(self) -> str:
        """Everything that the model was told."""
        return "\n".join(message["content"] for message in self.asked["messages"])


class ChatServer(ModelServer):
    """Where the server is, what it was asked, and what it plays."""

    def __init__(self, role: Role) -> None:
        super().__init__()
        self.role = role


@contextmanager
def chat_server(role: Role) -> Iterator[ChatServer]:
    """Run a server that plays a role."""
    served = ChatServer(role)
    with model_server(served, lambda handler, body: served.role(Reply(handler, body)), "/v1"):
        yield served


def drip(reply: Reply, text: str, pause: float) -> None:
    """Send a completion one byte at a time."""
    reply.begin()
    for letter in text:
        reply.delta(content=letter)
        time.sleep(pause)


def unused_port() -> int:
    """Return a port that nothing listens on."""
    with socketserver.TCPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return int(server.server_address[1])

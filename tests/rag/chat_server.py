"""A server with OpenAI's chat completions API on this machine that plays the roles of good and bad ones."""

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Role = Callable[["Reply"], None]


class Reply:
    """One request, and the means to answer it well or badly."""

    def __init__(self, handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        self._handler = handler
        self.asked = asked

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Send the status line and headers; the body ends when the connection does."""
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", kind)
        self._handler.send_header("Connection", "close")
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

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


class ChatServer:
    """Where the server is, and what it was asked."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.left = threading.Event()
        """Set when a client closed its connection before the answer was whole."""
        self.url = ""


@contextmanager
def chat_server(role: Role) -> Iterator[ChatServer]:
    """Run a server that plays a role."""
    served = ChatServer(role)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.asked.append(body)
            served.keys.append(self.headers.get("Authorization"))
            self.close_connection = True
            try:
                served.role(Reply(self, body))
            except (BrokenPipeError, ConnectionResetError):
                served.left.set()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        served.url = f"http://127.0.0.1:{server.server_port}/v1"
        yield served
        server.shutdown()


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

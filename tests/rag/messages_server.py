"""A server with Anthropic's messages API on this machine that plays the roles of good and bad ones."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Role = Callable[["Reply"], None]


class Reply:
    """One request, and the means to answer it well or badly."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler

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

    def event(self, kind: str, **fields: Any) -> None:
        """Send one event."""
        self.raw(f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode())

    def open(self) -> None:
        """Begin a message, with a ping as Anthropic sends them."""
        self.begin()
        message = {
            "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
            "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
        }  # fmt: skip
        self.event("message_start", message=message)
        self.event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        self.event("ping")

    def text(self, text: str) -> None:
        """Send a piece of the text."""
        self.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def done(self, reason: str = "end_turn") -> None:
        """End a message."""
        self.event("content_block_stop", index=0)
        self.event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 9})
        self.event("message_stop")

    def write(self, text: str, size: int = 7, reason: str = "end_turn") -> None:
        """Stream a whole message."""
        self.open()
        for start in range(0, len(text), size):
            self.text(text[start : start + size])
        self.done(reason)

    def refuse(self, status: int, kind: str, message: str = "no", **headers: str) -> None:
        """Answer with an error."""
        self.begin(status, "application/json", **headers)
        self.raw(json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode())


class MessagesServer:
    """Where the server is, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.left = threading.Event()
        """Set when a client closed its connection before the answer was whole."""
        self.url = ""


@contextmanager
def messages_server(role: Role) -> Iterator[MessagesServer]:
    """Run a server that plays a role."""
    served = MessagesServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            served.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            served.paths.append(self.path.partition("?")[0])
            served.keys.append(self.headers.get("Authorization"))
            self.close_connection = True
            try:
                role(Reply(self))
            except (BrokenPipeError, ConnectionResetError):
                served.left.set()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        served.url = f"http://127.0.0.1:{server.server_port}"
        yield served
        server.shutdown()

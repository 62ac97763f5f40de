"""What the servers that play language models have in common: a loopback server, and the means to answer it well or badly."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class RawReply:
    """One request, and the means to answer it in any way."""

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


class ModelServer:
    """Where a server is, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.left = threading.Event()
        """Set when a client closed its connection before the answer was whole."""
        self.url = ""


@contextmanager
def model_server(
    served: ModelServer, answer: Callable[[BaseHTTPRequestHandler, dict[str, Any]], None], path: str = ""
) -> Iterator[None]:
    """Run a server on this machine, whose URL ends with this path; `answer` gets each request and its body."""
    failures: list[BaseException | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(length := int(self.headers["Content-Length"]))
            if len(sent) < length:
                served.left.set()
                return
            body = json.loads(sent)
            served.asked.append(body)
            served.paths.append(self.path.partition("?")[0])
            served.keys.append(self.headers.get("Authorization"))
            self.close_connection = True
            try:
                answer(self, body)
            except (BrokenPipeError, ConnectionResetError):
                served.left.set()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # Many may connect at once; whom the usual five leave out tries again only a second later.
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            # Not only printed: a role that cannot be played would look like a model that fails, and tests would pass.
            failures.append(sys.exception())

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        served.url = f"http://127.0.0.1:{server.server_port}{path}"
        yield
        server.shutdown()
    assert not failures, f"the server could not play its role: {failures[0]!r}"

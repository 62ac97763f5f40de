"""SIGTERM while a stream is written: the stream ends whole, nobody new is served, and log and spans tell of it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.rag.chat_server import Reply, chat_server

ASKED = "How much did the Sandholm bridge cost?"
BEFORE = "It is 2,870 metres long and cost 640 million crowns. [S1] Engineer Tove"
AFTER = " Askel led the work for nine years. [S1]"


@dataclass
class Stopped:
    """What was seen of a service that was stopped in the middle of an answer."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: bool = False
    lines: list[dict[str, Any]] = field(default_factory=list)
    spans: dict[bytes, Any] = field(default_factory=dict)


@contextmanager
def collector(received: list[bytes]) -> Iterator[str]:
    """Run a collector of spans on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def refuses(url: str) -> bool:
    """Return whether nobody listens at the address, after a moment of patience."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            httpx2.get(f"{url}/healthz", timeout=5)
        except httpx2.TransportError:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def stopped(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """`dateline serve` with a language model, told to stop when half of an answer is written."""
    seen, goes_on, received = Stopped(), threading.Event(), list[bytes]()

    def role(reply: Reply) -> None:
        reply.begin()
        reply.delta(content=BEFORE)
        assert goes_on.wait(20)
        reply.delta(content=AFTER)
        reply.done()

    with chat_server(role) as model, collector(received) as spans:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_GENERATOR", "OTEL_"))}
        environment |= {
            "PYTHONPATH": str(Path(__file__).parents[2]), "DATELINE_GENERATOR": "openai", "DATELINE_GENERATOR_URL": model.url,
            "DATELINE_GENERATOR_MODEL": "m", "OTEL_EXPORTER_OTLP_ENDPOINT": spans,
        }  # fmt: skip
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(archive)]
        folder = tmp_path_factory.mktemp("served")
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment) as process:
            try:
                assert process.stderr is not None
                url = json.loads(process.stderr.readline())["url"]
                while json.loads(process.stderr.readline())["event"] != "ready":
                    pass
                asked = {"question": ASKED, "stream": True}
                headers = {"X-Request-Id": "last", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
                with httpx2.stream("POST", f"{url}/v1/answer", json=asked, headers=headers, timeout=30) as response:
                    for line in response.iter_lines():
                        if line.startswith("event: "):
                            name = line.removeprefix("event: ")
                        if line.startswith("data: "):
                            seen.events.append((name, json.loads(line.removeprefix("data: "))))
                        if line.startswith("data: ") and name == "token" and not goes_on.is_set():
                            process.send_signal(signal.SIGTERM)
                            seen.refused = refuses(url)
                            goes_on.set()
                _, errors = process.communicate(timeout=30)
            finally:
                process.kill()
        seen.lines = [json.loads(line) for line in errors.splitlines()]
    for body in received:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            seen.spans |= {span.span_id: span for scope in resource.scope_spans for span in scope.spans}
    return seen


def test_a_stream_is_finished(stopped: Stopped) -> None:
    """What was written after the signal arrives, and the last event is the whole answer."""
    assert [name for name, _ in stopped.events] == ["evidence", "token", "token", "answer"]
    answer = stopped.events[-1][1]["answer"]
    assert "640 million crowns" in answer
    assert "Tove Askel" in answer


def test_nobody_new_is_served(stopped: Stopped) -> None:
    """From the signal on, connections are refused although the stream goes on."""
    assert stopped.refused


def test_the_log_has_the_last_request(stopped: Stopped) -> None:
    """All that comes on stderr is JSON; the line of the stream that was finished is there, and nothing went wrong."""
    (line,) = [line for line in stopped.lines if line["event"] == "request" and line["request_id"] == "last"]
    assert (line["status"], line["generator"], line["citations"]) == (200, "m", 2)
    assert line["ms"] >= line["generation_ms"] > 0
    assert not [line for line in stopped.lines if line["level"] in {"error", "critical"}]


def test_the_spans_reach_the_collector(stopped: Stopped) -> None:
    """The request's span is part of the caller's trace, and retrieving and generating are inside it; none holds the question."""
    (request,) = [span for span in stopped.spans.values() if span.name == "POST /v1/answer"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == ("a" * 32, "b" * 16)
    for name in ("retrieve", "generate"):
        (span,) = [span for span in stopped.spans.values() if span.name == name]
        assert span.end_time_unix_nano > span.start_time_unix_nano
        while span.span_id != request.span_id:  # FastAPI has spans of its own in between
            span = stopped.spans[span.parent_span_id]
        assert span.trace_id == request.trace_id
    assert "Sandholm" not in str(stopped.spans)

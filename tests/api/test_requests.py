"""What happens around requests: ids, lines in the log, slow bodies, clients that leave."""

import io
import json
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
import structlog
from fastapi import FastAPI

from api.answers import Service
from api.app import create_app
from api.logs import configure_logging
from api.requests import Requests
from api.settings import ServiceSettings
from index.errors import ArchiveUnavailable
from rag.errors import GeneratorError
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
Lines = Callable[..., list[dict[str, Any]]]
ASKED = "How much did the Sandholm bridge cost?"
DRAFT = "It is 2,870 metres long and cost 640 million crowns. [S1]"


def nothing_to_load() -> Pipeline:
    """Load no archive."""
    raise ArchiveUnavailable("There is none.")


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log of this process as JSON objects, from now on."""
    written = io.StringIO()
    before = structlog.get_config()
    configure_logging(ServiceSettings(log_level="debug"))
    handlers = logging.getLogger().handlers
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=written), cache_logger_on_first_use=False)

    def read(event: str = "request", **fields: object) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 5
        while True:
            found = [json.loads(line) for line in written.getvalue().splitlines()]
            found = [line for line in found if line["event"] == event and fields.items() <= line.items()]
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.01)

    yield read
    handlers.clear()
    structlog.configure(**before)


@pytest.mark.parametrize("given", ["abc-123", "x", "!" * 64])
def test_a_usable_id_is_kept(client: httpx2.Client, given: str) -> None:
    """The id that a proxy gave is that of the response, so that both logs can be joined."""
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "é".encode(), b"\xff"])
def test_an_unusable_id_is_replaced(client: httpx2.Client, given: str | bytes) -> None:
    """Ids that are long, empty, or hold what could break a line of a log are not repeated."""
    sent = given if isinstance(given, bytes) else given.encode()
    response = client.get("/healthz", headers=[(b"X-Request-Id", sent)])
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/healthz", "/no/such/path", "/v1/articles/0123456789abcdef0123", "/v1/models"])
def test_every_response_has_an_id_and_is_not_sniffed(client: httpx2.Client, path: str) -> None:
    """Whatever the status, the headers are there once."""
    response = client.get(path)
    assert len(response.headers.get_list("x-request-id")) == 1
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_fault_has_an_id_in_header_body_and_log(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], lines: Lines
) -> None:
    """What nobody foresaw is a 500 that can be found in the log, and the log has its traceback."""
    app = create_app(ServiceSettings(), lambda: scripted_pipeline("It is", error=ZeroDivisionError("secret")))
    with serving(app) as client:
        ready(client)
        response = client.post("/v1/answer", json={"question": ASKED}, headers={"X-Request-Id": "find-me"})
    assert response.status_code == 500
    assert response.headers["x-request-id"] == response.json()["request_id"] == "find-me"
    assert "secret" not in response.text
    assert lines(request_id="find-me", status=500)
    assert "ZeroDivisionError" in lines("unexpected error", request_id="find-me")[0]["exception"]


def test_a_question_has_one_line_without_its_text(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], lines: Lines
) -> None:
    """The line says how long what took and what became of it; what was asked is nobody's business."""
    with serving(create_app(ServiceSettings(), lambda: scripted_pipeline(DRAFT))) as client:
        ready(client)
        client.post("/v1/answer?x=secret", json={"question": ASKED}, headers={"X-Request-Id": "one"})
        (line,) = lines(request_id="one")
        client.post("/v1/answer", json={"question": "best pizza recipe with pineapple"}, headers={"X-Request-Id": "two"})
        (abstained,) = lines(request_id="two")
        client.get("/v1/articles/0123456789abcdef0123", headers={"X-Request-Id": "three"})
        (missing,) = lines(request_id="three")
    assert {**line, "ms": 0, "retrieval_ms": 0, "generation_ms": 0, "timestamp": 0} == {
        "event": "request", "level": "info", "request_id": "one", "method": "POST", "route": "/v1/answer", "status": 200,
        "ms": 0, "retrieval_ms": 0, "generation_ms": 0, "timestamp": 0,
        "abstained": None, "generator": "scripted", "citations": 1, "generation": 4,
    }  # fmt: skip
    assert line["ms"] >= line["retrieval_ms"] > 0
    assert abstained["abstained"] == "low_score"
    assert "generation_ms" not in abstained
    assert (missing["route"], missing["status"]) == ("/v1/articles/{article_id}", 404)
    assert "Sandholm" not in str(lines())


def test_the_text_is_logged_where_it_is_switched_on(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], lines: Lines
) -> None:
    """With the setting, the line holds the question as asked."""
    with serving(create_app(ServiceSettings(log_questions=True), lambda: scripted_pipeline(DRAFT))) as client:
        ready(client)
        client.post("/v1/answer", json={"question": ASKED})
        client.post("/v1/search", json={"question": "lighthouse"})
    assert lines(route="/v1/answer")[0]["question"] == ASKED
    assert lines(route="/v1/search")[0] | {"question": "lighthouse"} == lines(route="/v1/search")[0]


def test_all_transports_note_the_same(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], lines: Lines
) -> None:
    """OpenAI's route, streamed or not, and MCP's tool have the same fields in their lines."""
    with serving(create_app(ServiceSettings(), lambda: scripted_pipeline(DRAFT))) as client:
        ready(client)
        said = {"model": "dateline", "messages": [{"role": "user", "content": ASKED}]}
        client.post("/v1/chat/completions", json=said)
        client.post("/v1/chat/completions", json={**said, "stream": True}).read()
        client.post("/v1/answer", json={"question": ASKED, "stream": True}).read()
        called = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": ASKED}}}
        accepted = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
        assert "640 million" in client.post("/mcp", json=called, headers=accepted).text
        found = [lines(route=route) for route in ("/v1/chat/completions", "/v1/answer", "/mcp")]
    assert [len(group) for group in found] == [2, 1, 1]
    for line in (line for group in found for line in group):
        assert (line["status"], line["citations"], line["generator"], line["generation"]) == (200, 1, "scripted", 4)
        assert line["retrieval_ms"] > 0
        assert line["generation_ms"] >= 0


def test_what_machines_ask_is_quiet(client: httpx2.Client, lines: Lines) -> None:
    """Probes are logged below the level that is usual."""
    client.get("/healthz", headers={"X-Request-Id": "probe"})
    assert [line["level"] for line in lines(request_id="probe")] == ["debug"]


def test_libraries_log_json_too(capfd: pytest.CaptureFixture[str]) -> None:
    """A warning of the standard library's logging is a JSON line on stderr; what is less is not written."""
    before = structlog.get_config()
    configure_logging(ServiceSettings())
    logging.getLogger("uvicorn.error").warning("Invalid %s", "request")
    logging.getLogger("uvicorn.error").info("hello")
    time.sleep(0.2)  # lines are written by a thread of their own
    structlog.configure(**before)
    logging.getLogger().handlers.clear()
    (line,) = capfd.readouterr().err.splitlines()
    assert {**json.loads(line), "timestamp": 0} == {
        "event": "Invalid request", "level": "warning", "logger": "uvicorn.error", "timestamp": 0
    }  # fmt: skip


def test_a_client_that_leaves_is_seen(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], lines: Lines
) -> None:
    """A stream that nobody reads to its end has status 499, and is not open any more."""
    pipeline = scripted_pipeline(DRAFT, error=None)
    with serving(create_app(ServiceSettings(), lambda: pipeline)) as client:
        ready(client)
        address = (client.base_url.host, client.base_url.port)
        body = json.dumps({"question": ASKED, "stream": True}).encode()
        with socket.create_connection(address) as leaving:
            head = f"POST /v1/answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            leaving.sendall(head.encode() + b"\r\nX-Request-Id: gone\r\n\r\n" + body[:-1])
        (line,) = lines(request_id="gone")
        assert line["status"] == 499
        assert "dateline_streams_open 0.0" in client.get("/metrics").text


def test_a_slow_body_is_not_waited_for(serving: Callable[[Any], AbstractContextManager[httpx2.Client]]) -> None:
    """A body that stops in the middle is a 408 after a while, and the connection is closed."""
    impatient = Requests(create_app(ServiceSettings(), nothing_to_load), service=Service(1), body_seconds=0.3)
    head = b"POST /v1/answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{"
    with serving(impatient) as client, socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as slow:
        slow.sendall(head)
        started = time.monotonic()
        answered = b""
        while received := slow.recv(65_536):
            answered += received
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answered
    assert time.monotonic() - started < 5


def test_a_body_has_an_end_however_much_of_it_came(serving: Callable[[Any], AbstractContextManager[httpx2.Client]]) -> None:
    """What came buys time, but not without limit."""
    service = Service(1)
    impatient = Requests(create_app(ServiceSettings(), nothing_to_load), service=service, body_seconds=0.2, most_body_seconds=1.0)
    head = b"POST /v1/answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    with serving(impatient) as client, socket.create_connection((client.base_url.host, client.base_url.port), timeout=15) as slow:
        slow.sendall(head + b" " * 50_000)
        assert slow.recv(65_536).startswith(b"HTTP/1.1 408 ")


def test_a_generator_that_fails_is_named(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], lines: Lines
) -> None:
    """The line of a question that nothing could answer says why."""
    pipeline = scripted_pipeline(error=GeneratorError("The model went away."))
    with serving(create_app(ServiceSettings(), lambda: pipeline)) as client:
        ready(client)
        assert client.post("/v1/answer", json={"question": ASKED}).status_code == 503
    assert lines(status=503, route="/v1/answer")[0]["generator_error"] == "The model went away."


def test_what_clients_make_up_is_no_route(client: httpx2.Client, lines: Lines) -> None:
    """Paths and methods that nobody knows do not reach the log or the labels."""
    client.request("BREW", "/v1/coffee-7f3a", headers={"X-Request-Id": "brew"})
    (line,) = lines(request_id="brew")
    assert (line["method"], line["route"], line["status"]) == ("other", "unmatched", 404)
    shown = client.get("/metrics").text
    assert "coffee" not in shown
    assert "BREW" not in shown

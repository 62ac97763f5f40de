"""Errors over HTTP: problem details with a request id, never a 500 for bad input."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from rag.errors import GeneratorError
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]


def assert_problem(response: httpx2.Response, status: int) -> dict[str, object]:
    """Check that a response is RFC 9457 problem details, and return them."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = response.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem


def send(client: httpx2.Client, content: bytes | Iterator[bytes], path: str = "/v1/answer") -> httpx2.Response:
    return client.post(path, content=content, headers={"content-type": "application/json"})


@pytest.mark.parametrize("path", ["/v1/answer", "/v1/search"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"not JSON", "body"),
        (b"null", "body"),
        (b'["question"]', "body"),
        (b"{}", "question"),
        (b'{"question": ""}', "question"),
        (b'{"question": " \\n\\t "}', "question"),
        (b'{"question": "%s"}' % (b"a" * 2001), "question"),
        (b'{"question": 5}', "question"),
        (b'{"question": null}', "question"),
        (b'{"question": ["x"]}', "question"),
        (b'{"question": {"question": "x"}}', "question"),
        (b'{"question": "\\ud800"}', "question"),
        (b'{"question": "x \\udfff y"}', "question"),
        (b'{"question": "x", "k": -1}', "k"),
        (b'{"question": "x", "k": 0}', "k"),
        (b'{"question": "x", "k": 101}', "k"),
        (b'{"question": "x", "k": 100000000000000000000}', "k"),
        (b'{"question": "x", "k": NaN}', "k"),
        (b'{"question": "x", "k": Infinity}', "k"),
        (b'{"question": "x", "k": 5.5}', "k"),
        (b'{"question": "x", "k": "5"}', "k"),
        (b'{"question": "x", "k": true}', "k"),
        (b'{"question": "x", "k": null}', "k"),
        (b'{"question": "x", "kk": 5}', "kk"),
        (b'{"question": "x", "since": "2025-01-01"}', "since"),
        (b'{"question": "x", "as_of": "yesterday"}', "as_of"),
        (b'{"question": "x", "as_of": "2025-02-30"}', "as_of"),
        (b'{"question": "x", "as_of": "2025-1-1"}', "as_of"),
        (b'{"question": "x", "as_of": "20250101"}', "as_of"),
        (b'{"question": "x", "as_of": 20250101}', "as_of"),
        (b'{"question": "x", "from": "2025-09-19T09:04"}', "from"),
        (b'{"question": "x", "to": ""}', "to"),
        (b'{"question": "x", "from": "2025-02-02", "to": "2025-02-01"}', "from"),
        (b'{"question": "x", "publishers": "Reuters"}', "publishers"),
        (b'{"question": "x", "publishers": [5]}', "publishers"),
        (b'{"question": "x", "publishers": ["\\udc00"]}', "publishers"),
        (b'{"question": "x", "publishers": [%s]}' % b",".join([b'"x"'] * 51), "publishers"),
        (b'{"question": "x", "generator": "gpt"}', "generator"),
        (b'{"question": "x", "stream": "yes"}', "stream"),
    ],
)
def test_bad_input_is_named(client: httpx2.Client, path: str, body: bytes, field: str) -> None:
    """Every unusable body is a 422 that names the field and does not repeat what was sent."""
    problem = assert_problem(send(client, body, path), 422)
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert [error["field"] for error in errors] == [field]
    assert str(problem["detail"]).startswith(f"{field}: ")
    assert len(str(problem)) < 600


@pytest.mark.parametrize(
    "body",
    [
        b'{"question": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"question": ' * 50_000,
        b'{"question": "\xff"}',
        b"\xff\xfe\x00",
        b'{"question": "x", "k": ' + b"9" * 5_000 + b"}",
    ],
)
def test_unreadable_json_is_refused(client: httpx2.Client, body: bytes) -> None:
    """Nesting without end, bytes that are no text and endless numbers are the sender's fault."""
    response = send(client, body)
    assert response.status_code in (400, 422)
    assert_problem(response, response.status_code)


def test_several_mistakes_are_told_at_once(client: httpx2.Client) -> None:
    """Every wrong field is named in one answer."""
    problem = assert_problem(send(client, b'{"question": 5, "k": 0, "x": 1}'), 422)
    assert {error["field"] for error in problem["errors"]} == {"question", "k", "x"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/docs", 404),
        ("GET", "/v1/articles/0123456789abcdef0123", 404),
        ("GET", "/v1/articles/%00", 404),
        ("GET", "/v1/articles/%ff", 404),
        ("GET", "/v1/articles/'--", 404),
        ("GET", "/v1/answer", 405),
        ("PUT", "/v1/search", 405),
        ("DELETE", "/v1/articles", 405),
        ("POST", "/healthz", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(client: httpx2.Client, method: str, path: str, status: int) -> None:
    """Unknown paths, ids and methods are problem details; a wrong method names the right one."""
    response = client.request(method, path)
    assert_problem(response, status)
    assert ("allow" in response.headers) is (status == 405)


def test_an_unknown_article_is_named(client: httpx2.Client) -> None:
    """The id that was asked for stands in the message, with what to do."""
    problem = assert_problem(client.get("/v1/articles/0123456789abcdef0123"), 404)
    assert "0123456789abcdef0123" in str(problem["detail"])
    assert "dateline articles list" in str(problem["detail"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("offset=-1", "offset"),
        (f"offset={10**20}", "offset"),
    ],
)
def test_pages_have_bounds(client: httpx2.Client, query: str, field: str) -> None:
    """A page that cannot be given names the parameter."""
    assert field in str(assert_problem(client.get(f"/v1/articles?{query}"), 422)["detail"])


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_not_read(client: httpx2.Client, chunked: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """More than the largest body is a 413 with problem details, whether its size is announced or not."""
    body = b'{"question": "x"}' + b" " * 1_000_000
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    assert_problem(send(client, pieces if chunked else body), 413)


def test_request_ids_differ(client: httpx2.Client) -> None:
    """Every response, errors and answers alike, has an id of its own."""
    responses = [client.get("/healthz"), client.get("/healthz"), client.get("/nowhere"), send(client, b"{}")]
    assert len({response.headers["x-request-id"] for response in responses}) == 4


def test_a_generator_that_fails_is_unavailable(
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """A generator's error is a 503 with its message and when to try again; searching goes on."""
    pipeline = scripted_pipeline("Half a", error=GeneratorError("The language model does not answer."))
    with serving(create_app(ServiceSettings(), lambda: pipeline)) as client:
        ready(client)
        response = client.post("/v1/answer", json={"question": "How much did the Sandholm bridge cost?"})
        assert assert_problem(response, 503)["detail"] == "The language model does not answer."
        assert int(response.headers["retry-after"]) > 0
        assert client.post("/v1/search", json={"question": "bridge"}).status_code == 200


def test_an_unforeseen_error_tells_no_details(
    serving: Serving,
    ready: Callable[[httpx2.Client], None],
    scripted_pipeline: Callable[..., Pipeline],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A fault of ours is a 500 with a request id, the details stay in the log, and the service lives on."""
    pipeline = scripted_pipeline(error=ZeroDivisionError("secret"))
    with serving(create_app(ServiceSettings(), lambda: pipeline)) as client:
        ready(client)
        response = client.post("/v1/answer", json={"question": "How much did the Sandholm bridge cost?"})
        assert response.status_code == 500
        assert response.headers["content-type"] == "application/problem+json"
        assert len(response.json()["request_id"]) == 32
        assert "secret" not in response.text
        assert client.get("/readyz").status_code == 200
    log = capsys.readouterr().out
    assert response.json()["request_id"] in log
    assert "ZeroDivisionError" in log


MANY = {f"key {number}": 1 for number in range(60_000)}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/answer", {"question": "x", **MANY}, "body"),
        ("/v1/answer", {"question": "x", "messages": [{f"{n}": 1 for n in range(450)}] * 199}, "messages"),
        ("/v1/answer", {"question": "x", "messages": [{}] * 240_000}, "messages.role"),
        ("/v1/answer", {"question": "x", "publishers": [1] * 300_000}, "publishers"),
        ("/v1/chat/completions", {"model": "x", "messages": [{"role": "user", "content": [{}] * 240_000}]}, "messages"),
        ("/v1/chat/completions", {"model": "x", "messages": [{"role": "user", "content": [{}] * 900}] * 260}, "messages"),
        ("/v1/chat/completions", {"model": "x", "messages": [{}] * 240_000}, "messages"),
    ],
)
def test_a_body_full_of_mistakes_is_refused_at_once(client: httpx2.Client, path: str, body: object, field: str) -> None:
    """A megabyte of them is not read to its end, and a short answer names the first."""
    sent = json.dumps(body).encode()
    started = time.monotonic()
    response = send(client, sent, path)
    assert time.monotonic() - started < 2
    assert response.status_code in (400, 422)
    assert len(response.content) < 1_000
    told = response.json()
    assert (told["error"]["param"] if "error" in told else told["errors"][0]["field"]).startswith(field)


def test_of_many_mistakes_the_first_twenty_are_told(client: httpx2.Client) -> None:
    """And how many more there are."""
    problem = assert_problem(send(client, json.dumps({"question": 5, **{f"x{number}": 1 for number in range(40)}}).encode()), 422)
    assert len(problem["errors"]) == 20  # type: ignore[arg-type]
    assert str(problem["detail"]).endswith("; and 21 more")

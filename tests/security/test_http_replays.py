"""Attacks on web frameworks of the last years, replayed: forms, ranges, patterns in questions, and which pages may ask what."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from index.errors import ModelError
from rag.bounds import MAX_QUESTION_CHARACTERS
from rag.pipeline import Pipeline

INTRANET = "https://intranet.example.org"
POSTS = ("/v1/answer", "/v1/search", "/v1/chat/completions", "/v1/articles", "/v1/ingest", "/mcp")


@pytest.fixture(scope="module")
def named(
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    """A service that one page of another address may ask. It has nothing to answer from: who may ask comes first."""
    settings = ServiceSettings(data=tmp_path_factory.mktemp("named"), origins=(INTRANET,))

    def nothing() -> Pipeline:
        raise ModelError("there is no model in this test")

    with serving(create_app(settings, nothing)) as http:
        yield http


def paths() -> list[str]:
    """Return every path of the service, with something in place of parameters."""
    app = create_app(ServiceSettings(), lambda: pytest.fail("not started"))
    return sorted({re.sub(r"\{\w+\}", "x", path) for path in app.openapi()["paths"]} | {"/", "/mcp", "/metrics", "/page/page.js"})


# A file may be sent to /v1/ingest under the type of a form: that is what curl calls whatever it sends.
@pytest.mark.parametrize(
    ("path", "kind"),
    [(path, kind) for path in POSTS for kind in ("boundary", "parts", "header")]
    + [(path, kind) for path in POSTS for kind in ("fields", "nameless") if path != "/v1/ingest"],
)
def test_forms_are_not_parsed(client: httpx2.Client, path: str, kind: str) -> None:
    """A form is refused unread: no parser of forms can be kept busy (CVE-2024-24762, CVE-2024-47874, CVE-2026-54283)."""
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    sent = {
        "boundary": ("multipart/form-data; boundary=" + "x" * 10_000, b"--" + b"x" * 500_000),
        "parts": ("multipart/form-data; boundary=x", part * 12_000 + b"--x--\r\n"),
        "fields": ("application/x-www-form-urlencoded", b"a=b&" * 200_000),
        "header": ("multipart/form-data; boundary=x", b"--x\r\nX: " + b"\r" * 500_000),
        "nameless": ('application/x-www-form-urlencoded; !="' + "\\" * 5_000, b"a=b"),
    }  # fmt: skip
    media_type, body = sent[kind]
    started = time.process_time()
    response = client.post(path, content=body, headers={"Content-Type": media_type})
    assert 400 <= response.status_code < 500
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "ranges", ["bytes=0-0," * 900 + "1-1", "bytes=" + "," * 9_000, "bytes=0-18446744073709551616", "bytes=-1"]
)
def test_ranges_are_not_served(client: httpx2.Client, ranges: str) -> None:
    """The whole file comes, once (CVE-2025-62727)."""
    whole = client.get("/widget.js").content
    response = client.get("/widget.js", headers={"Range": ranges})
    assert (response.status_code, response.content) == (200, whole)
    assert "accept-ranges" not in response.headers


# Those that took longest of 75 that were tried, one of each kind.
PATTERNS = (
    "a", "A ", "(", '"', "1.", "!", "A.A", "on 4 March 2025 ", "2025-01-01 ", "last week ", "a-", "Mr. ",
    "more than ", "1 million ",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/answer", "/v1/search", "/v1/chat/completions"])
def test_a_question_of_100_kilobytes_is_refused_at_once(client: httpx2.Client, path: str) -> None:
    """By its length, before any pattern is tried on it; of a chat message, its end is asked."""
    for pattern in PATTERNS:
        question = (pattern * 100_000)[:100_000] + "!"
        body: dict[str, Any] = {"model": "dateline", "messages": [{"role": "user", "content": question}]}
        started = time.process_time()
        response = client.post(path, json=body if "chat" in path else {"question": question})
        assert response.status_code in ((200, 400) if "chat" in path else (422,)), response.text
        assert time.process_time() - started < 1, pattern


def test_no_pattern_makes_the_longest_question_slow(client: httpx2.Client) -> None:
    """Questions of just the limit, each nothing but one thing again and again, and the same as what was said before.

    Computing time is counted, of the whole process, so that other work on the machine makes nothing slow.
    """
    times = {}
    for pattern in PATTERNS:
        question = "Who" + (pattern * MAX_QUESTION_CHARACTERS)[: MAX_QUESTION_CHARACTERS - 4] + "!"
        before = [{"role": "user", "content": (pattern * 20_000)[:20_000]}] * 3
        started = time.process_time()
        first = client.post("/v1/answer", json={"question": question})
        second = client.post("/v1/answer", json={"question": "And when did they say that?", "messages": before})
        times[pattern] = time.process_time() - started
        assert {first.status_code, second.status_code} <= {200, 422}, first.text
    slowest = max(times, key=lambda pattern: times[pattern])
    assert times[slowest] < 3, slowest


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH"])
def test_only_named_pages_are_let_in_by_browsers(named: httpx2.Client, method: str) -> None:
    """For every path: beforehand and at once, with the exact origin or not at all, never for everybody, never with cookies."""
    evil = (
        "https://evil.example",
        "null",
        f"{INTRANET}.evil.example",
        "http://intranet.example.org",
        f"{INTRANET}:8443",
        "*",
        "",
    )
    for path in paths():
        for origin in (INTRANET, *evil):
            beforehand = {
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization",
            }
            responses = [named.options(path, headers=beforehand)]
            if method == "GET" and path != "/mcp":
                responses.append(named.get(path, headers={"Origin": origin}))
            for response in responses:
                allowed = response.headers.get("access-control-allow-origin")
                assert allowed in ((INTRANET,) if origin == INTRANET else (None,)), (path, origin)
                assert "access-control-allow-credentials" not in response.headers
            if origin != INTRANET:
                assert responses[0].status_code in (400, 403, 405), (path, origin, responses[0].status_code)
            allowed_methods = responses[0].headers.get("access-control-allow-methods", "")
            assert "PUT" not in allowed_methods
            assert "PATCH" not in allowed_methods

"""Who may ask: keys of every kind, over every transport, driven by the clients that people use."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from api.access import RULES, scopes_for
from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from index.chunking import CHUNKER
from index.local.store import LocalStore
from index.remote_embedding import remote_name
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
PAGE = "https://www.example.org"
QUESTION = {"question": "How many ships will Norlink sell?"}
CHAT = {"model": "dateline", "messages": [{"role": "user", "content": QUESTION["question"]}]}


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A service with keys, one for each scope by its name."""

    http: httpx2.Client
    keys: KeyFile
    secrets: dict[str, str]

    def bearer(self, scope: str) -> dict[str, str]:
        """Return the header with the key of this scope."""
        return {"Authorization": f"Bearer {self.secrets[scope]}"}


@pytest.fixture(scope="module")
def guarded(
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:  # fmt: skip
    folder = tmp_path_factory.mktemp("guarded")
    keys = KeyFile(folder)
    secrets = {scope: keys.create(name=scope, scopes=[scope])[1] for scope in ("ask", "ingest", "admin")}
    secrets["publishable"] = keys.create(name="page", scopes=["publishable"], origins=[PAGE])[1]
    app = create_app(ServiceSettings(data=folder), lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [1]"))
    with serving(app) as http:
        ready(http)
        yield Guarded(http=http, keys=keys, secrets=secrets)


def routes() -> list[tuple[str, str]]:
    """Return every method and path that the service answers, with something in place of parameters."""
    app = create_app(ServiceSettings(), lambda: pytest.fail("not started"))
    # FastAPI keeps the routes of a router together; those of the schema are among them.
    every = [inner for route in app.routes for inner in getattr(getattr(route, "original_router", None), "routes", [route])]
    found = {
        (method, re.sub(r"\{\w+\}", "x", route.path)) for route in every for method in route.methods or ("GET", "POST", "DELETE")
    }
    in_schema = {
        (method.upper(), re.sub(r"\{\w+\}", "x", path)) for path, item in app.openapi()["paths"].items() for method in item
    }
    assert in_schema <= found
    return sorted(found)


def test_every_route_stands_in_the_table() -> None:
    """A route that no rule names could be used with `admin` only; whoever adds one has to say who may use it."""
    assert len(routes()) > 10
    assert [(method, path) for method, path in routes() if scopes_for(method, path) == frozenset()] == []


def test_nothing_but_health_and_the_page_is_open(guarded: Guarded) -> None:
    """Without a key every route, and every path that is none, is refused in the shape of its protocol."""
    for method, path in [
        *routes(),
        ("GET", "/nothing"),
        ("PUT", "/v1/answer"),
        ("PATCH", "/v1/articles/x"),
    ]:
        response = guarded.http.request(method, path, json=QUESTION)
        if path in ("/healthz", "/readyz", "/", "/widget", "/widget.js") or path.startswith("/page/"):
            assert response.status_code != 401, path
            continue
        if (method, path) == ("POST", "/slack/events"):
            assert response.status_code == 404, "Slack is not set up; its signature is checked in tests/api/slack"
            continue
        assert response.status_code == 401, (method, path)
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["x-request-id"]
        if method == "HEAD":
            continue
        if path.startswith(("/v1/chat", "/v1/models")):
            error = response.json()["error"]
            assert (error["type"], error["code"]) == ("authentication_error", "invalid_api_key")
            assert "dateline keys create" in error["message"]
        else:
            assert response.headers["content-type"] == "application/problem+json"
            assert "dateline keys create" in response.json()["detail"]


def test_the_table_opens_only_what_it_should() -> None:
    """What is open without a key is on this list, letter by letter."""
    opened = {rule.path for rule in RULES if rule.scopes is None}
    assert opened == {"/", "/page/*", "/widget", "/widget.js", "/healthz", "/readyz", "/slack/events"}
    writes = {
        (method, rule.path) for rule in RULES if rule.scopes is None for method in rule.methods if method not in {"GET", "HEAD"}
    }
    assert writes == {("POST", "/slack/events")}, "which checks Slack's own signature"


@pytest.mark.parametrize("path", ["//v1/answer", "/V1/answer", "/v1/answer/", "/v1/%61nswer/", "/v1/answer;x", "/mcp/", "/page"])
def test_other_spellings_of_a_path_are_no_way_in(guarded: Guarded, path: str) -> None:
    """What no rule names is refused, whatever the router would make of it."""
    assert guarded.http.post(path, json=QUESTION).status_code == 401
    assert guarded.http.post(path, json=QUESTION, headers=guarded.bearer("ask")).status_code == 403


@pytest.mark.parametrize("path", ["/healthz/../v1/answer", "/./v1/answer", "/healthz/", "/readyz/x", "/pagex", "/page", ""])
def test_what_is_beside_an_open_path_is_closed(path: str) -> None:
    """Paths that a client would tidy up before it sends them, and neighbours of open ones."""
    assert scopes_for("GET", path) == scopes_for("POST", path) == frozenset()


@pytest.mark.parametrize("form", ["Authorization: Bearer {}", "authorization: bearer   {}", "X-Api-Key: {}", "x-API-key: {}"])
def test_a_key_is_taken_in_the_usual_forms(guarded: Guarded, form: str) -> None:
    """As a bearer token or as a header of its own."""
    name, _, value = form.format(guarded.secrets["ask"]).partition(": ")
    assert guarded.http.post("/v1/answer", json=QUESTION, headers={name: value}).status_code == 200


KEY = b"dl_" + b"k" * 43
MALFORMED: dict[str, list[tuple[bytes, bytes]]] = {
    "unknown": [(b"Authorization", b"Bearer " + KEY)],
    "no scheme": [(b"Authorization", KEY)],
    "another scheme": [(b"Authorization", b"Basic ZGw6eA==")],
    "empty": [(b"Authorization", b"")],
    "empty bearer": [(b"Authorization", b"Bearer")],
    "two words": [(b"Authorization", b"Bearer " + KEY + b" " + KEY)],
    "empty header": [(b"X-Api-Key", b"")],
    "Latin-1": [(b"Authorization", b"Bearer dl_" + b"\xe9" * 43)],
    "UTF-8": [(b"X-Api-Key", "dl_ключ".encode())],
    "huge": [(b"Authorization", b"Bearer " + b"a" * 30_000)],
    "huge header": [(b"X-Api-Key", b"dl_" + b"a" * 30_000)],
    "SQL": [(b"X-Api-Key", b"' OR 1=1 --")],
    "JSON": [(b"Authorization", b'Bearer {"alg":"none"}')],
}


@pytest.mark.parametrize("headers", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("path", ["/v1/answer", "/v1/chat/completions", "/mcp"])
def test_what_is_no_key_is_refused(guarded: Guarded, path: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Never a fault of the service, never let in."""
    response = guarded.http.post(path, json=CHAT, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "names", [("Authorization", "Authorization"), ("Authorization", "X-Api-Key"), ("X-Api-Key", "X-Api-Key")]
)
def test_two_keys_are_refused(guarded: Guarded, names: tuple[str, str]) -> None:
    """Even if both are good: another program on the way could have looked at the other one."""
    secret = guarded.secrets["ask"]
    headers = [(name, f"Bearer {secret}" if name == "Authorization" else secret) for name in names]
    response = guarded.http.post("/v1/answer", json=QUESTION, headers=headers)
    assert response.status_code == 401
    assert "More than one" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/answer", {"ask", "publishable", "admin"}),
        ("POST", "/v1/search", {"ask", "publishable", "admin"}),
        ("POST", "/v1/chat/completions", {"ask", "publishable", "admin"}),
        ("GET", "/v1/articles", {"ask", "publishable", "admin"}),
        ("GET", "/v1/articles/nothing/history", {"ask", "publishable", "admin"}),
        ("GET", "/v1/models", {"ask", "admin"}),
        ("GET", "/openapi.json", {"ask", "admin"}),
        ("POST", "/mcp", {"ask", "admin"}),
        ("POST", "/v1/articles", {"ingest", "admin"}),
        ("DELETE", "/v1/articles/nothing", {"ingest", "admin"}),
        ("GET", "/v1/publishers", {"ask", "publishable", "admin"}),
        ("GET", "/v1/permissions", {"ask", "publishable", "ingest", "admin"}),
        ("GET", "/metrics", {"admin"}),
        ("GET", "/nothing", {"admin"}),
    ],
)
def test_a_key_may_do_what_its_scope_says(guarded: Guarded, method: str, path: str, allowed: set[str]) -> None:
    """Everything else is 403, with what would be needed and without what the archive holds."""
    body = {**QUESTION, **CHAT} if "chat" in path else QUESTION
    for scope in guarded.secrets:
        origin = {"Origin": PAGE} if scope == "publishable" else {}
        response = guarded.http.request(method, path, json=body, headers={**guarded.bearer(scope), **origin})
        assert (response.status_code not in (401, 403)) == (scope in allowed), (scope, response.text)
        assert response.status_code < 500
        if scope not in allowed and not (path == "/mcp" and scope == "publishable"):
            assert f"this key has {scope}" in response.text


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Origin", f"{PAGE}.evil.example")],
        [("Origin", f"{PAGE}:8443")],
        [("Origin", PAGE.upper())],
        [("Origin", "http://www.example.org")],
        [("Origin", PAGE), ("Origin", PAGE)],
        [("Origin", "https://é.example".encode())],
        [("Sec-Fetch-Site", "cross-site")],
    ],
)
def test_a_publishable_key_is_bound_to_its_pages(guarded: Guarded, headers: list[tuple[str, Any]]) -> None:
    """From another page, or from none, it opens nothing, neither for reading nor for asking."""
    sent = [*guarded.bearer("publishable").items(), *headers]
    assert guarded.http.post("/v1/answer", json=QUESTION, headers=sent).status_code == 403
    assert guarded.http.get("/v1/articles", headers=sent).status_code == 403


def test_a_publishable_key_asks_from_its_pages(guarded: Guarded) -> None:
    """The browser may then read the answer; so may the service's own pages, where a frame of it sits in another page."""
    key = guarded.bearer("publishable")
    own = str(guarded.http.base_url).rstrip("/")
    answer = guarded.http.post("/v1/answer", json=QUESTION, headers={**key, "Origin": PAGE})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, PAGE)
    assert "access-control-allow-credentials" not in answer.headers
    assert guarded.http.post("/v1/answer", json=QUESTION, headers={**key, "Origin": own}).status_code == 200
    assert guarded.http.get("/v1/articles", headers={**key, "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_rate_is_kept(guarded: Guarded) -> None:
    """Further requests get 429 and when to come back; other keys go on; what is refused does not count."""
    key, secret = guarded.keys.create(name="slow", scopes=["ask"], rate="2/minute")
    headers = {"X-Api-Key": secret}
    time.sleep(1.1)  # the next request looks at the keys again; one before might count already
    found = [guarded.http.post("/v1/search", json=QUESTION, headers=headers) for _ in range(5)]
    assert [response.status_code for response in found] == [200, 200, 429, 429, 429]
    assert 1 <= int(found[-1].headers["retry-after"]) <= 60
    assert "2/minute" in found[-1].json()["detail"]
    assert guarded.http.post("/v1/search", json=QUESTION, headers=guarded.bearer("ask")).status_code == 200
    guarded.keys.revoke(key.id)


def test_openai_reports_what_is_wrong_with_a_key(guarded: Guarded) -> None:
    """OpenAI's library raises its own errors, waits as long as it is told, and asks again."""
    base = f"{guarded.http.base_url}/v1"
    _, slow = guarded.keys.create(name="slow", scopes=["ask"], rate="1/second")
    time.sleep(1.1)

    def asked(secret: str, retries: int = 0) -> Any:
        with openai.OpenAI(base_url=base, api_key=secret, max_retries=retries) as client:
            return client.chat.completions.create(**CHAT)  # type: ignore[call-overload]

    assert "14 of its 23" in asked(guarded.secrets["ask"]).choices[0].message.content
    with pytest.raises(openai.AuthenticationError, match="not known"):
        asked("sk-unused")
    with pytest.raises(openai.PermissionDeniedError, match="this key has ingest"):
        asked(guarded.secrets["ingest"])
    assert asked(slow).choices
    with pytest.raises(openai.RateLimitError, match="1/second"):
        asked(slow)
    assert asked(slow, retries=2).choices
    with openai.OpenAI(base_url=base, api_key=guarded.secrets["ask"]) as client:
        assert [model.id for model in client.models.list()] == ["dateline", "dateline-extractive"]
        stream = client.chat.completions.create(**CHAT, stream=True)  # type: ignore[call-overload]
        assert "14 of its 23" in "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_mcp_asks_with_a_key(guarded: Guarded, mode: Any) -> None:
    """The protocol's own client gets in with a header, and not without, in both eras."""

    async def asked(headers: dict[str, str]) -> Any:
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{guarded.http.base_url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as connection:
                return await connection.call_tool("ask", QUESTION)

    result = asyncio.run(asked(guarded.bearer("ask")))
    assert "14 of its 23" in result.structured_content["standalone_answer"]
    for headers in ({}, {"Authorization": f"Bearer {KEY.decode()}"}, guarded.bearer("ingest"), guarded.bearer("publishable")):
        with pytest.raises(Exception) as refused:  # noqa: PT011 - which one differs by era; that it is no answer matters
            asyncio.run(asked(headers))
        assert "14 of its 23" not in repr(refused.value)


def test_a_revoked_key_is_refused_within_two_seconds(guarded: Guarded) -> None:
    """And a new one is known within two."""
    key, secret = guarded.keys.create(name="short", scopes=["ask"])
    for status in (200, 401):
        started = time.monotonic()
        while guarded.http.get("/v1/articles", headers={"X-Api-Key": secret}).status_code != status:
            assert time.monotonic() - started < 2
            time.sleep(0.05)
        if status == 200:
            guarded.keys.revoke(key.id)


def test_without_keys_everybody_on_this_machine_may_ask(client: httpx2.Client) -> None:
    """No key was ever made here; whatever a tool sends as its key does no harm."""
    for headers in ({}, {"Authorization": "Bearer unused"}, {"X-Api-Key": "é".encode()}):
        assert client.post("/v1/search", json=QUESTION, headers=headers).status_code == 200


def test_damaged_keys_close_the_service(
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """503 with what to do for everybody, also for those who had a key; health and the page stay."""
    _, secret = KeyFile(tmp_path).create(name="x", scopes=["admin"])
    (tmp_path / "keys.json").write_text("{")
    with serving(create_app(ServiceSettings(data=tmp_path), lambda: scripted_pipeline("x"))) as http:
        ready(http)
        for headers in ({}, {"X-Api-Key": secret}):
            response = http.post("/v1/answer", json=QUESTION, headers=headers)
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
            assert "keys.json" in response.json()["detail"]
            assert http.post("/v1/chat/completions", json=CHAT, headers=headers).json()["error"]["type"] == "server_error"
        assert http.get("/healthz").status_code == http.get("/readyz").status_code == 200


@pytest.fixture
def public(tmp_path: Path) -> Iterator[tuple[str, KeyFile, str, "subprocess.Popen[str]"]]:
    """`dateline serve` on all addresses, two processes, everything logged; its address, keys and a secret."""
    data = tmp_path / "data"
    keys = KeyFile(data)
    _, secret = keys.create(name="x", scopes=["ask"])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "DATELINE_LOG_LEVEL": "debug", "DATELINE_WORKERS": "2"}
    # Nothing is embedded here, so two processes need not load a model: vectors would come from a server.
    environment |= {"DATELINE_EMBEDDER_URL": "http://127.0.0.1:9", "DATELINE_EMBEDDER_MODEL": "m"}
    chunker = f"{CHUNKER}/{ServiceSettings().passage_tokens}"
    LocalStore(data, embedder=remote_name("m"), dimension=8, chunker=chunker).close()
    command = [sys.executable, "-m", "api.cli", "--debug", "serve", "--host", "0.0.0.0", "--port", "0", "--data", str(data)]  # noqa: S104
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        assert process.stderr is not None
        event: dict[str, Any] = {}
        while event.get("event") != "listening":
            line = process.stderr.readline()
            event = json.loads(line) if line.startswith("{") else {}
        port = event["url"].rpartition(":")[2]
        try:
            yield f"http://127.0.0.1:{port}", keys, secret, process
        finally:
            process.terminate()  # not killed, or the processes that it started would stay
            process.wait(timeout=60)


def test_a_public_service_with_keys(public: tuple[str, KeyFile, str, "subprocess.Popen[str]"]) -> None:
    """Every process asks for a key and knows a revoked one within two seconds; no secret is ever in the log."""
    url, keys, secret, process = public
    wrong = f"dl_{'w' * 43}"

    def status(given: str) -> int:
        # A new connection each time, so that both processes are asked.
        return httpx2.get(f"{url}/v1/models", headers={"X-Api-Key": given}, timeout=30).status_code

    assert {status(secret) for _ in range(10)} == {200}
    assert {status(wrong) for _ in range(10)} == {401}
    assert httpx2.get(f"{url}/v1/models").status_code == 401
    assert httpx2.get(f"{url}/v1/models", headers={"X-Api-Key": secret, "Host": "news.example.org"}).status_code == 421
    (found,) = (key for key in (keys.read() or (None, ()))[1] if key.active)
    keys.revoke(found.id)
    time.sleep(2)
    assert {status(secret) for _ in range(20)} == {401}
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    assert process.stdout is not None
    log = process.stderr.read() + process.stdout.read()
    assert '"refused"' in log
    assert "set DATELINE_HOSTS" in log
    assert secret[3:] not in log
    assert wrong[3:] not in log
    assert found.sha256 not in log

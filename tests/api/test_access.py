"""Who may ask: which routes are open, what counts as a key, and what each may do."""

import re

import pytest

from api.access import RULES, scopes_for
from api.app import create_app
from api.settings import ServiceSettings
from tests.api.guarded import CHAT, KEY, PAGE, QUESTION, Guarded


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

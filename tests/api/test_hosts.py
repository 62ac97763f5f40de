"""Names under which the service answers, pages that may ask, addresses that it may listen on, and how many may wait."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
QUESTION = {"question": "How many ships will Norlink sell?"}
INTRANET, PAGE = "https://intranet.example.org", "https://www.example.org"


@pytest.fixture(scope="module")
def named(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    """A service without keys that has names and pages of its own."""
    settings = ServiceSettings(
        data=tmp_path_factory.mktemp("named"), hosts=("news.internal", "10.1.2.3:8000"), origins=(INTRANET,),
        public_url="https://News.example.org/dateline",
    )  # fmt: skip
    with serving(create_app(settings, lambda: scripted_pipeline("x"))) as http:
        ready(http)
        yield http


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost:8000",
        "LOCALHOST",
        "[::1]:8000",
        "news.internal",
        "news.internal:1",
        "news.example.org",
        "10.1.2.3:8000",
    ],
)
def test_the_service_answers_under_its_names(named: httpx2.Client, host: str) -> None:
    """Those of this machine, of the settings and of the public address, in any case; with any port where none is named."""
    assert named.get("/v1/articles", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "news.internal.",
        "news.internal:",
        "news.internal:80a",
        "news.internal@evil.example",
        "evil.example#news.internal",
        "[::1",
        "localhost:localhost:80",
        "",
        "é.example".encode(),
        "x" * 5000,
    ],
)
def test_under_other_names_it_does_not_answer(named: httpx2.Client, host: Any) -> None:
    """A page whose name leads to this machine reads nothing: problem details, or OpenAI's shape, that say what to set."""
    for path in ("/v1/articles", "/healthz", "/mcp", "/nothing"):
        response = named.get(path, headers={"Host": host})
        assert response.status_code in (400, 421), path  # h11 itself refuses what is no header
    if response.status_code == 421:
        assert "DATELINE_HOSTS" in response.json()["detail"]
        assert response.json()["request_id"] == response.headers["x-request-id"]
        assert named.get("/v1/models", headers={"Host": host}).json()["error"]["type"] == "invalid_request_error"


def test_health_is_told_by_address(named: httpx2.Client) -> None:
    """What watches over a container knows only its address; nothing else is told under one."""
    for host in ("10.9.8.7", "10.9.8.7:8000", "10.1.2.3:80", "[fd00::7]:8000"):
        assert named.get("/healthz", headers={"Host": host}).status_code == 200
        assert named.get("/readyz", headers={"Host": host}).status_code == 200
        assert named.get("/v1/articles", headers={"Host": host}).status_code == 421


def beforehand(origin: str, method: str = "POST", headers: str = "authorization,content-type,x-stainless-os") -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}


def test_a_browser_is_told_which_pages_may_ask(named: httpx2.Client) -> None:
    """What it asks beforehand is answered without a key, for these pages only, and never with cookies or for everybody."""
    response = named.options("/v1/answer", headers=beforehand(INTRANET))
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, INTRANET)
    assert "POST" in response.headers["access-control-allow-methods"]
    assert "x-stainless-os" in response.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in response.headers
    assert "Origin" in response.headers["vary"]
    answer = named.post("/v1/answer", json=QUESTION, headers={"Origin": INTRANET})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, INTRANET)
    assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
    wrong = named.post("/v1/answer", json={}, headers={"Origin": INTRANET})
    assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (422, INTRANET)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{INTRANET}.evil.example", "http://intranet.example.org", "é"]
)
def test_pages_of_others_may_not_ask(named: httpx2.Client, origin: str) -> None:
    """Neither beforehand nor at once, and what they could read by other means, browsers keep from them."""
    sent: Any = origin.encode()
    assert named.options("/v1/answer", headers={**beforehand("x"), "Origin": sent}).status_code == 403
    for path in ("/v1/answer", "/mcp"):
        refused = named.post(path, json=QUESTION, headers={"Origin": sent})
        assert refused.status_code == 403
        assert "DATELINE_ORIGINS" in refused.json()["detail"]
    listed = named.get("/v1/articles", headers={"Origin": sent})
    assert "access-control-allow-origin" not in listed.headers


def test_two_origins_are_none(named: httpx2.Client) -> None:
    """No browser sends two."""
    response = named.post("/v1/answer", json=QUESTION, headers=[("Origin", INTRANET), ("Origin", INTRANET)])
    assert response.status_code == 403


def test_the_service_s_own_pages_may_ask(named: httpx2.Client) -> None:
    """Under the name that the browser used, and under the public address of a proxy in front."""
    for origin in (str(named.base_url).rstrip("/"), "https://news.example.org"):
        assert named.post("/v1/answer", json=QUESTION, headers={"Origin": origin}).status_code == 200


def test_pages_of_publishable_keys_are_told_to_browsers(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """From the key's making to its revocation; a page that sends a wrong key may read that it is wrong."""
    keys = KeyFile(tmp_path)
    key, _ = keys.create(name="page", scopes=["publishable"], origins=[PAGE])
    keys.create(name="other", scopes=["ask"])
    with serving(create_app(ServiceSettings(data=tmp_path), lambda: scripted_pipeline("x"))) as http:
        ready(http)
        assert http.options("/v1/answer", headers=beforehand(PAGE)).headers["access-control-allow-origin"] == PAGE
        refused = http.post("/v1/answer", json=QUESTION, headers={"Origin": PAGE, "X-Api-Key": "dl_no"})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, PAGE)
        assert http.options("/v1/answer", headers=beforehand(INTRANET)).status_code == 403
        keys.revoke(key.id)
        time.sleep(1.1)
        assert http.options("/v1/answer", headers=beforehand(PAGE)).status_code == 403


def test_a_public_address_needs_a_key_that_counts(dateline: Callable[..., Any], tmp_path: Path) -> None:
    """Without any, with revoked ones only, and with damaged ones the command ends, with the command that makes one."""
    host = "0.0.0.0"  # noqa: S104 - refused
    keys = KeyFile(tmp_path)
    for _ in range(2):
        done = dateline("serve", "--host", host, "--data", tmp_path)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert "dateline keys create" in done.err
        keys.revoke(keys.create(name="x", scopes=["ask"])[0].id)
    keys.path.write_text("{")
    for address in (host, "127.0.0.1"):
        done = dateline("serve", "--host", address, "--data", tmp_path)
        assert done.code == 1
        assert "cannot be read" in done.err

"""The widget as it is served: to everybody the script, to known pages and to no other the page in the frame."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.key_file import KeyFile
from api.page import POLICY
from api.settings import ServiceSettings
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
PAGE, NAMED = "https://www.example.org", "https://intranet.example:8443"
FOLDER = Path(__file__).parents[2] / "api" / "page"


@pytest.fixture(scope="module")
def guarded(
    serving: Serving, scripted_pipeline: Callable[..., Pipeline], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    """A client of a service with a publishable key for one page, and another page in its settings."""
    folder = tmp_path_factory.mktemp("guarded")
    KeyFile(folder).create(name="site", scopes=["publishable"], origins=[PAGE, "https://a;script-src"])
    settings = ServiceSettings(data=folder, origins=(NAMED, "https://b,c"))
    with serving(create_app(settings, lambda: scripted_pipeline("x"))) as client:
        yield client


def frame(client: httpx2.Client, host: str) -> httpx2.Response:
    return client.get("/widget", params={"host": host})


def test_the_script_is_small_and_for_everybody(guarded: httpx2.Client) -> None:
    """Without a key, for pages of every site, kept by browsers for a while; under 15 kB."""
    response = guarded.get("/widget.js", headers={"Origin": PAGE})
    assert response.status_code == 200
    assert response.content == (FOLDER / "widget.js").read_bytes()
    assert len(response.content) < 15_000
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert guarded.get("/widget.js", headers={"If-None-Match": response.headers["etag"]}).status_code == 304
    assert b"sessionStorage" not in response.content


@pytest.mark.parametrize("host", [PAGE, NAMED])
def test_a_known_page_may_frame_it(guarded: httpx2.Client, host: str) -> None:
    """The policy names that page and no other; all else is as strict as for the page at `/`."""
    response = frame(guarded, host)
    assert response.status_code == 200
    assert response.content == (FOLDER / "widget.html").read_bytes()
    assert response.headers["content-security-policy"] == POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {host}")
    assert response.headers["cross-origin-embedder-policy"] == "require-corp"
    again = guarded.get("/widget", params={"host": host}, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.headers["content-security-policy"]) == (304, response.headers["content-security-policy"])


@pytest.mark.parametrize(
    "host",
    [
        "https://evil.example",
        f"{PAGE}.evil.example",
        f"{PAGE}:8443",
        f"{PAGE}/",
        f"{PAGE} *",
        PAGE.upper(),
        "http://www.example.org",
        "null",
        "*",
        "",
        "https:",
        # They stand in the settings, but would write more into the header than an address.
        "https://a;script-src",
        "https://b,c",
        "https://é.example",
        f"{PAGE}\r\nX-Injected: 1",
    ],
)
def test_another_page_may_not(guarded: httpx2.Client, host: str) -> None:
    """It is told what to do; what it gets cannot be framed either."""
    response = frame(guarded, host)
    assert response.status_code == 403
    assert "dateline keys create" in response.json()["detail"]
    assert response.headers["content-security-policy"] == POLICY
    assert "x-injected" not in response.headers


def test_a_page_has_to_be_named(guarded: httpx2.Client) -> None:
    """Without one, or with one that no origin is as long as, nothing is shown."""
    assert guarded.get("/widget").status_code == 422
    assert frame(guarded, "https://" + "a" * 300).status_code == 422


def test_a_revoked_key_takes_its_pages_along(
    serving: Serving, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """Within two seconds the page cannot be framed any more."""
    keys = KeyFile(tmp_path)
    key, _ = keys.create(name="site", scopes=["publishable"], origins=[PAGE])
    with serving(create_app(ServiceSettings(data=tmp_path), lambda: scripted_pipeline("x"))) as client:
        assert frame(client, PAGE).status_code == 200
        keys.revoke(key.id)
        started = time.monotonic()
        while frame(client, PAGE).status_code != 403:
            assert time.monotonic() - started < 2
            time.sleep(0.05)

"""Requests that may not write: a service that only answers, pages of other addresses, forms."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2

from tests.api.writing.sending import TRAM, add

Serve = Callable[..., AbstractContextManager[httpx2.Client]]


def test_a_service_that_is_not_writable_only_answers(serve: Serve, tmp_path: Path) -> None:
    """With `writable` off all three are 403 before anything is read; reading goes on."""
    with serve(tmp_path, writable=False) as client:
        responses = [
            add(client, text=TRAM),
            client.post("/v1/ingest", content=TRAM),
            client.delete("/v1/articles/0123456789abcdef0123"),
        ]
        assert [response.status_code for response in responses] == [403, 403, 403]
        assert all("writable" in response.json()["detail"] for response in responses)
        assert client.get("/v1/articles").json()["total"] == 0


def test_web_pages_of_other_addresses_may_not_write(client: httpx2.Client) -> None:
    """A request that a foreign page makes a browser send is 403; the service's own page and named ones may write."""
    own = str(client.base_url).rstrip("/")
    allowed = {"https://desk.example": 200, "https://news.example": 200, own: 200}
    refused = dict.fromkeys(
        (
            "https://evil.example",
            "null",
            own.replace("127.0.0.1", "localhost"),
            "http://desk.example",
            "http://127.0.0.1.evil.example:80",
            "http://[",
        ),
        403,
    )
    for origin, status in (allowed | refused).items():
        headers = {"origin": origin, "content-type": "text/plain"}
        assert client.post("/v1/ingest", content=TRAM, headers=headers).status_code == status, origin
        if status == 403:
            assert client.delete("/v1/articles/0123456789abcdef0123", headers=headers).status_code == 403


def test_only_json_is_taken_for_an_article(client: httpx2.Client) -> None:
    """A form or a plain text, which browsers send without asking, is 415."""
    response = client.post("/v1/articles", content=json.dumps({"text": TRAM}), headers={"content-type": "text/plain"})
    assert response.status_code == 415
    assert "application/json" in response.json()["detail"]

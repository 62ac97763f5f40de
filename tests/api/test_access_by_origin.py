"""Publishable keys, which are bound to pages."""

from typing import Any

import pytest

from tests.api.guarded import PAGE, QUESTION, Guarded


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

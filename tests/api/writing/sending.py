"""What tests that write over HTTP send, and how."""

import time
from collections.abc import Callable
from typing import Any

import httpx2

TRAM = (
    "The tram line to Ostmark opened on 3 May 2025. It is 11.4 kilometres long and cost 212 million crowns. "
    "Mayor Ilka Brandt rode in the first carriage, and 6,000 people stood along the line in the rain."
)


def add(client: httpx2.Client, **record: object) -> httpx2.Response:
    return client.post("/v1/articles", json=record)


def upload(client: httpx2.Client, content: bytes | str, **query: str) -> dict[str, Any]:
    response = client.post("/v1/ingest", content=content, params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    assert sum(body["counts"].values()) == body["read"] == len(body["entries"])
    return body


def story(subject: str) -> str:
    return (
        f"The {subject} of Lindahl reopened on 9 June 2025 after four years of work. Its keeper, Signe Aarup, counted 731 "
        f"visitors before noon. The {subject} had been closed since a storm broke its eastern wall in 2021."
    )


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is so, 20 seconds at most."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)

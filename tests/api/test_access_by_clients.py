"""Keys driven by the clients that people use; rates, keys that are revoked, no keys, and damaged ones."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from rag.pipeline import Pipeline
from tests.api.guarded import CHAT, KEY, QUESTION, Guarded

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]


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
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """503 for everybody, also for those who had a key; health and the page stay. Where the file lies only the log says."""
    _, secret = KeyFile(tmp_path).create(name="x", scopes=["admin"])
    (tmp_path / "keys.json").write_text("{")
    with serving(create_app(ServiceSettings(data=tmp_path), lambda: scripted_pipeline("x"))) as http:
        ready(http)
        for headers in ({}, {"X-Api-Key": secret}):
            response = http.post("/v1/answer", json=QUESTION, headers=headers)
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
            assert response.json()["detail"].startswith("The access keys of this service cannot be read")
            assert "keys.json" not in response.text
            assert str(tmp_path) not in response.text
            assert http.post("/v1/chat/completions", json=CHAT, headers=headers).json()["error"]["type"] == "server_error"
        assert http.get("/healthz").status_code == http.get("/readyz").status_code == 200
    assert str(tmp_path / "keys.json") in capsys.readouterr().out

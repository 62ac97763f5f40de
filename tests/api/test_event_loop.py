"""The event loop never waits for a disk, a lock or a sleep: blockbuster raises where it would."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from blockbuster import BlockBusterFunction, BlockingError, blockbuster_ctx
from fastapi import FastAPI

from api.app import create_app
from api.logs import configure_logging
from api.settings import ServiceSettings
from index.local.database import Database
from index.protocols import Embedder
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
ASKED = "How much did the Sandholm bridge cost?"
DRAFT = "It is 2,870 metres long and cost 640 million crowns. [S1]"
MCP_HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


@pytest.fixture
def extractive_pipeline(archive: Path, embedder: Embedder) -> Callable[[], Pipeline]:
    """The pipeline that answers with the archive's own sentences."""
    return lambda: build_pipeline(ServiceSettings(data=archive), embedder=embedder)


@pytest.fixture(params=["extractive", "scripted"])
def watched(
    request: pytest.FixtureRequest, extractive_pipeline: Callable[[], Pipeline], scripted_pipeline: Any, serving: Serving,
    ready: Ready,
) -> Iterator[httpx2.Client]:  # fmt: skip
    """A client of a service whose event loop may not block, from its first request on; it logs as the command does."""
    before = structlog.get_config()
    configure_logging(ServiceSettings())
    load = extractive_pipeline if request.param == "extractive" else lambda: scripted_pipeline(DRAFT)
    with serving(create_app(ServiceSettings(), load)) as client:
        ready(client)
        with watching():
            yield client
    logging.getLogger().handlers.clear()
    structlog.configure(**before)


@contextmanager
def watching() -> Iterator[None]:
    """Raise where the loop blocks: what blockbuster knows, and what it does not: reading the archive, and searching it."""
    ours = [
        BlockBusterFunction(Database, "rows"), BlockBusterFunction(Database, "many"),
        BlockBusterFunction(Pipeline, "search"), BlockBusterFunction(Pipeline, "prepare"),
    ]  # fmt: skip
    with blockbuster_ctx():
        for function in ours:
            function.activate()
        try:
            yield
        finally:
            for function in ours:
                function.deactivate()


def mcp(client: httpx2.Client, method: str, **params: Any) -> str:
    """Send one message to the MCP endpoint."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    response = client.post("/mcp", json=body, headers=MCP_HEADERS)
    assert response.status_code == 200
    return response.text


def test_no_route_blocks_the_loop(watched: httpx2.Client) -> None:
    """Every route answers as ever while nothing on the loop may wait."""
    found = watched.post("/v1/search", json={"question": ASKED}).json()["hits"]
    article = found[0]["article"]["article_id"]
    whole = watched.post("/v1/answer", json={"question": ASKED}).json()
    assert "640 million" in whole["answer"]
    streamed = watched.post("/v1/answer", json={"question": ASKED, "stream": True}).text
    assert json.loads(streamed.rsplit("data: ", 1)[1])["answer"] == whole["answer"]
    for path in (
        "/healthz", "/readyz", "/metrics", "/v1/articles", f"/v1/articles/{article}", f"/v1/articles/{article}/history",
        "/v1/models", "/v1/models/dateline", "/openapi.json",
    ):  # fmt: skip
        assert watched.get(path).status_code == 200, path
    chat = {"model": "dateline", "messages": [{"role": "user", "content": ASKED}]}
    assert "640 million" in watched.post("/v1/chat/completions", json=chat).text
    assert "640 million" in watched.post("/v1/chat/completions", json={**chat, "stream": True}).text
    follow_up = {"question": "And how long is it?", "messages": [{"role": "user", "content": ASKED}]}
    assert watched.post("/v1/answer", json=follow_up).status_code == 200
    assert watched.post("/v1/answer", json={"question": "best pizza recipe with pineapple"}).json()["abstained"]


def test_no_tool_blocks_the_loop(watched: httpx2.Client) -> None:
    """The same for what clients of the Model Context Protocol call."""
    found = mcp(watched, "tools/call", name="search", arguments={"query": ASKED})
    article = json.loads(found)["result"]["structuredContent"]["results"][0]["id"]
    assert "640 million" in mcp(watched, "tools/call", name="fetch", arguments={"id": article})
    assert "640 million" in mcp(watched, "tools/call", name="ask", arguments={"question": ASKED})
    assert "Harbour Gazette" in mcp(watched, "tools/call", name="list_sources", arguments={})
    assert "640 million" in mcp(watched, "resources/read", uri=f"article://{article}")


def test_errors_do_not_block_the_loop(watched: httpx2.Client) -> None:
    """Neither does what is refused."""
    assert watched.get("/no/such/path").status_code == 404
    assert watched.get("/v1/articles/0123456789abcdef0123").status_code == 404
    assert watched.post("/v1/answer", json={"question": " "}).status_code == 422
    assert watched.post("/v1/answer", content=b"{").status_code == 422
    assert watched.post("/v1/chat/completions", json={"model": "other", "messages": []}).status_code == 400


def test_the_watch_itself_works(serving: Serving) -> None:
    """A route that does block is found out, so that the tests above can fail."""
    app = FastAPI()
    raised: list[Exception] = []

    @app.get("/blocks")
    async def blocks() -> None:
        import time  # noqa: PLC0415

        try:
            time.sleep(0.001)  # noqa: ASYNC251 - what is to be found
        except BlockingError as error:
            raised.append(error)

    with serving(app) as client, blockbuster_ctx():
        client.get("/blocks")
    assert raised

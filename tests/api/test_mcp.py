"""The Model Context Protocol, driven by its own client over HTTP, in both eras of the protocol, and over standard input."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from mcp import Client, MCPError, StdioServerParameters

from api.app import create_app
from api.settings import ServiceSettings
from rag.errors import GeneratorError
from rag.pipeline import Pipeline

Use = Callable[[Callable[[Client], Any]], Any]
SHIPS = "How many ships will Norlink sell?"


@pytest.fixture(scope="module", params=["http", "http, legacy", "stdio"])
def use(request: pytest.FixtureRequest, client: httpx2.Client, archive: Path) -> Iterator[Use]:
    """Return what does something with one connected client; starting the command takes seconds."""
    stdio = StdioServerParameters(command=sys.executable, args=["-m", "api.cli", "mcp", "--data", str(archive)], env=None)
    target = stdio if request.param == "stdio" else f"{client.base_url}/mcp"
    connecting = Client(target, mode="legacy" if "legacy" in request.param else "auto")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(connecting) as connection:
        yield lambda work: portal.call(work, connection)


def called(use: Use, tool: str, **arguments: Any) -> Any:
    """Return what a tool gives, which is the same as text and structured."""
    result = use(lambda connection: connection.call_tool(tool, arguments))
    assert not result.is_error, result.content
    (content,) = result.content
    assert json.loads(content.text) == result.structured_content
    return result.structured_content


def test_every_tool_reads_only_and_says_what_it_gives(use: Use) -> None:
    """Names, arguments and results are what connectors expect."""
    tools = {tool.name: tool for tool in use(lambda connection: connection.list_tools()).tools}
    assert list(tools) == ["search", "fetch", "ask", "list_sources"]
    for tool in tools.values():
        assert tool.description
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert tool.output_schema["type"] == "object"
    assert (tools["search"].input_schema["required"], tools["fetch"].input_schema["required"]) == (["query"], ["id"])
    assert {"question", "as_of", "since", "until", "publishers"} == set(tools["ask"].input_schema["properties"])


def test_an_answer_is_that_of_the_service(use: Use, client: httpx2.Client) -> None:
    """The same sentences, numbers and quotes as over HTTP, and the same links as in chat tools."""
    native = client.post("/v1/answer", json={"question": SHIPS}).json()
    asked = called(use, "ask", question=SHIPS)
    assert asked["citations"] == native["citations"]
    assert asked["standalone_answer"] == native["answer"]
    assert "[[1]](http" in asked["answer"]
    assert "**Sources**\n1. [Norlink sells ferries](http" in asked["answer"]
    hidden = called(use, "ask", question=SHIPS, as_of="2025-04-01")
    assert hidden["abstained"]["reason"]
    assert hidden["citations"] == []


def test_what_is_found_can_be_fetched(use: Use) -> None:
    """Every result has an address, and its id gives the article with what is known of it."""
    results = called(use, "search", query="Norlink ferries ships")["results"]
    assert results[0]["title"] == "Norlink sells ferries"
    assert "14 of its 23 ships" in results[0]["text"]
    assert all(result["url"].startswith("http") for result in results)
    assert len({result["id"] for result in results}) == len(results)
    document = called(use, "fetch", id=results[0]["id"])
    assert document["text"].startswith("SANDHOLM, April 10 (Reuters)")
    assert document["url"] == results[0]["url"]
    # It has no address of its own, so the link leads to the page, where people can read it.
    assert document["url"].endswith(f"/?article={results[0]['id']}")
    known = {"publisher": "Coast Courier", "agency": "Reuters", "published": "2025-04-10", "updated": "2025-04-11"}
    assert document["metadata"] == known


def test_an_article_is_a_resource(use: Use, client: httpx2.Client) -> None:
    """It can be read by its id; another id is an error that names it."""
    (first, *_) = client.get("/v1/articles").json()["articles"]
    read = use(lambda connection: connection.read_resource(f"article://{first['article_id']}"))
    assert read.contents[0].text.startswith(f"{first['title']}\n{first['publisher']}, {first['published']}\n\n")

    async def read_nothing(connection: Client) -> None:
        with pytest.raises(MCPError, match="No article has the id 'nothing'"):
            await connection.read_resource("article://nothing")

    use(read_nothing)


def test_sources_are_listed(use: Use) -> None:
    """Each publisher with how many articles and from when to when."""
    sources = called(use, "list_sources")["sources"]
    assert {"publisher": "Harbour Gazette", "articles": 2, "first_month": "2025-03", "last_month": "2025-03"} in sources
    assert sum(source["articles"] for source in sources) == 4


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("fetch", {"id": "nothing"}, "No article has the id 'nothing'"),
        ("fetch", {"id": "../../etc/passwd"}, "No article has the id"),
        ("fetch", {}, "Field required"),
        ("search", {"query": ""}, "question"),
        ("ask", {"question": "x" * 3000}, "3,000 characters"),
        ("ask", {"question": SHIPS, "as_of": "yesterday"}, "as_of"),
        ("ask", {"question": SHIPS, "since": "2025-06-01", "until": "2025-05-01"}, "from"),
        ("ask", {"question": SHIPS, "publishers": "Coast Courier"}, "list"),
    ],
)  # fmt: skip
def test_what_a_tool_cannot_use_is_told_to_the_model(use: Use, tool: str, arguments: dict[str, Any], told: str) -> None:
    """An error result with a reason, so that the model can do better; the connection goes on."""

    async def work(connection: Client) -> tuple[Any, Any]:
        return await connection.call_tool(tool, arguments), await connection.call_tool("list_sources", {})

    failed, after = use(work)
    assert failed.is_error
    assert told in failed.content[0].text
    assert "Traceback" not in failed.content[0].text
    assert not after.is_error


def initialise(**headers: str) -> dict[str, Any]:
    body = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    return {"content": json.dumps(body), "headers": {**accept, **headers}}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search", {"query": "\ud83d"}),
        ("fetch", {"id": "\ud83d"}),
        ("ask", {"question": "\ud83d"}),
        ("ask", {"question": SHIPS, "publishers": ["\ud83d"]}),
        ("ask", {"question": SHIPS, "since": "\ud83d"}),
    ],
)
def test_half_a_character_is_no_argument(client: httpx2.Client, tool: str, arguments: dict[str, Any]) -> None:
    """JSON can write it; the message is refused before a tool sees it."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    response = client.post("/mcp", **{**initialise(), "content": json.dumps(call)})
    assert response.status_code == 400
    assert "Parse error" in response.json()["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_stream_to_keep_open(client: httpx2.Client, method: str) -> None:
    """Every answer is that of a POST; the protocol lets a server without sessions refuse the rest."""
    refused = client.request(method, "/mcp", headers={"Accept": "text/event-stream", "MCP-Protocol-Version": "2025-06-18"})
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert refused.json()["title"] == "Method Not Allowed"


def test_pages_and_names_of_others_are_refused(client: httpx2.Client) -> None:
    """A page on the web cannot ask through a reader's browser, under whatever name it found this machine."""
    assert client.post("/mcp", **initialise()).status_code == 200
    assert client.post("/mcp", **initialise(Host="evil.example")).status_code == 421
    assert client.post("/mcp", **initialise(Origin="https://evil.example")).status_code == 403
    assert client.post("/mcp", content=b" " * 1_100_000).status_code == 413
    assert client.post("/mcp", content=b"{", headers={"Content-Type": "application/json"}).status_code < 500


def test_names_and_origins_can_be_allowed(
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]], archive: Path, scripted_pipeline: Callable[..., Pipeline]
) -> None:
    """Those of the settings, and of the public address."""
    settings = ServiceSettings(
        data=archive, hosts=("news.internal",), origins=("https://intranet.example.org",), public_url="https://news.example.org"
    )
    with serving(create_app(settings, lambda: scripted_pipeline("x"))) as http:
        for name in ("news.internal", "news.internal:8000", "news.example.org"):
            assert http.post("/mcp", **initialise(Host=name)).status_code == 200, name
        assert http.post("/mcp", **initialise(Origin="https://intranet.example.org")).status_code == 200


def test_a_model_that_fails_is_told(
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]], ready: Callable[[httpx2.Client], None], archive: Path,
    scripted_pipeline: Callable[..., Pipeline],
) -> None:  # fmt: skip
    """The reason reaches the model that called the tool."""
    pipeline = scripted_pipeline(error=GeneratorError("the model's server is away; start it"))

    async def ask(address: str) -> Any:
        async with Client(address) as connection:
            return await connection.call_tool("ask", {"question": SHIPS})

    with serving(create_app(ServiceSettings(data=archive), lambda: pipeline)) as http:
        ready(http)
        failed = asyncio.run(ask(f"{http.base_url}/mcp"))
    assert failed.is_error
    assert "the model's server is away; start it" in failed.content[0].text


def test_standard_output_holds_nothing_but_the_protocol(archive: Path) -> None:
    """Every line is a JSON object; when input ends, the command ends with status 0."""
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
    hello = json.loads(initialise()["content"])
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "mcp", "--data", str(archive)],
        input=f"{json.dumps(hello)}\n{request}\n", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["jsonrpc"] for line in done.stdout.splitlines()]
    assert "Traceback" not in done.stderr


def test_an_archive_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    """The client's log then says what to do."""
    (tmp_path / "archive.sqlite").write_bytes(b"no database at all" * 100)
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "mcp", "--data", str(tmp_path)],
        input="", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "is damaged" in done.stderr
    assert "Traceback" not in done.stderr

"""The configuration files for chat tools: shown as they are, accepted by the tools' own schemas, and what they name is there."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
import pytest
import yaml
from fastapi import FastAPI
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "examples" / "chat-tools").iterdir())
NODE, HERE = shutil.which("node"), Path(__file__).parent / "npm"
SHIPS = "How many ships will Norlink sell?"
HTTP = re.compile(r"https?://[^\s\"']+")


def read(name: str) -> Any:
    """Return a configuration file as a tool reads it; JSON is YAML, too."""
    return yaml.safe_load((ROOT / "examples" / "chat-tools" / name).read_text(encoding="utf-8"))


def addresses() -> list[str]:
    return sorted({address for file in FILES for address in HTTP.findall(file.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_document_shows_the_file(file: Path) -> None:
    """Letter by letter, in the block below its name."""
    text = (ROOT / "docs" / "chat-tools.md").read_text(encoding="utf-8")
    shown = re.search(rf"\(\.\./examples/chat-tools/{re.escape(file.name)}\):\n\n```\w+\n(.*?)```", text, re.DOTALL)
    assert shown is not None
    assert shown[1] == file.read_text(encoding="utf-8")
    assert isinstance(read(file.name), dict)


@pytest.mark.skipif(
    NODE is None or not (HERE / "node_modules" / "librechat-data-provider").is_dir(),
    reason="needs node and the schemas of the tools; make setup-node installs them",
)
@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("librechat", "librechat.yaml"),
        ("continue", "continue-config.yaml"),
        ("mcpServers", "claude_desktop_config.json"),
        ("mcpServers", "mcp.json"),
    ],
)
def test_the_tools_own_schema_keeps_every_field(tool: str, name: str) -> None:
    """It accepts the file, and drops nothing of it: these schemas silently leave out what they do not know."""
    config = read(name)
    command = [str(NODE), str(HERE / "configs.mjs"), tool]
    done = subprocess.run(command, input=json.dumps(config), capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert found["success"], found["issues"]
    assert list(lost(config, found["data"])) == []
    config["unheard_of"] = True
    done = subprocess.run(command, input=json.dumps(config), capture_output=True, text=True, timeout=60, check=True)
    kept = json.loads(done.stdout)
    assert not kept["success"] or list(lost(config, kept["data"])) == ["unheard_of"], "the check would see a made-up field"


def lost(given: Any, kept: Any, place: str = "") -> Iterator[str]:
    """Yield what of a configuration is not in what was kept of it."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            yield from lost(value, kept.get(name), f"{place}.{name}".lstrip("."))
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (value, other) in enumerate(zip(given, kept, strict=True)):
            yield from lost(value, other, f"{place}[{number}]")
    elif given != kept:
        yield place


@pytest.fixture(scope="module")
def served(
    serving: Serving, ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx2.Client, str]]:  # fmt: skip
    """A service as the document says to start one for tools in containers, and its key."""
    folder = tmp_path_factory.mktemp("tools")
    _, secret = KeyFile(folder).create(name="chat", scopes=["ask"])
    settings = ServiceSettings(data=folder, hosts=("host.docker.internal",), public_url="http://localhost:8000")
    with serving(create_app(settings, lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]"))) as http:
        ready(http)
        yield http, secret


def here(address: str, http: httpx2.Client) -> tuple[str, dict[str, str]]:
    """Return an address with the test's own port in place of its host, and the `Host` that the tool would send."""
    parts = urlsplit(address)
    return f"{str(http.base_url).rstrip('/')}{parts.path}", {"Host": parts.netloc}


def test_every_address_is_one_of_the_service() -> None:
    """Nothing is named but the two places that tools ask."""
    assert {urlsplit(address).path for address in addresses()} == {"/v1", "/mcp"}
    assert {urlsplit(address).netloc for address in addresses()} == {"127.0.0.1:8000", "host.docker.internal:8000"}


@pytest.mark.parametrize("address", [address for address in addresses() if address.endswith("/v1")])
def test_the_openai_addresses_answer(served: tuple[httpx2.Client, str], address: str) -> None:
    """With `/models` and `/chat/completions` behind them, under the name that the tool uses, with links for readers."""
    http, secret = served
    url, headers = here(address, http)
    with openai.OpenAI(base_url=url, api_key=secret, default_headers=headers, max_retries=0) as chat:
        offered = {model.id for model in chat.models.list()}
        done = chat.chat.completions.create(model="dateline", messages=[{"role": "user", "content": SHIPS}])
    assert "[[1]](http://localhost:8000/?article=" in (done.choices[0].message.content or "")
    librechat, continued = read("librechat.yaml")["endpoints"]["custom"][0], read("continue-config.yaml")["models"][0]
    assert {*librechat["models"]["default"], continued["model"]} == offered
    assert librechat["titleModel"] in offered | {"current_model"}


@pytest.mark.parametrize("address", [address for address in addresses() if address.endswith("/mcp")])
def test_the_mcp_addresses_answer(served: tuple[httpx2.Client, str], address: str) -> None:
    """Under the name that the tool uses, with the key as `librechat.yaml` sends it."""
    http, secret = served
    url, headers = here(address, http)
    named = read("librechat.yaml")["mcpServers"]["news"]["headers"]["Authorization"]
    headers["Authorization"] = named.replace("${NEWS_KEY}", secret)

    async def tools() -> list[str]:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as asking,
            Client(streamable_http_client(url, http_client=asking)) as connection,
        ):
            return [tool.name for tool in (await connection.list_tools()).tools]

    assert "ask" in asyncio.run(tools())


def test_the_command_of_claude_desktop_starts(archive: Path) -> None:
    """The installed command with the arguments of the file answers a question; only the folder is another."""
    (server,) = read("claude_desktop_config.json")["mcpServers"].values()
    command = Path(sys.executable).with_name(server["command"])
    assert command.exists(), "not installed: pip install -e ."
    arguments = [str(archive) if argument == "/news/data" else argument for argument in server["args"]]
    assert arguments != server["args"]
    environment = {"PYTHONPATH": str(ROOT), "DATELINE_EMBEDDER_CACHE": os.environ["DATELINE_EMBEDDER_CACHE"]}
    stdio = StdioServerParameters(command=str(command), args=arguments, env=environment)

    async def ask() -> Any:
        async with Client(stdio) as connection:
            return await connection.call_tool("ask", {"question": SHIPS})

    asked = asyncio.run(ask())
    assert "14 of its 23 ships" in asked.structured_content["answer"]

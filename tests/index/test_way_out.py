"""There is one way out to the network: `index/sources/exchange.py`, through `index/sources/fetch.py`. Nothing goes around it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("index", "rag", "api", "eval")

# Modules that open connections, and functions by which a library that reads files would fetch them itself.
CLIENTS = frozenset(
    "socket ssl _socket asyncio.streams httpcore httpcore2 httpx httpx2 requests requests_toolbelt urllib3 urllib.request "
    "http.client http.cookiejar aiohttp pycurl ftplib smtplib poplib imaplib nntplib telnetlib socketserver xmlrpc websockets "
    "websocket grpc webbrowser tldextract huggingface_hub openai anthropic slack_sdk slack_bolt".split()
)
FETCHING_CALLS = frozenset(
    "urlopen urlretrieve fetch_url fetch_response download_file open_connection open_unix_connection create_connection "
    "getaddrinfo gethostbyname snapshot_download hf_hub_download".split()
)
ALLOWED = {
    ("index/sources/exchange.py", "httpcore2"): "opens every connection to the outside, to checked addresses only",
    ("index/sources/exchange.py", "ssl"): "names the kinds of TLS failures",
    ("index/sources/fetch.py", "ssl"): "the type of what secure connections trust",
    ("index/sources/addresses.py", "socket"): "resolves names, through getaddrinfo",
    ("index/sources/addresses.py", "getaddrinfo"): "resolves names",
    ("api/server.py", "socket"): "listens; checks before that whether the port is free",
    ("api/slow_clients.py", "socket"): "sets an option of the socket that listens",
    ("index/remote_embedding.py", "httpcore2"): "asks the embeddings server that the user names",
    ("index/model_folder.py", "huggingface_hub"): "finds the embedding model that the user names",
    ("index/model_folder.py", "snapshot_download"): "fetches the embedding model that the user names",
    ("rag/rerankers/cross_encoder.py", "huggingface_hub"): "finds the reranker that the user names, in the local cache only",
    ("rag/rerankers/cross_encoder.py", "snapshot_download"): "looks into the local cache only",
    ("eval/judge_model.py", "openai"): "asks the judge's model, at the URL that the user names",
    ("rag/generators/chat.py", "openai"): "asks the language model's server that the user names",
    ("rag/generators/chat.py", "httpx2"): "names the failures of that client's connections",
    ("rag/generators/anthropic.py", "anthropic"): "asks Anthropic's API, or the server that the user names",
    ("rag/generators/anthropic.py", "httpx2"): "names the failures of that client's connections",
    ("api/slack/web.py", "slack_sdk"): "asks Slack, with the token that the user gives",
    ("api/slack/web.py", "aiohttp"): "the connections of that client, and the names of their failures",
    ("api/slack/bot.py", "slack_bolt"): "reads what Slack sends",
    ("api/slack/socket.py", "slack_bolt"): "opens the socket over which Slack sends events",
    ("index/distributed/connection.py", "socket"): "asks the address of a Ray cluster, which whoever starts an ingest names",
    ("index/distributed/connection.py", "create_connection"): "sees whether anything listens there, since Ray tries for a minute",
    ("api/hosts.py", "socket"): "resolves the name to listen on, through getaddrinfo",
    ("api/hosts.py", "getaddrinfo"): "finds out whether the address to listen on is this machine's own",
}


def ways_out(source: str) -> Iterator[str]:
    """Give every client module that the source imports, by statement or by name, and every fetching function that it names."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                modules = [module, *(f"{module}.{alias.name}" for alias in names), *(alias.name for alias in names)]
            case ast.Call(func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"), args=args):
                modules = [str(argument.value) for argument in args if isinstance(argument, ast.Constant)]
            case ast.Attribute(attr=name) | ast.Name(id=name):
                modules = [name] if name in FETCHING_CALLS else []
            case _:
                continue
        for module in modules:
            parts = module.split(".")
            names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
            yield from (name for name in names if name in CLIENTS or (name in FETCHING_CALLS and len(parts) == 1))


def test_no_module_goes_around_the_fetcher() -> None:
    """Every import of a client and every call that fetches is in the list above, and nothing in the list is out of date."""
    found = {
        (path.relative_to(ROOT).as_posix(), way)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for way in ways_out(path.read_text(encoding="utf-8"))
    }
    assert found == set(ALLOWED)


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ("import httpx2", "httpx2"),
        ("import os, requests.sessions as s", "requests"),
        ("import urllib.request", "urllib.request"),
        ("from urllib import request", "urllib.request"),
        ("from urllib.request import urlopen", "urllib.request"),
        ("from http import client", "http.client"),
        ("from socket import create_connection", "socket"),
        ("def read():\n    import aiohttp", "aiohttp"),
        ("__import__('socket')", "socket"),
        ("import importlib\nimportlib.import_module('http.client')", "http.client"),
        ("from importlib import import_module\nimport_module('urllib3')", "urllib3"),
        ("import trafilatura\ntrafilatura.fetch_url(url)", "fetch_url"),
        ("from trafilatura.downloads import fetch_response", "fetch_response"),
        ("import asyncio\nasyncio.open_connection('a', 1)", "open_connection"),
        ("if TYPE_CHECKING:\n    import ssl", "ssl"),
    ],
)
def test_a_way_around_would_be_found(source: str, way: str) -> None:
    """In whatever form it is imported, at whatever depth."""
    assert way in set(ways_out(source))


@pytest.mark.parametrize(
    "source",
    ["from urllib.parse import urljoin", "import http", "from http import HTTPStatus", "import asyncio", "websocket = 1"],
)
def test_what_opens_no_connection_is_not_taken_for_a_client(source: str) -> None:
    """The list is of what connects, not of what has to do with the web."""
    assert set(ways_out(source)) == set()

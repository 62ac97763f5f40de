"""The service's own OpenAPI document turned against it by schemathesis: what it promises is what it answers, whatever is sent."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.errors import OPENAI_PATHS
from api.key_file import KeyFile
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="module")
def guarded(
    serving: Serving, ready: Callable[[httpx2.Client], None], archive: Path, embedder: Embedder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx2.Client]:  # fmt: skip
    """A service over a copy of the archive that may be written to, asked with a key that may do everything."""
    folder = shutil.copytree(archive, tmp_path_factory.mktemp("hostile") / "archive")
    settings = ServiceSettings(data=folder)
    _, secret = KeyFile(folder).create(name="all", scopes=["admin"])
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as http:
        ready(http)
        http.headers["Authorization"] = f"Bearer {secret}"
        yield http


@pytest.fixture(scope="module")
def document(guarded: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = guarded.get("/openapi.json").json()
    return found


def test_every_route_says_which_errors_it_gives(document: dict[str, Any]) -> None:
    """In the shape of its protocol, with the id of the request; keys are asked for wherever they are."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            media_type = "application/json" if path.startswith(OPENAI_PATHS) else "application/problem+json"
            failed = {status: response for status, response in operation["responses"].items() if int(status) >= 400}
            assert "421" in failed
            assert all(list(response["content"]) == [media_type] for response in failed.values()), path
            assert all("X-Request-Id" in response["headers"] for response in operation["responses"].values())
            assert ("401" in failed) is ("security" in operation), path
            assert ("413" in failed) is (method == "post"), path
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert {"401", "409", "415", "422", "507"} <= set(document["paths"]["/v1/articles"]["post"]["responses"])
    assert "422" not in document["paths"]["/v1/chat/completions"]["post"]["responses"]
    assert "422" not in document["paths"]["/v1/articles/{article_id}"]["get"]["responses"]
    assert "security" not in document["paths"]["/healthz"]["get"]


@pytest.mark.parametrize(
    ("asked", "sent", "status"),
    [
        ("POST /v1/answer", {"json": {"question": "Who?", "k": "8"}}, 422),
        ("POST /v1/answer", {"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 400),
        ("GET /v1/articles", {"params": {"limit": "0"}}, 422),
        ("GET /v1/articles/nothing", {}, 404),
        ("POST /v1/articles", {"json": {}}, 422),
        ("POST /v1/articles", {"content": b"a=b", "headers": {"Content-Type": "text/plain"}}, 415),
        ("GET /v1/models/gpt-9", {}, 404),
        ("POST /v1/chat/completions", {"json": {"model": "dateline", "messages": [], "n": 1}}, 400),
        ("POST /v1/chat/completions", {"json": {"model": "dateline", "messages": [{"role": "user"}], "k": "8"}}, 400),
        ("GET /v1/articles", {"headers": {"Authorization": "Bearer dl_wrong"}}, 401),
        ("GET /healthz", {"headers": {"Host": "evil.example"}}, 421),
    ],
)
def test_errors_have_the_documented_shape(
    guarded: httpx2.Client, document: dict[str, Any], asked: str, sent: dict[str, Any], status: int
) -> None:
    """Each real error fits the schema that the document names for its status."""
    method, path = asked.split()
    reply = guarded.request(method, path, **sent)
    assert reply.status_code == status, reply.text
    template = next(known for known in document["paths"] if _fits(known, path))
    described = document["paths"][template][method.lower()]["responses"][str(status)]["content"]
    media_type = reply.headers["content-type"]
    jsonschema_rs.validate({**described[media_type]["schema"], "components": document["components"]}, reply.json())


@pytest.mark.parametrize(
    ("path", "allowed"), [("/v1/articles", "GET, POST"), ("/v1/articles/x", "DELETE, GET"), ("/v1/answer", "POST")]
)
def test_another_method_is_told_all_that_there_are(guarded: httpx2.Client, path: str, allowed: str) -> None:
    """Those of all routes of a path, not of the first alone."""
    reply = guarded.put(path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allowed)


def test_streams_fit_their_schema(guarded: httpx2.Client, document: dict[str, Any]) -> None:
    """Every event of an answer is one of those that the document names, with what it says of its data."""
    described = document["paths"]["/v1/answer"]["post"]["responses"]["200"]["content"]["text/event-stream"]["itemSchema"]
    text = guarded.post("/v1/answer", json={"question": "How many ships will Norlink sell?", "stream": True}).text
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
    assert [block["event"] for block in blocks][:2] == ["evidence", "token"]
    for block in blocks:
        jsonschema_rs.validate({**described, "components": document["components"]}, block)
        (named,) = [one for one in described["oneOf"] if one["properties"]["event"]["const"] == block["event"]]
        data = named["properties"]["data"]["contentSchema"]
        jsonschema_rs.validate({**data, "components": document["components"]}, json.loads(block["data"]))


@pytest.mark.long
def test_the_document_holds_against_hostile_requests(guarded: httpx2.Client, tmp_path: Path) -> None:
    """Wrong and odd requests to every route, one after another and in sequences: no fault, nothing that is not documented.

    The last test here: the sequences delete what is in the archive.
    """
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{guarded.base_url}/openapi.json",
            "--header", f"Authorization: {guarded.headers['Authorization']}", "--max-examples", "8", "--max-time", "25",
            "--no-color", "--report", "json", "--report-json-path", "report.json",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["failures"] == report["errors"] == []
    assert report["operations"]["total"] > 15
    # A slow machine may not come to the end in time; the long run (benchmarks.hostile_http) always does.
    whole = report["stop_reason"] == "completed"
    assert whole or report["stop_reason"] == "max_time"
    assert not whole or report["operations"]["tested"] == report["operations"]["total"]
    assert report["test_cases"]["generated"] > 200
    assert guarded.get("/readyz").status_code == 200
    counted = re.findall(r"^dateline_requests_total\{(.*)\} (\S+)$", guarded.get("/metrics").text, re.MULTILINE)
    by_status = Counter({labels: float(count) for labels, count in counted})
    refused = sum(count for labels, count in by_status.items() if 'status="401"' in labels)
    assert refused < by_status.total() / 4, "hardly any case came further than to the keys"
    served = {labels.split('route="')[1].split('"')[0] for labels in by_status if 'status="2' in labels}
    assert {"/v1/answer", "/v1/search", "/v1/chat/completions", "/v1/articles", "/v1/ingest"} <= served or not whole


def _fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(p.startswith("{") or p == g for p, g in zip(parts, given, strict=True))

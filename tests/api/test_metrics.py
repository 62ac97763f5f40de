"""What Prometheus reads: every transport counts, nothing of users becomes a label, documents and dashboard name what exists."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from api.answers import Service
from api.app import create_app
from api.metrics import Metrics
from api.settings import ServiceSettings
from index.errors import ArchiveUnavailable
from rag.errors import GeneratorError
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
ROOT = Path(__file__).parents[2]
ASKED = "How much did the Sandholm bridge cost?"
DRAFT = "It is 2,870 metres long and cost 640 million crowns. [S1] The bridge carries 7,700 blue lamps every winter night. [S1]"
PIZZA = {"question": "best pizza recipe with pineapple"}
MCP_HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


def nothing_to_load() -> Pipeline:
    """Load no archive."""
    raise ArchiveUnavailable("There is none.")


def shown(client: httpx2.Client) -> dict[str, float]:
    """Return the samples of `/metrics` by name and labels, as they are written there."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
    labels = [",".join(f"{name}={value}" for name, value in sorted(sample.labels.items())) for sample in samples]
    return {
        f"{found.name}{{{named}}}" if named else found.name: found.value for found, named in zip(samples, labels, strict=True)
    }


def names(registry: CollectorRegistry) -> set[str]:
    """Return the names of all metrics, as queries use them."""
    ending = {"counter": "_total"}
    return {family.name + ending.get(family.type, "") for family in registry.collect() if family.name.startswith("dateline_")}


def test_every_transport_counts(serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline]) -> None:
    """Native, OpenAI's and MCP's answers are counted at the place that none of them can go around."""
    with serving(create_app(ServiceSettings(), lambda: scripted_pipeline(DRAFT))) as client:
        ready(client)
        chat = {"model": "dateline", "messages": [{"role": "user", "content": ASKED}]}
        ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": ASKED}}}
        for number, (path, body, headers) in enumerate(
            [
                ("/v1/answer", {"question": ASKED}, {}),
                ("/v1/answer", {"question": ASKED, "stream": True}, {}),
                ("/v1/chat/completions", chat, {}),
                ("/v1/chat/completions", {**chat, "stream": True}, {}),
                ("/mcp", ask, MCP_HEADERS),
            ],
            start=1,
        ):
            assert client.post(path, json=body, headers=headers).status_code == 200
            found = shown(client)
            assert found["dateline_answers_total{generator=scripted}"] == number, path
            assert found["dateline_retrieval_duration_seconds_count{purpose=answer}"] == number, path
            assert found["dateline_generation_duration_seconds_count{generator=scripted}"] == number, path
        assert found["dateline_requests_total{method=POST,route=/v1/answer,status=200}"] == 2
        assert found["dateline_request_duration_seconds_count{method=POST,route=/mcp}"] == 1
        assert found["dateline_streams_open"] == 0


def test_drafts_are_weighed(serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline]) -> None:
    """Tokens read and written are counted, and the sentence that no article holds is one that was dropped."""
    with serving(create_app(ServiceSettings(), lambda: scripted_pipeline(DRAFT))) as client:
        ready(client)
        client.post("/v1/answer", json={"question": ASKED})
        found = shown(client)
    assert found["dateline_sentences_dropped_total{generator=scripted}"] == 1
    assert found["dateline_completion_tokens_total{generator=scripted}"] == pytest.approx(38, abs=8)
    assert found["dateline_prompt_tokens_total{generator=scripted}"] > 200
    assert found["dateline_drafts_total{generator=scripted}"] == 1


def test_abstentions_are_counted_by_reason(serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline]) -> None:
    """What is not in the archive and what could not be verified are told apart; neither is an answer."""
    with serving(create_app(ServiceSettings(), lambda: scripted_pipeline("Cats are nice. [S1]"))) as client:
        ready(client)
        client.post("/v1/answer", json=PIZZA)
        client.post("/v1/answer", json={"question": ASKED})
        found = shown(client)
    assert found["dateline_abstentions_total{reason=low_score}"] == 1
    assert found["dateline_abstentions_total{reason=unverified}"] == 1
    assert not [name for name in found if name.startswith("dateline_answers_total{")]
    assert found["dateline_generation_duration_seconds_count{generator=scripted}"] == 1  # the other was known before


def test_failures_and_searches_are_counted(serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline]) -> None:
    """A generator that fails is counted, also in a stream, and a search is retrieval of its own."""
    pipeline = scripted_pipeline(error=GeneratorError("The model went away."))
    with serving(create_app(ServiceSettings(), lambda: pipeline)) as client:
        ready(client)
        client.post("/v1/answer", json={"question": ASKED})
        client.post("/v1/answer", json={"question": ASKED, "stream": True})
        client.post("/v1/search", json={"question": ASKED})
        found = shown(client)
    assert found["dateline_generator_failures_total"] == 2
    assert found["dateline_retrieval_duration_seconds_count{purpose=search}"] == 1
    assert found["dateline_requests_total{method=POST,route=/v1/answer,status=503}"] == 1


def test_the_archive_and_the_loop_are_shown(client: httpx2.Client) -> None:
    """Size, generation and newest day are those of the archive; the loop is looked at by itself."""
    found = shown(client)
    archive = {name.removeprefix("dateline_archive_"): value for name, value in found.items() if "_archive_" in name}
    assert archive == {"generation": 4, "articles": 4, "passages": 4, "newest_timestamp_seconds": 1_750_377_600}
    assert found["dateline_ready"] == 1
    assert found["dateline_questions_waiting"] == found["dateline_questions_computing"] == 0
    assert found["process_resident_memory_bytes"] > 1_000_000
    time.sleep(0.3)
    assert shown(client)["dateline_event_loop_lag_seconds_count"] > 0


def test_what_waits_is_shown() -> None:
    """With one computing thread, the second question waits and the first is computed."""

    async def look() -> tuple[float, float]:
        service, goes_on = Service(1), threading.Event()
        async with asyncio.TaskGroup() as questions:
            for _ in range(2):
                questions.create_task(service.compute(lambda: goes_on.wait(10)))
            await asyncio.sleep(0.05)
            service.show_queue()
            found = [service.metrics.registry.get_sample_value(f"dateline_questions_{what}") for what in ("waiting", "computing")]
            goes_on.set()
        return found[0] or 0, found[1] or 0

    assert asyncio.run(look()) == (1, 1)


def test_a_service_that_is_not_ready_says_so(serving: Serving) -> None:
    """While nothing is served there are figures all the same."""
    with serving(create_app(ServiceSettings(), nothing_to_load)) as client:
        assert shown(client)["dateline_ready"] == 0


def test_nothing_of_users_becomes_a_label(client: httpx2.Client) -> None:
    """Paths, methods, questions, models and generators that clients make up are in no label."""
    client.get("/zzz-path")
    client.request("ZZZ", "/zzz")
    client.get("/v1/articles/zzz-article")
    client.post("/v1/answer", json={"question": "zzz?", "generator": "zzz", "publishers": ["zzz"]})
    client.post("/v1/chat/completions", json={"model": "zzz", "messages": [{"role": "user", "content": "zzz"}]})
    client.get("/v1/models/zzz")
    text = client.get("/metrics").text
    assert "zzz" not in text.casefold()
    assert 'route="/v1/models/{model}"' in text


def test_two_apps_count_apart(serving: Serving) -> None:
    """Each app has a registry of its own."""
    first, second = (create_app(ServiceSettings(), nothing_to_load) for _ in range(2))
    with serving(first) as client:
        client.get("/healthz")
        assert shown(client)["dateline_requests_total{method=GET,route=/healthz,status=200}"] == 1
    with serving(second) as client:
        assert "dateline_requests_total{method=GET,route=/healthz,status=200}" not in shown(client)


def test_every_metric_is_documented_and_none_is_made_up() -> None:
    """The table in the page on operations names exactly what the registry has, with its labels."""
    text = (ROOT / "docs" / "operations.md").read_text()
    rows = [row.split("|") for row in text.split("| metric | labels | means |")[1].split("\n\n")[0].splitlines() if "`" in row]
    documented = {name: row for row in rows for name in re.findall(r"`(dateline_\w+)`", row[1])}
    metrics = Metrics()
    assert set(documented) == names(metrics.registry)
    labelled = {metric._name: metric._labelnames for metric in vars(metrics).values() if hasattr(metric, "_labelnames")}
    assert len(labelled) == len(documented)
    for name, row in documented.items():
        labels = labelled[name.removesuffix("_total")]
        assert all(f"`{label}`" in row[2] for label in labels), name
        assert labels or not row[2].strip(), name


def test_queries_of_documents_and_dashboard_name_what_exists() -> None:
    """No panel and no alert asks for a metric that is not there; the dashboard leaves none out."""
    existing = names(Metrics().registry)
    histograms = {family.name for family in Metrics().registry.collect() if family.type == "histogram"}
    queried = existing | {f"{name}_bucket" for name in histograms}
    dashboard = json.loads((ROOT / "examples" / "grafana-dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    variables = [v["query"]["query"] for v in dashboard["templating"]["list"] if isinstance(v["query"], dict)]
    asked = set(re.findall(r"dateline_\w+", " ".join([*expressions, *variables])))
    assert asked <= queried
    assert {name.removesuffix("_bucket") for name in asked} == existing
    assert set(re.findall(r"dateline_\w+", (ROOT / "docs" / "operations.md").read_text())) <= queried
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_workers_are_counted_together(archive: Path, tmp_path: Path) -> None:
    """Whichever of several workers is asked, it shows the figures of all, and none twice; the command leaves nothing behind."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--workers", "2", "--data", str(archive)]
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path), "DATELINE_LOG_LEVEL": "debug"}
    environment["DATELINE_EMBEDDER_CACHE"] = os.environ["DATELINE_EMBEDDER_CACHE"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        try:
            assert process.stderr is not None
            url = json.loads(process.stderr.readline())["url"]
            for _ in range(12):
                assert httpx2.get(f"{url}/healthz", timeout=30).status_code == 200  # each on a connection of its own
            with httpx2.Client(base_url=url, timeout=30) as client:
                found = shown(client)
            assert found["dateline_requests_total{method=GET,route=/healthz,status=200}"] == 12
            assert found["dateline_request_duration_seconds_count{method=GET,route=/healthz}"] == 12
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        finally:
            process.kill()
    assert not list(tmp_path.glob("dateline-metrics-*"))

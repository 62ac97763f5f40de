"""Whether the service says that it lives while many articles come in: over HTTP, and from the command beside it."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.load.connection import Connection
from benchmarks.load.figures import percentiles
from benchmarks.load.service import ROOT, Service, command

ARTICLES = 400
_EVERY_SECONDS = 0.02
_WORDS = 350
_ALONE_SECONDS = 5.0


async def measure_health(service: Service) -> dict[str, Any]:
    """Return how long `/healthz` takes alone, and during both."""
    half = ARTICLES // 2
    records = _records()
    sent, file = "\n".join(records[:half]).encode(), service.data.parent / "bulk.jsonl"
    file.write_text("\n".join(records[half:]), encoding="utf-8")

    async def over_http() -> dict[str, Any]:
        async with Connection(service.url) as connection:
            ledger = json.loads(await connection.ask("POST", "/v1/ingest?name=bulk.jsonl", sent, "application/octet-stream"))
        return dict(ledger["counts"])

    async def by_command() -> dict[str, Any]:
        ingest = command("ingest", str(file), "--data", str(service.data), "--json")
        process = await asyncio.create_subprocess_exec(
            *ingest, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        printed, _ = await process.communicate()
        return dict(json.loads(printed)["counts"])

    async def nothing() -> dict[str, Any]:
        await asyncio.sleep(_ALONE_SECONDS)
        return {}

    # Alone, it tells how busy the machine is with other things.
    parts = {"alone": nothing, "over_http": over_http, "by_command": by_command}
    return {name: await _during(service, part) for name, part in parts.items()}


async def _during(service: Service, ingest: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Return how long `/healthz` took, from when each was due, so that one that waits counts against those behind it."""
    taken: list[float] = []
    started = time.monotonic()
    running = asyncio.ensure_future(ingest())
    async with Connection(service.url) as connection:
        due = started
        while not running.done():
            due += _EVERY_SECONDS
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await connection.ask("GET", "/healthz")
            taken.append((time.monotonic() - due) * 1e3)
    seconds = time.monotonic() - started
    counts = await running
    return {
        "asked": len(taken), **percentiles(taken, 50, 99), "seconds": round(seconds, 1), "outcomes": counts,
        "articles_per_s": round(sum(counts.values()) / seconds, 1),
    }  # fmt: skip


def _records() -> list[str]:
    """Return article records of a newspaper's length: words of the samples in another order, so that none repeats another."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(Path(ROOT / "examples/articles").glob("*.md"))]
    words = [word for text in texts for word in text.split()]
    draw = random.Random(1)  # noqa: S311 - made-up texts, no secret
    made = []
    for number in range(ARTICLES):
        draw.shuffle(words)
        text = " ".join(words[:_WORDS])
        made.append(json.dumps({"id": f"load-{number}", "publisher": "Load Desk", "title": f"Made up {number}", "text": text}))
    return made

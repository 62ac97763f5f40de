"""Clients that send a byte now and then: how long the service keeps them, and what others notice of a thousand of them."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from benchmarks.load.searching import measure_search
from benchmarks.load.service import Service

SLOW = 500
"""How many connections send heads slowly, and how many bodies."""
_CLIENTS = 4
_SEARCHES = 400
_LONGEST_SECONDS = 60.0
_HEAD = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
_BODY = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"


async def measure_slow(service: Service, questions: Sequence[dict[str, Any]], *, slow: int = SLOW) -> dict[str, Any]:
    """Return how long searches take without and with so many slow heads and bodies, and when the last slow one was ended."""
    alone = await measure_search(service, questions, clients=_CLIENTS, count=_SEARCHES)
    kept: dict[str, list[float]] = {"heads": [], "bodies": []}
    beginnings = {"heads": _HEAD, "bodies": _BODY}
    async with asyncio.TaskGroup() as tasks:
        for name, begin in beginnings.items():
            for _ in range(slow):
                tasks.create_task(_trickle(service.url, begin, kept[name]))
        await asyncio.sleep(1)
        during = await measure_search(service, questions, clients=_CLIENTS, count=_SEARCHES)
    held = await service.held()
    return {
        "kept": {name: {"connections": len(seconds), "ended_after_s": round(max(seconds), 1)} for name, seconds in kept.items()},
        "alone": _shown(alone),
        "during": _shown(during),
        "p99_ratio": round(during["p99_ms"] / alone["p99_ms"], 2),
        "files_after": held["files"],
    }


async def _trickle(url: str, begin: bytes, kept: list[float]) -> None:
    """Send the beginning, then a byte a second until the service ends the connection."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    started = time.monotonic()
    ended = asyncio.ensure_future(reader.read())
    try:
        writer.write(begin)
        while not ended.done() and time.monotonic() - started < _LONGEST_SECONDS:
            await asyncio.wait({ended}, timeout=1.0)
            writer.write(b"1")
    except ConnectionError:
        pass
    finally:
        kept.append(time.monotonic() - started)
        ended.cancel()
        writer.close()


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("requests", "errors", "requests_per_s", "p50_ms", "p99_ms")}

"""Searches of many clients, each of which asks again as soon as it is answered."""

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.load.connection import Connection, LoadFailed
from benchmarks.load.figures import percentiles
from benchmarks.load.service import Service

_WARM = 100


async def measure_search(service: Service, questions: Sequence[dict[str, Any]], *, clients: int, count: int) -> dict[str, Any]:
    """Return how many searches a second are answered, and how long each waits."""
    bodies = [json.dumps(question).encode() for question in questions]
    _, refused = await _asked(service, bodies, clients, _WARM)
    service.process.cpu_percent()
    started, cpu = time.monotonic(), time.process_time()
    taken, problems = await _asked(service, bodies, clients, count)
    seconds = time.monotonic() - started
    return {
        "clients": clients,
        "requests": len(taken),
        "errors": len(refused) + len(problems),
        "problems": sorted({problem.partition(": ")[0] for problem in (*refused, *problems)}),
        "requests_per_s": round(len(taken) / seconds, 1),
        **percentiles(taken, 50, 99),
        "client_cores": round((time.process_time() - cpu) / seconds, 2),
        "service_cores": round(service.process.cpu_percent() / 100, 2),
    }


async def _asked(service: Service, bodies: Sequence[bytes], clients: int, count: int) -> tuple[list[float], list[str]]:
    """Return the milliseconds that each of so many searches took, and what went wrong with the others."""
    left = itertools.islice(itertools.cycle(bodies), count)
    taken: list[float] = []
    problems: list[str] = []

    async def client() -> None:
        async with Connection(service.url) as connection:
            for body in left:
                started = time.monotonic()
                try:
                    await connection.ask("POST", "/v1/search", body)
                    taken.append((time.monotonic() - started) * 1e3)
                except LoadFailed as error:
                    problems.append(str(error))

    await asyncio.gather(*(client() for _ in range(clients)))
    return taken, problems

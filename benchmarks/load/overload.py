"""Ten times as many searches as the service can answer, sent whether or not earlier ones are answered."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from benchmarks.load.figures import percentiles
from benchmarks.load.searching import measure_search
from benchmarks.load.service import Service

TIMES = 10
"""How many times the searches a second that sixteen clients get are sent."""
_SECONDS = 15.0
_CLIENTS = 16
_SEARCHES = 800
_TICK_SECONDS = 0.01
# Kept connections: a new one for each request would measure the system's handshakes.
_CONNECTIONS = 1_000
_LONGEST_SECONDS = 30.0
# The service closes connections after five idle seconds, maybe just when one is used again.
_IDLE_SECONDS = 4.0
_HEAD = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
OK, BUSY = 200, 503


class _Overload:
    """Searches that are sent at a fixed rate, and what came of them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._opened = 0
        self.taken: dict[int, list[float]] = {}
        self.without_retry_after = 0
        self.broken: Counter[str] = Counter()
        self.not_sent = 0

    async def send(self, bodies: Sequence[bytes], rate: float) -> None:
        """Send so many a second; a request for which no connection is free is counted as not sent."""
        endless = itertools.cycle(bodies)
        started, due = time.monotonic(), 0
        async with asyncio.TaskGroup() as tasks:
            while (passed := time.monotonic() - started) < _SECONDS:
                while due < passed * rate:
                    due += 1
                    if kept := self._kept():
                        tasks.create_task(self._ask(kept, next(endless)))
                    elif self._opened < _CONNECTIONS:
                        self._opened += 1
                        tasks.create_task(self._ask(None, next(endless)))
                    else:
                        self.not_sent += 1
                await asyncio.sleep(_TICK_SECONDS)
        for *_, writer in self._free:
            writer.close()

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Return the connection that was used last, if that was not long ago."""
        while self._free:
            used, reader, writer = self._free.pop()
            if time.monotonic() - used < _IDLE_SECONDS:
                return reader, writer
            writer.close()
            self._opened -= 1
        return None

    async def _ask(self, kept: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None, body: bytes) -> None:
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                reader, writer = kept or await asyncio.open_connection(self._host, self._port)
                started = time.monotonic()
                writer.write(_HEAD % len(body) + body)
                answer = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        except (OSError, EOFError, TimeoutError) as error:
            self.broken[type(error).__name__] += 1
            return
        status = int(answer.split()[1])
        self.taken.setdefault(status, []).append((time.monotonic() - started) * 1e3)
        self.without_retry_after += status == BUSY and b"retry-after: " not in answer
        self._free.append((time.monotonic(), reader, writer))


async def measure_overload(service: Service, questions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how long accepted and refused searches wait under overload, and how searches are before and after it."""
    normal = await measure_search(service, questions, clients=_CLIENTS, count=_SEARCHES)
    rate = TIMES * normal["requests_per_s"]
    sent = _Overload(service.url)
    await sent.send([json.dumps(question).encode() for question in questions], rate)
    after = await measure_search(service, questions, clients=_CLIENTS, count=_SEARCHES)
    accepted, refused = sent.taken.pop(OK, []), sent.taken.pop(BUSY, [])
    return {
        "normal": _shown(normal),
        "sent_per_s": round(rate, 1),
        "accepted": {"requests": len(accepted), **percentiles(accepted, 50, 99)},
        "refused": {"requests": len(refused), "without_retry_after": sent.without_retry_after, **percentiles(refused, 50, 99)},
        "others": {str(status): len(found) for status, found in sent.taken.items()} | dict(sent.broken),
        "not_sent": sent.not_sent,
        "after": _shown(after),
        "accepted_p99_ratio": round(percentiles(accepted, 99).get("p99_ms", float("inf")) / normal["p99_ms"], 2),
    }


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("requests", "errors", "requests_per_s", "p50_ms", "p99_ms")}

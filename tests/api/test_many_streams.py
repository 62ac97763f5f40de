"""Many streams at once, and many that are broken off, with a language model behind them: no error, and nothing is left behind."""

import asyncio
import json
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline
from tests.rag.chat_server import ChatServer, Reply, chat_server

ASKED = "How much did the Sandholm bridge cost?"
SENTENCES = ("It is 2,870 metres long and cost 640 million crowns.", "Engineer Tove Askel led the work for nine years.")
BODIES: dict[str, dict[str, Any]] = {
    "/v1/answer": {"question": ASKED, "stream": True},
    "/v1/chat/completions": {"model": "dateline", "messages": [{"role": "user", "content": ASKED}], "stream": True},
}
COUNT = 100


@dataclass
class Served:
    """A service in this process that asks a language model."""

    client: httpx2.Client
    model: ChatServer
    loops: set[asyncio.AbstractEventLoop] = field(default_factory=set)

    def held(self) -> dict[str, float]:
        """Return how many tasks, threads, files, streams and computing threads are in use, and how many answers are written."""
        text = self.client.get("/metrics").text
        gauges = re.findall(r"^dateline_(streams_open|questions_computing|questions_waiting) (\S+)$", text, re.MULTILINE)
        (loop,) = self.loops
        own = psutil.Process()
        found = {"tasks": len(asyncio.all_tasks(loop)), "threads": own.num_threads(), "files": own.num_fds()}
        return {**found, **{name: float(value) for name, value in gauges}}

    def requests(self) -> dict[str, int]:
        """Return how many streams were asked for, by status."""
        found = re.findall(
            r'^dateline_requests_total\{.*route="/v1/(?:answer|chat/completions)",status="(\d+)"\} (\S+)$',
            self.client.get("/metrics").text, re.MULTILINE,
        )  # fmt: skip
        counted: dict[str, int] = {}
        for status, count in found:
            counted[status] = counted.get(status, 0) + int(float(count))
        return counted


def slowly(reply: Reply) -> None:
    """Play a model that takes a fifth of a second for its answer."""
    reply.begin()
    text = " ".join(f"{sentence} [S1]" for sentence in SENTENCES)
    for start in range(0, len(text), 12):
        reply.delta(content=text[start : start + 12])
        time.sleep(0.02)
    reply.done()


@pytest.fixture(scope="module")
def served(
    archive: Path, embedder: Embedder, serving: Callable[[Any], AbstractContextManager[httpx2.Client]],
    ready: Callable[[httpx2.Client], None],
) -> Iterator[Served]:  # fmt: skip
    with chat_server(slowly) as model:
        settings = ServiceSettings(data=archive, generator="openai", generator_url=model.url, generator_model="m")
        app = create_app(settings, lambda: build_pipeline(settings, embedder=embedder))
        loops: set[asyncio.AbstractEventLoop] = set()

        async def looked_at(scope: Scope, receive: Receive, send: Send) -> None:
            loops.add(asyncio.get_running_loop())
            await app(scope, receive, send)

        with serving(looked_at) as client:
            ready(client)
            yield Served(client, model, loops)


def test_a_hundred_streams_at_once_are_whole(served: Served) -> None:
    """Each reader, of either route, gets the model's whole answer, and none gets the archive's own sentences instead."""

    async def read_all() -> list[str]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(base_url=served.client.base_url, timeout=60, limits=limits) as client:

            async def read(path: str) -> str:
                async with client.stream("POST", path, json=BODIES[path]) as response:
                    assert response.status_code == 200
                    return (await response.aread()).decode()

            return await asyncio.gather(*(read(path) for path in [*BODIES] * (COUNT // 2)))

    texts = asyncio.run(read_all())
    for native, chat in zip(texts[::2], texts[1::2], strict=True):
        answer = json.loads(native.rpartition("data: ")[2])
        assert chat.endswith("data: [DONE]\n\n")
        extended = json.loads(chat.split("data: ")[-2])["dateline"]
        for whole in (answer, extended):
            assert (whole["generator"], whole["degraded"]) == ("m", None)
            assert [sentence["text"] for sentence in whole["sentences"]] == [*SENTENCES]


def test_streams_that_are_broken_off_leave_nothing_behind(served: Served) -> None:
    """Reset before, at and after the first byte and in the middle of the answer: all is as before, and the next is answered."""

    def break_off(number: int) -> None:
        path = [*BODIES][number % 2]
        body = json.dumps(BODIES[path]).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection((served.client.base_url.host, served.client.base_url.port), timeout=20) as broken:
            broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            broken.sendall(head.encode() + body)
            wanted = (0, 1, 500)[number // 2 % 3]
            seen = b""
            while len(seen) < wanted or (wanted > 1 and SENTENCES[0].encode() not in seen):
                seen += broken.recv(1 if wanted == 1 else 65_536)

    def all_broken_off(count: int) -> None:
        with ThreadPoolExecutor(10) as threads:
            list(threads.map(break_off, range(count)))

    all_broken_off(12)  # from now on threads are kept for the next question
    answered = sum(served.requests().values())
    before = settled(served, lambda _: served.requests().get("499", 0) > 0)
    all_broken_off(COUNT)
    after = settled(served, lambda held: all(held[name] <= count for name, count in before.items()))
    assert {name: count for name, count in after.items() if count > before[name]} == {}
    counted = served.requests()
    assert sum(counted.values()) >= answered + COUNT
    assert set(counted) <= {"200", "499"}
    answer = served.client.post("/v1/answer", json={"question": ASKED}).json()
    assert (answer["generator"], answer["degraded"]) == ("m", None)


def settled(served: Served, enough: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    """Return what is held when it is so little, and twice the same; ten seconds are waited for that."""
    deadline = time.monotonic() + 10
    held: dict[str, float] = {}
    while True:
        before, held = held, served.held()
        if (held == before and enough(held)) or time.monotonic() > deadline:
            return held
        time.sleep(0.2)

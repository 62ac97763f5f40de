"""A stand-in for Slack: its Web API and its socket on a free port of this machine. It notes what it is asked."""

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TEAM, BOT_USER, BOT, CHANNEL, DIRECT, USER = "T0HARBOUR", "U0BOT", "B0BOT", "C0NEWS", "D0DIRECT", "U0MARA"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a method."""

    method: str
    arguments: dict[str, Any]
    token: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a method is to answer instead of what it would."""

    status: int = 200
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    done: bool = False
    """Whether the method does its work nevertheless, as when only the reply is lost."""


class FakeSlack:
    """What tests see of it."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.threads: dict[str, list[dict[str, Any]]] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        """What readers see, by time: `text` of all pieces, `blocks`, and whether it is `whole`."""
        self.acknowledged: list[str] = []
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._told: dict[str, list[Told]] = defaultdict(list)
        self._moments = iter(range(1, 1_000_000))

    def tell(self, method: str, *told: Told) -> None:
        """Answer the next calls of a method like this."""
        self._told[method].extend(told)

    def clear(self) -> None:
        """Forget everything."""
        self.calls.clear()
        self.threads.clear()
        self.messages.clear()
        self._told.clear()

    def named(self, method: str) -> list[dict[str, Any]]:
        """Return the arguments of each call of a method."""
        return [call.arguments for call in self.calls if call.method == method]

    def wait(self, seen: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < deadline, [call.method for call in self.calls]
            time.sleep(0.01)

    def shown(self, count: int = 1) -> list[dict[str, Any]]:
        """Return the messages that readers see, when so many are whole."""
        self.wait(lambda: sum(message["whole"] for message in self.messages.values()) >= count)
        return list(self.messages.values())

    def send(self, envelope: dict[str, Any]) -> None:
        """Send an envelope over the socket."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.events.put_nowait, envelope)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the server."""
        return [web.route("*", "/api/{method}", self._method), web.get("/socket", self._socket)]

    async def _method(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append(
            Call(method=method, arguments=arguments, token=request.headers.get("Authorization", "").removeprefix("Bearer "))
        )
        told = self._told[method].pop(0) if self._told[method] else Told(done=True)
        await asyncio.sleep(told.seconds)
        answer = self._done(method, arguments) if told.done else {}
        if told.error:
            answer = {"ok": False, "error": told.error}
        return web.json_response(answer, status=told.status, headers=told.headers)

    def _done(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "team": "Harbour", "user": "dateline"}
            case "apps.connections.open":
                return {"ok": True, "url": f"{self.url.replace('http', 'ws', 1)}/socket"}
            case "conversations.replies":
                return {"ok": True, "messages": self.threads.get(arguments["ts"], []), "has_more": False}
            case "chat.startStream" | "chat.postMessage":
                moment = f"1800000000.{next(self._moments):06}"
                self.messages[moment] = {**arguments, "text": arguments.get("text", ""), "whole": method == "chat.postMessage"}
                return {"ok": True, "ts": moment}
            case "chat.appendStream" | "chat.stopStream":
                message = self.messages[arguments["ts"]]
                message["text"] += arguments.get("markdown_text", "")
                message["blocks"] = arguments.get("blocks", [])
                message["whole"] = method == "chat.stopStream"
            case "chat.update":
                self.messages[arguments["ts"]] |= arguments
            case _:
                pass
        return {"ok": True}

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)

        async def send() -> None:
            while True:
                await socket.send_json(await self.events.get())

        sending = asyncio.create_task(send())
        try:
            async for message in socket:
                if message.type == web.WSMsgType.TEXT:
                    self.acknowledged.append(json.loads(message.data)["envelope_id"])
        finally:
            sending.cancel()
        return socket


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        body: dict[str, Any] = await request.json()
        return body
    return {**request.query, **await request.post()}


@contextmanager
def fake_slack() -> Iterator[FakeSlack]:
    """Serve a stand-in in a thread."""
    fake = FakeSlack()
    started, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        fake.loop = asyncio.get_running_loop()
        app = web.Application()
        app.add_routes(fake.routes())
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert started.wait(10)
    try:
        yield fake
    finally:
        assert fake.loop is not None
        fake.loop.call_soon_threadsafe(stop.set)
        thread.join(10)

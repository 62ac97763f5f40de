"""What happens around every request: its id, its line in the log, its figures, and a limit to how slowly it may come.

Pure ASGI: nothing is collected before it is sent, and a client that leaves is seen.
"""

import asyncio
import math
import re
import time
import uuid
from collections.abc import Collection, Mapping

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import Service
from api.errors import unexpected
from api.logs import notes
from api.metrics import Metrics
from api.routing import template

logger = structlog.get_logger()

LEFT = 499
"""What nginx calls a request whose client left before the end."""
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: logged at `debug`."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Printable ASCII without spaces: safe in a header and in a line of a log.
_ID = re.compile(rb"[\x21-\x7e]{1,64}")
BODY_SECONDS = 20.0
"""How long a body may take, and one more for every 500 bytes that came: the defaults of Apache's mod_reqtimeout."""
_BODY_BYTES_A_SECOND = 500.0
MOST_BODY_SECONDS = 60.0
"""How long it may take at most: a megabyte would otherwise have half an hour."""


class Requests:
    """Serves an app with a light on every request. The outermost middleware, so that refusals of others are seen, too.

    Args:
        app: what is behind it.
        service: whose figures are kept.
        body_seconds: how long a body may take, and more for what came.
        most_body_seconds: how long at most.
        large: paths of large bodies, which limit for themselves how long these take at most.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: Service,
        body_seconds: float = BODY_SECONDS,
        most_body_seconds: float = MOST_BODY_SECONDS,
        large: Collection[str] = (),
    ) -> None:
        self._app, self._service, self._large = app, service, large
        self._body_seconds, self._most_body_seconds = body_seconds, most_body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _kept(dict(scope["headers"]).get(b"x-request-id", b"")) or uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        # Not unbound at the end: the task ends with the request, and the server may still have something to log.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        most = math.inf if scope["path"] in self._large else self._most_body_seconds
        served = _Served(scope, receive, send, self._service.metrics, (self._body_seconds, most))
        with notes() as noted:
            await self._serve(served, noted)

    async def _serve(self, served: "_Served", noted: Mapping[str, object]) -> None:
        try:
            await self._app(served.scope, served.receive, served.send)
        except Exception as error:
            # The framework would answer outside of here, without the id in a header.
            response = await unexpected(Request(served.scope), error)
            if served.begun:
                raise
            await response(served.scope, served.receive, served.send)
        finally:
            self._tell(served, noted)

    def _tell(self, served: "_Served", noted: Mapping[str, object]) -> None:
        seconds = served.end()
        route, method, status = served.route, served.method, served.status
        self._service.metrics.requests.labels(route, method, str(status)).inc()
        self._service.metrics.request_seconds.labels(route, method).observe(seconds)
        log = logger.debug if served.scope["path"] in QUIET else logger.info
        log("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), **noted)


class _Served:
    """One request while it is served."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, metrics: Metrics, body_seconds: tuple[float, float]) -> None:
        self.scope, self._receive, self._send, self._metrics = scope, receive, send, metrics
        self._body_seconds, self._most_body_seconds = body_seconds
        self.begun = False
        """Whether the status was sent."""
        self._sent: int | None = None
        self._left = self._whole = self._streams = False
        self._read = 0
        self._body_whole = False
        self._begun_at = time.perf_counter()
        self._ended_at: float | None = None

    @property
    def method(self) -> str:
        """The method; `other` for those that nobody knows."""
        return str(self.scope["method"]) if self.scope["method"] in _METHODS else "other"

    @property
    def route(self) -> str:
        """The template of the path, such as `/v1/articles/{article_id}`."""
        return template(self.scope)

    @property
    def status(self) -> int:
        """What was sent, or `LEFT`."""
        if self._sent is None or self._left or not self._whole:
            return LEFT
        return self._sent

    async def receive(self) -> Message:
        """Receive what comes next, in time.

        Raises:
            HTTPException: the body comes too slowly.
        """
        if self._body_whole:
            message = await self._receive()
        else:
            allowed = min(self._body_seconds + self._read / _BODY_BYTES_A_SECOND, self._most_body_seconds)
            try:
                async with asyncio.timeout(allowed - (time.perf_counter() - self._begun_at)):
                    message = await self._receive()
            except TimeoutError:
                detail = "The body came too slowly and was not waited for."
                raise HTTPException(408, detail, {"Connection": "close"}) from None
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            self._body_whole = not message.get("more_body", False)
        elif message["type"] == "http.disconnect" and not self._whole:
            self._left = True  # what is still sent nobody gets
        return message

    async def send(self, message: Message) -> None:
        """Send on, with the headers of every response."""
        if message["type"] == "http.response.start":
            self.begun, self._sent = True, int(message["status"])
            headers = list(message.get("headers", ()))
            self._streams = any(name.lower() == b"content-type" and b"event-stream" in value for name, value in headers)
            if self._streams:
                self._metrics.streams_open.inc()
            own = {b"x-request-id": self.scope["state"]["request_id"].encode(), b"x-content-type-options": b"nosniff"}
            message = {**message, "headers": [*((n, v) for n, v in headers if n.lower() not in own), *own.items()]}
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._whole, self._ended_at = True, time.perf_counter()

    def end(self) -> float:
        """Return how long it took until the last byte, or until the client left."""
        if self._streams:
            self._metrics.streams_open.dec()
        return (self._ended_at or time.perf_counter()) - self._begun_at


def _kept(given: bytes) -> str | None:
    """Return the id that a client or a proxy gave, if it can be used."""
    return given.decode() if _ID.fullmatch(given) else None

"""Bounds what a request may send, before anything of it is parsed."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import error_response

TOO_LARGE = 413


class BodyLimit:
    """Answers 413 when a body is announced, or turns out, to be longer than `max_bytes`, or than what its path may have.

    FastAPI has the same option, but answers in plain text and without a request id.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, paths: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._paths = paths or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        most = self._paths.get(scope["path"], self._max_bytes)
        detail = f"The body is longer than {most:,} bytes."
        if announced.isdigit() and int(announced) > most:
            request_id = scope.get("state", {}).get("request_id", "unknown")
            await error_response(scope["path"], TOO_LARGE, detail, request_id)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(TOO_LARGE, detail)
            return message

        await self._app(scope, counted, send)

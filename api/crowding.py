"""Refuses searches that would have to wait for many others, before anything of them is parsed."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import error_response

PATH = "/v1/search"
_SHARE = 7
_BUSY = 503
_LATER = {"Retry-After": "2"}


class Crowding:
    """Answers 503 to a search while as many are served or wait as could be answered soon.

    Programs send searches, as fast as they can, and better try again than wait; people wait for answers, and a stream tells them
    that it lives. So searches may fill only a seventh of the places to wait in. Refusing has to be cheap: under a
    load of ten times what can be computed, most of what the service does is refusing.

    A search has a place from when its body is whole: clients that never send the rest of theirs would keep all others out.

    Args:
        computing: how many requests are computed at the same time.
        waiting: how many may wait (setting `waiting_requests`).
    """

    def __init__(self, app: ASGIApp, *, computing: int, waiting: int) -> None:
        self._app = app
        self._most = computing + max(1, waiting // _SHARE)
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if there is room."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        if self._inside >= self._most:
            response = error_response(PATH, _BUSY, self._crowded(), scope["state"]["request_id"], _LATER)
            await response(scope, receive, send)
            return
        inside = False

        async def taking_a_place() -> Message:
            nonlocal inside
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False) and not inside:
                if self._inside >= self._most:
                    raise HTTPException(_BUSY, self._crowded(), _LATER)
                inside = True
                self._inside += 1
            return message

        try:
            await self._app(scope, taking_a_place, send)
        finally:
            self._inside -= inside

    def _crowded(self) -> str:
        return f"{self._inside:,} searches are served or wait already; try again in a few seconds."

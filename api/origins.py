"""Which web pages of other addresses may ask, as browsers enforce it (CORS), and what pages may not do even without reading."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import error_response
from api.hosts import sent
from api.key_ring import KeyRing

_SAFE = ("GET", "HEAD", "OPTIONS")


def is_own(origin: bytes, scope: Scope, public_url: str) -> bool:
    """Return whether a request comes from a page of this service itself.

    Args:
        origin: as the browser sent it.
        scope: of the request; its host must have been checked.
        public_url: where readers reach the service, or empty.
    """
    own, sent_by = urlsplit(public_url), origin.decode("latin-1")
    if public_url and sent_by == f"{own.scheme}://{own.netloc}".lower():  # browsers write it in small letters
        return True
    # The scheme is that of the proxy in front, which is not known here.
    return sent_by.partition("://")[2].encode("latin-1") in sent(scope, b"host")


class Origins(CORSMiddleware):
    """Lets the pages of the setting `origins` and of publishable keys read answers, and refuses what other pages send.

    Browsers let a page of any address send a request to this machine, though not read what it answers; so what is more than
    reading is refused here. No cookies are used, so none are allowed.

    Args:
        app: what is behind it.
        ring: the keys, for the pages of publishable ones.
        origins: the pages of the settings.
        public_url: where readers reach the service, or empty.
    """

    def __init__(self, app: ASGIApp, ring: KeyRing, origins: Sequence[str], public_url: str) -> None:
        super().__init__(
            app, allow_origins=origins, allow_methods=("GET", "POST", "DELETE"), allow_headers=("*",), allow_private_network=True,
            expose_headers=("X-Request-Id", "Retry-After"),
        )  # fmt: skip
        self._ring = ring
        self._public_url = public_url
        self._of_keys: frozenset[str] = frozenset()

    def is_allowed_origin(self, origin: str) -> bool:
        """Return whether a page of this address may read answers."""
        return origin in self.allow_origins or origin in self._of_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, answer what a browser asks beforehand, or refuse with 403."""
        origins = sent(scope, b"origin") if scope["type"] == "http" else []
        if not origins:
            await self.app(scope, receive, send)
            return
        self._of_keys = await self._ring.origins()
        asked_beforehand = scope["method"] == "OPTIONS" and bool(sent(scope, b"access-control-request-method"))
        allowed = len(origins) == 1 and self.is_allowed_origin(origins[0].decode("latin-1"))
        own = len(origins) == 1 and is_own(origins[0], scope, self._public_url)
        if not allowed and (asked_beforehand or not (own or scope["method"] in _SAFE)):
            detail = (
                f"Pages of {origins[0].decode('latin-1')[:200]} may not ask here. Add the address to the setting origins "
                "(DATELINE_ORIGINS), or make a publishable key for it."
            )
            request_id = scope.get("state", {}).get("request_id", "unknown")
            await error_response(scope["path"], 403, detail, request_id, {"Vary": "Origin"})(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

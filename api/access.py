"""Who may ask: one check in front of every route, whatever protocol it speaks. What is not allowed here is refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import error_response
from api.hosts import sent
from api.key_ring import KeyRing
from api.keys import Key, KeysUnusable, key_of
from api.origins import is_own
from api.rates import Rates

logger = structlog.get_logger()

# Longer than any key; what is longer is not looked at.
_MAX_CREDENTIAL = 200
_BEARER = re.compile(rb"bearer +(\S+)", re.IGNORECASE)
# Where the file lies is said in the log only: anybody may ask without a key.
_UNREADABLE = "The access keys of this service cannot be read, so nobody is let in. Its log says why and what to do."
_HOW = "Send it as `Authorization: Bearer KEY` or as `X-Api-Key: KEY`. `dateline keys create` makes one."


@dataclass(frozen=True, slots=True)
class Rule:
    """Which keys may use some paths."""

    methods: tuple[str, ...]
    path: str
    """The path; one that ends in `/*` stands for everything below it."""
    scopes: frozenset[str] | None
    """Any of these is enough, and `admin` always is; None: everybody may, without a key."""

    def matches(self, method: str, path: str) -> bool:
        """Whether it is about this request."""
        inside = path.startswith(self.path[:-1]) if self.path.endswith("/*") else path == self.path
        return inside and method in self.methods


_GET, _POST = ("GET", "HEAD"), ("POST",)
_PUBLISHABLE, _ASK, _INGEST = frozenset({"ask", "publishable"}), frozenset({"ask"}), frozenset({"ingest"})
_ADMIN, _ANY = frozenset({"admin"}), frozenset({"ask", "publishable", "ingest"})

RULES: Sequence[Rule] = (
    Rule(_GET, "/", None),
    Rule(_GET, "/page/*", None),
    Rule(_GET, "/widget.js", None),
    Rule(_GET, "/widget", None),
    Rule(_GET, "/healthz", None),
    Rule(_GET, "/readyz", None),
    Rule(_POST, "/v1/answer", _PUBLISHABLE),
    Rule(_POST, "/v1/search", _PUBLISHABLE),
    Rule(_POST, "/v1/chat/completions", _PUBLISHABLE),
    Rule(_GET, "/v1/articles", _PUBLISHABLE),
    Rule(_GET, "/v1/articles/*", _PUBLISHABLE),
    Rule(_GET, "/v1/models", _ASK),
    Rule(_GET, "/v1/models/*", _ASK),
    Rule(("GET", "POST", "DELETE"), "/mcp", _ASK),
    Rule(_POST, "/slack/events", None),  # Slack's signature is the key (api/slack/guard.py)
    Rule(_GET, "/openapi.json", _ASK),
    Rule(_GET, "/v1/publishers", _PUBLISHABLE),
    Rule(_GET, "/v1/permissions", _ANY),
    Rule(_POST, "/v1/articles", _INGEST),
    Rule(_POST, "/v1/ingest", _INGEST),
    Rule(("DELETE",), "/v1/articles/*", _INGEST),
    Rule(_GET, "/metrics", _ADMIN),
)
"""The first that matches counts. What none names needs the scope `admin`, so that a new route is closed until it is here."""


def scopes_for(method: str, path: str) -> frozenset[str] | None:
    """Return which scopes may use a path besides `admin`; None when everybody may."""
    return next((rule.scopes for rule in RULES if rule.matches(method, path)), frozenset())


class Access:
    """Lets nobody past without a key that may do what is asked, as soon as any key was made.

    The key's id and scopes stand in the request's state as `key_id` and `key_scopes` from then on.

    Args:
        app: what is behind it.
        ring: the keys.
        public_url: where readers reach the service, or empty.
        rates: where uses of keys are counted.
    """

    def __init__(self, app: ASGIApp, ring: KeyRing, public_url: str, rates: Rates) -> None:
        self._app = app
        self._ring = ring
        self._public_url = public_url
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401, 403, 429 or, when the keys cannot be read, 503."""
        if scope["type"] == "http":
            try:
                await self._check(scope)
            except _Refused as refused:
                state = scope.setdefault("state", {})
                request_id = state.get("request_id", "unknown")
                logger.info(
                    "refused", status=refused.status, method=scope["method"], path=scope["path"][:200], key=refused.key_id,
                    request_id=request_id,
                )  # fmt: skip
                response = error_response(scope["path"], refused.status, refused.detail, request_id, refused.headers)
                await response(scope, receive, send)
                return
        elif scope["type"] != "lifespan":
            # No route speaks anything else. One that will must ask for a key as well.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await self._app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        method, path = scope["method"], scope["path"]
        scopes = scopes_for(method, path)
        if scopes is None:
            return
        try:
            keys = await self._ring.keys()
        except KeysUnusable as error:
            raise _Refused(503, _UNREADABLE, {"Retry-After": "5"}) from error
        if keys is None:
            return
        key = _known(scope, keys)
        scope.setdefault("state", {}).update(key_id=key.id, key_scopes=key.scopes)
        if not {"admin", *scopes} & set(key.scopes):
            needed = f"the scope {' or '.join(sorted({'admin', *scopes}))}; this key has {', '.join(key.scopes)}"
            raise _Refused(403, f"{method} {path[:200]} needs {needed}.", key_id=key.id)
        if "publishable" in key.scopes and not self._from_its_pages(key, scope):
            raise _Refused(403, "This key may be used only from the web pages that it was made for (Origin).", key_id=key.id)
        if wait := await self._rates.wait(key):
            detail = f"This key may be used {key.rate} only; try again in {wait} s."
            raise _Refused(429, detail, {"Retry-After": str(wait)}, key_id=key.id)

    def _from_its_pages(self, key: Key, scope: Scope) -> bool:
        origins = sent(scope, b"origin")
        if not origins:
            # A browser names no origin where a page of this service reads from this service, as the frame of a widget does.
            return sent(scope, b"sec-fetch-site") == [b"same-origin"]
        if len(origins) > 1:
            return False
        return origins[0].decode("latin-1") in key.origins or is_own(origins[0], scope, self._public_url)


class _Refused(Exception):  # noqa: N818
    """A request that is not let in."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, key_id: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.key_id = status, detail, headers, key_id


def _known(scope: Scope, keys: Sequence[Key]) -> Key:
    """Return the key that was sent."""
    bearers, plain = sent(scope, b"authorization"), sent(scope, b"x-api-key")
    if not bearers and not plain:
        raise _no_key("This service asks for an access key")
    if len(bearers) + len(plain) > 1:
        # Which of them counts would be a matter of taste, and two checks with two tastes are a way past both.
        raise _no_key("More than one access key was sent")
    bearer = _BEARER.fullmatch(bearers[0]) if bearers and len(bearers[0]) <= _MAX_CREDENTIAL else None
    secret = bearer[1] if bearer else plain[0] if plain else b""
    key = key_of(secret, keys)
    if key is None:
        raise _no_key("This access key is not known, or it was revoked")
    return key


def _no_key(what: str) -> _Refused:
    return _Refused(401, f"{what}. {_HOW}", {"WWW-Authenticate": "Bearer"})

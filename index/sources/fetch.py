"""Fetches pages from the web: the only way out to the network. Says no in words; never hangs, never reads without an end.

What may be reached is decided in `targets` and `addresses`, what a site allows in `robots`; one request is made in `exchange`.
"""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urljoin

from index.errors import SourceError
from index.sources.addresses import Resolve, read_allowed, resolve_name
from index.sources.compression import BadBody, read_body
from index.sources.deadline import Deadline, NoAnswer
from index.sources.headers import Validators, charset, conditions, media_type, validators_in
from index.sources.robots import MAX_ROBOTS_BYTES, PRODUCT, Robots, Unread, status_words
from index.sources.targets import Refused, Target, looks_like_url, read_target, shown
from index.types import NewsDate

__all__ = ["Disallowed", "FetchError", "Fetched", "Fetcher", "Validators", "looks_like_url"]

_MAX_REDIRECTS = 5
# 203 is a page that a proxy on the way changed. The others of 2xx bring no page, or a part of one that was not asked for.
_PAGES, _NOT_MODIFIED, _REDIRECTS, _BUSY = (200, 203), 304, (301, 302, 303, 307, 308), (429, 503)
_SHORT_WAITS = tuple("012345")
_HINTS = {
    401: "it wants a login; save the page in a browser and add the file",
    403: "it turns programs away; save the page in a browser and add the file",
    404: "check the address",
    410: "it was removed",
    429: "it was asked too often; try again later",
    451: "it was withheld for legal reasons",
}
_ASKING = {
    "User-Agent": f"{PRODUCT} (news archive)",
    "Accept": "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/pdf, */*;q=0.5",
    "Accept-Encoding": "gzip",
}
_FAILURES = (Refused, NoAnswer, BadBody)


class FetchError(SourceError):
    """A page could not be fetched; the message names the URL, says why and what to do."""


class Disallowed(FetchError):  # noqa: N818 - reads as what it is
    """The site's robots.txt does not let programs read the page: it is to be skipped, nothing has failed."""


_NONE_KNOWN = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page as it was answered."""

    url: str
    """Where it was found after redirects, without a fragment. `http` here after an `https` request means that the site itself
    sent us there: that is followed, since its own secure answer says so and nothing secret is ever sent."""
    content: bytes
    """Without the compression it was sent in; empty when it was not modified."""
    content_type: str | None
    """The media type in lower case without parameters, as the site states it: `text/html`."""
    charset: str | None
    """The character set that the site states beside the type, in lower case."""
    validators: Validators
    fetched: NewsDate
    """Now, in UTC, to the minute."""
    not_modified: bool
    """True when the validators that were passed in still hold."""


class _Forbidden(Exception):  # noqa: N818 - reads as what it is
    """robots.txt says no; the message says it in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What stays the same from one redirect to the next."""

    deadline: Deadline
    limit: int
    conditions: Mapping[str, str]
    for_robots: bool = False
    """A robots.txt needs no leave, is cut at the limit, and any status of it means something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    target: Target
    status: int
    headers: Mapping[str, str]
    content: bytes


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Fetcher:
    """Fetches pages politely and only from where it may.

    Uses no proxy and no credentials, keeps no cookies and runs no scripts. May be used by several threads.

    Args:
        allowed: Hosts, `host:port`, IP addresses and networks (CIDR) of one's own that may be private and use any port.
            Link-local and metadata addresses stay closed. Raises ValueError naming an entry that cannot be read.
        seconds: The most time for one fetch: robots.txt, redirects, connecting and reading together. Waiting that a site asks
            for (crawl delay, at most 10 s; Retry-After, at most 5 s) is not counted.
        max_bytes: The most bytes of a page, counted without its compression.
        resolve: Turns a name into addresses.
        now: The time, with a time zone.
        tls: What secure connections trust; the system's authorities by default.
    """

    def __init__(
        self,
        *,
        allowed: Sequence[str] = (),
        seconds: float = 20,
        max_bytes: int = 20_000_000,
        resolve: Resolve = resolve_name,
        now: Callable[[], datetime] = _utc_now,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = read_allowed(allowed)
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._resolve = resolve
        self._now = now
        self._tls = tls
        self._robots: Robots[Deadline] = Robots(read=self._read_robots, now=now)
        self._visits = threading.Lock()
        self._next_visit: dict[str, float] = {}

    def fetch(self, url: str, *, validators: Validators = _NONE_KNOWN, max_bytes: int | None = None) -> Fetched:
        """Return the page.

        Args:
            url: An http or https URL.
            validators: What came with the copy that is already there; if that is the newest, nothing is sent again.
            max_bytes: The most bytes, instead of the fetcher's own number.

        Raises:
            Disallowed: the site's robots.txt does not let programs read it.
            FetchError: anything else that kept the page from coming.
        """
        request = _Request(
            deadline=Deadline(self._seconds),
            limit=self._max_bytes if max_bytes is None else max_bytes,
            conditions=conditions(validators),
        )
        try:
            page = self._followed(url, request)
        except _Forbidden as error:
            raise Disallowed(f"{shown(url)}: {error}") from error
        except _FAILURES as error:
            raise FetchError(f"{shown(url)}: {error}") from error
        not_modified = page.status == _NOT_MODIFIED
        minute = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M+00:00")
        return Fetched(
            url=page.target.url,
            content=page.content,
            content_type=media_type(page.headers),
            charset=charset(page.headers),
            validators=validators_in(page.headers, known=validators if not_modified else _NONE_KNOWN),
            fetched=NewsDate(value=minute, precision="minute", read_from="fetch"),
            not_modified=not_modified,
        )

    def close(self) -> None:
        """Forget what sites allow. No connection outlives its request, so none is left to close."""
        self._robots.forget()

    def _followed(self, url: str, request: _Request) -> _Page:
        """Follow redirects by hand, so that every step is checked like the first: URL, robots.txt, address, port."""
        at, visited = url, list[str]()
        while True:
            try:
                target = read_target(at)
                if not request.for_robots:
                    self._ask(target, request.deadline)
                page = self._answered(target, request)
                visited.append(target.url)
                if page.status not in _REDIRECTS or (request.for_robots and len(visited) > _MAX_REDIRECTS):
                    _check_status(page.status, request)
                    return page
                at = _next_url(page, visited, request)
            except (_Forbidden, *_FAILURES) as error:
                if at == url:
                    raise
                raise type(error)(f"{error} (redirected to {shown(at)})") from error

    def _ask(self, target: Target, deadline: Deadline) -> None:
        """Ask robots.txt, and wait if the site wants pauses between requests."""
        rules = self._robots.rules(target, deadline)
        reason = rules.refusal(target)
        if reason is not None:
            raise NoAnswer(reason) if rules.unread else _Forbidden(reason)
        if rules.delay:
            with self._visits:
                now = time.monotonic()
                turn = max(now, self._next_visit.get(target.host, now))
                self._next_visit[target.host] = turn + rules.delay
            deadline.pause(turn - now)

    def _read_robots(self, url: str, deadline: Deadline) -> tuple[int, bytes]:
        request = _Request(deadline=deadline, limit=MAX_ROBOTS_BYTES, conditions={}, for_robots=True)
        try:
            page = self._followed(url, request)
        except Refused as error:
            raise Unread(str(error)) from error
        except _FAILURES as error:
            raise Unread(f"{error} (asking for its robots.txt, without which no page may be read)") from error
        return page.status, page.content

    def _answered(self, target: Target, request: _Request) -> _Page:
        """Return the answer; a site that asks to be tried again within seconds is, once."""
        page = self._sent(target, request)
        wait = page.headers.get("retry-after")
        if page.status not in _BUSY or wait not in _SHORT_WAITS:
            return page
        request.deadline.pause(int(wait))
        return self._sent(target, request)

    def _sent(self, target: Target, request: _Request) -> _Page:
        from index.sources.exchange import exchange, system_trust  # noqa: PLC0415 - heavy: httpcore2 takes 100 ms to import

        if self._tls is None and target.scheme == "https":
            self._tls = system_trust()  # 50 ms, so not before it is needed
        headers = {**_ASKING, **request.conditions}
        with exchange(
            target, headers, allowed=self._allowed, resolve=self._resolve, tls=self._tls, deadline=request.deadline
        ) as answer:
            content = b""
            if answer.status in _PAGES:
                content = read_body(answer.body, answer.encodings, limit=request.limit, cut=request.for_robots)
            return _Page(target=target, status=answer.status, headers=answer.headers, content=content)


def _check_status(status: int, request: _Request) -> None:
    if request.for_robots or status in _PAGES or (status == _NOT_MODIFIED and request.conditions):
        return
    hint = _HINTS.get(status) or ("try again later" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "")
    raise NoAnswer(f"it answered {status_words(status)}" + (f"; {hint}" if hint else ""))


def _next_url(page: _Page, visited: Sequence[str], request: _Request) -> str:
    location = page.headers.get("location")
    if not location:
        raise NoAnswer(f"it answered {status_words(page.status)} without saying where to go")
    if len(visited) > _MAX_REDIRECTS:
        raise NoAnswer(f"there are more than {_MAX_REDIRECTS} redirects")
    with contextlib.suppress(UnicodeDecodeError):
        location = location.encode("latin-1").decode("utf-8")  # what is not ASCII is UTF-8 to browsers
    try:
        url = urljoin(page.target.url, location)
    except ValueError as error:
        raise Refused("it redirects to a URL that cannot be read") from error
    if url in visited and not request.for_robots:
        raise NoAnswer("it redirects in a circle; it may want cookies, which are not kept")
    return url

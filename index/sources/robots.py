"""What sites allow programs to read: robots.txt as RFC 9309 has it. Remembers what was read; reading is somebody else's."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Generic, TypeVar

from protego import Protego

from index.sources.targets import Target

PRODUCT = "Dateline"
"""The name that a robots.txt addresses us by."""
MAX_ROBOTS_BYTES = 512_000
"""RFC 9309, section 2.5: at least 500 KiB must be read; what follows is ignored."""

# RFC 9309, section 2.4: not longer than a day. A newsroom that closes a section should not be read for a day after.
_KEPT = timedelta(hours=1)
# A site that cannot be reached is asked again soon, but not once for each of the fifty links of a feed.
_FAILURE_KEPT = timedelta(minutes=1)
# The rules of one site of the largest size were measured to take up to 30 MB.
_MOST_ORIGINS = 32
_LONGEST_DELAY = 10.0
# As generous as Protego in how the field may be written. A name is letters, hyphens and underscores; a version may follow.
_AGENT = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)\s*(?P<name>\*(?=\s*(?:#|$))|[a-z_-]*).*", re.IGNORECASE)
_OTHER = "another"

Asked = TypeVar("Asked")


class Unread(Exception):  # noqa: N818 - reads as what it is
    """There was no answer to the question for robots.txt; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one site allows. Nothing when `closed` or `unread` gives a reason."""

    origin: str
    parsed: Protego | None = None
    """None when there are no rules."""
    closed: str | None = None
    """The site is out of order: its robots.txt answered with an error of the server."""
    unread: str | None = None
    """The site was not reached at all."""

    def refusal(self, target: Target) -> str | None:
        """Return why the page may not be read, or None when it may."""
        if self.closed is not None or self.unread is not None:
            return self.closed or self.unread
        if self.parsed is None or self.parsed.can_fetch(target.url, PRODUCT):
            return None
        return f"the site's robots.txt ({self.origin}/robots.txt) does not let programs read it; ask the site, or leave it out"

    @property
    def delay(self) -> float:
        """The seconds that the site wants between two requests, at most 10."""
        asked = None if self.parsed is None else self.parsed.crawl_delay(PRODUCT)
        return min(asked or 0.0, _LONGEST_DELAY)


class Robots(Generic[Asked]):
    """The rules of the sites that were asked for.

    Args:
        read: Returns the status and the content of a robots.txt, redirects followed; 3xx when they lead nowhere. Its second
            argument is passed through. Raises Unread when there was no answer.
        now: The time.
    """

    def __init__(self, *, read: Callable[[str, Asked], tuple[int, bytes]], now: Callable[[], datetime]) -> None:
        self._read = read
        self._now = now
        self._kept: dict[str, tuple[datetime, Rules]] = {}

    def rules(self, target: Target, asked: Asked) -> Rules:
        """Return the rules for the target's origin, read at most an hour ago; a minute when they could not be read."""
        until, found = self._kept.get(target.origin, (None, None))
        if found is None or until is None or self._now() >= until:
            found = self._asked(target.origin, asked)
            self._keep(found)
        return found

    def forget(self) -> None:
        """Forget all rules."""
        self._kept.clear()

    def _asked(self, origin: str, asked: Asked) -> Rules:
        try:
            status, content = self._read(f"{origin}/robots.txt", asked)
        except Unread as error:
            return Rules(origin=origin, unread=str(error))
        return read_rules(origin, status, content)

    def _keep(self, found: Rules) -> None:
        self._kept.pop(found.origin, None)
        for oldest in list(self._kept)[: max(0, len(self._kept) + 1 - _MOST_ORIGINS)]:
            self._kept.pop(oldest, None)
        self._kept[found.origin] = (self._now() + (_KEPT if found.unread is None else _FAILURE_KEPT), found)


def read_rules(origin: str, status: int, content: bytes) -> Rules:
    """Return the rules that an answer for robots.txt stands for (RFC 9309, section 2.3.1).

    No file, or one that only people with a login may see, means that all may be read; a site that is out of order means that
    nothing may. 429 is counted among the latter: who asks for fewer requests has not allowed more.
    """
    if status in (HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION):
        text = content[:MAX_ROBOTS_BYTES].decode("utf-8-sig", errors="replace")
        return Rules(origin=origin, parsed=Protego.parse(_for_us(text)))
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Rules(
            origin=origin,
            closed=f"the site's robots.txt ({origin}/robots.txt) answered {status_words(status)}, and while it cannot be read no "
            f"page may be (RFC 9309); try again later",
        )
    return Rules(origin=origin)


def _for_us(text: str) -> str:
    """Return the robots.txt with every other program's name replaced by one and the same.

    Protego 0.7.0 stores each rule once for every name in its group: 3,000 names above 3,000 rules, in 90 KB, took it 13 s and
    620 MiB. It also takes `Date` for us, where RFC 9309, section 2.2.1, wants the whole name, and `Dateline/1.0` for another.
    """
    return "\n".join(map(_renamed, text.splitlines()))


def _renamed(line: str) -> str:
    # Where the line begins and nowhere else: looked for everywhere, a line of 200,000 tabs took minutes.
    named = _AGENT.match(line)
    if named is None:
        return line
    name = named["name"].lower()
    return f"User-agent: {name if name in {PRODUCT.lower(), '*'} else _OTHER}"


def status_words(status: int) -> str:
    """Return a status with its usual words: `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

"""Reads a URL into what a request needs: scheme, host, port, path. Refuses what two programs could read differently.

Knows nothing of addresses and opens no connection; whether the host may be reached is decided in `addresses`.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlsplit

import idna

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 9110, section 4.1: a server should take request lines of 8,000 octets at least, so a longer URL may mean nothing to it.
_MAX_URL = 8_000
_LAST_PORT = 65_535
_SHOWN = 200
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_AUTHORITY = re.compile(r"(?:\[(?P<literal>[^\[\]]*)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]{1,5}))?")
# Letters, digits and hyphens (RFC 1123), and the underscore, which some real hosts have.
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_MAX_NAME = 253
# https://url.spec.whatwg.org/#ends-in-a-number-checker: such a host is an IPv4 address to a browser and to the C library,
# whatever its spelling (127.1, 0x7f000001, 017700000001); no domain ends in a number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What RFC 3986 allows in a path and in a query, with the percent sign, so that what is escaped already stays as it is.
_IN_PATH = "/:@!$&'()*+,;=%-._~"
_IN_QUERY = _IN_PATH + "?[]"


class Refused(ValueError):  # noqa: N818 - reads as what it is
    """A URL or an address may not be reached; the message says why and does not repeat the URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What one URL asks for. Two spellings of the same host are the same `host`."""

    scheme: str
    """`http` or `https`."""
    host: str
    """A name in lower-case ASCII without a trailing dot, or an IP address as the standard library writes it, without brackets."""
    port: int
    path: str
    """The path with the query, percent-encoded, beginning with a slash."""

    @property
    def authority(self) -> str:
        """The host as it stands in a URL and in the `Host` header; the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole URL, without a fragment."""
        return self.origin + self.path


def looks_like_url(source: str) -> bool:
    """Return whether `source` is written as a URL of any scheme, so that `file://` and `ftp://` are not taken for file names."""
    return _SCHEME.match(source) is not None


def read_target(url: str) -> Target:
    """Return what the URL asks for.

    Raises:
        Refused: not an http or https URL, carries credentials, or its host or port cannot be read in exactly one way.
    """
    url = url.strip()
    if not url.isascii() and any("\ud800" <= character <= "\udfff" for character in url):
        raise Refused("the URL holds half a character (a lone surrogate)")
    if _CONTROL.search(url):
        raise Refused("the URL holds a line break or another control character")
    if len(url) > _MAX_URL:
        raise Refused(f"the URL is longer than {_MAX_URL:,} characters")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("the host of the URL cannot be read") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused("only http:// and https:// can be fetched")
    if "@" in parts.netloc:
        raise Refused("the URL carries a user name or password; they are never sent, so remove them")
    host, port = read_authority(parts.netloc.removesuffix(":"))  # RFC 3986, section 3.2.3: an empty port is the scheme's own
    return Target(
        scheme=parts.scheme,
        host=host,
        port=DEFAULT_PORTS[parts.scheme] if port is None else port,
        path=(quote(parts.path, safe=_IN_PATH) or "/") + (f"?{quote(parts.query, safe=_IN_QUERY)}" if parts.query else ""),
    )


def read_authority(authority: str) -> tuple[str, int | None]:
    """Return host and port of `host`, `host:port` or `[IPv6 address]:port`; the port is None when none is written.

    Raises:
        Refused: the host is no name and no IP address in its usual spelling, or the port is not 1 to 65535.
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise Refused("the host of the URL cannot be read")
    host = _literal(match["literal"]) if match["literal"] is not None else _name(match["name"])
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 1 <= port <= _LAST_PORT:
        raise Refused(f"port {port} does not exist")
    return host, port


def as_address(host: str) -> Address | None:
    """Return the address if the host is one in its usual spelling, else None."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def shown(url: str) -> str:
    """Return the URL for a message: on one line, without a password, at most 200 characters long."""
    line = re.sub(r"//[^/@\s]*@", "//…@", "".join(c if c.isprintable() else "�" for c in url.strip()))
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _literal(text: str) -> str:
    address = as_address(text)
    if address is None or address.version != 6 or "%" in text:  # noqa: PLR2004 - brackets are for IPv6 (RFC 3986)
        raise Refused("the brackets of the URL hold no IPv6 address")
    return str(address)


def _name(text: str) -> str:
    if not text:
        raise Refused("the URL names no host")
    name = text.lower()
    if not name.isascii():
        try:
            # UTS 46 as browsers do it: `。` becomes a dot and full-width digits become digits, and only then is it judged.
            name = idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
        except UnicodeError as error:
            raise Refused("the host of the URL is no valid internationalised name") from error
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > _MAX_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("the host of the URL is no valid name")
    if not _NUMBER.fullmatch(labels[-1]):
        return name
    address = as_address(name)
    if address is None:
        raise Refused("the host of the URL is an unusual spelling of an IP address; write it as four decimal numbers")
    return str(address)

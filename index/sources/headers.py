"""What the headers of an answer say of the page: its type, its characters, and what names this version of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:+-]+)", re.IGNORECASE | re.ASCII)
# A validator goes back to the site in a header, so it must be able to stand in one.
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a site called the version it sent, to ask later whether there is a newer one (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


def media_type(headers: Mapping[str, str]) -> str | None:
    """Return the media type in lower case without parameters, or None when none is stated."""
    match = _MEDIA_TYPE.match(headers.get("content-type", ""))
    return match[0].lower() if match else None


def charset(headers: Mapping[str, str]) -> str | None:
    """Return the character set stated beside the media type, in lower case, or None."""
    match = _CHARSET.search(headers.get("content-type", ""))
    return match[1].lower() if match else None


def validators_in(headers: Mapping[str, str], *, known: Validators) -> Validators:
    """Return what names the version that was sent; what an answer leaves out is taken from `known`."""
    return Validators(
        etag=_usable(headers.get("etag")) or known.etag,
        last_modified=_usable(headers.get("last-modified")) or known.last_modified,
    )


def conditions(validators: Validators) -> dict[str, str]:
    """Return the headers that ask for the page only if it has changed; none when nothing is known of it."""
    named = {"If-None-Match": _usable(validators.etag), "If-Modified-Since": _usable(validators.last_modified)}
    return {name: value for name, value in named.items() if value is not None}


def _usable(value: str | None) -> str | None:
    return value if value is not None and _VALIDATOR.fullmatch(value) else None

"""Access keys: what one may do, and how one is known again.

Only the sha256 of a secret is stored. The secrets are 256 random bits, so a plain digest is enough: there is nothing to guess
from, as there would be with passwords (docs/adr/0035-keys.md).
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic.dataclasses import dataclass

from index.errors import ArchiveUnavailable

PREFIX = "dl_"
"""What every secret begins with, so that scanners of leaked secrets can know it."""
SCOPES = ("ask", "ingest", "admin", "publishable")
"""What a key may be made for."""
MAX_KEYS = 1_000
"""The most keys that may be in use: each request is compared with all of them."""

RATE = re.compile(r"([1-9]\d{0,5})/(second|minute|hour|day)")
"""How a rate is written, such as `60/minute`."""

KeyScope = Literal["ask", "ingest", "admin", "publishable"]

_SECRET_BYTES = 32
_SECRET = re.compile(rb"dl_[A-Za-z0-9_-]{43}")
_ORIGIN = re.compile(r"https?://[^\s/?#@\\]+")


class KeysUnusable(ArchiveUnavailable):
    """The keys cannot be read or written; whoever checks keys must let nobody in."""


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Key:
    """An access key, without its secret."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
    """Names the key in lists and logs."""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Whose it is, for people."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$", repr=False)
    """The digest of the secret, in hexadecimal digits."""
    scopes: Annotated[tuple[KeyScope, ...], Field(min_length=1)]
    """What it may do; `publishable` stands alone."""
    created: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    """When it was made, in UTC."""
    rate: str | None = None
    """How often it may be used, such as `60/minute`."""
    origins: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    """From which web pages a publishable key may be used, such as `https://www.example.org`."""
    revoked: Annotated[str | None, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")] = None
    """Since when it is refused, in UTC."""

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if not name.isprintable() or name != name.strip():
            raise ValueError("holds characters that cannot be printed, or begins or ends with a space")
        return name

    @field_validator("rate")
    @classmethod
    def _countable(cls, rate: str | None) -> str | None:
        if rate is not None and not RATE.fullmatch(rate):
            raise ValueError(f"{rate!r} is no rate; write it like 60/minute (second, minute, hour or day; up to 999,999)")
        return rate

    @field_validator("origins")
    @classmethod
    def _sendable(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin) or not origin.isascii() or origin != origin.lower():
                raise ValueError(f"{origin!r} is no origin; write scheme and host in small letters, like https://www.example.org")
        return origins

    @model_validator(mode="after")
    def _fitting(self) -> "Key":
        if "publishable" in self.scopes and self.scopes != ("publishable",):
            raise ValueError("a publishable key may only ask; make another key for other scopes")
        if "publishable" in self.scopes and not self.origins:
            raise ValueError("a publishable key needs the web pages that may use it: --origin https://www.example.org")
        if self.origins and "publishable" not in self.scopes:
            raise ValueError("--origin is for publishable keys: --scope publishable")
        return self

    @property
    def active(self) -> bool:
        """Whether it is not revoked."""
        return self.revoked is None


def key_of(secret: bytes, keys: Sequence[Key]) -> Key | None:
    """Return the key that a secret belongs to, or None.

    The time it takes does not depend on how much of which digest is alike: all are compared, each in constant time.

    Args:
        secret: as it was sent; may be anything.
        keys: those in use.
    """
    if not _SECRET.fullmatch(secret):
        return None
    digest = digest_of(secret.decode())
    found = [key for key in keys if hmac.compare_digest(digest, key.sha256)]
    return found[0] if found else None


def new_secret() -> str:
    """Return a secret that nobody has: `dl_` and 256 random bits in base64url."""
    return PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def digest_of(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()

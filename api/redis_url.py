"""What the address of a Redis server may be."""

import re
from ipaddress import IPv6Address

# ASCII only: Python may take another sign of a password for a `/` or an `@`, and then shows the whole address in an error.
_FORM = re.compile(
    r"rediss?://(?:[^@/?#\[\]\x00-\x20\x7f-\U0010ffff]*@)?(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|[A-Za-z0-9_.-]+)"
    r"(?::(?P<port>\d{1,5}))?(?:/\d{0,4})?",
    re.ASCII,
)
_MOST_PORT = 65_535


def refuse_redis_url(url: str) -> None:
    """Refuse what is no address of a Redis server; what was given is not repeated, since it may hold a password.

    Args:
        url: such as `redis://user:password@host:6379/0`; `rediss://` is encrypted.

    Raises:
        ValueError: it is none; says how to write one.
    """
    found = _FORM.fullmatch(url)
    if found is None or not 0 < int(found["port"] or 1) <= _MOST_PORT or not _is_address(found["six"] or "::"):
        raise ValueError(
            "is no address of a Redis server; write redis://HOST:PORT/DATABASE, or rediss:// for an encrypted one, with "
            "USER:PASSWORD@ or :PASSWORD@ before the host if it asks for one (other signs than letters and digits as %XX)"
        )


def _is_address(six: str) -> bool:
    try:
        IPv6Address(six)
    except ValueError:
        return False
    return True

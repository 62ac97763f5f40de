"""What the address of a Redis server may be."""

import re

_FORM = re.compile(r"rediss?://(?:[^@/\s?#\[\]]*@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(?P<port>\d{1,5}))?(?:/\d{0,4})?")
_MOST_PORT = 65_535


def refuse_redis_url(url: str) -> None:
    """Refuse what is no address of a Redis server; what was given is not repeated, since it may hold a password.

    Args:
        url: such as `redis://user:password@host:6379/0`; `rediss://` is encrypted.

    Raises:
        ValueError: it is none; says how to write one.
    """
    found = _FORM.fullmatch(url)
    if found is None or not 0 < int(found["port"] or 1) <= _MOST_PORT:
        raise ValueError(
            "is no address of a Redis server; write redis://HOST:PORT/DATABASE, or rediss:// for an encrypted one, with "
            "USER:PASSWORD@ or :PASSWORD@ before the host if it asks for one (other signs than letters and digits as %XX)"
        )

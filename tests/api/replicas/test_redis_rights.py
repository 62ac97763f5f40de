"""What a user of Redis must be allowed is in the documents, all of it."""

import asyncio
import re
from pathlib import Path

from limits import parse

from api.redis_counts import RedisCounts
from tests.redis_server import RedisServer

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_documented_rights_suffice(redis: RedisServer) -> None:
    """For counting and for taking, in a database that is not the first."""
    (line,) = re.findall(r"^\| `not permitted` \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    *named, keys = re.findall(r"`([^`]+)`", line)
    rights = " ".join(f"+{name.replace(' ', '|')}" for name in named)
    assert "-ERR" not in redis.told(f"ACL SETUSER dateline on >word ~{keys} {rights}")

    async def asked() -> tuple[int, bool]:
        counts = RedisCounts(f"redis://dateline:word@127.0.0.1:{redis.port}/1", seconds=5)
        try:
            used = [await counts.hit(parse("1/minute"), "key") for _ in range(2)]
            return used[0], bool(used[1]) and await counts.take(("event",), 10)
        finally:
            await counts.close()

    assert asyncio.run(asked()) == (0, True)

"""Streams that stay open while nothing happens, and end when nobody reads."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from api.keep_alive import COMMENT, kept_alive


def test_what_comes_late_is_announced_by_comments() -> None:
    """Every event arrives, in order, with comments where there was a pause."""

    async def events() -> AsyncGenerator[str, None]:
        yield "one"
        await asyncio.sleep(0.35)
        yield "two"
        yield "three"

    async def read() -> list[str]:
        return [event async for event in kept_alive(events(), seconds=0.1)]

    got = asyncio.run(read())
    assert [event for event in got if event != COMMENT] == ["one", "two", "three"]
    assert 2 <= got.count(COMMENT) <= 4
    assert got[0] == "one"


def test_an_error_comes_through() -> None:
    """What the events raise is raised to the reader, behind what came before."""

    async def events() -> AsyncGenerator[str, None]:
        yield "one"
        raise ValueError("broken")

    got: list[str] = []

    async def read() -> None:
        async for event in kept_alive(events(), seconds=1):
            got.append(event)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(read())
    assert got == ["one"]


def test_who_stops_reading_ends_the_events() -> None:
    """The events' own tidying runs at once, wherever they wait."""
    closed: list[str] = []

    async def events() -> AsyncGenerator[str, None]:
        try:
            yield "one"
            await asyncio.sleep(60)
            yield "never"
        finally:
            closed.append("closed")

    async def read() -> None:
        stream = kept_alive(events(), seconds=1)
        async for event in stream:
            assert event == "one"
            break
        await stream.aclose()
        assert closed == ["closed"]

    asyncio.run(read())


def test_no_events_are_an_empty_stream() -> None:
    """Nothing comes, and it ends."""

    async def events() -> AsyncGenerator[str, None]:
        return
        yield ""

    async def read() -> list[str]:
        return [event async for event in kept_alive(events(), seconds=1)]

    assert asyncio.run(read()) == []

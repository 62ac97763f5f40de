"""Leaves out what reasoning models think aloud in front of an answer: text between `<think>` and `</think>`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

_OPEN, _CLOSE = "<think>", "</think>"


async def without_thoughts(pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """Yield the pieces of a completion without its thoughts, however the tags are cut; thoughts without an end are all of it."""
    buffer, thinking = "", False
    # A reader who leaves must stop the model at once, not when Python gets to it.
    async with aclosing(pieces):
        async for piece in pieces:
            buffer += piece
            shown, buffer, thinking = _read(buffer, thinking=thinking)
            if shown:
                yield shown
    if buffer and not thinking:
        yield buffer


def _read(buffer: str, *, thinking: bool) -> tuple[str, str, bool]:
    """Return what can be shown of the buffer, what must wait for more, and whether the model is thinking behind it."""
    shown = ""
    while True:
        tag = _CLOSE if thinking else _OPEN
        before, found, after = buffer.partition(tag)
        if not found:
            # The tag may have begun.
            begun = next((n for n in range(min(len(tag) - 1, len(buffer)), 0, -1) if tag.startswith(buffer[-n:])), 0)
            before, after = buffer[: len(buffer) - begun], buffer[len(buffer) - begun :]
        if not thinking:
            shown += before
        if not found:
            return shown, after, thinking
        buffer, thinking = after, not thinking

"""A mill, what two passages say of it, and what a model writes of it, right and wrong; for tests of drafts."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from rag.generators.chat import ChatGenerator
from rag.types import Evidence
from rag.writing import Draft, Writer
from tests.rag.chat_server import ChatServer

COST = "The mill on the Orvel river cost 48 million crowns."
LENGTH = "Its wheel measures 19 metres across."
BUILDER = "Architect Runa Stelle drew the mill in six weeks."
WRONG = "The mill on the Orvel river cost 84 million crowns."
ASKED = "What did the mill on the Orvel river cost?"


def passages(evidence_of: Callable[..., list[Evidence]]) -> list[Evidence]:
    """Return what the archive holds of it."""
    return evidence_of(f"{COST} {LENGTH}", BUILDER)


def model_at(url: str, seconds: float = 10.0) -> ChatGenerator:
    """Return the model that a server plays."""
    return ChatGenerator(url=url, model="made-up", key=None, answer_tokens=100, seconds=seconds)


def written(writer: Writer, evidence: Sequence[Evidence]) -> tuple[list[str], Draft]:
    """Return the pieces that were shown, and the draft."""

    async def read() -> tuple[list[str], Draft]:
        writing = writer.write(ASKED, evidence, lambda _: ())
        pieces = [piece async for piece in writing]
        return pieces, writing.draft

    return asyncio.run(read())


def leave_while_written(writer: Writer, evidence: Sequence[Evidence], server: ChatServer, requests: int) -> None:
    """Stop reading an answer a moment after the server was asked so often."""

    async def leave() -> None:
        reading = asyncio.ensure_future(writer.write(ASKED, evidence, lambda _: ()).whole())
        while len(server.asked) < requests:  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(leave())

"""What all language models have in common: a prompt with a new nonce, thoughts left out, and an empty answer is a failure."""

import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from rag.errors import GeneratorError
from rag.prompts import Prompt, write_prompt
from rag.thoughts import without_thoughts
from rag.types import Evidence

VARIED = 0.7
"""The temperature of completions that are to differ: high enough for other words, low enough to stay with the passages."""


async def prompted(
    name: str, question: str, evidence: Sequence[Evidence], complete: Callable[[Prompt], AsyncGenerator[str, None]]
) -> AsyncGenerator[str, None]:
    """Yield what a model writes for a question, without what it thinks aloud; nothing if there is no evidence.

    Args:
        name: the model, for messages.
        question: as asked.
        evidence: what the answer may rest on.
        complete: sends a prompt and yields the completion.

    Raises:
        GeneratorError: what `complete` raises; or the model wrote nothing.
    """
    if not evidence:
        return
    async with aclosing(asked(name, complete(write_prompt(question, evidence, secrets.token_hex(8))))) as pieces:
        async for piece in pieces:
            yield piece


async def asked(name: str, completion: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """Yield a completion without what the model thinks aloud.

    Args:
        name: the model, for messages.
        completion: as the model writes it.

    Raises:
        GeneratorError: what the completion raises; or the model wrote nothing.
    """
    written = False
    async with aclosing(without_thoughts(completion)) as pieces:
        async for piece in pieces:
            written = written or bool(piece.strip())
            yield piece
    if not written:
        raise GeneratorError(f"{name} wrote nothing")

"""What all language models have in common: a prompt with a new nonce, thoughts left out, and an empty answer is a failure."""

import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from rag.errors import GeneratorError
from rag.prompts import Prompt, write_prompt
from rag.thoughts import without_thoughts
from rag.types import Evidence


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
    written = False
    async with aclosing(without_thoughts(complete(write_prompt(question, evidence, secrets.token_hex(8))))) as pieces:
        async for piece in pieces:
            written = written or bool(piece.strip())
            yield piece
    if not written:
        raise GeneratorError(f"{name} wrote nothing")

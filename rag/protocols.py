"""The seams of answering. Implementations do not inherit from these; mypy checks them where `wiring.py` builds them."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol, runtime_checkable

from rag.prompts import Prompt
from rag.types import Evidence


class Generator(Protocol):
    """Writes an answer from evidence, citing it by key."""

    @property
    def name(self) -> str:
        """What answers name as their generator."""
        ...

    def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:
        """Yield pieces of the draft: sentences, each followed by the keys it rests on (`… policy documents. [S1]`).

        An empty draft means that the evidence does not answer the question.

        Raises:
            GeneratorError: the generator cannot be used now.
        """
        ...


@runtime_checkable
class LanguageModel(Generator, Protocol):
    """A generator that can be told more than a question: to correct itself, or to write another answer."""

    def ask(self, prompt: Prompt, *, varied: bool = False) -> AsyncIterator[str]:
        """Yield pieces of what it writes for a prompt (`rag.prompts`), without what it thinks aloud.

        Args:
            prompt: what it is sent.
            varied: whether it may write something else each time, where it can be asked to.

        Raises:
            GeneratorError: it cannot be used now, or wrote nothing.
        """
        ...


class Reranker(Protocol):
    """Judges how well texts answer a question, each text read together with it."""

    @property
    def name(self) -> str:
        """The model; what messages call it."""
        ...

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Return one finite number for each text, in order; higher is better, comparable only for one question.

        The texts are one batch. May raise anything: `rag.reranking` then keeps the order that it was given.
        """
        ...

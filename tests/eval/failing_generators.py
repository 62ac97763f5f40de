"""Generators that fail while a pipeline is measured."""

from collections.abc import AsyncIterator, Sequence

from rag.errors import GeneratorError
from rag.types import Evidence


class FailingEveryThird:
    """A generator that cannot be reached at every third call, and otherwise quotes the first evidence."""

    name = "failing"

    def __init__(self) -> None:
        self.calls = 0

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002
        """Quote the first evidence, or fail."""
        self.calls += 1
        if self.calls % 3 == 0:
            raise GeneratorError("the model's server is away; start it")
        yield f"{evidence[0].hit.passage.text.split('. ')[0]}. [{evidence[0].key}]"


class Broken:
    """A generator with a fault of its own."""

    name = "broken"

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002
        """Fail in a way that no protocol foresees."""
        raise ZeroDivisionError("division by zero")
        yield ""

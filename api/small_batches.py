"""Embeds the passages of an ingest few at a time, so that questions, which use the same model, come in between."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.protocols import Embedder
from index.types import QuestionEmbedding, Vectors

# A question waits for the passages that are being computed. The embedder alone takes 16 at once and queues the next.
_TOGETHER = 4


class SmallBatches:
    """An embedder that hands passages on to another one in small batches; everything else is that one's."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.gives_token_signs = embedder.gives_token_signs

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in order."""
        return self.embed_with_signs(texts)[0]

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the same rows, and for each text the signs of its tokens, empty if none are given."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        signs = [b""] * len(texts)
        # Texts of like length together: all of a batch are filled up to the longest.
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for first in range(0, len(order), _TOGETHER):
            numbers = order[first : first + _TOGETHER]
            made, signed = self._embedder.embed_with_signs([texts[number] for number in numbers])
            rows[numbers] = made
            for number, sign in zip(numbers, signed, strict=True):
                signs[number] = sign
        return rows, signs

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return for each text where each token begins that signs are given of."""
        return self._embedder.token_starts(texts)

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Return the vector of a question, and those of its tokens."""
        return self._embedder.embed_question(text)

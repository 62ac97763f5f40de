"""Vectors of sentences and how long they are kept, with the real embedder."""

from collections.abc import Sequence

import numpy as np
import pytest

from index.protocols import Embedder
from index.types import QuestionEmbedding, Vectors
from rag.sentence_vectors import SentenceVectors


class Counting:
    """The real embedder, with a list of what was embedded."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.embedded: list[str] = []
        self.name, self.dimension, self.gives_token_signs = embedder.name, embedder.dimension, embedder.gives_token_signs

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed."""
        return self._embedder.embed_passages(texts)

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Embed and note what."""
        self.embedded.extend(texts)
        return self._embedder.embed_with_signs(texts)

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Embed."""
        return self._embedder.embed_question(text)


@pytest.fixture
def counting(embedder: Embedder) -> Counting:
    return Counting(embedder)


def test_vectors_come_in_the_order_asked_for(counting: Counting, embedder: Embedder) -> None:
    """Also where a text is asked for twice or was known before."""
    vectors = SentenceVectors(counting)
    texts = ["Ferries sail.", "Bridges open.", "Ferries sail."]
    vectors.of(["Bridges open."])
    rows, signs = embedder.embed_with_signs(texts)
    for (row, sign), expected, its_sign in zip(vectors.of(texts), rows, signs, strict=True):
        assert float(row @ expected) == pytest.approx(1.0, abs=1e-3)
        assert len(sign) == len(its_sign) > 0
        assert row.dtype == np.float32


def test_a_known_sentence_is_not_embedded_again(counting: Counting) -> None:
    """Each text is embedded once, whatever it is asked with."""
    vectors = SentenceVectors(counting)
    vectors.of(["Ferries sail.", "Ferries sail."])
    vectors.of(["Ferries sail.", "Bridges open."])
    assert counting.embedded == ["Ferries sail.", "Bridges open."]
    assert vectors.of([]) == []


def test_the_longest_unused_are_forgotten(counting: Counting) -> None:
    """Memory is bounded; what was asked for last stays."""
    vectors = SentenceVectors(counting, kept=2)
    vectors.of(["One ferry.", "Two ferries."])
    vectors.of(["One ferry."])
    vectors.of(["Three ferries."])
    counting.embedded.clear()
    vectors.of(["One ferry.", "Two ferries."])
    assert counting.embedded == ["Two ferries."]

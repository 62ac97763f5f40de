"""How near single sentences are to a question in meaning: as a whole, and word by word. Knows vectors, no evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import QuestionEmbedding
from rag.sentence_vectors import SentenceVectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """How near one sentence is to a question."""

    meaning: float
    """The cosine of question and sentence, which is read under the title of its article."""
    tokens: NDArray[np.float32]
    """For each token of the question the product with the nearest token of the sentence; empty where tokens have no vectors."""


class Nearness(Protocol):
    """Compares one question with sentences."""

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Where each token of the question stands in it, start and end; none where tokens have no vectors."""
        ...

    def of(self, texts: Sequence[tuple[str, str]]) -> list[Near]:
        """Return how near each sentence is, given as title and text."""
        ...


class EmbeddedQuestion:
    """Compares by the embedding model, which resolves `the bank` and `he` a little, as it sees the title before the sentence."""

    def __init__(self, embedded: QuestionEmbedding, sentences: SentenceVectors) -> None:
        self._embedded = embedded
        self._sentences = sentences

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Where each token of the question stands in it."""
        return self._embedded.spans

    def of(self, texts: Sequence[tuple[str, str]]) -> list[Near]:
        """Return how near each sentence is, given as title and text."""
        vectors = self._sentences.of([f"{title}. {text}" for title, text in texts])
        tokens = nearest_tokens(self._embedded.tokens, [signs for _, signs in vectors])
        return [
            Near(meaning=float(vector @ self._embedded.vector), tokens=near)
            for (vector, _), near in zip(vectors, tokens, strict=True)
        ]


def nearest_tokens(question: NDArray[np.float32], signs: Sequence[bytes]) -> list[NDArray[np.float32]]:
    """Return for each text, and each token of the question, the product with the text's nearest token (`rag.late_interaction`).

    Args:
        question: one unit row for each token of the question.
        signs: for each text the signs of its tokens (`index.token_signs`); nothing is near to a text without.
    """
    tokens, dimension = question.shape
    if not tokens or not any(signs):
        return [np.zeros(tokens, dtype=np.float32) for _ in signs]
    width = -(-dimension // 8)
    held = [number for number, codes in enumerate(signs) if codes]
    packed = np.frombuffer(b"".join(signs[number] for number in held), dtype=np.uint8).reshape(-1, width)
    bits = np.unpackbits(packed, axis=1, count=dimension).astype(np.float32)
    # A bit b stands for 2b - 1.
    products = (2 * (bits @ question.T) - question.sum(axis=1)) / np.sqrt(dimension)
    starts = np.cumsum([0, *(len(signs[number]) // width for number in held[:-1])])
    nearest = np.maximum.reduceat(products, starts, axis=0)
    found = [np.zeros(tokens, dtype=np.float32) for _ in signs]
    for place, number in enumerate(held):
        found[number] = nearest[place]
    return found

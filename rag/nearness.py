"""How near the sentences of stored passages are to a question in meaning: as a whole, and word by word. Runs no model.

A sentence's tokens are a run of its passage's, whose signs ingest has stored (`index.token_signs`): finding the run takes the
tokenizer alone, where embedding the sentence anew took a hundred times as long (docs/adr/0034).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.chunking import embedded_digest, embedded_text
from index.protocols import Embedder
from index.sentences import sentence_spans
from index.types import Hit, QuestionEmbedding

# What the context line counts beside the sentence, whatever their lengths: it resolves `the bank` and `he` a little. Chosen on
# SQuAD 2.0 and RealTimeQA-2025; 0 and 1 are a little worse there.
_CONTEXT_SHARE = 0.3

Known = Callable[[Sequence[bytes]], Mapping[bytes, tuple[NDArray[np.float32], bytes]]]
"""What is stored of embedded texts, by digest: vector and signs (`PassageStore.known_embeddings`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """How near one sentence is to a question."""

    meaning: float
    """The cosine of the question and the sum of the signs of the sentence's tokens, with a share of the context line's."""
    tokens: NDArray[np.float32]
    """For each token of the question the product with the nearest token of the sentence."""


class Nearness(Protocol):
    """Compares one question with sentences."""

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Where each token of the question stands in it, start and end; none where tokens have no vectors."""
        ...

    def of(self, hits: Sequence[Hit]) -> list[Near | None]:
        """Return how near each sentence of these passages is, in order; None for sentences of which nothing is known."""
        ...


class StoredNearness:
    """Compares by the signs that the archive keeps of its passages' tokens."""

    def __init__(self, embedded: QuestionEmbedding, embedder: Embedder, known: Known) -> None:
        self._embedded = embedded
        self._embedder = embedder
        self._known = known

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Where each token of the question stands in it."""
        return self._embedded.spans

    def of(self, hits: Sequence[Hit]) -> list[Near | None]:
        """Return how near each sentence is.

        None where the archive has no signs of the passage, the model did not see the sentence, or the signs are of other tokens
        than are kept today.
        """
        spans = [sentence_spans(hit.passage.text) for hit in hits]
        if not len(self._embedded.tokens):
            return [None for sentences in spans for _ in sentences]
        texts = [embedded_text(hit.article, hit.passage.text) for hit in hits]
        digests = [embedded_digest(text) for text in texts]
        known = self._known(digests)
        near: list[Near | None] = []
        starts = self._embedder.token_starts(texts)
        for hit, text, digest, begins, sentences in zip(hits, texts, digests, starts, spans, strict=True):
            signs = known[digest][1] if digest in known else b""
            head = len(text) - len(hit.passage.text)
            near.extend(self._near(signs, begins, head, sentences))
        return near

    def _near(self, signs: bytes, starts: NDArray[np.intp], head: int, sentences: Sequence[tuple[int, int]]) -> list[Near | None]:
        """Compare the sentences of one passage, which stands `head` characters behind the start of the embedded text."""
        question = self._embedded.tokens
        dimension = question.shape[1]
        width = -(-dimension // 8)
        if not signs or len(signs) != len(starts) * width:
            return [None] * len(sentences)
        packed = np.frombuffer(signs, dtype=np.uint8).reshape(-1, width)
        # A bit b stands for 2b - 1.
        tokens = 2 * np.unpackbits(packed, axis=1, count=dimension).astype(np.float32) - 1
        products = tokens @ question.T / np.sqrt(dimension)
        line = tokens[: np.searchsorted(starts, head)]
        context = _CONTEXT_SHARE * line.mean(axis=0) if len(line) else np.zeros(dimension, dtype=np.float32)
        edges = np.searchsorted(starts, np.array(sentences, dtype=np.intp) + head)
        return [self._of_run(tokens[first:last], products[first:last], context) for first, last in edges]

    def _of_run(self, tokens: NDArray[np.float32], products: NDArray[np.float32], context: NDArray[np.float32]) -> Near | None:
        if not len(tokens):
            return None
        whole = tokens.mean(axis=0) + context
        cosine = float(whole @ self._embedded.vector) / max(float(np.linalg.norm(whole)), 1e-12)
        return Near(meaning=cosine, tokens=products.max(axis=0))

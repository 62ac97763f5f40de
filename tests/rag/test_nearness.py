"""Sentences compared by the signs of their passage's tokens, with the real embedder."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from index.chunking import embedded_digest, embedded_text
from index.protocols import Embedder
from rag.nearness import Known, StoredNearness
from rag.types import Evidence

EvidenceOf = Callable[..., list[Evidence]]
KnownOf = Callable[[Sequence[Evidence]], Known]
QUESTION = "Who repaired the lighthouse?"
TEXT = "Masons mended the beacon. Prices of bread fell. The lighthouse opened."


def test_each_sentence_has_its_own_tokens(evidence_of: EvidenceOf, embedder: Embedder, known_of: KnownOf) -> None:
    """The word of the question is nearest to itself, in the sentence that has it; the sentence on bread is farthest."""
    evidence = evidence_of(TEXT, "Bakers struck.")
    question = embedder.embed_question(QUESTION)
    nearness = StoredNearness(question, embedder, known_of(evidence))
    found = [near for near in nearness.of([item.hit for item in evidence]) if near is not None]
    assert len(found) == 4, "three sentences and one, in order"
    lighthouse = [QUESTION[start:end] for start, end in nearness.spans].index("lighthouse")
    by_word = [float(near.tokens[lighthouse]) for near in found]
    assert max(by_word) == by_word[2]
    assert min(found[0].meaning, found[2].meaning) > max(found[1].meaning, found[3].meaning)
    assert all(near.tokens.shape == (len(question.spans),) for near in found)


def test_a_passage_alone_is_compared_as_a_whole(evidence_of: EvidenceOf, embedder: Embedder, known_of: KnownOf) -> None:
    """One sentence that is its passage: its products are those of the stored signs, the title's tokens left out."""
    (item,) = evidence_of("Masons mended the beacon.")
    question = embedder.embed_question(QUESTION)
    known = known_of([item])
    (near,) = StoredNearness(question, embedder, known).of([item.hit])
    text = embedded_text(item.hit.article, item.hit.passage.text)
    signs = known([embedded_digest(text)])[embedded_digest(text)][1]
    bits = np.unpackbits(np.frombuffer(signs, np.uint8).reshape(-1, 48), axis=1).astype(np.float32) * 2 - 1
    (starts,) = embedder.token_starts([text])
    own = bits[starts >= text.index("Masons")]
    assert 0 < len(own) < len(bits)
    assert near is not None
    assert near.tokens == pytest.approx((own @ question.tokens.T / np.sqrt(384)).max(axis=0), abs=1e-5)


def test_nothing_is_known_without_signs_that_fit(evidence_of: EvidenceOf, embedder: Embedder, known_of: KnownOf) -> None:
    """A passage that the archive lacks, one without signs, and one whose signs are of other tokens than are kept today."""
    evidence = evidence_of("Masons mended the beacon. It opened.", "Bread fell.")
    hits = [item.hit for item in evidence]
    question = embedder.embed_question(QUESTION)
    first = known_of(evidence[:1])
    assert [near is None for near in StoredNearness(question, embedder, first).of(hits)] == [False, False, True]
    for cut in (0, -48):

        def shorter(digests: Sequence[bytes], cut: int = cut) -> dict[bytes, tuple[np.ndarray, bytes]]:
            return {
                digest: (row, signs[: len(signs) * (cut < 0) + cut])
                for digest, (row, signs) in known_of(evidence)(digests).items()
            }

        assert StoredNearness(question, embedder, shorter).of(hits) == [None, None, None]


def test_a_question_without_token_vectors_is_not_compared(evidence_of: EvidenceOf, embedder: Embedder, known_of: KnownOf) -> None:
    """As with another model or a server; nothing is looked up."""
    evidence = evidence_of(TEXT)
    empty = embedder.embed_question("")
    assert StoredNearness(empty, embedder, known_of(evidence)).of([item.hit for item in evidence]) == [None] * 3

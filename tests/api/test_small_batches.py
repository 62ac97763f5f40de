"""Passages that are embedded a few at a time, so that questions come in between."""

from api.small_batches import SmallBatches
from index.protocols import Embedder
from tests.api.writing.sending import TRAM, story


def test_small_batches_embed_the_same(embedder: Embedder) -> None:
    """Passages that are embedded a few at a time have the vectors and as many signs as those embedded together, in order."""
    texts = [f"{story(name)} {TRAM * (number % 3)}" for number, name in enumerate("abcdefghijk")]
    small, alone = SmallBatches(embedder), embedder
    rows, signs = small.embed_with_signs(texts)
    expected, expected_signs = alone.embed_with_signs(texts)
    assert ((rows * expected).sum(axis=1) > 0.999).all()
    assert [len(sign) for sign in signs] == [len(sign) for sign in expected_signs]
    assert (small.name, small.dimension, small.embed_passages([]).shape) == (alone.name, alone.dimension, (0, alone.dimension))

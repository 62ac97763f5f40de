"""What is slow to load, loaded once per session: the real embedding model and its tokenizer."""

import pytest
from hypothesis import settings

from index.embedding import EmbedderTokens, SentenceTransformerEmbedder

# The machine is shared, so a slow example says nothing; the same examples every time, so that a failure is a change of ours.
settings.register_profile("dateline", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("dateline")


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="session")
def tokens() -> EmbedderTokens:
    return EmbedderTokens()

"""What is slow to load, loaded once per session: the real embedding model and its tokenizer."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from index.embedding import EmbedderTokens
from index.protocols import Embedder
from index.settings import IndexSettings
from index.wiring import build_embedder

# The machine is shared, so a slow example says nothing; the same examples every time, so that a failure is a change of ours.
settings.register_profile("dateline", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("dateline")

# One conversion of the model for all archives of a session, and for the processes that tests start.
os.environ.setdefault("DATELINE_EMBEDDER_CACHE", str(Path(tempfile.gettempdir()) / "dateline-tests-embedder"))


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The one that commands use when nothing is set, so that their scores are those of the tests' own pipelines."""
    return build_embedder(IndexSettings())


@pytest.fixture(scope="session")
def tokens() -> EmbedderTokens:
    return EmbedderTokens()

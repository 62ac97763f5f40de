"""What is slow to load: the real embedding model and its tokenizer, once per session, and a browser, once per module."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from index.embedder_wiring import build_embedder
from index.embedding import EmbedderTokens
from index.protocols import Embedder
from index.settings import IndexSettings
from tests.browser import AXE, CHROMIUM, started

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium. Not once for all: while it runs, no other event loop can run in this thread."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup-dev")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: make setup-browser")
    with started() as chromium:
        yield chromium


@pytest.fixture
def with_axe() -> None:
    """Skip where axe-core is missing."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make setup-browser")

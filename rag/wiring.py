"""Builds the pipeline from settings. The only place that knows which implementation stands behind a protocol."""

from typing import assert_never

from index.protocols import Embedder, PassageStore
from index.wiring import build_embedder, build_store
from rag.pipeline import Pipeline
from rag.protocols import Generator
from rag.settings import RagSettings
from rag.tokens import TiktokenCounter


def build_pipeline(settings: RagSettings, *, store: PassageStore | None = None, embedder: Embedder | None = None) -> Pipeline:
    """Return a pipeline over the archive; takes seconds when it has to load the embedder.

    Raises:
        ArchiveError: the archive cannot be opened with these settings.
        ModelError: the embedding model is missing or is not the published one.
    """
    opened = store or build_store(settings)
    return Pipeline(
        store=opened,
        embedder=embedder or build_embedder(settings),
        generator=build_generator(settings, opened),
        tokens=TiktokenCounter(),
        evidence_tokens=settings.evidence_tokens,
        recency_strength=settings.recency_strength,
        recency_days=settings.recency_days,
    )


def build_generator(settings: RagSettings, store: PassageStore) -> Generator:
    """Return the generator that the settings name."""
    match settings.generator:
        case "extractive":
            from rag.generators.extractive import ExtractiveGenerator  # noqa: PLC0415 - one arm of a choice

            return ExtractiveGenerator(store.rarity)
        case other:
            assert_never(other)

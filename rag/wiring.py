"""Builds the pipeline from settings. The only place that knows which implementation stands behind a protocol."""

import os
from pathlib import Path
from typing import assert_never

from index.blas_threads import one_core_for_each_product
from index.embedder_wiring import build_embedder
from index.protocols import Embedder, PassageStore
from index.wiring import build_store
from rag.assessor import Assessor
from rag.generators.extractive import ExtractiveGenerator
from rag.pipeline import Pipeline
from rag.protocols import Generator
from rag.reranking import Reranking
from rag.settings import RagSettings
from rag.tokens import TiktokenCounter


def build_pipeline(settings: RagSettings, *, store: PassageStore | None = None, embedder: Embedder | None = None) -> Pipeline:
    """Return a pipeline over the archive; takes seconds when it has to load the embedder.

    Raises:
        ArchiveError: the archive cannot be opened with these settings.
        ModelError: the embedding or the language model is missing or is not what it should be.
    """
    one_core_for_each_product()
    opened = store or build_store(settings)
    # Before the reranker: both read models, and the embedder may have to fetch one that is named.
    embedding = embedder or build_embedder(settings)
    # One for both, so that the generator finds what the pipeline has assessed.
    assessor = Assessor(embedding, opened.rarity, opened.known_embeddings)
    extractive = ExtractiveGenerator(assessor.recall, opened.rarity)
    model = settings.generator != "extractive"
    return Pipeline(
        store=opened,
        embedder=embedding,
        reranking=build_reranking(settings),
        generator=build_generator(settings, extractive),
        assessor=assessor,
        kind=settings.generator,
        fallback=extractive if model else None,
        generator_seconds=settings.generator_seconds,
        unsupported=settings.unsupported,
        samples=settings.samples,
        window=settings.generator_window - settings.answer_tokens if model else None,
        tokens=TiktokenCounter(),
        evidence_tokens=settings.evidence_tokens,
        recency_strength=settings.recency_strength,
        recency_days=settings.recency_days,
    )


def build_generator(settings: RagSettings, extractive: Generator) -> Generator:
    """Return the generator that the settings name; `extractive` is the one that needs no model.

    Raises:
        ModelError: its library is not installed, or the file of its model is missing or no model.
    """
    match settings.generator:
        case "extractive":
            return extractive
        case "openai":
            from rag.generators.chat import API_KEY_VARIABLE, ChatGenerator  # noqa: PLC0415 - one arm of a choice

            return ChatGenerator(
                url=settings.generator_url,
                model=settings.generator_model,
                key=os.environ.get(API_KEY_VARIABLE),
                answer_tokens=settings.answer_tokens,
                seconds=settings.generator_seconds,
            )
        case "anthropic":
            from rag.generators.anthropic import AnthropicGenerator  # noqa: PLC0415 - one arm of a choice
            from rag.generators.chat import API_KEY_VARIABLE  # noqa: PLC0415 - as above

            return AnthropicGenerator(
                url=settings.generator_url,
                model=settings.generator_model,
                key=os.environ.get(API_KEY_VARIABLE),
                answer_tokens=settings.answer_tokens,
                seconds=settings.generator_seconds,
            )
        case "llama":
            from rag.generators.llama import LlamaGenerator  # noqa: PLC0415 - one arm of a choice

            return LlamaGenerator(
                path=Path(settings.generator_model).expanduser(),
                answer_tokens=settings.answer_tokens,
                window=settings.generator_window,
            )
        case other:
            assert_never(other)


def build_reranking(settings: RagSettings) -> Reranking | None:
    """Return what reranks with the model that the settings name, None when they name none; takes seconds to load it.

    Raises:
        ModelError: the model is not on this machine, is no cross-encoder with one score, or needs code of its own.
    """
    if not settings.reranker:
        return None
    from rag.rerankers.cross_encoder import CrossEncoderReranker  # noqa: PLC0415 - heavy

    return Reranking(
        CrossEncoderReranker(settings.reranker), depth=settings.rerank_depth, deadline_ms=settings.rerank_deadline_ms
    )

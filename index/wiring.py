"""Builds the parts of the index from settings. The only place that knows which implementation stands behind a protocol."""

from typing import assert_never

from index.chunking import CHUNKER
from index.ingest import Ingest
from index.protocols import Embedder, PassageStore, TokenCounter
from index.settings import IndexSettings


def build_embedder(settings: IndexSettings, *, threads: int | None = None) -> Embedder:
    """Return the embedder that the settings name; takes seconds, because it loads a model. `threads`: cores a call may use.

    Raises:
        ModelError: the model is missing or is not the published one.
    """
    match settings.embedder:
        case "sentence-transformers":
            from index.embedding import SentenceTransformerEmbedder  # noqa: PLC0415 - heavy

            return SentenceTransformerEmbedder(threads=threads)
        case other:
            assert_never(other)


def build_embedder_tokens(settings: IndexSettings) -> TokenCounter:
    """Return the embedder's own token counter.

    Raises:
        ModelError: the tokenizer is missing.
    """
    match settings.embedder:
        case "sentence-transformers":
            from index.embedding import EmbedderTokens  # noqa: PLC0415

            return EmbedderTokens()
        case other:
            assert_never(other)


def build_store(settings: IndexSettings) -> PassageStore:
    """Return the archive's store; needs no model.

    Raises:
        ArchiveError: the archive cannot be opened with these settings.
    """
    from index.embedding import DIMENSION, EMBEDDER_NAME  # noqa: PLC0415
    from index.local.store import LocalStore  # noqa: PLC0415

    return LocalStore(
        settings.data,
        embedder=EMBEDDER_NAME,
        dimension=DIMENSION,
        chunker=f"{CHUNKER}/{settings.passage_tokens}",
    )


def build_ingest(settings: IndexSettings, store: PassageStore, embedder: Embedder, *, dry_run: bool = False) -> Ingest:
    """Return the ingest into this store."""
    return Ingest(
        store=store,
        embedder=embedder,
        tokens=build_embedder_tokens(settings),
        passage_tokens=settings.passage_tokens,
        dry_run=dry_run,
    )

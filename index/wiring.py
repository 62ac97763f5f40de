"""Builds the parts of the index from settings. The only place that knows which implementation stands behind a protocol."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, assert_never

from index.chunking import CHUNKER
from index.ingest import Ingest, Prepare
from index.preparation import Preparation
from index.protocols import Embedder, PassageStore, TokenCounter
from index.settings import IndexSettings
from index.types import Vectors

if TYPE_CHECKING:
    from index.sources.reading import Reader


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


def build_reader(settings: IndexSettings, store: PassageStore, embed: Callable[[Sequence[str]], Vectors]) -> "Reader":
    """Return what reads sources for an ingest into this store; starts the parser processes.

    Raises:
        ValueError: `fetch_private` names something that is no host, address or network.
    """
    from index.sources.fetch import Fetcher  # noqa: PLC0415 - commands that read nothing need not wait for them
    from index.sources.reading import Reader  # noqa: PLC0415

    return Reader(
        fetcher=Fetcher(allowed=settings.fetch_private),
        embed=embed,
        passage_tokens=settings.passage_tokens,
        last_visit=store.last_visit,
    )


def build_ingest(
    settings: IndexSettings,
    store: PassageStore,
    embedder: Embedder,
    *,
    prepare: Prepare | None = None,
    dry_run: bool = False,
) -> Ingest:
    """Return the ingest into this store; articles are prepared by the reader that yields them, else in this process."""
    in_process = Preparation(build_embedder_tokens(settings), settings.passage_tokens) if prepare is None else prepare
    return Ingest(store=store, embedder=embedder, prepare=in_process, dry_run=dry_run)

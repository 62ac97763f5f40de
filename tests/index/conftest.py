"""What tests of the index share: sample files, an archive's folder, and ingest with real parts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.embedding import DIMENSION, EMBEDDER_NAME, EmbedderTokens, SentenceTransformerEmbedder
from index.ingest import Fallbacks, Ingest, IngestReport
from index.local.store import LocalStore
from index.protocols import Embedder
from index.sources.files import read_file
from index.types import Article, LedgerEntry, Rejection

ReadFile = Callable[[Path | str], list[Article | Rejection]]
OpenStore = Callable[..., LocalStore]
IngestFiles = Callable[..., IngestReport]


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of the sample articles."""
    return Path(__file__).parents[2] / "examples" / "articles"


@pytest.fixture(scope="session")
def read(embedder: SentenceTransformerEmbedder) -> ReadFile:
    def read_all(path: Path | str) -> list[Article | Rejection]:
        return list(read_file(Path(path), embedder.embed_passages))

    return read_all


@pytest.fixture
def open_store(tmp_path: Path) -> OpenStore:
    """Return what opens an archive; whoever opens one closes it."""

    def open_archive(folder: Path | None = None, *, embedder: str = EMBEDDER_NAME, dimension: int = DIMENSION) -> LocalStore:
        return LocalStore(folder or tmp_path / "archive", embedder=embedder, dimension=dimension, chunker="sentences-1/168")

    return open_archive


@pytest.fixture
def store(open_store: OpenStore) -> Iterator[LocalStore]:
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def ingest(embedder: SentenceTransformerEmbedder, tokens: EmbedderTokens) -> IngestFiles:
    """Return what ingests files into a store, with the real embedder unless another is given."""

    def run(
        store: LocalStore,
        *paths: Path,
        fallbacks: Fallbacks | None = None,
        dry_run: bool = False,
        embed_with: Embedder | None = None,
        acknowledge: Callable[[LedgerEntry], None] = lambda _: None,
    ) -> IngestReport:
        items = (item for path in paths for item in read_file(path, embedder.embed_passages))
        running = Ingest(store=store, embedder=embed_with or embedder, tokens=tokens, passage_tokens=168, dry_run=dry_run)
        return running.run(items, fallbacks or Fallbacks(), acknowledge)

    return run

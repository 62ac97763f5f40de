"""Archives that older versions made are carried, too, once an ingest has computed what they lack."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.errors import ArchiveUnavailable
from index.ingest import Fallbacks, Ingest
from index.local.store import LocalStore
from index.local.transfer import LocalTransfer
from index.milvus.connection import Connection
from index.milvus.transfer_target import MilvusTarget
from index.transfer import transfer
from index.types import Article, Prepared, QuestionEmbedding, Vectors
from tests.index.local.dying import MANIFEST
from tests.index.local.test_migrations import ARCHIVES, unpack
from tests.index.test_migration import said


class Named:
    """An embedder of the archives' name, which embeds nothing here."""

    name, dimension = MANIFEST["embedder"], int(MANIFEST["dimension"])

    def __init__(self, *, gives_token_signs: bool) -> None:
        self.gives_token_signs = gives_token_signs

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return rows without direction."""
        return np.zeros((len(texts), self.dimension), dtype=np.float32)

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the rows, and something for signs."""
        assert self.gives_token_signs
        return self.embed_passages(texts), [b"signs" for _ in texts]

    def token_starts(self, texts: Sequence[str]) -> list[np.ndarray]:  # type: ignore[type-arg]
        """Not asked for."""
        raise NotImplementedError

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Not asked for."""
        raise NotImplementedError


def unasked(article: Article) -> Prepared:
    raise NotImplementedError


def ingest(folder: Path, *, signs: bool) -> None:
    """Ingest nothing."""
    store = LocalStore(folder, embedder=Named.name, dimension=Named.dimension, chunker=MANIFEST["chunker"])
    embedder = Named(gives_token_signs=signs)
    Ingest(store=store, embedder=embedder, prepare=unasked).run([], Fallbacks())
    store.close()


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_older_archive_is_carried_when_an_ingest_completed_it(name: str, tmp_path: Path) -> None:
    """Milvus has no place to note what is still to be computed, so it is refused before, with what to do."""
    file = unpack(name, tmp_path / "archive.sqlite")
    if name != "schema-3":
        with pytest.raises(ArchiveUnavailable, match="Run `dateline ingest` on it once"):
            LocalTransfer(file)
    ingest(tmp_path, signs=name != "schema-2")
    source = LocalTransfer(file)
    target = MilvusTarget(Connection(str(tmp_path / "m.db")), "news", source.contents(), "FLAT")
    done = transfer(source, target, said)
    assert (done.articles, done.versions) == (6, 0 if name.startswith("schema-1") else 1)
    source.close()
    target.close()

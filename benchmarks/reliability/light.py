"""Archives that need no model: numbered articles whose every version can be told again, and vectors made of a text's digest.

What is asked of these archives is only whether what was stored is there, whole; so the processes that are killed can start and
store in milliseconds.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from index.articles import build_article
from index.checks import ArchiveCheck
from index.embedding import EmbedderTokens
from index.ingest import Fallbacks, Ingest, IngestReport
from index.local.checking import check_archive
from index.local.store import LocalStore
from index.preparation import Preparation
from index.types import Article, LedgerEntry, NewsDate, Origin, Prepared, Vectors

NAME, DIMENSION, CHUNKER = "digests@00000000", 16, "light"
SOURCE = "/harbour"
_PASSAGE_TOKENS = 64
_SENTENCES = (3, 9)
_SYLLABLES = "ba de fi go lu ma ne pi ro su ta ve zi ko ra mo".split()
_SAILING = re.compile(r"Ferry (\d+) left for sailing (\d+)\.")


class Digests:
    """An `Embedder` for passages whose vectors depend on the text and mean nothing."""

    name, dimension, gives_token_signs = NAME, DIMENSION, True

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit rows made from the digest of each text."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts]
        made = [np.random.default_rng(seed).normal(size=DIMENSION) for seed in seeds]
        rows = np.array(made, dtype=np.float32).reshape(-1, DIMENSION)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the same with the digest in place of signs."""
        return self.embed_passages(texts), [hashlib.sha256(text.encode()).digest() for text in texts]


@cache
def article(number: int, version: int) -> Article:
    """Return a version of an article; of one number, all are one record of one source. Two to five passages."""
    words = random.Random(f"{number}/{version}")  # noqa: S311 - made-up texts, no secret
    sentences = [
        " ".join("".join(words.choices(_SYLLABLES, k=words.randint(2, 4))) for _ in range(12)).capitalize() + "."
        for _ in range(words.randint(*_SENTENCES))
    ]
    day = NewsDate(value=f"2025-09-{number % 28 + 1:02}", precision="day", read_from="record")
    return build_article(
        text=" ".join([f"Ferry {number} left for sailing {version}.", *sentences]),
        origin=Origin(source=SOURCE, position=f"line {number}", record_id=str(number)),
        title=f"Ferry {number}", publisher=f"Harbour {number % 3}", published=day,
    )  # fmt: skip


def told(text: str) -> tuple[int, int] | None:
    """Return the number and version that a text says it is, None if it says nothing of the kind."""
    found = _SAILING.match(text)
    return (int(found[1]), int(found[2])) if found else None


def open_store(folder: Path) -> LocalStore:
    """Open an archive."""
    return LocalStore(folder, embedder=NAME, dimension=DIMENSION, chunker=CHUNKER)


def check(folder: Path) -> ArchiveCheck:
    """Return what `dateline check` would say of an archive."""
    return check_archive(folder, embedder=NAME, dimension=DIMENSION, chunker=CHUNKER)


@cache
def preparation() -> Preparation:
    """Return what cuts articles."""
    return Preparation(EmbedderTokens(), _PASSAGE_TOKENS)


@cache
def prepared(number: int, version: int) -> Prepared:
    """Return what is to be stored of a version of an article."""
    return preparation()(article(number, version))


def ingest(
    store: LocalStore, wanted: Iterable[tuple[int, int]], acknowledge: Callable[[LedgerEntry], None] = lambda _: None
) -> IngestReport:
    """Ingest these versions of articles as a command would."""

    def items() -> Iterator[Article]:
        for number, version in wanted:
            yield article(number, version)

    running = Ingest(store=store, embedder=Digests(), prepare=preparation())  # type: ignore[arg-type]  # it is asked nothing
    return running.run(items(), Fallbacks(), acknowledge, sources=[SOURCE])

"""The seams of the index. Implementations do not inherit from these; mypy checks them where `wiring.py` builds them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import (
    Article,
    Copy,
    LedgerEntry,
    LedgerRow,
    Passage,
    PublisherMonth,
    QuestionEmbedding,
    Run,
    Stats,
    Vectors,
    Version,
    Visit,
    Where,
)


class TokenCounter(Protocol):
    """Counts tokens the way one particular model does."""

    def count(self, text: str) -> int:
        """Return how many tokens `text` has, special tokens not counted."""
        ...


class Embedder(Protocol):
    """Turns text into unit vectors; questions and passages share one space."""

    @property
    def name(self) -> str:
        """The model and its revision; archives made under another name are refused."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in order; shape (len(texts), dimension)."""
        ...

    @property
    def gives_token_signs(self) -> bool:
        """Whether `embed_with_signs` gives the signs of tokens."""
        ...

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the same rows, and for each text the signs of its tokens (`index.token_signs`), empty if none are given."""
        ...

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return for each text where each token begins that `embed_with_signs` gives the signs of, none if it gives none.

        Ascending, counted in characters. Runs no model.
        """
        ...

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Return the vector of a question, and those of its tokens if the embedder gives any."""
        ...


class PassageStore(Protocol):
    """Keeps articles and finds their passages. Knows ids and rows, never models or questions' meaning."""

    def put(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        *,
        embedded: Sequence[bytes],
        entry: LedgerEntry,
        signs: Sequence[bytes] = (),
        sketch: Sequence[int] = (),
        replaces: str | None = None,
        joins: str | None = None,
        former: Article | None = None,
    ) -> None:
        """Store an article with its passages and its ledger entry, or none of it; durable on return.

        `embedded` holds, for each passage, a digest of what its vector was made from; `signs`, if there are any, those of its
        tokens. `sketch` is what near-duplicates are looked up by. `replaces` is the id of the version that this one follows and
        that no search finds any more; `joins` that of an article that carries the same story. `former` was the original of
        this text until now and becomes a copy.

        Raises:
            ArchiveUnavailable: the disk is full, read-only or locked; nothing was stored.
        """
        ...

    def put_copy(self, article_id: str, carried: Article, *, entry: LedgerEntry) -> None:
        """Note that another place carries the text of a stored article, with its ledger entry."""
        ...

    def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Write ledger entries that stored nothing, all or none; durable on return."""
        ...

    def begin_run(self, sources: Sequence[str]) -> None:
        """Open a run of the ledger: what is recorded from here on belongs to it."""
        ...

    def finish_run(self) -> None:
        """Note that everything of the run was read."""
        ...

    def ledger(
        self, *, run: int | None = None, outcomes: Sequence[str] = (), source: str | None = None, limit: int = 1_000_000
    ) -> list[LedgerRow]:
        """Return the newest rows of one run, or of all, newest last; `source` is a part of the source's name."""
        ...

    def runs(self, *, limit: int = 20, run: int | None = None) -> list[Run]:
        """Return the newest ingest runs, or this one, newest last."""
        ...

    def last_visit(self, url: str) -> Visit | None:
        """Return what the server said at the last complete visit of this web address."""
        ...

    def remember_visit(self, visit: Visit) -> None:
        """Store what to send when this web address is visited next."""
        ...

    def find(self, *, article_id: str) -> Article | None:
        """Return the article with this id, if it is stored."""
        ...

    def same_identity(self, article: Article) -> list[Article]:
        """Return stored articles that share record id, URL, place or title in one source with this one, surest first."""
        ...

    def similar(self, sketch: Sequence[int], *, shared: int, limit: int = 20) -> list[Article]:
        """Return the stored articles that share at least so many keys of a sketch, most first."""
        ...

    def make_missing_sketches(self, sketch: Callable[[str], Sequence[int]]) -> None:
        """Give articles of older archives the sketch they lack."""
        ...

    def repeats_a_story(self, rows: Sequence[int]) -> bool:
        """Return whether two articles that these passages are of carry the same story, without reading them."""
        ...

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return, for each article, the number of its story: equal for articles that carry the same story, edited."""
        ...

    def history(self, article_id: str) -> list[Version]:
        """Return all versions of the article that has, or once had, this id, oldest first.

        Raises:
            ArticleNotFound: no article ever had the id.
        """
        ...

    def known_embeddings(self, digests: Sequence[bytes]) -> dict[bytes, tuple[NDArray[np.float32], bytes]]:
        """Return what is stored of texts that were embedded before, by digest: the vector, and the signs of the tokens."""
        ...

    def make_missing_signs(self, embed: Callable[[Sequence[str]], tuple[Vectors, list[bytes]]]) -> None:
        """Give passages of older archives the signs they lack; may take minutes, and goes on where it was interrupted."""
        ...

    def close(self) -> None:
        """Release files and locks; the store cannot be used afterwards."""
        ...

    def delete(self, article_id: str) -> None:
        """Remove an article with its earlier versions; no later search returns it.

        Raises:
            ArticleNotFound: no article has the id.
        """
        ...

    def check(self) -> None:
        """Raise unless what is stored can be read now, and is still the archive that was opened; costs about a millisecond.

        Raises:
            ArchiveDamaged: it is damaged where every look begins; what lies deeper is not searched for damage.
            ArchiveUnavailable: it is gone, cannot be opened, or another one is in its place.
        """
        ...

    def consistent(self) -> AbstractContextManager[int]:
        """Hold one generation: every call inside sees exactly it. Yields the generation."""
        ...

    def nearest(self, vector: NDArray[np.float32], k: int, where: Where) -> list[tuple[int, float]]:
        """Return up to k (row, inner product), best first."""
        ...

    def matching(self, words: Sequence[str], k: int, where: Where, phrases: Sequence[str] = ()) -> list[tuple[int, float]]:
        """Return up to k (row, BM25 score) of passages holding any of the words or phrases, best first.

        Passages that hold a phrase, its words in a row, come before those that hold as much else; a phrase that no passage
        holds changes nothing, so the words still find what they find.
        """
        ...

    def days(self, rows: Sequence[int]) -> list[date | None]:
        """Return the day that recency counts from, for each of these passages, without reading them; None for undated ones."""
        ...

    def outlets(self) -> frozenset[str]:
        """Return the publishers and agencies of the archive, in small letters."""
        ...

    def similarities(self, vector: NDArray[np.float32], rows: Sequence[int]) -> list[float]:
        """Return the inner product of the vector with each of these passages, 0 for rows that are gone."""
        ...

    def token_signs(self, rows: Sequence[int]) -> list[bytes]:
        """Return the signs of the tokens of each of these passages (`index.token_signs`), empty where none are stored."""
        ...

    def rarity(self, words: Sequence[str]) -> list[float]:
        """Return the inverse document frequency of each word: ln(1 + (N - n + 0.5) / (n + 0.5)) over passages, as in BM25."""
        ...

    def passages(self, rows: Sequence[int]) -> list[tuple[Passage, Article]]:
        """Return the passages of these rows with their articles, in the order asked for."""
        ...

    def article(self, article_id: str) -> Article:
        """Return the stored article.

        Raises:
            ArticleNotFound: no article has the id.
        """
        ...

    def articles(self, *, limit: int | None = None, offset: int = 0) -> Iterator[Article]:
        """Iterate over the articles, newest first, undated last; at most `limit` of them after the first `offset`."""
        ...

    def copies(self, article_id: str) -> list[Copy]:
        """Return where else exactly this text was carried."""
        ...

    def also_in(self, article_id: str) -> list[Copy]:
        """Return where else this story was carried: the same text, and edited copies of it, oldest first, undated last."""
        ...

    def holds(self, publishers: Sequence[str]) -> bool:
        """Return whether there is any article of these outlets; of no outlets in particular, whether there is any article."""
        ...

    def publishers(self) -> list[PublisherMonth]:
        """Return how many articles there are, by publisher (or agency, where none is named) and month; oldest month first."""
        ...

    def stats(self) -> Stats:
        """Return the size of the archive at its present generation."""
        ...

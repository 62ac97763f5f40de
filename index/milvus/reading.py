"""What is read of an archive on Milvus besides searches: articles, their versions and copies, and the books."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticleNotFound
from index.milvus.books import Books
from index.milvus.connection import Connection
from index.milvus.search import MilvusSearch
from index.milvus.tables import Tables
from index.types import Article, Copy, LedgerRow, PublisherMonth, Run, Stats, Version, Visit

_READ_TOGETHER = 200


class MilvusReading(MilvusSearch):
    """Reads an archive on Milvus. `MilvusStore` adds what changes it."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        super().__init__(connection, tables)
        self._books = Books(connection, tables)

    def ledger(
        self, *, run: int | None = None, outcomes: Sequence[str] = (), source: str | None = None, limit: int = 1_000_000
    ) -> list[LedgerRow]:
        """Return the newest rows of one run, or of all, newest last."""
        return self._books.ledger(self._head(), run=run, outcomes=outcomes, source=source, limit=limit)

    def runs(self, *, limit: int = 20, run: int | None = None) -> list[Run]:
        """Return the newest ingest runs, or this one, newest last."""
        return self._books.runs(self._head(), limit=limit, run=run)

    def last_visit(self, url: str) -> Visit | None:
        """Return what the server said at the last complete visit of this web address."""
        return self._books.last_visit(url)

    def find(self, *, article_id: str) -> Article | None:
        """Return the article with this id, if it is stored."""
        stored = self._articles.of_id(article_id, self._generation())
        return stored.article if stored else None

    def article(self, article_id: str) -> Article:
        """Return the stored article.

        Raises:
            ArticleNotFound: no article has the id.
        """
        found = self.find(article_id=article_id)
        if found is None:
            raise ArticleNotFound(article_id)
        return found

    def articles(self, *, limit: int | None = None, offset: int = 0) -> Iterator[Article]:
        """Iterate over the articles, newest first, undated last; at most `limit` of them after the first `offset`."""
        with self._seeing() as view:
            census = view.census
        rows = self._articles.newest_first(census, offset=offset, limit=limit)
        while some := list(islice(rows, _READ_TOGETHER)):
            stored = self._articles.of_rows(some, census.at)
            yield from (stored[row].article for row in some if row in stored)

    def same_identity(self, article: Article) -> list[Article]:
        """Return stored articles that share record id, URL, place or title in one source with this one, surest first."""
        return self._articles.same_identity(article, self._generation())

    def similar(self, sketch: Sequence[int], *, shared: int, limit: int = 20) -> list[Article]:
        """Return the stored articles that share at least so many keys of a sketch, most first."""
        return self._articles.similar(sketch, shared, limit, self._generation())

    def repeats_a_story(self, rows: Sequence[int]) -> bool:
        """Return whether two articles that these passages are of carry the same story."""
        numbers = {int(row["article"]) for row in self._passages(rows, ["article"])}
        clusters = self._articles.clusters_of_rows(numbers, self._generation())
        return len(set(clusters)) < len(clusters)

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return, for each article, the number of its story: equal for articles that carry the same story, edited."""
        return {row["article_id"]: int(row["cluster"]) for row in self._articles.of_ids(article_ids, self._generation())}

    def history(self, article_id: str) -> list[Version]:
        """Return all versions of the article that has, or once had, this id, oldest first.

        Raises:
            ArticleNotFound: no article ever had the id.
        """
        versions = self._articles.history(article_id, self._generation())
        if not versions:
            raise ArticleNotFound(article_id)
        return versions

    def known_embeddings(self, digests: Sequence[bytes]) -> dict[bytes, tuple[NDArray[np.float32], bytes]]:
        """Return what is stored of texts that were embedded before, by digest: the vector, and the signs of the tokens."""
        return self._articles.known_embeddings(digests, self._generation())

    def copies(self, article_id: str) -> list[Copy]:
        """Return where else exactly this text was carried."""
        return self._books.copies([article_id], self._generation()) if article_id.isalnum() and article_id.isascii() else []

    def also_in(self, article_id: str) -> list[Copy]:
        """Return where else this story was carried: the same text, and edited copies of it, oldest first, undated last."""
        generation = self._generation()
        of = self._articles.of_id(article_id, generation)
        found = self.copies(article_id)
        members = self._articles.of_story_text(of.cluster, generation) if of else []
        for member in (stored.article for stored in members if stored.article.article_id != article_id):
            day = member.dated.value[:10] if member.dated else None
            found.append(
                Copy(
                    publisher=member.publisher, url=member.url, published=day, source=member.origin.source,
                    article_id=member.article_id,
                )
            )  # fmt: skip
            found += self._books.copies([member.article_id], generation)
        return sorted(found, key=lambda copy: (copy.published is None, copy.published or ""))

    def holds(self, publishers: Sequence[str]) -> bool:
        """Return whether there is any article of these outlets; of no outlets in particular, whether there is any article."""
        with self._seeing() as view:
            if not publishers:
                return view.census.articles > 0
            return any(name.casefold() in view.census.outlets for name in publishers)

    def publishers(self) -> list[PublisherMonth]:
        """Return how many articles there are, by publisher (or agency, where none is named) and month; oldest month first."""
        with self._seeing() as view:
            return view.census.publishers()

    def stats(self) -> Stats:
        """Return the size of the archive at its present generation."""
        with self._seeing() as view:
            return view.census.stats()

"""The `PassageStore` on Milvus: everything is there, so any number of services answer from it, and none keeps anything itself."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveChanged, ArticleNotFound
from index.milvus import books
from index.milvus.books import Books
from index.milvus.connection import Connection
from index.milvus.head import new_head, refuse_others
from index.milvus.rows import NewArticle, StoredArticle, now
from index.milvus.search import MilvusSearch
from index.milvus.tables import Tables
from index.milvus.writing import Change, Writing
from index.types import Article, Copy, LedgerEntry, LedgerRow, Passage, PublisherMonth, Run, Stats, Vectors, Version, Visit

_READ_TOGETHER = 200


class MilvusStore(MilvusSearch):
    """An archive in Milvus: four collections behind a name (`index.milvus.tables`).

    Safe for threads, and for several processes: writers take turns, and every search sees one generation.

    Args:
        address: a server's URL, or the path of a file that ends in `.db` for Milvus Lite.
        name: the archive's name; one Milvus holds any number of archives.
        index: Milvus' index over the vectors: `FLAT` is exact, others are quicker for many millions.
        embedder, dimension, chunker: what an archive must have been made with.

    Raises:
        ArchiveMismatch: the archive was made with another embedder or chunker, or the server is too old.
        ArchiveUnavailable: nobody answers there.
    """

    def __init__(
        self,
        address: str,
        *,
        name: str,
        embedder: str,
        dimension: int,
        chunker: str,
        token: str | None = None,
        index: str = "FLAT",
    ) -> None:
        connection, tables = Connection(address, token), Tables(name)
        super().__init__(connection, tables)
        self._dimension = dimension
        self._writing = Writing(connection, tables)
        self._books = Books(connection, tables)
        self._run: int | None = None
        manifest = {"embedder": embedder, "dimension": str(dimension), "chunker": chunker}
        try:
            tables.make(connection, dimension, index)
            tables.load(connection)
            head = self._writing.make(lambda: new_head(manifest))
            refuse_others(head, manifest, connection.address)
        except BaseException:
            connection.close()
            raise
        self._archive = head.archive

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

        Raises:
            ArchiveChanged: `replaces`, `former` or neither is not what the archive asks for any more; nothing was stored.
        """
        with self._writing.change() as change:
            before = change.head.generation
            same = self._articles.of_id(article.article_id, before)
            follows = self._articles.of_id(replaces, before) if replaces and replaces != article.article_id else same
            if _changed_since(article, same, follows, replaces, former) or (
                replaces not in {None, article.article_id} and self._books.copies_of([str(replaces)], before)
            ):
                raise ArchiveChanged(f"article {article.article_id} was decided about before another process wrote")
            joined = self._articles.of_id(joins, before) if joins else None
            gone = {stored.row: stored for stored in (same, follows) if stored}
            for stored in gone.values():
                self._remove(change, stored.row, kept=bool(replaces) and stored is follows)
            if follows and follows.article.article_id != article.article_id:
                change.dead_books += [row["id"] for row in self._books.copies_of([follows.article.article_id], before)]
            change.dead_books += [row["id"] for row in self._books.copies_at(article, before)]
            row = change.head.articles
            stored = StoredArticle(
                row=row,
                article=article,
                story=follows.story if follows else row,
                version=follows.version + bool(replaces) if follows else 1,
                cluster=joined.cluster if joined else row,
                stored_at=now(),
                sketch=tuple(sketch),
            )
            change.add(
                NewArticle(
                    stored=stored, passages=passages, vectors=vectors, embedded=embedded, signs=signs,
                    first_row=change.head.rows,
                )
            )  # fmt: skip
            if former is not None:
                books.put_copy(change, article.article_id, former, instead_of=self._books.copies_at(former, before))
            books.put_entries(change, [entry], self._run)

    def put_copy(self, article_id: str, carried: Article, *, entry: LedgerEntry) -> None:
        """Note that another place carries the text of a stored article, with its ledger entry.

        Raises:
            ArchiveChanged: the article is not stored any more; nothing was noted.
        """
        known = self._books.knows_copy(article_id, carried, self._generation())
        with self._writing.change(visible=not known) as change:
            if self._articles.of_id(article_id, change.head.generation) is None:
                raise ArchiveChanged(f"article {article_id} was replaced or removed")
            if not known:
                there = self._books.copies_at(carried, change.head.generation)
                books.put_copy(change, article_id, carried, instead_of=there)
            books.put_entries(change, [entry], self._run)

    def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Write ledger entries that stored nothing, all or none; durable on return."""
        with self._writing.change(visible=False) as change:
            books.put_entries(change, entries, self._run)

    def begin_run(self, sources: Sequence[str]) -> None:
        """Open a run of the ledger: what is recorded from here on belongs to it."""
        with self._writing.change(visible=False) as change:
            self._run = books.begin_run(change, sources)

    def finish_run(self) -> None:
        """Note that everything of the run was read."""
        if self._run is not None:
            with self._writing.change(visible=False) as change:
                for known in self._books.runs(change.head, limit=1, run=self._run):
                    books.finish_run(change, self._run, known)
            self._writing.settle()
        self._run = None

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

    def remember_visit(self, visit: Visit) -> None:
        """Store what to send when this web address is visited next."""
        with self._writing.change(visible=False) as change:
            books.put_visit(change, visit)

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
        generation = self._generation()
        rows = self._articles.newest_first(self._head(), generation)[offset : None if limit is None else offset + limit]
        for first in range(0, len(rows), _READ_TOGETHER):
            some = rows[first : first + _READ_TOGETHER]
            stored = self._articles.of_rows(some, generation)
            yield from (stored[row].article for row in some if row in stored)

    def same_identity(self, article: Article) -> list[Article]:
        """Return stored articles that share record id, URL, place or title in one source with this one, surest first."""
        return self._articles.same_identity(article, self._generation())

    def similar(self, sketch: Sequence[int], *, shared: int, limit: int = 20) -> list[Article]:
        """Return the stored articles that share at least so many keys of a sketch, most first."""
        return self._articles.similar(sketch, shared, limit, self._generation())

    def make_missing_sketches(self, sketch: Callable[[str], Sequence[int]]) -> None:
        """Do nothing: every article on Milvus was stored with its sketch."""

    def make_missing_signs(self, embed: Callable[[Sequence[str]], tuple[Vectors, list[bytes]]]) -> None:
        """Do nothing: every passage on Milvus was stored with the signs that its embedder gives."""

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

    def delete(self, article_id: str) -> None:
        """Remove an article with its earlier versions; no later search returns it. Its web address is read anew.

        Raises:
            ArticleNotFound: no article has the id.
        """
        with self._writing.change() as change:
            before = change.head.generation
            rows = self._articles.of_ids([article_id], before)
            if not rows:
                raise ArticleNotFound(article_id)
            self._remove(change, int(rows[0]["row"]), kept=False)
            change.dead_articles += [(row, False) for row in self._articles.kept_versions(rows, before)]
            change.dead_books += [row["id"] for row in self._books.copies_of([article_id], before)]
            stored = self._articles.of_id(article_id, before)
            addresses = (stored.article.origin.source, stored.article.url) if stored else ()
            change.forgotten += [books.visit_id(url) for url in addresses if url]

    def close(self) -> None:
        """Let others write, and end the connection."""
        try:
            self._writing.close()
        finally:
            self._connection.close()

    def _remove(self, change: Change, row: int, *, kept: bool) -> None:
        change.dead_articles.append((row, kept))
        change.dead_passages += self._articles.passages_of([row], change.head.generation)


def _changed_since(
    article: Article, same: StoredArticle | None, follows: StoredArticle | None, replaces: str | None, former: Article | None
) -> bool:
    """Return whether the archive is another than the change was decided by: another process wrote meanwhile."""
    if former is not None:
        return same is None
    if replaces == article.article_id:
        return False
    if same is not None and same.article.origin.source != article.origin.source:
        return True  # its text is stored from elsewhere now, of which this is a copy
    return replaces is not None and follows is None

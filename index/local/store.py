"""The embedded `PassageStore`: SQLite holds everything, the caches answer searches, and every search sees one generation."""

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticleNotFound
from index.local.caches import Caches
from index.local.database import Database
from index.local.records import (
    article_from_json,
    article_to_json,
    day_number,
    folded_outlets,
    vector_to_blob,
    vectors_from_blobs,
)
from index.types import Article, Copy, LedgerEntry, Passage, Stats, Vectors, Where


class LocalStore:
    """An archive in one folder: `archive.sqlite`, and `caches/` which may be deleted at any time.

    Safe for threads, and for several processes on one folder. Writers take turns, one transaction an article.

    Raises:
        ArchiveMismatch: the archive was made with another embedder or chunker.
        ArchiveDamaged: the database file is damaged.
        ArchiveUnavailable: the folder cannot be used.
    """

    def __init__(self, folder: Path, *, embedder: str, dimension: int, chunker: str) -> None:
        self._lock = threading.RLock()
        self._dimension = dimension
        self._stats: Stats | None = None
        manifest = {"embedder": embedder, "dimension": str(dimension), "chunker": chunker}
        self._database = Database(folder / "archive.sqlite", manifest)
        with self._database.errors():
            self._caches = Caches(folder / "caches", self._database.identity(), embedder, dimension)

    @contextmanager
    def consistent(self) -> Iterator[int]:
        """Hold one generation: every call inside sees exactly it. Yields the generation."""
        with self._lock, self._database.reading() as generation:
            self._caches.catch_up(self._database, generation)
            yield generation

    def nearest(self, vector: NDArray[np.float32], k: int, where: Where) -> list[tuple[int, float]]:
        """Return up to k (row, inner product), best first."""
        with self._lock:
            return self._caches.vectors.nearest(vector, k, None if where.everything else self._allowed(where))

    def matching(self, words: Sequence[str], k: int, where: Where) -> list[tuple[int, float]]:
        """Return up to k (row, BM25 score) of passages holding any of the words, best first."""
        with self._lock:
            return self._caches.words.matching(words, k, where)

    def similarities(self, vector: NDArray[np.float32], rows: Sequence[int]) -> list[float]:
        """Return the inner product of the vector with each of these passages, 0 for rows that are gone."""
        with self._lock:
            blobs = dict(self._database.rows(f"SELECT row, vector FROM passages WHERE row IN ({_marks(rows)})", *rows))
        if not blobs:
            return [0.0] * len(rows)
        products = vectors_from_blobs(list(blobs.values()), self._dimension) @ vector
        found = dict(zip(blobs, products, strict=True))
        return [float(found.get(row, 0.0)) for row in rows]

    def rarity(self, words: Sequence[str]) -> list[float]:
        """Return the inverse document frequency of each word; of a word with several parts, that of the rarest."""
        with self._lock:
            total = self._caches.words.count()
            counts = [self._caches.words.occurrences(word) for word in words]
        return [math.log(1 + (total - min(n, total) + 0.5) / (min(n, total) + 0.5)) for n in counts]

    def passages(self, rows: Sequence[int]) -> list[tuple[Passage, Article]]:
        """Return the passages of these rows with their articles, in the order asked for; rows that are gone are left out."""
        found: dict[int, tuple[Passage, Article]] = {}
        articles: dict[str, Article] = {}
        with self._lock:
            stored = self._database.rows(
                "SELECT p.row, p.start, p.end, a.article_id, a.details, a.text FROM passages p"
                f" JOIN articles a ON a.row = p.article_row WHERE p.row IN ({_marks(rows)})", *rows,
            )  # fmt: skip
        for row, start, end, article_id, details, text in stored:
            if article_id not in articles:
                articles[article_id] = article_from_json(details, text)
            article = articles[article_id]
            found[row] = (Passage(article_id=article_id, start=start, end=end, text=text[start:end]), article)
        return [found[row] for row in rows if row in found]

    def article(self, article_id: str) -> Article:
        """Return the stored article.

        Raises:
            ArticleNotFound: no article has the id.
        """
        row = None
        if article_id.isascii():  # ids are; and what is no valid text at all cannot be sent to SQLite
            with self._lock:
                row = self._database.one("SELECT details, text FROM articles WHERE article_id = ?", article_id)
        if row is None:
            raise ArticleNotFound(article_id)
        return article_from_json(*row)

    def articles(self, *, limit: int | None = None, offset: int = 0) -> Iterator[Article]:
        """Iterate over the articles, newest first, undated last; at most `limit` of them after the first `offset`."""
        with self._lock:
            ids = self._database.rows(
                "SELECT row FROM articles ORDER BY day IS NULL, day DESC, row LIMIT ? OFFSET ?",
                -1 if limit is None else limit, offset,
            )  # fmt: skip
        for (row,) in ids:
            with self._lock:
                stored = self._database.one("SELECT details, text FROM articles WHERE row = ?", row)
            if stored is not None:
                yield article_from_json(*stored)

    def copies(self, article_id: str) -> list[Copy]:
        """Return where else the same text was carried."""
        with self._lock:
            rows = self._database.rows(
                "SELECT c.publisher, c.url, c.published, c.source FROM copies c JOIN articles a ON a.row = c.article_row"
                " WHERE a.article_id = ? ORDER BY c.published IS NULL, c.published, c.source, c.position", article_id,
            )  # fmt: skip
        return [Copy(publisher=publisher, url=url, published=day, source=source) for publisher, url, day, source in rows]

    def holds(self, publishers: Sequence[str]) -> bool:
        """Return whether there is any article of these outlets; of no outlets in particular, whether there is any article."""
        if not publishers:
            return self.stats().articles > 0
        names = [name.casefold() for name in publishers]
        with self._lock:
            return self._database.one(f"SELECT 1 FROM outlets WHERE outlet IN ({_marks(names)}) LIMIT 1", *names) is not None

    def stats(self) -> Stats:
        """Return the size of the archive at its present generation."""
        with self._lock, self._database.reading() as generation:
            if self._stats is not None and self._stats.generation == generation:
                return self._stats
            (articles, newest), (passages,) = (
                self._database.rows("SELECT count(*), max(day) FROM articles")[0],
                self._database.rows("SELECT count(*) FROM passages")[0],
            )
            day = date.fromordinal(newest) if newest else None
            # Counting reads the whole table, and every question asks.
            self._stats = Stats(articles=articles, passages=passages, generation=generation, newest=day)
            return self._stats

    def put(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        *,
        embedded: Sequence[bytes],
        entry: LedgerEntry,
        replaces: str | None = None,
    ) -> None:
        """Store an article with its passages and its ledger entry, or none of it; durable on return.

        `embedded` holds one digest for each passage of what its vector was made from, so that it need not be made again.
        """
        with self._lock, self._database.writing() as generation:
            copies = self._database.rows(
                "SELECT c.source, c.position, c.publisher, c.url, c.published FROM copies c"
                " JOIN articles a ON a.row = c.article_row WHERE a.article_id = ?", article.article_id,
            )  # fmt: skip
            for old in dict.fromkeys((article.article_id, replaces or article.article_id)):
                self._remove(old, generation)
            self._database.rows(
                "INSERT INTO articles (article_id, details, text, day, source, position, title, record_id, url, generation)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                article.article_id, article_to_json(article), article.text,
                day_number(article.dated.day if article.dated else None), article.origin.source,
                article.origin.position, article.title, article.origin.record_id, article.url, generation,
            )  # fmt: skip
            row = self._database.inserted()
            for outlet in folded_outlets(article):
                self._database.rows("INSERT INTO outlets VALUES (?, ?)", row, outlet)
            for copy in copies:
                self._database.rows("INSERT INTO copies VALUES (?, ?, ?, ?, ?, ?)", row, *copy)
            for passage, vector, digest in zip(passages, vectors, embedded, strict=True):
                self._database.rows(
                    "INSERT INTO passages (article_row, start, end, embedded, vector, generation) VALUES (?, ?, ?, ?, ?, ?)",
                    row, passage.start, passage.end, digest, vector_to_blob(vector), generation,
                )  # fmt: skip
            self._write_entry(entry)

    def put_copy(self, article_id: str, carried: Article, *, entry: LedgerEntry) -> None:
        """Note that another place carries the text of a stored article, with its ledger entry."""
        published = carried.dated.value[:10] if carried.dated else None
        with self._lock, self._database.writing():
            self._database.rows(
                "INSERT OR REPLACE INTO copies (article_row, source, position, publisher, url, published)"
                " SELECT row, ?, ?, ?, ?, ? FROM articles WHERE article_id = ?",
                carried.origin.source, carried.origin.position, carried.publisher, carried.url, published, article_id,
            )  # fmt: skip
            self._write_entry(entry)

    def record(self, entry: LedgerEntry) -> None:
        """Write a ledger entry that stored nothing."""
        with self._lock:
            self._write_entry(entry)

    def delete(self, article_id: str) -> None:
        """Remove an article; no later search returns it.

        Raises:
            ArticleNotFound: no article has the id.
        """
        self.article(article_id)
        with self._lock, self._database.writing() as generation:
            if not self._remove(article_id, generation):
                raise ArticleNotFound(article_id)

    def find(self, *, article_id: str) -> Article | None:
        """Return the article with this id, if it is stored."""
        try:
            return self.article(article_id)
        except ArticleNotFound:
            return None

    def same_identity(self, article: Article) -> list[Article]:
        """Return stored articles that share record id, URL, place or title in one source with this one, surest first."""
        origin = article.origin
        with self._lock:
            rows = self._database.rows(
                "SELECT details, text FROM articles WHERE (record_id IS NOT NULL AND record_id = ?1 AND source = ?2)"
                " OR (url IS NOT NULL AND url = ?3) OR (source = ?2 AND position = ?4)"
                " OR (source = ?2 AND title = ?5) ORDER BY record_id IS ?1 DESC, url IS ?3 DESC, title IS ?5 DESC, row",
                origin.record_id, origin.source, article.url, origin.position, article.title,
            )  # fmt: skip
        return [article_from_json(*row) for row in rows]

    def known_vectors(self, digests: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Return the stored vectors of texts that were embedded before, by digest."""
        known: dict[bytes, NDArray[np.float32]] = {}
        with self._lock:
            for digest in digests:
                row = self._database.one("SELECT vector FROM passages WHERE embedded = ? LIMIT 1", digest)
                if row is not None:
                    known[digest] = vectors_from_blobs([row[0]], self._dimension)[0]
        return known

    def close(self) -> None:
        """Bring the caches up to date, save them for the next start, and close the files."""
        with self._lock:
            try:
                with self.consistent():
                    pass
                self._caches.save()
            finally:
                self._caches.close()
                self._database.close()

    def _allowed(self, where: Where) -> list[int]:
        conditions = ["1"]
        values: list[int | str | None] = []
        for bound, sign in ((where.since, ">="), (where.until, "<=")):
            if bound is not None:
                conditions.append(f"(a.day {sign} ?{' OR a.day IS NULL' if where.undated else ''})")
                values.append(day_number(bound))
        if where.publishers:
            conditions.append(f"a.row IN (SELECT article_row FROM outlets WHERE outlet IN ({_marks(where.publishers)}))")
            values.extend(name.casefold() for name in where.publishers)
        rows = self._database.rows(
            f"SELECT p.row FROM passages p JOIN articles a ON a.row = p.article_row WHERE {' AND '.join(conditions)}",
            *values,
        )
        return [row for (row,) in rows]

    def _remove(self, article_id: str, generation: int) -> bool:
        row = self._database.one("SELECT row FROM articles WHERE article_id = ?", article_id)
        if row is None:
            return False
        self._database.rows("INSERT INTO removed SELECT row, ? FROM passages WHERE article_row = ?", generation, row[0])
        self._database.rows("DELETE FROM articles WHERE row = ?", row[0])
        return True

    def _write_entry(self, entry: LedgerEntry) -> None:
        self._database.rows(
            "INSERT INTO ledger (source, position, outcome, article_id, title, reason) VALUES (?, ?, ?, ?, ?, ?)",
            entry.source, entry.position, entry.outcome, entry.article_id, entry.title, entry.reason,
        )  # fmt: skip


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))

"""The embedded `PassageStore`: SQLite holds everything, the caches answer searches, and every search sees one generation."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveChanged, ArchiveDamaged, ArchiveUnavailable, ArticleNotFound
from index.local import articles, copies, ledger, token_signs
from index.local.approximate import EXACT_UP_TO
from index.local.digests import columns
from index.local.records import stored_article, vectors_from_blobs
from index.local.search import ArchiveSearch
from index.types import Article, Copy, LedgerEntry, LedgerRow, Passage, PublisherMonth, Run, Stats, Vectors, Version, Visit

logger = logging.getLogger(__name__)

# As many passages as an ingest embeds together.
_EMBEDDED_TOGETHER = 256
# After a crash the next start reads so many passages at most, in a second or two; of a large archive so large a share.
_SAVED_EVERY, _SAVED_SHARE = 10_000, 0.05


class LocalStore(ArchiveSearch):
    """An archive in one folder: `archive.sqlite`, and `caches/` which may be deleted at any time. `exact_up_to`: ADR 0023.

    `filling` saves the caches also while much is stored. Not where questions are answered: they wait until it is done.

    Safe for threads, and for several processes: writers take turns, one transaction an article.

    Raises:
        ArchiveMismatch: the archive was made with another embedder or chunker.
        ArchiveDamaged: the database file is damaged.
        ArchiveUnavailable: the folder cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        *,
        embedder: str,
        dimension: int,
        chunker: str,
        exact_up_to: int = EXACT_UP_TO,
        filling: bool = False,
    ) -> None:
        manifest = {"embedder": embedder, "dimension": str(dimension), "chunker": chunker}
        super().__init__(folder, manifest, dimension, exact_up_to=exact_up_to)
        self._dimension = dimension
        self._stats: Stats | None = None
        self._run: int | None = None
        self._filling, self._unsaved = filling, 0

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
        with self._reading() as database:
            newest_first = "SELECT row FROM articles ORDER BY day IS NULL, day DESC, row LIMIT ? OFFSET ?"
            ids = database.rows(newest_first, -1 if limit is None else limit, offset)
        for (row,) in ids:
            with self._reading() as database:
                stored = database.one(f"SELECT {columns('articles')} FROM articles WHERE row = ?", row)
            if stored is not None:
                yield stored_article(stored)

    def copies(self, article_id: str) -> list[Copy]:
        """Return where else exactly this text was carried."""
        with self._reading() as database:
            return copies.copies(database, article_id)

    def also_in(self, article_id: str) -> list[Copy]:
        """Return where else this story was carried: the same text, and edited copies of it, oldest first, undated last."""
        with self._reading() as database:
            return copies.also_in(database, article_id)

    def holds(self, publishers: Sequence[str]) -> bool:
        """Return whether there is any article of these outlets; of no outlets in particular, whether there is any article."""
        if not publishers:
            return self.stats().articles > 0
        known = f"SELECT 1 FROM outlets WHERE outlet IN ({','.join('?' * len(publishers))}) LIMIT 1"
        with self._reading() as database:
            return database.one(known, *(name.casefold() for name in publishers)) is not None

    def publishers(self) -> list[PublisherMonth]:
        """Return how many articles there are, by publisher (or agency, where none is named) and month; oldest month first."""
        with self._reading() as database:
            found = articles.publishers(database)
        return [PublisherMonth(publisher=name, month=month, articles=count) for name, month, count in found]

    def stats(self) -> Stats:
        """Return the size of the archive at its present generation."""
        with self._reading() as database, database.reading() as generation:
            if self._stats is not None and self._stats.generation == generation:
                return self._stats
            sizes = "SELECT count(*), max(day), (SELECT count(*) FROM passages) FROM articles"
            articles, newest, passages = database.rows(sizes)[0]
            # Counting reads the whole table, and every question asks.
            day = date.fromordinal(newest) if newest else None
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
        signs: Sequence[bytes] = (),
        sketch: Sequence[int] = (),
        replaces: str | None = None,
        joins: str | None = None,
        former: Article | None = None,
    ) -> None:
        """Store an article with its passages and its ledger entry, or none of it; durable on return.

        Raises:
            ArchiveChanged: `replaces`, `former` or neither is not what the archive asks for any more; nothing was stored.

        `embedded` holds one digest for each passage of what its vector was made from, so that it need not be made again;
        `signs` what late interaction compares, if the embedder gives it.
        `replaces` is the id of the version that this one follows, `joins` that of an article that carries the same story.
        `former` was the original of this text until now and becomes a copy of it.
        """
        with self._lock, self._database.writing() as generation:
            if articles.changed_since(self._database, article, replaces, former):
                raise ArchiveChanged(f"article {article.article_id} was decided about before another process wrote")
            articles.put_article(
                self._database, article, passages, vectors,
                embedded=embedded, signs=signs, sketch=sketch, replaces=replaces, joins=joins, former=former,
                generation=generation,
            )  # fmt: skip
            ledger.write_entries(self._database, [entry], self._run)
        self._unsaved += len(passages)
        if self._filling and self._unsaved >= _SAVED_EVERY:
            self._save_caches(least_share=_SAVED_SHARE)

    def put_copy(self, article_id: str, carried: Article, *, entry: LedgerEntry) -> None:
        """Note that another place carries the text of a stored article, with its ledger entry.

        Raises:
            ArchiveChanged: the article is not stored any more; nothing was noted.
        """
        with self._lock:
            known = copies.knows_copy(self._database, article_id, carried)
        with self._lock, self._database.writing(changes=not known):
            if not articles.is_stored(self._database, article_id):
                raise ArchiveChanged(f"article {article_id} was replaced or removed")
            if not known:
                copies.put_copy(self._database, article_id, carried)
            ledger.write_entries(self._database, [entry], self._run)

    def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Write ledger entries that stored nothing, all or none."""
        with self._lock, self._database.writing(changes=False):
            ledger.write_entries(self._database, entries, self._run)

    def begin_run(self, sources: Sequence[str]) -> None:
        """Open a run of the ledger: what is recorded from here on belongs to it."""
        with self._lock:
            self._run = ledger.begin_run(self._database, sources)

    def finish_run(self) -> None:
        """Note that everything of the run was read."""
        with self._lock:
            if self._run is not None:
                ledger.finish_run(self._database, self._run)
            self._run = None

    def ledger(
        self, *, run: int | None = None, outcomes: Sequence[str] = (), source: str | None = None, limit: int = 1_000_000
    ) -> list[LedgerRow]:
        """Return the newest rows of one run, or of all, newest last."""
        with self._reading() as database:
            return ledger.ledger(database, run=run, outcomes=outcomes, source=source, limit=limit)

    def runs(self, *, limit: int = 20, run: int | None = None) -> list[Run]:
        """Return the newest ingest runs, or this one, newest last."""
        with self._reading() as database:
            return ledger.runs(database, limit=limit, run=run)

    def last_visit(self, url: str) -> Visit | None:
        """Return what the server said at the last complete visit of this address."""
        with self._reading() as database:
            return ledger.last_visit(database, url)

    def remember_visit(self, visit: Visit) -> None:
        """Store what to send when this address is visited next."""
        with self._lock:
            ledger.remember_visit(self._database, visit)

    def delete(self, article_id: str) -> None:
        """Remove an article with its earlier versions; no later search returns it.

        Raises:
            ArticleNotFound: no article has the id.
        """
        with self._reading() as database:
            stored = articles.is_stored(database, article_id)  # not read: what is damaged must be deletable, too
        if not stored:
            raise ArticleNotFound(article_id)
        with self._lock, self._database.writing() as generation:
            if not articles.delete_article(self._database, article_id, generation):
                raise ArticleNotFound(article_id)

    def find(self, *, article_id: str) -> Article | None:
        """Return the article with this id, if it is stored."""
        with self._reading() as database:
            return articles.article(database, article_id)

    def same_identity(self, article: Article) -> list[Article]:
        """Return stored articles that share record id, URL, place or title in one source with this one, surest first."""
        with self._reading() as database:
            return articles.same_identity(database, article)

    def similar(self, sketch: Sequence[int], *, shared: int, limit: int = 20) -> list[Article]:
        """Return the stored articles that share at least so many keys of a sketch, most first."""
        with self._reading() as database:
            return articles.similar(database, sketch, shared, limit)

    def make_missing_sketches(self, sketch: Callable[[str], Sequence[int]]) -> None:
        """Give articles of older archives the sketch they lack."""
        with self._lock:
            for row, text in articles.unsketched(self._database):
                with self._database.writing(changes=False):
                    articles.put_sketch(self._database, row, sketch(text))

    def repeats_a_story(self, rows: Sequence[int]) -> bool:
        """Return whether two articles that these passages are of carry the same story, without reading them."""
        with self._reading() as database:
            return articles.repeats_a_story(database, rows)

    def clusters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return, for each article, the number of its story: equal for articles that carry the same story, edited."""
        with self._reading() as database:
            return articles.clusters(database, article_ids)

    def history(self, article_id: str) -> list[Version]:
        """Return all versions of the article that has, or once had, this id, oldest first.

        Raises:
            ArticleNotFound: no article ever had the id.
        """
        with self._reading() as database:
            versions = articles.history(database, article_id) if article_id.isascii() else []
        if not versions:
            raise ArticleNotFound(article_id)
        return versions

    def known_embeddings(self, digests: Sequence[bytes]) -> dict[bytes, tuple[NDArray[np.float32], bytes]]:
        """Return what is stored of texts that were embedded before, by digest: the vector, and the signs of the tokens."""
        with self._reading() as database:
            found = articles.known_embeddings(database, digests)
        return {digest: (vectors_from_blobs([blob], self._dimension)[0], signs) for digest, (blob, signs) in found.items()}

    def make_missing_signs(self, embed: Callable[[Sequence[str]], tuple[Vectors, list[bytes]]]) -> None:
        """Give passages of older archives the signs they lack; may take minutes, and goes on where it was interrupted."""
        while found := self._missing_signs():
            _, signs = embed([text for _, text in found])
            with self._lock, self._database.writing(changes=False):
                token_signs.put(self._database, [row for row, _ in found], signs)

    def _missing_signs(self) -> list[tuple[int, str]]:
        with self._reading() as database:
            return token_signs.missing(database, _EMBEDDED_TOGETHER)

    def close(self) -> None:
        """Bring the caches up to date, save them for the next start, and close the files."""
        with self._lock, ExitStack() as closing:
            for part in (self._database, self._caches, self._views):
                closing.callback(part.close)
            self._save_caches()

    def _save_caches(self, *, least_share: float = 0.0) -> None:
        """Bring the caches up to date and save them for the next start, if such a share of the passages was stored since."""
        try:
            if self._unsaved >= least_share * self.stats().passages:
                self._unsaved = 0
                with self.consistent():
                    self._caches.save()
        except (ArchiveDamaged, ArchiveUnavailable) as error:
            logger.warning("the caches could not be saved (%s); the next start will take longer", error)

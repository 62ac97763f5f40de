"""The `PassageStore` on Milvus: everything is there, so any number of services answer from it, and none keeps anything itself."""

from collections.abc import Callable, Sequence

from index.errors import ArchiveChanged, ArticleNotFound
from index.milvus import books
from index.milvus.connection import Connection
from index.milvus.head import new_head, refuse_others
from index.milvus.reading import MilvusReading
from index.milvus.rows import NewArticle, StoredArticle, now
from index.milvus.tables import Tables
from index.milvus.times import Times
from index.milvus.writing import Change, Writing
from index.types import Article, LedgerEntry, Passage, Vectors, Visit

# Runs that never finished stay in the head with their counts; only so many of them.
_OPEN_RUNS = 20


class MilvusStore(MilvusReading):
    """An archive in Milvus: four collections behind a name (`index.milvus.tables`).

    Safe for threads, and for several processes: writers take turns, and every search sees one generation.

    Args:
        address: a server's URL, or the path of a file that ends in `.db` for Milvus Lite.
        name: the archive's name; one Milvus holds any number of archives.
        index: Milvus' index over the vectors: `FLAT` is exact, others are quicker for many millions.
        embedder, dimension, chunker: what an archive must have been made with.
        times: how long to wait for what.

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
        times: Times | None = None,
    ) -> None:
        times = times or Times()
        connection, tables = Connection(address, token, times=times), Tables(name)
        super().__init__(connection, tables)
        self._dimension = dimension
        self._writing = Writing(connection, tables, times)
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
            before = change.before
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
                change.dead_books += self._books.ids_of(follows.article.article_id, before)
            change.dead_books += self._books.ids_at(article, before)
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
                books.put_copy(change, article.article_id, former, instead_of=self._books.ids_at(former, before))
            self._note(change, [entry])

    def put_copy(self, article_id: str, carried: Article, *, entry: LedgerEntry) -> None:
        """Note that another place carries the text of a stored article, with its ledger entry.

        Raises:
            ArchiveChanged: the article is not stored any more; nothing was noted.
        """
        known = self._books.knows_copy(article_id, carried, self._generation())
        with self._writing.change(visible=not known) as change:
            if self._articles.of_id(article_id, change.before) is None:
                raise ArchiveChanged(f"article {article_id} was replaced or removed")
            if not known:
                books.put_copy(change, article_id, carried, instead_of=self._books.ids_at(carried, change.before))
            self._note(change, [entry])

    def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Write ledger entries that stored nothing, all or none; durable on return."""
        with self._writing.change(visible=False) as change:
            self._note(change, entries)

    def begin_run(self, sources: Sequence[str]) -> None:
        """Open a run of the ledger: what is recorded from here on belongs to it."""
        with self._writing.change(visible=False) as change:
            open_runs = sorted(int(run) for run in change.head.open_runs)
            if len(open_runs) > _OPEN_RUNS:
                books.close_runs(change, self._books.runs(change.head, limit=1, run=open_runs[0]))
            run = books.begin_run(change, sources)
        if self._run is None:
            self._writing.keep()
        self._run = run

    def finish_run(self) -> None:
        """Note that everything of the run was read."""
        if self._run is not None:
            with self._writing.change(visible=False) as change:
                for known in self._books.runs(change.head, limit=1, run=self._run):
                    books.finish_run(change, self._run, known)
            self._run = None
            self._writing.let_go()
            self._writing.settle()

    def remember_visit(self, visit: Visit) -> None:
        """Store what to send when this web address is visited next."""
        with self._writing.change(visible=False) as change:
            books.put_visit(change, visit)

    def make_missing_sketches(self, sketch: Callable[[str], Sequence[int]]) -> None:
        """Do nothing: every article on Milvus was stored with its sketch."""

    def make_missing_signs(self, embed: Callable[[Sequence[str]], tuple[Vectors, list[bytes]]]) -> None:
        """Do nothing: every passage on Milvus was stored with the signs that its embedder gives."""

    def delete(self, article_id: str) -> None:
        """Remove an article with its earlier versions; no later search returns it. Its web address is read anew.

        Raises:
            ArticleNotFound: no article has the id.
        """
        with self._writing.change() as change:
            before = change.before
            rows = self._articles.of_ids([article_id], before)
            if not rows:
                raise ArticleNotFound(article_id)
            self._remove(change, int(rows[0]["row"]), kept=False)
            change.forgotten_versions += self._articles.kept_versions(rows, before)
            change.dead_books += self._books.ids_of(article_id, before)
            # Not read: what is damaged must be deletable, too.
            change.forgotten += [books.visit_of(row[name]) for row in rows for name in ("source_key", "url_key") if row[name]]

    def close(self) -> None:
        """Let others write, and end the connection."""
        try:
            if self._run is not None:
                self._run = None
                self._writing.let_go()
            self._writing.close()
        finally:
            self._connection.close()

    def _note(self, change: Change, entries: Sequence[LedgerEntry]) -> None:
        """Write ledger entries of the run that is open."""
        counted = change.head.open_runs
        if self._run is not None and str(self._run) not in counted:  # so many began meanwhile that its counts were moved out
            counted |= {str(run.run): dict(run.counts) for run in self._books.runs(change.head, limit=1, run=self._run)}
        books.put_entries(change, entries, self._run)

    def _remove(self, change: Change, row: int, *, kept: bool) -> None:
        change.dead_articles.append((row, kept))
        change.dead_passages += self._articles.passages_of([row], change.head)


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

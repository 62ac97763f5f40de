"""Changes of an archive on Milvus: everything of one is written, then its head, and only then is it there.

What a change adds is born in the next generation, what it removes dies in it; searches see what was born and has not died by the
generation that the head names. A change that broke off is undone by who writes next.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from index.errors import ArchiveUnavailable
from index.failpoints import reached
from index.milvus.connection import Connection, Row
from index.milvus.head import Head, read_head, write_head
from index.milvus.lease import Lease
from index.milvus.rows import NewArticle, article_rows
from index.milvus.tables import FOREVER, Tables

_NUMBERS_TOGETHER = 1000
# Milvus Lite searches what it holds in memory row by row.
_SETTLED_EVERY = 2000


@dataclass(slots=True, kw_only=True)
class Change:
    """What one change writes, in the order in which it is written."""

    head: Head
    generation: int
    """The generation in which this change is there; that of the head if searches see nothing of it."""
    passages: list[Row] = field(default_factory=list)
    articles: list[Row] = field(default_factory=list)
    books: list[Row] = field(default_factory=list)
    dead_passages: list[int] = field(default_factory=list)
    dead_articles: list[tuple[int, bool]] = field(default_factory=list)
    """The rows of articles that go, each with whether it is kept as an earlier version."""
    dead_books: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    """The ids of books' rows that are thrown away at once."""

    def add(self, new: NewArticle) -> None:
        """Add an article with its passages."""
        row, passages, more = article_rows(new, self.generation)
        self.articles.append(row)
        self.passages.extend(passages)
        self.books.extend(more)
        self.head.articles = max(self.head.articles, new.stored.row + 1)
        self.head.rows = max(self.head.rows, new.first_row + len(passages))


class Writing:
    """Carries out changes, one at a time."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables
        self._lease = Lease(connection, tables)
        self._head: Head | None = None
        self._unsettled = 0

    @contextmanager
    def change(self, *, visible: bool = True) -> Iterator[Change]:
        """Carry out what is put into the change, or nothing of it; durable on return. `visible`: searches see something of it.

        Raises:
            ArchiveUnavailable: Milvus does not answer, or another process writes.
        """
        with self._lease.held() as anew:
            head = self._present(anew=anew)
            self._head = None  # until it is known how this ends
            change = Change(head=head, generation=head.generation + visible)
            reached("write.begun")
            yield change
            self._write(change)
            self._lease.confirm()
            head.generation = change.generation
            head.note_moment()
            reached("write.committing")
            write_head(self._connection, self._tables, head)
            self._head = head
            reached("write.committed")

    def make(self, make: Callable[[], Head]) -> Head:
        """Make the archive's head, unless another process just did; return it."""
        with self._lease.held():
            head = read_head(self._connection, self._tables)
            if head is None:
                head = make()
                write_head(self._connection, self._tables, head)
            return head

    def close(self) -> None:
        """Let others write."""
        try:
            self._lease.release(clean=self._head is not None)
        except ArchiveUnavailable:
            return  # it is taken over, and what was left half-written undone

    def settle(self, least: int = 1) -> None:
        """Let Milvus Lite arrange what was written for searches, if it is so much."""
        if self._unsettled >= least:
            self._unsettled = 0
            for collection in self._tables.all:
                self._connection.settle(collection)

    def _present(self, *, anew: bool) -> Head:
        if self._head is not None and not anew:
            return self._head
        head = read_head(self._connection, self._tables)
        if head is None:
            raise ArchiveUnavailable(f"the archive in {self._connection.address} is gone; start again to make a new one.")
        if not (anew and self._lease.clean):
            self._undo(head)
        self._purge(head)
        return head

    def _write(self, change: Change) -> None:
        connection, tables = self._connection, self._tables
        connection.write(tables.passages, change.passages)
        connection.write(tables.books, change.books)
        connection.write(tables.articles, change.articles)
        gone = change.generation
        connection.write(tables.passages, [{"row": row, "died": gone} for row in change.dead_passages], partial=True)
        connection.write(
            tables.articles, [{"row": row, "died": gone, "kept": int(kept)} for row, kept in change.dead_articles], partial=True
        )
        connection.write(tables.books, [{"id": name, "died": gone} for name in change.dead_books], partial=True)
        if change.forgotten:
            named = ", ".join(f'"{name}"' for name in change.forgotten)
            connection.delete(tables.books, f"id in [{named}]")
        self._unsettled += len(change.passages) + len(change.dead_passages)
        self.settle(_SETTLED_EVERY)

    def _undo(self, head: Head) -> None:
        """Undo what a change left behind that was never committed."""
        tables, later = self._tables, head.generation
        for collection, name, more in (
            (tables.passages, "row", {}), (tables.articles, "row", {"kept": 0}), (tables.books, "id", {}),
        ):  # fmt: skip
            self._connection.delete(collection, f"born > {later}")
            while found := self._connection.some_rows(collection, f"died > {later} and died < {FOREVER}", [name]):
                self._connection.write(collection, [{name: row[name], "died": FOREVER, **more} for row in found], partial=True)

    def _purge(self, head: Head) -> None:
        """Throw away what nobody reads any more."""
        until = head.unneeded()
        if until <= head.purged:
            return
        tables = self._tables
        self._connection.delete(tables.passages, f"died <= {until}")
        while gone := self._connection.some_rows(tables.articles, f"died <= {until} and kept == 0", ["row"]):
            for numbers in _batches([int(row["row"]) for row in gone]):
                self._connection.delete(tables.books, f'kind == "piece" and number in {numbers}')
                self._connection.delete(tables.articles, f"row in {numbers}")
        self._connection.delete(tables.books, f"died <= {until}")
        head.purged = until


def _batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    for first in range(0, len(numbers), _NUMBERS_TOGETHER):
        yield list(numbers[first : first + _NUMBERS_TOGETHER])

"""Changes of an archive on Milvus: everything of one is written, then its head, and only then is it there.

What a change adds is born in the next generation, what it removes dies in it; searches see what was born and has not died by the
generation that the head names. What a change that broke off left behind is undone by who writes next, which never uses that
generation nor its numbers: parts of it may still arrive.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from index.batches import batches
from index.errors import ArchiveUnavailable
from index.failpoints import reached
from index.milvus.claims import claim, still_holds
from index.milvus.connection import Connection, Row
from index.milvus.generations import Generation
from index.milvus.head import ARTICLES_TOGETHER, Head, forget_older, known_head, read_head, write_head
from index.milvus.lease import Lease, turn_of
from index.milvus.rows import NewArticle, article_rows, more_of
from index.milvus.tables import FOREVER, Tables
from index.milvus.times import Times

logger = logging.getLogger(__name__)

_NUMBERS_TOGETHER = 1000
# Milvus Lite searches what it holds in memory row by row.
_SETTLED_EVERY = 2000
_TAKEN_OVER = "another process took over writing to this archive, since this one stood still; try again."


@dataclass(slots=True, kw_only=True)
class Change:
    """What one change writes."""

    head: Head
    """As it will be written; until then its generation is the one before."""
    generation: int
    """The generation in which this change is there; that of the head if searches see nothing of it."""
    passages: list[Row] = field(default_factory=list)
    articles: list[Row] = field(default_factory=list)
    books: list[Row] = field(default_factory=list)
    dead_passages: list[int] = field(default_factory=list)
    dead_articles: list[tuple[int, bool]] = field(default_factory=list)
    """The rows of articles that go, each with whether it is kept as an earlier version."""
    forgotten_versions: list[int] = field(default_factory=list)
    """The rows of articles that were kept as earlier versions until now."""
    dead_books: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    """The ids of books' rows that are thrown away at once."""

    @property
    def before(self) -> Generation:
        """The generation that the change is decided by."""
        return self.head.now()

    def add(self, new: NewArticle) -> None:
        """Add an article with its passages.

        Raises:
            ValueError: the change holds as many as one may.
        """
        if len(self.articles) == ARTICLES_TOGETHER:
            raise ValueError(f"a change adds at most {ARTICLES_TOGETHER} articles")
        row, passages, more = article_rows(new, self.generation)
        self.articles.append(row)
        self.passages.extend(passages)
        self.books.extend(more)
        self.head.articles = max(self.head.articles, new.stored.row + 1)
        self.head.rows = max(self.head.rows, new.first_row + len(passages))


class Writing:
    """Carries out changes, one at a time."""

    def __init__(self, connection: Connection, tables: Tables, times: Times | None = None) -> None:
        self._connection = connection
        self._tables = tables
        self._times = times or Times()
        self._turn = turn_of(connection, tables)
        self._lease = Lease(connection, tables, self._turn, self._times)
        self._archive: str | None = None
        self._unsettled = 0

    @contextmanager
    def change(self, *, visible: bool = True) -> Iterator[Change]:
        """Carry out what is put into the change, or nothing of it; durable on return. `visible`: searches see something of it.

        Raises:
            ArchiveUnavailable: Milvus does not answer, another process writes, or another archive has taken the name.
        """
        with self._turn.lock:
            head = self._present().copy()
            change = Change(head=head, generation=head.generation + visible)
            reached("write.begun")
            try:
                yield change
            except BaseException:
                self._let_others()  # nothing was written
                raise
            self._turn.head, self._turn.unfinished = None, True  # until it is known how this ends
            self._write(change)
            head.generation = change.generation
            if change.dead_articles:
                head.removed = head.generation
            head.note_moment()
            reached("write.committing")
            self._commit(head)
            self._turn.unfinished = False
            reached("write.committed")
            self._unsettled += len(change.passages) + len(change.dead_passages)
            self.settle(_SETTLED_EVERY)
            self._let_others()

    def make(self, make: Callable[[], Head]) -> Head:
        """Return the archive's head; made now, unless there is one. From here on nothing is written into another archive."""
        head = read_head(self._connection, self._tables)
        if head is None:
            with self._turn.lock:
                self._begin_turn()
                head = read_head(self._connection, self._tables)
                if head is None:
                    head = make()
                    self._commit(head)
                self._let_others()
        self._archive = head.archive
        return head

    def keep(self) -> None:
        """Keep the lease between changes from now on."""
        with self._turn.lock:
            self._turn.runs += 1

    def let_go(self) -> None:
        """Undo one `keep`."""
        with self._turn.lock:
            self._turn.runs -= 1
            self._let_others()

    def close(self) -> None:
        """Let others write."""
        with self._turn.lock:
            try:
                self._lease.give_up(clean=not self._turn.unfinished)
            except ArchiveUnavailable:
                return  # it is taken over, and what was left half-written undone

    def settle(self, least: int = 1) -> None:
        """Let Milvus Lite arrange what was written for searches, if it is so much."""
        if self._unsettled < least:
            return
        self._unsettled = 0
        try:
            for collection in self._tables.all:
                self._connection.settle(collection)
        except ArchiveUnavailable as error:
            # Everything is stored and acknowledged: an error would say that it is not.
            logger.warning("searches may be slower until the next ingest (%s)", error)

    def _let_others(self) -> None:
        # Nobody else can write to a file of Milvus Lite.
        if not self._turn.runs and not self._connection.lite:
            self.close()

    def _commit(self, head: Head) -> None:
        head.claim = self._turn.claim
        write_head(self._connection, self._tables, head)
        # Milvus Lite in this process has no other writer.
        if not self._connection.lite and not still_holds(self._connection, self._tables, head.claim):
            self._turn.renewed = None
            raise ArchiveUnavailable(_TAKEN_OVER)
        self._turn.head = head

    def _present(self) -> Head:
        """Return the head, with the right to write, and with nothing half-written left."""
        turn = self._turn
        kept = self._lease.kept()
        if kept and turn.head is not None:
            return known_head(self._connection, turn.head, self._archive)
        # First: a turn in another archive would keep its writers waiting.
        known_head(self._connection, read_head(self._connection, self._tables), self._archive)
        in_order = self._begin_turn(kept=kept)
        head = known_head(self._connection, read_head(self._connection, self._tables), self._archive)
        forget_older(self._connection, self._tables, head)
        head.claim = turn.claim
        # What is carried here from another archive has the numbers that it had there, and is stored again under them.
        if (turn.unfinished or not in_order) and not head.incomplete:
            turn.unfinished = True
            undone = head.copy()
            head.pass_over()
            self._commit(head)
            turn.head = None
            self._undo(undone, head)
        turn.unfinished = False
        self._purge(head)
        turn.head = head
        return head

    def _begin_turn(self, *, kept: bool = False) -> bool:
        """Take the lease unless it is kept, and claim; return whether everything was left in order."""
        turn, deadline = self._turn, time.monotonic() + self._times.patience
        turn.head = None
        while True:
            done = 0 if kept else self._lease.take()
            found = claim(self._connection, self._tables)
            if found is not None:
                break
            if time.monotonic() > deadline:
                raise ArchiveUnavailable("other processes keep writing to this archive at the same moment; try again later.")
            turn.renewed, kept = None, False
            time.sleep(self._times.yielded)
        turn.claim, before = found
        self._lease.renew()
        return bool(before) and done == before

    def _write(self, change: Change) -> None:
        connection, tables, gone = self._connection, self._tables, change.generation
        connection.write(tables.passages, change.passages)
        reached("article.passages")
        connection.write(tables.books, change.books)
        connection.write(tables.articles, change.articles)
        connection.write(tables.passages, [{"row": row, "died": gone} for row in change.dead_passages], partial=True)
        dead = [{"row": row, "died": gone, "kept": FOREVER if kept else 0} for row, kept in change.dead_articles]
        connection.write(tables.articles, dead, partial=True)
        connection.write(tables.articles, [{"row": row, "kept": gone} for row in change.forgotten_versions], partial=True)
        connection.write(tables.books, [{"id": name, "died": gone} for name in dict.fromkeys(change.dead_books)], partial=True)
        reached("article.removed")
        if change.forgotten:
            named = ", ".join(f'"{name}"' for name in change.forgotten)
            parts = " or ".join(f'id like "{name}/%"' for name in change.forgotten)
            connection.delete(tables.books, f"id in [{named}] or {parts}")

    def _undo(self, committed: Head, head: Head) -> None:
        """Undo what changes left behind that were never committed."""
        self._take_back(f"> {committed.generation}")
        self._take_back_void(head)
        for kind, first in (("entry", committed.entries), ("run", committed.runs)):
            self._connection.delete(self._tables.books, f'kind in ["{kind}", "{more_of(kind)}"] and number >= {first}')
        head.forget_late()

    def _take_back_void(self, head: Head) -> None:
        """Undo what arrived of changes that broke off."""
        for _, void in head.void:
            self._take_back(f"== {void}")

    def _take_back(self, generations: str) -> None:
        """Throw away what was born in these generations, and put back what died in them."""
        tables = self._tables
        self._connection.delete(tables.passages, f"born {generations}")
        self._connection.delete(tables.articles, f"born {generations}")
        # Other books are born in claims, not in generations; so are the pieces without a number of older archives.
        kinds = f'(kind in ["copy", "{more_of("copy")}"] or kind == "piece" and number > 0)'
        self._connection.delete(tables.books, f"{kinds} and born {generations}")
        for collection, name, died, back in (
            (tables.passages, "row", "died", {"died": FOREVER}),
            (tables.articles, "row", "died", {"died": FOREVER, "kept": 0}),
            (tables.articles, "row", "kept", {"kept": FOREVER}),
            (tables.books, "id", "died", {"died": FOREVER}),
        ):
            where = f"{died} {generations} and {died} < {FOREVER}"
            while found := self._connection.some_rows(collection, where, [name]):
                self._connection.write(collection, [{name: row[name], **back} for row in found], partial=True)

    def _purge(self, head: Head) -> None:
        """Throw away what nobody reads any more."""
        until = head.unneeded()
        if until <= head.purged:
            return
        tables = self._tables
        self._take_back_void(head)
        # First: who counted an older generation cannot count on from what will be gone.
        head.purged = until
        self._commit(head)
        # More may have arrived of changes that broke off.
        died, kept = (
            " and ".join([f"{field} <= {until}", *(f"{field} != {void}" for _, void in head.void)]) for field in ("died", "kept")
        )
        self._connection.delete(tables.passages, died)
        while gone := self._connection.some_rows(tables.articles, f"{died} and {kept}", ["row"]):
            for numbers in batches([int(row["row"]) for row in gone], _NUMBERS_TOGETHER):
                self._connection.delete(tables.books, f'kind == "piece" and number in {numbers}')
                self._connection.delete(tables.articles, f"row in {numbers}")
        self._connection.delete(tables.books, died)

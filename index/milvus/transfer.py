"""An archive on Milvus as the source of a transfer."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from index.batches import batches
from index.errors import ArchiveDamaged, ArchiveUnavailable
from index.milvus.articles import read_pieces, with_pieces
from index.milvus.books import newest
from index.milvus.connection import MOST, Connection, Row
from index.milvus.head import Head, read_head
from index.milvus.rows import ARTICLE_FIELDS, StoredArticle, book_body, more_ids
from index.milvus.tables import FOREVER, Tables
from index.serialisation import article_to_json
from index.transfer import CarriedArticle, CarriedCopy, CarriedPassage, CarriedRun, Contents
from index.types import LedgerEntry, LedgerRow, Visit

_TOGETHER = 50
_PASSAGES = 1000
_ENTRIES = 1000
_STORIES = 1000
_HEX = "0123456789abcdef"
_PASSAGE_FIELDS = ("row", "article", "start", "end", "embedded", "vector", "signs")


class MilvusTransfer:
    """The archive of a name in Milvus, to be carried elsewhere. Reads one generation, whatever is written meanwhile.

    But for the ends of runs and for visits, which are read as they are; what went is kept for ten minutes only (`check`).

    Raises:
        ArchiveUnavailable: there is no archive, or nobody answers.
        ArchiveDamaged: a row is not as it was written.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._tables = Tables(name)
        there = all(connection.exists(collection) for collection in self._tables.all)
        if there:
            self._tables.load(connection)
        head = read_head(connection, self._tables) if there else None
        if head is None:
            raise ArchiveUnavailable(f"there is no archive {name!r} in {connection.address} to be migrated.")
        self._head: Head = head

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def contents(self) -> Contents:
        """Return what the archive says about itself."""
        numbers, there = range(1, self._head.articles), self._head.now().there
        rows = self._connection.numbered_rows(self._tables.articles, numbers, there, ["row"], together=self._at_most(MOST))
        return Contents(
            archive=self._head.archive, manifest=self._head.manifest, generation=self._head.generation,
            articles=sum(1 for _ in rows),
        )  # fmt: skip

    def check(self) -> None:
        """Raise if something that was there when it was opened may be thrown away.

        Raises:
            ArchiveUnavailable: it may, since what died later is, were it only a copy of a text; nothing tells what.
        """
        head = read_head(self._connection, self._tables)
        if head is None or head.archive != self._head.archive or head.purged > self._head.generation:
            raise ArchiveUnavailable(
                f"the archive in {self._connection.address} was changed while it was read, and what was removed may be thrown"
                " away since. Stop what writes to it, and migrate to a new place."
            )

    def articles(self, after: int = 0) -> Iterator[CarriedArticle]:
        """Yield the current articles behind a row, by row."""
        there = self._head.now().there
        for first in range(after + 1, self._head.articles, _TOGETHER):
            last = min(first + _TOGETHER, self._head.articles)
            where = f"row >= {first} and row < {last} and {there}"
            found = with_pieces(
                self._connection, self._tables, self._connection.rows(self._tables.articles, where, ARTICLE_FIELDS)
            )
            passages = self._passages(first, last)
            for stored in sorted(found, key=lambda stored: stored.row):
                yield _carried(stored, passages[stored.row])

    def versions(self) -> Iterator[CarriedArticle]:
        """Yield the earlier versions, by story and number."""
        gone = self._head.now().earlier_versions
        for some in batches(self._by_story(gone), _TOGETHER):
            wanted = [int(row["row"]) for row in some]
            found = self._connection.rows(self._tables.articles, f"row in {wanted}", ARTICLE_FIELDS)
            stored = {version.row: version for version in with_pieces(self._connection, self._tables, found)}
            if len(stored) < len(wanted):
                self.check()
                raise ArchiveDamaged(f"earlier versions are missing in {self._connection.address}; migrate another copy of it.")
            for number in wanted:
                yield _carried(stored[number], [], earlier=True)

    def copies(self) -> Iterator[CarriedCopy]:
        """Yield the copies."""
        there = f'kind == "copy" and {self._head.now().there}'
        for row, body in self._bodies(self._split(there, "place_key", "", ["id", "of", "body"])):
            yield CarriedCopy(article_id=row["of"], **body)

    def runs(self) -> Iterator[CarriedRun]:
        """Yield the runs, by number."""
        for row, body in self._numbered("run", self._head.runs):
            yield CarriedRun(
                run=row["number"], started=body["started"], finished=body["finished"], sources=tuple(body["sources"])
            )

    def entries(self) -> Iterator[tuple[int, LedgerRow]]:
        """Yield the rows of the ledger with their numbers, ascending."""
        for row, body in self._numbered("entry", self._head.entries):
            yield int(row["number"]), LedgerRow(run=body["run"], at=body["at"], entry=LedgerEntry(**body["entry"]))

    def visits(self) -> Iterator[Visit]:
        """Yield what was said at the last visits."""
        for _, body in self._bodies(self._split('kind == "visit"', "id", "visit/", ["id", "body"])):
            yield Visit(**body)

    def _passages(self, first: int, last: int) -> dict[int, list[CarriedPassage]]:
        """Return the passages of the articles of these numbers, in order, however many they are."""
        where = f"article >= {first} and article < {last} and {self._head.now().there}"
        numbers = sorted(self._connection.numbers(self._tables.passages, range(1, self._head.rows), where))
        found: dict[int, list[CarriedPassage]] = defaultdict(list)
        for some in batches(numbers, self._at_most(_PASSAGES)):
            these = f"row >= {some[0]} and row <= {some[-1]} and {where}"
            rows = self._connection.rows(self._tables.passages, these, _PASSAGE_FIELDS)
            for row in sorted(rows, key=lambda row: int(row["row"])):
                found[int(row["article"])].append(_carried_passage(row))
        return found

    def _at_most(self, wanted: int) -> int:
        """Return how many rows to ask for at once: so many, or fewer where one answer holds fewer."""
        return min(wanted, self._connection.most // 2)

    def _numbered(self, kind: str, until: int) -> Iterator[tuple[Row, dict[str, Any]]]:
        together = self._at_most(_ENTRIES)
        for first in range(1, until, together):
            where = f'kind == "{kind}" and number >= {first} and number < {min(first + together, until)}'
            yield from self._bodies(newest(self._connection.rows(self._tables.books, where, ["id", "number", "born", "body"])))

    def _bodies(self, rows: Iterable[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
        for some in batches(rows, _ENTRIES):
            more = read_pieces(self._connection, self._tables, [name for row in some for name in more_ids(row)])
            yield from ((row, book_body(row, more)) for row in some)

    def _split(self, where: str, name: str, prefix: str, fields: Sequence[str]) -> Iterator[Row]:
        """Yield all rows, however many: where there are too many for one answer, by the next digit of their key."""
        most = self._at_most(_ENTRIES)
        found = self._connection.some_rows(self._tables.books, f'{where} and {name} like "{prefix}%"', fields, most=most)
        if len(found) < most:
            yield from found
        else:
            for digit in _HEX:
                yield from self._split(where, name, prefix + digit, fields)

    def _by_story(self, where: str) -> Iterator[Row]:
        """Yield row, story and version of the articles that a filter names, by story and version."""
        together = self._at_most(_STORIES)
        for first in range(1, self._head.articles, together):
            # Of an archive that was carried here a story may be higher than every article: its first version went.
            last = first + together if first + together < self._head.articles else FOREVER
            rows = self._of_stories(range(first, last), where)
            yield from sorted(rows, key=lambda row: (row["story"], row["version"], row["row"]))

    def _of_stories(self, stories: range, where: str) -> list[Row]:
        """Return row, story and version of the articles of these stories, however many there are."""
        these = f"story >= {stories.start} and story < {stories.stop} and {where}"
        found = self._connection.some_rows(self._tables.articles, these, ["row", "story", "version"])
        if len(found) < self._connection.most:
            return found
        if len(stories) == 1:
            raise ArchiveUnavailable(f"story {stories.start} has more versions than Milvus returns at once ({len(found)}).")
        half = (stories.start + stories.stop) // 2
        parts = range(stories.start, half), range(half, stories.stop)
        return [row for part in parts for row in self._of_stories(part, where)]


def _carried(stored: StoredArticle, passages: Sequence[CarriedPassage], *, earlier: bool = False) -> CarriedArticle:
    return CarriedArticle(
        row=stored.row, article_id=stored.article.article_id, details=article_to_json(stored.article), text=stored.article.text,
        story=stored.story, version=stored.version, cluster=stored.story if earlier else stored.cluster,
        stored_at=stored.stored_at or None, sketch=() if earlier else stored.sketch,
        passages=tuple(passages),
    )  # fmt: skip


def _carried_passage(row: Row) -> CarriedPassage:
    return CarriedPassage(
        row=row["row"], start=row["start"], end=row["end"], embedded=bytes.fromhex(row["embedded"]),
        vector=np.asarray(row["vector"], dtype=np.float16).tobytes(), signs=base64.b64decode(row["signs"]),
    )  # fmt: skip

"""An archive on Milvus as source and target of a transfer. A target cannot be opened for questions until it is whole."""

import base64
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from index.errors import ArchiveMismatch, ArchiveUnavailable
from index.milvus.articles import read_pieces, with_pieces
from index.milvus.books import newest, visit_id
from index.milvus.connection import MOST, Connection, Row
from index.milvus.head import Head, new_head, read_head
from index.milvus.rows import ARTICLE_FIELDS, NewArticle, StoredArticle, article_rows, book_body, book_rows, more_ids
from index.milvus.tables import FOREVER, Tables, key
from index.milvus.writing import Writing
from index.serialisation import article_from_json, article_to_json
from index.transfer import CarriedArticle, CarriedCopy, CarriedPassage, CarriedRun, Contents
from index.types import Article, LedgerEntry, LedgerRow, Passage, Visit

_TOGETHER = 50
_ENTRIES = 2000
_HEX = "0123456789abcdef"
# Everything that is carried was there from the first generation on; earlier versions had gone by then.
_FIRST = 1
_PASSAGE_FIELDS = ("row", "article", "start", "end", "embedded", "vector", "signs")


class MilvusTransfer:
    """The archive of a name in Milvus, to be carried elsewhere. Reads one generation, whatever is written meanwhile.

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
        rows = self._connection.numbered_rows(self._tables.articles, numbers, there, ["row"], together=MOST // 2)
        return Contents(
            archive=self._head.archive, manifest=self._head.manifest, generation=self._head.generation,
            articles=sum(1 for _ in rows),
        )  # fmt: skip

    def articles(self, after: int = 0) -> Iterator[CarriedArticle]:
        """Yield the current articles behind a row, by row."""
        there = self._head.now().there
        for first in range(after + 1, self._head.articles, _TOGETHER):
            last = min(first + _TOGETHER, self._head.articles)
            where = f"row >= {first} and row < {last} and {there}"
            found = with_pieces(
                self._connection, self._tables, self._connection.rows(self._tables.articles, where, ARTICLE_FIELDS)
            )
            passages: dict[int, list[Row]] = defaultdict(list)
            of = f"article >= {first} and article < {last} and {there}"
            for row in self._connection.rows(self._tables.passages, of, _PASSAGE_FIELDS):
                passages[int(row["article"])].append(row)
            for stored in sorted(found, key=lambda stored: stored.row):
                yield _carried(stored, sorted(passages[stored.row], key=lambda row: int(row["row"])))

    def versions(self) -> Iterator[CarriedArticle]:
        """Yield the earlier versions, by story and number."""
        gone = self._head.now().earlier_versions
        numbers = range(1, self._head.articles)
        rows = list(
            self._connection.numbered_rows(self._tables.articles, numbers, gone, ["row", "story", "version"], together=MOST // 2)
        )
        rows.sort(key=lambda row: (row["story"], row["version"], row["row"]))
        for first in range(0, len(rows), _TOGETHER):
            wanted = [int(row["row"]) for row in rows[first : first + _TOGETHER]]
            found = self._connection.rows(self._tables.articles, f"row in {wanted}", ARTICLE_FIELDS)
            stored = {version.row: version for version in with_pieces(self._connection, self._tables, found)}
            for number in wanted:
                yield _carried(stored[number], [], earlier=True)

    def copies(self) -> Iterator[CarriedCopy]:
        """Yield the copies, by place."""
        there = f'kind == "copy" and {self._head.now().there}'
        rows = self._split(there, "place_key", "", ["id", "of", "body"])
        found = [CarriedCopy(article_id=row["of"], **body) for row, body in self._bodies(rows)]
        yield from sorted(found, key=lambda copy: (copy.source, copy.position))

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
        """Yield what was said at the last visits, by address."""
        rows = self._split('kind == "visit"', "id", "visit/", ["id", "body"])
        yield from sorted((Visit(**body) for _, body in self._bodies(rows)), key=lambda visit: visit.url)

    def _numbered(self, kind: str, until: int) -> Iterator[tuple[Row, dict[str, Any]]]:
        for first in range(1, until, _ENTRIES):
            where = f'kind == "{kind}" and number >= {first} and number < {min(first + _ENTRIES, until)}'
            yield from self._bodies(newest(self._connection.rows(self._tables.books, where, ["id", "number", "born", "body"])))

    def _bodies(self, rows: Sequence[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
        for first in range(0, len(rows), _ENTRIES):
            some = rows[first : first + _ENTRIES]
            more = read_pieces(self._connection, self._tables, [name for row in some for name in more_ids(row)])
            yield from ((row, book_body(row, more)) for row in some)

    def _split(self, where: str, name: str, prefix: str, fields: Sequence[str]) -> list[Row]:
        """Return all rows, however many: where there are too many for one answer, by the next digit of their key."""
        found = self._connection.some_rows(self._tables.books, f'{where} and {name} like "{prefix}%"', fields)
        if len(found) < MOST:
            return found
        return [row for digit in _HEX for row in self._split(where, name, prefix + digit, fields)]


class MilvusTarget(MilvusTransfer):
    """A new archive of a name in Milvus.

    Raises:
        ArchiveUnavailable: there is one of this name already.
        ArchiveMismatch: what is there is part of another archive.
    """

    def __init__(self, connection: Connection, name: str, contents: Contents, index: str) -> None:
        tables = Tables(name)
        tables.make(connection, int(contents.manifest["dimension"]), index)
        tables.load(connection)
        self._writing = Writing(connection, tables)
        head = self._writing.make(lambda: _first_head(contents))
        if head.incomplete != contents.archive:
            what = "is part of another archive that was migrated" if head.incomplete else "holds an archive"
            raise ArchiveMismatch(f"{name!r} in {connection.address} {what} already; migrate to another name.")
        super().__init__(connection, name)
        self._writing.keep()

    def close(self) -> None:
        """End the connection."""
        self._writing.let_go()
        self._writing.close()
        super().close()

    def begin(self, contents: Contents) -> int:  # noqa: ARG002 - the constructor looked at them
        """Return the row of the last article that is there."""
        return self._head.articles - 1

    def take_articles(self, articles: Sequence[CarriedArticle]) -> None:
        """Store current articles; durable on return."""
        with self._writing.change(visible=False) as change:
            for carried in articles:
                change.add(_new(carried))
            self._head = change.head

    def take_versions(self, versions: Sequence[CarriedArticle]) -> None:
        """Store all earlier versions, instead of those that were taken before."""
        self._connection.delete(self._tables.articles, "kept > 0")
        for first in range(0, len(versions), _TOGETHER):
            with self._writing.change(visible=False) as change:
                for carried in versions[first : first + _TOGETHER]:
                    row, _, more = article_rows(_new(carried, row=change.head.articles), _FIRST)
                    change.articles.append({**row, "born": 0, "died": _FIRST, "kept": FOREVER})
                    change.books.extend(more)
                    change.head.articles += 1
                self._head = change.head

    def take_copies(self, copies: Sequence[CarriedCopy]) -> None:
        """Store copies."""
        rows: list[Row] = []
        for copy in copies:
            body = {name: getattr(copy, name) for name in ("source", "position", "publisher", "url", "published")}
            place = key(copy.source, copy.position)
            rows += book_rows(f"copy/{place}/{_FIRST}", "copy", body, of=copy.article_id, place=place, born=_FIRST)
        self._keep(rows)

    def take_ledger(self, runs: Sequence[CarriedRun], entries: Sequence[tuple[int, LedgerRow]]) -> None:
        """Store runs, then rows of the ledger."""
        rows = [row for run in runs for row in _run_rows(run, {})]
        for number, row in entries:
            body = {"run": row.run, "at": row.at, "entry": {name: getattr(row.entry, name) for name in LedgerEntry.__slots__}}
            of = "" if row.run is None else str(row.run)
            rows += book_rows(f"entry/{number}", "entry", body, number=number, of=of)

        def count(head: Head) -> None:
            head.runs = max([head.runs, *(run.run + 1 for run in runs)])
            head.entries = max([head.entries, *(number + 1 for number, _ in entries)])

        self._keep(rows, count)

    def take_visits(self, visits: Sequence[Visit]) -> None:
        """Store visits."""
        fields = ("url", "etag", "last_modified")
        rows = []
        for visit in visits:
            rows += book_rows(visit_id(visit.url), "visit", {name: getattr(visit, name) for name in fields})
        self._keep(rows)

    def finish(self, contents: Contents) -> None:
        """Make the archive one that can be opened."""
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for _, row in self.entries():
            if row.run is not None:
                counts[row.run][row.entry.outcome] += 1
        self._keep([row for run in self.runs() for row in _run_rows(run, dict(counts[run.run]))])
        with self._writing.change(visible=False) as change:
            change.generation = max(_FIRST, contents.generation)
            change.head.incomplete = ""
        self._writing.settle()

    def _keep(self, rows: Sequence[Row], change_head: Callable[[Head], None] = lambda _: None) -> None:
        with self._writing.change(visible=False) as change:
            change.books.extend(rows)
            change_head(change.head)
            self._head = change.head


def _first_head(contents: Contents) -> Head:
    head = new_head(contents.manifest)
    head.generation, head.incomplete = _FIRST, contents.archive
    return head


def _run_rows(run: CarriedRun, counts: dict[str, int]) -> list[Row]:
    body = {"started": run.started, "finished": run.finished, "sources": list(run.sources), "counts": counts}
    return book_rows(f"run/{run.run}", "run", body, number=run.run)


def _carried(stored: StoredArticle, passages: Sequence[Row], *, earlier: bool = False) -> CarriedArticle:
    return CarriedArticle(
        row=stored.row, article_id=stored.article.article_id, details=article_to_json(stored.article), text=stored.article.text,
        story=stored.story, version=stored.version, cluster=stored.story if earlier else stored.cluster,
        stored_at=stored.stored_at or None, sketch=() if earlier else stored.sketch,
        passages=tuple(
            CarriedPassage(
                row=row["row"], start=row["start"], end=row["end"], embedded=bytes.fromhex(row["embedded"]),
                vector=np.asarray(row["vector"], dtype=np.float16).tobytes(), signs=base64.b64decode(row["signs"]),
            )
            for row in passages
        ),
    )  # fmt: skip


def _new(carried: CarriedArticle, row: int | None = None) -> NewArticle:
    article: Article = article_from_json(carried.details, carried.text)
    stored = StoredArticle(
        row=carried.row if row is None else row, article=article, story=carried.story, version=carried.version,
        cluster=carried.cluster, stored_at=carried.stored_at or "", sketch=carried.sketch,
    )  # fmt: skip
    vectors = [np.frombuffer(passage.vector, dtype=np.float16) for passage in carried.passages]
    return NewArticle(
        stored=stored,
        passages=[
            Passage(article_id=article.article_id, start=p.start, end=p.end, text=article.text[p.start : p.end])
            for p in carried.passages
        ],
        vectors=np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, 0), dtype=np.float32),
        embedded=[passage.embedded for passage in carried.passages],
        signs=[passage.signs for passage in carried.passages],
        first_row=carried.passages[0].row if carried.passages else 1,
    )

"""A new archive on Milvus as the target of a transfer. It cannot be opened for questions until it is whole."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

import numpy as np

from index.batches import batches
from index.errors import ArchiveMismatch, ArchiveUnavailable
from index.milvus.books import visit_id
from index.milvus.connection import Connection, Row
from index.milvus.head import Head, new_head
from index.milvus.rows import NewArticle, StoredArticle, article_rows, book_rows
from index.milvus.tables import FOREVER, Tables, key
from index.milvus.transfer import MilvusTransfer
from index.milvus.writing import Writing
from index.serialisation import article_from_json
from index.transfer import TOGETHER, CarriedArticle, CarriedCopy, CarriedRun, Contents
from index.types import Article, LedgerRow, Passage, Visit

# Everything that is carried was there from the first generation on; earlier versions had gone by then.
_FIRST = 1


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
        if not head.incomplete:
            raise ArchiveUnavailable(f"{name!r} in {connection.address} holds an archive already; migrate to another name.")
        if head.incomplete != contents.archive:
            what = "is part of another archive that was migrated"
            raise ArchiveMismatch(f"{name!r} in {connection.address} {what}; migrate to another name.")
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

    def take_versions(self, versions: Iterable[CarriedArticle]) -> None:
        """Store all earlier versions, instead of those that were taken before."""
        self._connection.delete(self._tables.articles, "kept > 0")
        for some in batches(versions, TOGETHER):
            with self._writing.change(visible=False) as change:
                for carried in some:
                    row, _, more = article_rows(_new(carried, row=change.head.articles), _FIRST)
                    change.articles.append({**row, "born": 0, "died": _FIRST, "kept": FOREVER})
                    change.books.extend(more)
                    change.head.articles += 1
                self._head = change.head

    def take_copies(self, copies: Sequence[CarriedCopy]) -> None:
        """Store copies."""
        rows: list[Row] = []
        for copy in copies:
            body = asdict(copy)
            del body["article_id"]  # stands beside it
            place = key(copy.source, copy.position)
            rows += book_rows(f"copy/{place}/{_FIRST}", "copy", body, of=copy.article_id, place=place, born=_FIRST)
        self._keep(rows)

    def take_ledger(self, runs: Sequence[CarriedRun], entries: Sequence[tuple[int, LedgerRow]]) -> None:
        """Store runs, then rows of the ledger."""
        rows = [row for run in runs for row in _run_rows(run, {})]
        for number, row in entries:
            body = {"run": row.run, "at": row.at, "entry": asdict(row.entry)}
            of = "" if row.run is None else str(row.run)
            rows += book_rows(f"entry/{number}", "entry", body, number=number, of=of)

        def count(head: Head) -> None:
            head.runs = max([head.runs, *(run.run + 1 for run in runs)])
            head.entries = max([head.entries, *(number + 1 for number, _ in entries)])

        self._keep(rows, count)

    def take_visits(self, visits: Sequence[Visit]) -> None:
        """Store visits."""
        self._keep([row for visit in visits for row in book_rows(visit_id(visit.url), "visit", asdict(visit))])

    def finish(self, contents: Contents) -> None:
        """Make the archive one that can be opened."""
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for _, row in self.entries():
            if row.run is not None:
                counts[row.run][row.entry.outcome] += 1
        for runs in batches(self.runs(), TOGETHER):
            self._keep([row for run in runs for row in _run_rows(run, dict(counts[run.run]))])
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

"""What an archive on Milvus keeps besides articles: copies, the ledger with its runs, and visits to web addresses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from index.milvus.articles import read_pieces
from index.milvus.connection import Connection, Row
from index.milvus.generations import Generation
from index.milvus.head import Head
from index.milvus.rows import book_body, book_rows, more_ids, more_of, now
from index.milvus.tables import Tables, key
from index.milvus.writing import Change
from index.types import Article, Copy, LedgerEntry, LedgerRow, Run, Visit

_BLOCK = 1000
_NUMBERED = ("id", "number", "born", "body")


class Books:
    """Reads the books of an archive."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def copies(self, article_ids: Sequence[str], generation: Generation) -> list[Copy]:
        """Return where else exactly the texts of these articles were carried, oldest first."""
        bodies = self._bodies(self.copies_of(article_ids, generation))
        bodies.sort(key=lambda body: (body["published"] is None, body["published"] or "", body["source"], body["position"]))
        return [Copy(**{name: body[name] for name in ("publisher", "url", "published", "source")}) for body in bodies]

    def copies_of(self, article_ids: Sequence[str], generation: Generation) -> list[Row]:
        """Return the rows of the copies of these articles."""
        named = ", ".join(f'"{article_id}"' for article_id in article_ids)
        where = f'kind == "copy" and of in [{named}] and {generation.there}'
        return self._connection.rows(self._tables.books, where, ["id", "body"]) if article_ids else []

    def ids_of(self, article_id: str, generation: Generation) -> list[str]:
        """Return the ids of all rows that copies of this article take, which go with it."""
        return self._copy_ids(f'of == "{article_id}"', generation)

    def ids_at(self, article: Article, generation: Generation) -> list[str]:
        """Return the ids of all rows that copies take that stand where this article stands."""
        return self._copy_ids(f'place_key == "{_place(article)}"', generation)

    def knows_copy(self, article_id: str, carried: Article, generation: Generation) -> bool:
        """Return whether it is noted already that this place carries the text."""
        where = f'kind == "copy" and place_key == "{_place(carried)}" and {generation.there}'
        there = self._connection.rows(self._tables.books, where, ["id", "of", "body"])
        return _copy_body(carried) in self._bodies([row for row in there if row["of"] == article_id])

    def ledger(self, head: Head, *, run: int | None, outcomes: Sequence[str], source: str | None, limit: int) -> list[LedgerRow]:
        """Return the newest rows of one run (None: of all), newest last; only these outcomes, and sources that hold `source`."""
        found: list[LedgerRow] = []
        last = head.entries
        while last > 1 and len(found) < limit:
            first = max(1, last - _BLOCK)
            more = f' and of == "{run}"' if run is not None else ""
            where = f'kind == "entry" and number >= {first} and number < {last}{more}'
            rows = newest(self._connection.rows(self._tables.books, where, _NUMBERED))
            for body in self._bodies(rows[::-1]):
                entry = LedgerEntry(**body["entry"])
                if (not outcomes or entry.outcome in outcomes) and (source is None or source in entry.source):
                    found.append(LedgerRow(run=body["run"], at=body["at"], entry=entry))
            last = first
        return found[:limit][::-1]

    def runs(self, head: Head, *, limit: int, run: int | None) -> list[Run]:
        """Return the newest runs, or this one, newest last."""
        wanted = f"number == {run}" if run else f"number >= {head.runs - limit}"
        where = f'kind == "run" and number < {head.runs} and {wanted}'
        rows = newest(self._connection.rows(self._tables.books, where, _NUMBERED))
        found = []
        for row, body in zip(rows, self._bodies(rows), strict=True):
            counts = head.open_runs.get(str(row["number"]), body["counts"])
            found.append(
                Run(
                    run=row["number"], started=body["started"], finished=body["finished"], sources=tuple(body["sources"]),
                    counts=counts,
                )
            )  # fmt: skip
        return found

    def last_visit(self, url: str) -> Visit | None:
        """Return what the server said at the last complete visit of this address."""
        rows = self._connection.rows(self._tables.books, f'id == "{visit_id(url)}"', ["id", "body"])
        return Visit(**self._bodies(rows)[0]) if rows else None

    def _copy_ids(self, of: str, generation: Generation) -> list[str]:
        where = f'kind in ["copy", "{more_of("copy")}"] and {of} and {generation.there}'
        return [row["id"] for row in self._connection.rows(self._tables.books, where, ["id"])]

    def _bodies(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        more = read_pieces(self._connection, self._tables, [name for row in rows for name in more_ids(row)])
        return [book_body(row, more) for row in rows]


def begin_run(change: Change, sources: Sequence[str]) -> int:
    """Open a run and return its number."""
    run, head = change.head.runs, change.head
    body: dict[str, object] = {"started": now(), "finished": None, "sources": list(sources), "counts": {}}
    change.books += _run_rows(change, run, body)
    head.runs += 1
    head.open_runs[str(run)] = {}
    return run


def finish_run(change: Change, run: int, known: Run) -> None:
    """Note that everything of a run was read."""
    counts = change.head.open_runs.pop(str(run), dict(known.counts))
    body: dict[str, object] = {"started": known.started, "finished": now(), "sources": list(known.sources), "counts": counts}
    change.books += _run_rows(change, run, body)


def close_runs(change: Change, known: Sequence[Run]) -> None:
    """Keep what was counted in runs that never finished with them, so that the head does not grow."""
    for run in known:
        counts = change.head.open_runs.pop(str(run.run), dict(run.counts))
        body: dict[str, object] = {"started": run.started, "finished": None, "sources": list(run.sources), "counts": counts}
        change.books += _run_rows(change, run.run, body)


def put_entries(change: Change, entries: Sequence[LedgerEntry], run: int | None) -> None:
    """Write a row of the ledger for each entry."""
    for entry in entries:
        number = change.head.entries
        body = {"run": run, "at": now(), "entry": asdict(entry)}
        name, of = f"entry/{change.head.claim}/{number}", "" if run is None else str(run)
        change.books += book_rows(name, "entry", body, number=number, of=of, born=change.head.claim)
        change.head.entries += 1
    change.head.count(run, Counter(entry.outcome for entry in entries))


def put_copy(change: Change, article_id: str, carried: Article, *, instead_of: Sequence[str]) -> None:
    """Note that another place carries the text of an article, instead of the copies with these ids of rows."""
    name = f"copy/{_place(carried)}/{change.generation}"
    change.dead_books += instead_of
    body = _copy_body(carried)
    change.books += book_rows(name, "copy", body, of=article_id, place=_place(carried), born=change.generation)


def put_visit(change: Change, visit: Visit) -> None:
    """Remember what to send when this address is visited next."""
    change.books += book_rows(visit_id(visit.url), "visit", asdict(visit))


def _copy_body(carried: Article) -> dict[str, str | None]:
    published = carried.dated.value[:10] if carried.dated else None
    return {
        "source": carried.origin.source, "position": carried.origin.position, "publisher": carried.publisher, "url": carried.url,
        "published": published,
    }  # fmt: skip


def _run_rows(change: Change, run: int, body: dict[str, object]) -> list[Row]:
    return book_rows(f"run/{change.head.claim}/{run}", "run", body, number=run, born=change.head.claim)


def newest(rows: Sequence[Row]) -> list[Row]:
    """Return one row for each number, in order: that of the latest claim; others are of changes that were not committed."""
    latest: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: (row["number"], row["born"])):
        latest[row["number"]] = row
    return list(latest.values())


def visit_id(url: str) -> str:
    """Return the id of the row of a visit."""
    return visit_of(key(url))


def visit_of(url_key: str) -> str:
    """Return the id of the row of a visit of the address with this key."""
    return f"visit/{url_key}"


def _place(article: Article) -> str:
    return key(article.origin.source, article.origin.position)

"""What an archive on Milvus keeps besides articles: copies, the ledger with its runs, and visits to web addresses."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from index.milvus.articles import visible
from index.milvus.connection import Connection, Row
from index.milvus.head import Head
from index.milvus.rows import book_row, now
from index.milvus.tables import Tables, key
from index.milvus.writing import Change
from index.types import Article, Copy, LedgerEntry, LedgerRow, Run, Visit

_BLOCK = 1000


class Books:
    """Reads the books of an archive."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def copies(self, article_ids: Sequence[str], generation: int) -> list[Copy]:
        """Return where else exactly the texts of these articles were carried, oldest first."""
        bodies: list[dict[str, Any]] = [json.loads(row["body"]) for row in self.copies_of(article_ids, generation)]
        bodies.sort(key=lambda body: (body["published"] is None, body["published"] or "", body["source"], body["position"]))
        return [Copy(**{name: body[name] for name in ("publisher", "url", "published", "source")}) for body in bodies]

    def copies_of(self, article_ids: Sequence[str], generation: int) -> list[Row]:
        """Return the rows of the copies of these articles."""
        named = ", ".join(f'"{article_id}"' for article_id in article_ids)
        where = f'kind == "copy" and of in [{named}] and {visible(generation)}'
        return self._connection.rows(self._tables.books, where, ["id", "of", "body", "place_key"]) if article_ids else []

    def copies_at(self, article: Article, generation: int) -> list[Row]:
        """Return the rows of copies that stand where this article stands."""
        where = f'kind == "copy" and place_key == "{_place(article)}" and {visible(generation)}'
        return self._connection.rows(self._tables.books, where, ["id", "of", "body"])

    def knows_copy(self, article_id: str, carried: Article, generation: int) -> bool:
        """Return whether it is noted already that this place carries the text."""
        there = self.copies_at(carried, generation)
        return any(row["of"] == article_id and json.loads(row["body"]) == _copy_body(carried) for row in there)

    def ledger(self, head: Head, *, run: int | None, outcomes: Sequence[str], source: str | None, limit: int) -> list[LedgerRow]:
        """Return the newest rows of one run (None: of all), newest last; only these outcomes, and sources that hold `source`."""
        found: list[LedgerRow] = []
        last = head.entries
        while last > 1 and len(found) < limit:
            first = max(1, last - _BLOCK)
            more = f' and of == "{run}"' if run is not None else ""
            where = f'kind == "entry" and number >= {first} and number < {last}{more}'
            rows = self._connection.rows(self._tables.books, where, ["number", "body"])
            for row in sorted(rows, key=lambda row: -int(row["number"])):
                body = json.loads(row["body"])
                entry = LedgerEntry(**body["entry"])
                if (not outcomes or entry.outcome in outcomes) and (source is None or source in entry.source):
                    found.append(LedgerRow(run=body["run"], at=body["at"], entry=entry))
            last = first
        return found[:limit][::-1]

    def runs(self, head: Head, *, limit: int, run: int | None) -> list[Run]:
        """Return the newest runs, or this one, newest last."""
        wanted = f"number == {run}" if run else f"number >= {head.runs - limit}"
        where = f'kind == "run" and number < {head.runs} and {wanted}'
        rows = sorted(self._connection.rows(self._tables.books, where, ["number", "body"]), key=lambda row: int(row["number"]))
        found = []
        for row in rows:
            body = json.loads(row["body"])
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
        rows = self._connection.rows(self._tables.books, f'id == "{visit_id(url)}"', ["body"])
        return Visit(**json.loads(rows[0]["body"])) if rows else None


def begin_run(change: Change, sources: Sequence[str]) -> int:
    """Open a run and return its number."""
    run, head = change.head.runs, change.head
    body: dict[str, object] = {"started": now(), "finished": None, "sources": list(sources), "counts": {}}
    change.books.append(book_row(f"run/{run}", "run", body, number=run))
    head.runs += 1
    head.open_runs[str(run)] = {}
    return run


def finish_run(change: Change, run: int, known: Run) -> None:
    """Note that everything of a run was read."""
    counts = change.head.open_runs.pop(str(run), dict(known.counts))
    body: dict[str, object] = {"started": known.started, "finished": now(), "sources": list(known.sources), "counts": counts}
    change.books.append(book_row(f"run/{run}", "run", body, number=run))


def put_entries(change: Change, entries: Sequence[LedgerEntry], run: int | None) -> None:
    """Write a row of the ledger for each entry."""
    for entry in entries:
        number = change.head.entries
        body = {"run": run, "at": now(), "entry": asdict(entry)}
        change.books.append(book_row(f"entry/{number}", "entry", body, number=number, of="" if run is None else str(run)))
        change.head.entries += 1
    change.head.count(run, Counter(entry.outcome for entry in entries))


def put_copy(change: Change, article_id: str, carried: Article, *, instead_of: Sequence[Row]) -> None:
    """Note that another place carries the text of an article, instead of the copies that stood there."""
    name = f"copy/{_place(carried)}/{change.generation}"
    change.dead_books.extend(row["id"] for row in instead_of if row["id"] not in change.dead_books)
    body = json.dumps(_copy_body(carried), ensure_ascii=False)
    change.books.append(book_row(name, "copy", body, of=article_id, place=_place(carried), born=change.generation))


def put_visit(change: Change, visit: Visit) -> None:
    """Remember what to send when this address is visited next."""
    change.books.append(book_row(visit_id(visit.url), "visit", asdict(visit)))


def _copy_body(carried: Article) -> dict[str, str | None]:
    published = carried.dated.value[:10] if carried.dated else None
    return {
        "source": carried.origin.source, "position": carried.origin.position, "publisher": carried.publisher, "url": carried.url,
        "published": published,
    }  # fmt: skip


def visit_id(url: str) -> str:
    """Return the id of the row of a visit."""
    return f"visit/{key(url)}"


def _place(article: Article) -> str:
    return key(article.origin.source, article.origin.position)

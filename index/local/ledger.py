"""The SQL of the ledger: ingest runs, what happened to everything they read, and visits to web addresses."""

import json
from collections.abc import Sequence

from index.local.database import Database
from index.types import LedgerEntry, LedgerRow, Run, Visit


def begin_run(database: Database, sources: Sequence[str]) -> int:
    """Open a run and return its number."""
    database.rows("INSERT INTO runs (sources) VALUES (?)", json.dumps(list(sources), ensure_ascii=False))
    return database.inserted()


def finish_run(database: Database, run: int) -> None:
    """Note that everything of a run was read."""
    database.rows("UPDATE runs SET finished = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE run = ?", run)


def write_entries(database: Database, entries: Sequence[LedgerEntry], run: int | None) -> None:
    """Write one row an entry."""
    database.many(
        "INSERT INTO ledger (source, position, outcome, article_id, title, reason, run) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(e.source, e.position, e.outcome, e.article_id, e.title, e.reason, run) for e in entries],
    )


def ledger(database: Database, *, run: int | None, outcomes: Sequence[str], source: str | None, limit: int) -> list[LedgerRow]:
    """Return the rows of one run (None: of all), newest last; only of these outcomes and of sources that hold `source`."""
    conditions = ["1"]
    values: list[int | str] = []
    if run is not None:
        conditions.append("run = ?")
        values.append(run)
    if outcomes:
        conditions.append(f"outcome IN ({','.join('?' * len(outcomes))})")
        values.extend(outcomes)
    if source is not None:
        conditions.append("instr(source, ?)")
        values.append(source)
    rows = database.rows(
        "SELECT * FROM (SELECT row, run, at, source, position, outcome, article_id, title, reason FROM ledger"
        f" WHERE {' AND '.join(conditions)} ORDER BY row DESC LIMIT ?) ORDER BY row", *values, limit,
    )  # fmt: skip
    return [
        LedgerRow(
            run=number,
            at=at,
            entry=LedgerEntry(
                source=place, position=position, outcome=outcome, article_id=article_id, title=title, reason=reason
            ),
        )
        for _, number, at, place, position, outcome, article_id, title, reason in rows
    ]


def runs(database: Database, *, limit: int) -> list[Run]:
    """Return the newest runs, newest last, each with how many things had which outcome."""
    rows = database.rows(
        "SELECT * FROM (SELECT run, started, finished, sources FROM runs ORDER BY run DESC LIMIT ?) ORDER BY run", limit
    )
    return [
        Run(
            run=run, started=started, finished=finished, sources=tuple(json.loads(sources)),
            counts=dict(database.rows("SELECT outcome, count(*) FROM ledger WHERE run = ? GROUP BY outcome", run)),
        )
        for run, started, finished, sources in rows
    ]  # fmt: skip


def last_visit(database: Database, url: str) -> Visit | None:
    """Return what the server said at the last complete visit of this address."""
    row = database.one("SELECT etag, last_modified FROM visits WHERE url = ?", url)
    return Visit(url=url, etag=row[0], last_modified=row[1]) if row else None


def remember_visit(database: Database, visit: Visit) -> None:
    """Store what to send when this address is visited next."""
    database.rows(
        "INSERT OR REPLACE INTO visits (url, etag, last_modified) VALUES (?, ?, ?)", visit.url, visit.etag, visit.last_modified
    )

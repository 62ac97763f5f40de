"""The SQL of the ledger: ingest runs, what happened to everything they read, and visits to web addresses."""

import json
from collections.abc import Sequence

from index.local.database import Database
from index.local.digests import columns, seal, verified
from index.types import LedgerEntry, LedgerRow, Run, Visit


def begin_run(database: Database, sources: Sequence[str]) -> int:
    """Open a run and return its number."""
    with database.writing(changes=False):
        database.rows("INSERT INTO runs (sources) VALUES (?)", json.dumps(list(sources), ensure_ascii=False))
        run = database.inserted()
        seal(database.rows, "runs", "run = ?", run)
    return run


def finish_run(database: Database, run: int) -> None:
    """Note that everything of a run was read."""
    with database.writing(changes=False):
        database.rows("UPDATE runs SET finished = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE run = ?", run)
        seal(database.rows, "runs", "run = ?", run)


def write_entries(database: Database, entries: Sequence[LedgerEntry], run: int | None) -> None:
    """Write one row an entry."""
    last = database.rows("SELECT coalesce(max(row), 0) FROM ledger")[0][0]
    database.many(
        "INSERT INTO ledger (source, position, outcome, article_id, title, reason, run) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(e.source, e.position, e.outcome, e.article_id, e.title, e.reason, run) for e in entries],
    )
    seal(database.rows, "ledger", "row > ?", last)


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
        f"SELECT * FROM (SELECT {columns('ledger')} FROM ledger"
        f" WHERE {' AND '.join(conditions)} ORDER BY row DESC LIMIT ?) ORDER BY row", *values, limit,
    )  # fmt: skip
    return [
        LedgerRow(
            run=row["run"],
            at=row["at"],
            entry=LedgerEntry(
                source=row["source"], position=row["position"], outcome=row["outcome"], article_id=row["article_id"],
                title=row["title"], reason=row["reason"],
            ),
        )
        for row in (verified("ledger", values) for values in rows)
    ]  # fmt: skip


def runs(database: Database, *, limit: int, run: int | None = None) -> list[Run]:
    """Return the newest runs, or this one, newest last, each with how many things had which outcome."""
    rows = database.rows(
        f"SELECT * FROM (SELECT {columns('runs')} FROM runs WHERE ?1 IN (0, run) ORDER BY run DESC LIMIT ?2) ORDER BY run",
        run or 0, limit,
    )  # fmt: skip
    return [
        Run(
            run=row["run"], started=row["started"], finished=row["finished"], sources=tuple(json.loads(row["sources"])),
            counts=dict(database.rows("SELECT outcome, count(*) FROM ledger WHERE run = ? GROUP BY outcome", row["run"])),
        )
        for row in (verified("runs", values) for values in rows)
    ]  # fmt: skip


def last_visit(database: Database, url: str) -> Visit | None:
    """Return what the server said at the last complete visit of this address."""
    values = database.one(f"SELECT {columns('visits')} FROM visits WHERE url = ?", url)
    if values is None:
        return None
    row = verified("visits", values)
    return Visit(url=row["url"], etag=row["etag"], last_modified=row["last_modified"])


def remember_visit(database: Database, visit: Visit) -> None:
    """Store what to send when this address is visited next."""
    with database.writing(changes=False):
        put_visit(database, visit)


def put_visit(database: Database, visit: Visit) -> None:
    """Do the same inside the caller's transaction."""
    named = "INSERT OR REPLACE INTO visits (url, etag, last_modified) VALUES (?, ?, ?)"
    database.rows(named, visit.url, visit.etag, visit.last_modified)
    seal(database.rows, "visits", "url = ?", visit.url)

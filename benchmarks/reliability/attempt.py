"""What the ingests do that meet faults: change, add, remove, search and close, with the command's own handling of errors."""

import os
from contextlib import closing
from pathlib import Path

import typer

from api.command import run
from benchmarks.reliability.journal import Journal
from benchmarks.reliability.light import ingest, open_store
from benchmarks.reliability.striking import Faults, limit
from index.types import LedgerEntry, Where

STORED = 6
"""Articles that are there before, with saved caches."""
UPDATED, ADDED, REMOVED = (1, 2), range(7, 12), 3
"""What the ingest does to the archive."""


def attempt(folder: Path, journal: Path, said: Path, faults: Faults) -> None:
    """Ingest as the command does, with its handling of errors, while operations fail; ends the process."""
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    # Opened while nothing fails: what is acknowledged must be known.
    acknowledging = Journal(journal)
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def _() -> None:
        with closing(open_store(folder)) as store:
            ids = {article.origin.record_id: article.article_id for article in store.articles()}
            wanted = [*((number, 2) for number in UPDATED), *((number, 1) for number in ADDED)]
            acknowledging.begin("ingest", wanted)
            versions = iter(wanted)

            def acknowledge(_: LedgerEntry) -> None:
                acknowledging.acknowledge(*next(versions))

            ingest(store, wanted, acknowledge)
            acknowledging.begin("delete", [(REMOVED, None)])
            store.delete(ids[str(REMOVED)])
            acknowledging.acknowledge(REMOVED, None)
            acknowledging.begin("search")
            with store.consistent():
                store.matching(["ferry"], 10, Where())
            acknowledging.begin("close")

    with limit(faults, folder):
        run(app, [])

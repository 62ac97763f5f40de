"""Short made-up news as files of text and of records, and what ingest and the archive say of it."""

import json
from collections.abc import Callable
from pathlib import Path

from index.ingest import IngestReport
from index.local.store import LocalStore

Run = Callable[..., IngestReport]
Write = Callable[[str, str], Path]
HARBOUR = "The harbour of Example Town reopened on Friday after nine days of repairs, and two ferries left before noon."
HIVES = "Beekeepers counted 4,100 hives in the valley this summer, far more than in the year before."
ROAD = "The old road over the hill was closed for good because nobody wanted to pay for its last bridge."


def page(*texts: str) -> str:
    """Print the texts as a digest, numbered from 1."""
    return "\n\n".join(
        f"{number}. (Dateline Sample Desk) {text}\n\nSource: By Jane Sample | Dateline Sample Desk | 2025-09-19"
        for number, text in enumerate(texts, start=1)
    )


def lines(*records: dict[str, str]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def outcomes(report: IngestReport) -> list[tuple[str, str]]:
    return [(entry.position, entry.outcome) for entry in report.entries]


def texts(store: LocalStore) -> set[str]:
    return {article.text for article in store.articles()}


def ledger(store: LocalStore) -> list[tuple[str, str]]:
    return [(str(p), str(o)) for p, o in store._database.rows("SELECT position, outcome FROM ledger ORDER BY row")]

"""A digest beside every row of the archive: SQLite notices a broken page, but not a flipped bit inside a stored value.

A digest covers all columns of its row that are stored and not derived, the row's number among them, so that no row can stand
for another. What a search, an answer or a cache reads is verified as it is read; `check` verifies every row (docs/adr/0040).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from index.errors import ArchiveDamaged

SINCE_SCHEMA = 4
# Against accidents, not against somebody who writes: one damaged row of 1.8e19 would pass.
_BYTES = 8

COVERED: Mapping[str, tuple[str, ...]] = {
    "meta": ("name", "value"),
    "articles": (
        "row", "article_id", "details", "text", "day", "source", "position", "title", "record_id", "url", "generation", "story",
        "version", "stored_at", "cluster", "sketch",
    ),
    "versions": ("row", "story", "version", "article_id", "details", "text", "stored_at"),
    "passages": ("row", "article_row", "start", "end", "embedded", "vector", "generation"),
    "removed": ("passage_row", "generation"),
    "copies": ("article_row", "source", "position", "publisher", "url", "published"),
    "ledger": ("row", "at", "source", "position", "outcome", "article_id", "title", "reason", "run"),
    "runs": ("run", "started", "finished", "sources"),
    "visits": ("url", "etag", "last_modified", "at"),
}  # fmt: skip
"""The columns that a row's digest is made from. Another list needs a schema of its own, which makes the digests anew.

Not here: `outlets` and `sketches`, which `check` compares with the articles they are made from, `signs_missing`, and the signs
of tokens, which stand in large rows that an older archive need not write anew: their digests are in `sign_digests`."""

SEALED_SIGNS = "row_digest(CAST(passage_row AS BLOB), signs)"
"""The digest of a row of `token_signs`, as SQL."""


def row_digest(*values: Any) -> bytes:
    """Return the digest of a row's values: None, bytes, and text and whole numbers as SQLite casts them to bytes."""
    digest = hashlib.sha256()
    for value in values:
        if value is None:
            digest.update(b"-;")
            continue
        content = value if isinstance(value, bytes) else str(value).encode()
        # With its length before it, no value can flow into its neighbour.
        digest.update(b"%d;" % len(content))
        digest.update(content)
    return digest.digest()[:_BYTES]


def sealed(table: str) -> str:
    """Return the SQL that computes a row's digest; cast, because a damaged text need not be one."""
    return f"row_digest({', '.join(f'CAST({column} AS BLOB)' for column in COVERED[table])})"


def seal(run: Callable[..., Any], table: str, where: str = "1", *values: Any) -> None:
    """Give the rows that were just written their digest; `run` runs a statement with its values."""
    run(f"UPDATE {table} SET digest = {sealed(table)} WHERE {where}", *values)


def seal_everything(run: Callable[..., Any]) -> None:
    """Give every row of an older archive its digest: from here on it is held against what it is now."""
    for table in COVERED:
        seal(run, table)
    run(f"INSERT INTO sign_digests SELECT passage_row, {SEALED_SIGNS} FROM token_signs")


def columns(table: str, alias: str = "") -> str:
    """Return the columns that `verified` wants, as SQL."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(f"{prefix}{column}" for column in (*COVERED[table], "digest"))


def verified(table: str, values: Sequence[Any]) -> dict[str, Any]:
    """Return a row's values by column.

    Raises:
        ArchiveDamaged: they are not what was written.
    """
    *stored, digest = values
    if row_digest(*stored) != digest:
        raise ArchiveDamaged(
            f"A row of {table} in the archive is not as it was written ({COVERED[table][0]} {stored[0]}), so nothing is said from"
            " it. `dateline check` tells what else is damaged; restore a backup, or delete the article and ingest it again."
        )
    return dict(zip(COVERED[table], stored, strict=True))

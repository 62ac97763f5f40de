"""The SQL of the signs of passages' tokens. Runs inside the caller's transaction."""

from collections.abc import Sequence

from index.chunking import context_line
from index.local.database import Database
from index.local.digests import columns, row_digest
from index.local.records import stored_article


def put(database: Database, rows: Sequence[int], signs: Sequence[bytes]) -> None:
    """Store the signs of these passages, where there are any; of passages that are gone meanwhile, nothing."""
    database.many(
        "INSERT OR IGNORE INTO token_signs SELECT row, ?2 FROM passages WHERE row = ?1",
        [(row, blob) for row, blob in zip(rows, signs, strict=True) if blob],
    )
    database.many(
        "INSERT OR IGNORE INTO sign_digests SELECT row, ?2 FROM passages WHERE row = ?1",
        [(row, row_digest(row, blob)) for row, blob in zip(rows, signs, strict=True) if blob],
    )
    database.many("DELETE FROM signs_missing WHERE passage_row = ?", [(row,) for row in rows])


def token_signs(database: Database, rows: Sequence[int]) -> list[bytes]:
    """Return the signs of each of these passages, in the order asked for, empty where none are stored."""
    found = dict(
        database.rows(f"SELECT passage_row, signs FROM token_signs WHERE passage_row IN ({','.join('?' * len(rows))})", *rows)
    )
    return [found.get(row, b"") for row in rows]


def missing(database: Database, limit: int) -> list[tuple[int, str]]:
    """Return (row, text as it is embedded) of passages that were stored before there were signs, oldest first."""
    rows = database.rows(
        f"SELECT p.row, p.start, p.end, {columns('articles', 'a')} FROM signs_missing m JOIN passages p ON p.row = m.passage_row"
        " JOIN articles a ON a.row = p.article_row ORDER BY p.row LIMIT ?", limit,
    )  # fmt: skip
    articles = ((row, start, end, stored_article(values)) for row, start, end, *values in rows)
    return [(row, f"{context_line(article)}\n{article.text[start:end]}") for row, start, end, article in articles]

"""Writes articles as database rows and reads them back. Knows the columns' content, not the database."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from index.types import Article, NewsDate, Origin, Vectors


def article_to_json(article: Article) -> str:
    """Return everything about an article but its text, as JSON."""
    fields = asdict(article)
    del fields["text"]
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def article_from_json(stored: str, text: str) -> Article:
    """Return the article that `article_to_json` wrote."""
    fields: dict[str, Any] = json.loads(stored)
    for name in ("published", "updated", "fetched"):
        fields[name] = NewsDate(**fields[name]) if fields[name] else None
    fields["origin"] = Origin(**fields["origin"])
    fields["authors"] = tuple(fields["authors"])
    fields["flags"] = tuple(fields["flags"])
    return Article(**fields, text=text)


def day_number(day: date | None) -> int | None:
    """Return a date as days since year 1, the form that both caches filter on."""
    return day.toordinal() if day else None


def folded_outlets(article: Article) -> list[str]:
    """Return the names that an outlet filter may ask for: publisher and agency, folded."""
    return sorted({name.casefold() for name in (article.publisher, article.agency) if name})


def vector_to_blob(row: Vectors) -> bytes:
    """Return a vector as float16: half the size, and search results stay the same (docs/adr/0003)."""
    return row.astype(np.float16).tobytes()


def vectors_from_blobs(blobs: list[bytes], dimension: int) -> Vectors:
    """Return the vectors of `vector_to_blob` as rows, shape (len(blobs), dimension)."""
    return np.frombuffer(b"".join(blobs), dtype=np.float16).reshape(len(blobs), dimension).astype(np.float32)

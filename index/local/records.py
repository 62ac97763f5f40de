"""What stands in the columns of the archive: articles, days, outlets, vectors. Knows the columns' content, not the database."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from index.local.digests import verified
from index.serialisation import article_from_json
from index.types import Article, Vectors


def day_number(day: date | None) -> int | None:
    """Return a date as days since year 1, the form that both caches filter on."""
    return day.toordinal() if day else None


def stored_article(values: Sequence[Any]) -> Article:
    """Return the article of a row of `digests.columns("articles")`.

    Raises:
        ArchiveDamaged: the row is not as it was written.
    """
    row = verified("articles", values)
    return article_from_json(row["details"], row["text"])


def folded_outlets(article: Article) -> list[str]:
    """Return the names that an outlet filter may ask for: publisher and agency, folded."""
    return sorted({name.casefold() for name in (article.publisher, article.agency) if name})


SKETCH_KEY_BYTES = 8


def sketch_to_blob(sketch: Sequence[int]) -> bytes:
    """Return the keys of a sketch as `SKETCH_KEY_BYTES` each."""
    return np.asarray(sketch, dtype=np.int64).tobytes()


def sketch_from_blob(blob: bytes) -> list[int]:
    """Return the keys that `sketch_to_blob` wrote."""
    return [int(key) for key in np.frombuffer(blob, dtype=np.int64)]


def vector_to_blob(row: Vectors) -> bytes:
    """Return a vector as float16: half the size, and search results stay the same (docs/adr/0003)."""
    return row.astype(np.float16).tobytes()


def vectors_from_blobs(blobs: list[bytes], dimension: int) -> Vectors:
    """Return the vectors of `vector_to_blob` as rows, shape (len(blobs), dimension)."""
    return np.frombuffer(b"".join(blobs), dtype=np.float16).reshape(len(blobs), dimension).astype(np.float32)

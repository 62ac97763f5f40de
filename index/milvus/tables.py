"""The collections of an archive on Milvus, and how text finds its way into fields of limited length."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from index.milvus.connection import Connection

SCHEMA = 1
"""Raised with every change that an older Dateline cannot read."""
FOREVER = 2**62
"""The generation in which what is there was removed."""
UNDATED = -1
"""The day, and the month, of what has none."""

# Milvus counts bytes, at most 65,535; a character is four at most.
_PIECE = 16_000
_KEY = 32


class Tables:
    """The names of an archive's collections: `passages`, `articles`, `books` and `lease` behind the archive's name."""

    def __init__(self, name: str) -> None:
        self.passages = f"{name}_passages"
        self.articles = f"{name}_articles"
        self.books = f"{name}_books"
        self.lease = f"{name}_lease"

    @property
    def all(self) -> Sequence[str]:
        """Every collection; the lease first, since who makes an archive holds it."""
        return self.lease, self.books, self.articles, self.passages

    def make(self, connection: Connection, dimension: int, index: str) -> None:
        """Make the collections that are not there, for vectors of this length and with this index over them."""
        for collection, fields in (
            (self.lease, _LEASE), (self.books, _BOOKS), (self.articles, _ARTICLES), (self.passages, _PASSAGES),
        ):  # fmt: skip
            # Passages of a month lie together, so that a window of days is not looked for elsewhere.
            options = {"num_partitions": 64} if collection == self.passages and not connection.lite else {}
            connection.make(collection, lambda client, fields=fields: _built(client, fields, dimension, index), **options)  # type: ignore[misc]

    def load(self, connection: Connection) -> None:
        """Have the server hold the collections ready."""
        for collection in self.all:
            connection.load(collection)


def key(*parts: str | None) -> str:
    """Return what stands for texts of any length and content in filters; empty if the last of them is missing."""
    if parts[-1] is None:
        return ""
    joined = "\x00".join("" if part is None else part for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY]


def to_json(value: object) -> str:
    """Return JSON that Milvus takes, which stores no halves of characters; they are escaped."""
    written = json.dumps(value, ensure_ascii=False)
    return written if _whole(written) else json.dumps(value)


def whole_text(text: str) -> str:
    """Return a text for searching, without halves of characters, which Milvus does not take."""
    return text if _whole(text) else text.encode("utf-8", "replace").decode()


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def pieces(text: str) -> list[str]:
    """Return a text in pieces that fit into a field, at least one."""
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)] or [""]


def first_piece(text: str) -> str:
    """Return as much of a text as fits into a field."""
    return text[:_PIECE]


# Name, kind, and whether filters ask for it. Strings take as many bytes as the number says.
_TEXT = 65_535
_PASSAGES: tuple[tuple[str, Any, bool], ...] = (
    ("row", "key", False), ("article", int, True), ("start", int, False), ("end", int, False), ("text", _TEXT, False),
    ("context", _TEXT, False), ("language", 64, False), ("day", int, True), ("month", "partition", False),
    ("publisher", _KEY, True), ("agency", _KEY, True), ("embedded", 128, True), ("signs", _TEXT, False),
    ("born", int, True), ("died", int, True), ("vector", "vector", False), ("words", "sparse", False),
)  # fmt: skip
_ARTICLES: tuple[tuple[str, Any, bool], ...] = (
    ("row", "key", False), ("article_id", 64, True), ("born", int, True), ("died", int, True), ("kept", int, True),
    ("story", int, True), ("version", int, False), ("cluster", int, True), ("day", int, False), ("stored_at", 32, False),
    ("record_key", _KEY, True), ("url_key", _KEY, True), ("place_key", _KEY, True), ("title_key", _KEY, True),
    ("source_key", _KEY, True), ("body", _TEXT, False), ("body_pieces", int, False), ("counted", _TEXT, False),
    ("counted_pieces", int, False), ("sketch", "sparse", False),
)  # fmt: skip
_BOOKS: tuple[tuple[str, Any, bool], ...] = (
    ("id", "text key", False), ("kind", 16, True), ("number", int, True), ("of", 64, True), ("place_key", _KEY, True),
    ("born", int, True), ("died", int, True), ("body", _TEXT, False), ("unused", "no vector", False),
)  # fmt: skip
_LEASE: tuple[tuple[str, Any, bool], ...] = (("id", "text key", False), ("body", 4096, False), ("unused", "no vector", False))
UNUSED = [0.0, 0.0]
"""Milvus keeps no collection without a vector."""


def _built(client: Any, fields: Sequence[tuple[str, Any, bool]], dimension: int, index: str) -> tuple[Any, Any]:
    from pymilvus import DataType  # noqa: PLC0415 - an extra

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    indexes = client.prepare_index_params()
    for name, kind, asked in fields:
        match kind:
            case "key":
                schema.add_field(name, DataType.INT64, is_primary=True)
            case "text key":
                schema.add_field(name, DataType.VARCHAR, is_primary=True, max_length=256)
            case "partition":
                schema.add_field(name, DataType.INT64, is_partition_key=True)
            case "vector":
                schema.add_field(name, DataType.FLOAT_VECTOR, dim=dimension)
                indexes.add_index(name, index_type=index, metric_type="IP")
            case "no vector":
                schema.add_field(name, DataType.FLOAT_VECTOR, dim=len(UNUSED))
                indexes.add_index(name, index_type="FLAT", metric_type="IP")
            case "sparse":
                schema.add_field(name, DataType.SPARSE_FLOAT_VECTOR)
                indexes.add_index(name, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
            case int():
                schema.add_field(name, DataType.VARCHAR, max_length=kind)
            case _:
                schema.add_field(name, DataType.INT64)
        if asked:
            indexes.add_index(name, index_type="INVERTED")
    return schema, indexes

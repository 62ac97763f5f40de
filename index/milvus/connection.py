"""Speaks to Milvus: a file is Milvus Lite in this process, a URL a server. Every call has a time limit and plain errors."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from index.batches import batches
from index.errors import ArchiveFull, ArchiveMismatch, ArchiveUnavailable
from index.milvus.times import Times

_T = TypeVar("_T")
Row = dict[str, Any]
"""The fields of one entity by name."""

# What one message to the server holds: a row of a passage is some 10 kB.
_ROWS_TOGETHER = 500
# Milvus returns at most so many from one search or query.
MOST = 16_384
# Loading and arranging take longer than other calls, and Milvus Lite, which cannot be away, takes long for its first search.
_LONGER = 4
# Partial updates came with it, which removed passages are marked by.
_OLDEST = (2, 6, 2)
_NO_ROOM = ("disk quota", "memory quota", "no space left", "deny to write")
# What servers say of collections that are there and were not loaded, as Milvus Lite's are after it was started again.
_NOT_LOADED = ("in state 'released'", "collection not loaded")

# gRPC would wait for up to two minutes before it tries again to reach a server that was away, and refuse calls meanwhile.
_RECONNECTING = {"grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 1000}

# Milvus Lite keeps one server a file and process, and stops it for everybody in the process.
_lite_users: dict[str, int] = {}
_lite_lock = threading.Lock()
_making = threading.Lock()
_MADE_BY_ANOTHER = 0.5


def in_process(address: str) -> bool:
    """Return whether an address is a file for Milvus Lite rather than a server's URL."""
    return urlsplit(address).scheme not in {"http", "https"}


def too_old(version: str) -> bool:
    """Return whether a server of this version lacks what is asked of it; a name that is no version does not."""
    numbers = tuple(int(part) for part in version.lstrip("v").split("-")[0].split(".")[: len(_OLDEST)] if part.isdecimal())
    return numbers < _OLDEST[: len(numbers)]


class Connection:
    """A connection to one Milvus. Safe for threads.

    Args:
        address: `http://host:19530`, `https://…`, or the path of a file that ends in `.db`.
        token: `user:password` or a key, if the server asks for one.
        times: how long calls may take.
        most: how many rows one answer holds.

    Raises:
        ArchiveUnavailable: nobody answers, the token is wrong, or another process has the file open.
        ArchiveMismatch: the server is too old.
    """

    def __init__(self, address: str, token: str | None = None, *, times: Times | None = None, most: int = MOST) -> None:
        try:
            import pymilvus  # noqa: F401, PLC0415 - an extra, and heavy
        except ImportError as error:
            advice = "install them: .venv/bin/pip install -e '.[milvus]'"
            raise ArchiveUnavailable(f"Milvus needs more packages ({error}); {advice}") from error
        # What goes wrong is raised, and told once by who asked.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        self.address, self.most = address, most
        self.lite = in_process(address)
        self._seconds = (times or Times()).call * (_LONGER if self.lite else 1)
        self._closed = False
        if self.lite:
            logging.getLogger("milvus_lite").setLevel(logging.CRITICAL)
            self.address = str(Path(address).expanduser().resolve())
            self._connect_in_process()
        else:
            self._client = self._told(lambda: self._connected(token))
        try:
            self._refuse_old(str(self._told(lambda: self._client.get_server_version(timeout=self._seconds))))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the connection; the last one of this process to a file ends Milvus Lite. A second time changes nothing."""
        if self._closed:
            return
        self._closed = True
        self._client.close()
        if self.lite:
            self._release()

    def exists(self, collection: str) -> bool:
        """Return whether there is such a collection."""
        return bool(self._told(lambda: self._client.has_collection(collection, timeout=self._seconds)))

    def make(self, collection: str, build: Callable[[Any], tuple[Any, Any]], **options: Any) -> None:
        """Make a collection unless it is there; `build` gives schema and indexes. Its reads see every acknowledged write."""
        schema, indexes = build(self._client)
        with _making:
            try:
                self._make(collection, schema, indexes, options)
            except ArchiveUnavailable:
                # Another process may have made it at the same moment.
                time.sleep(_MADE_BY_ANOTHER)
                self._make(collection, schema, indexes, options)

    def load(self, collection: str) -> None:
        """Have the server hold a collection ready for searches."""
        self._told(lambda: self._client.load_collection(collection, timeout=_LONGER * self._seconds))

    def write(self, collection: str, rows: Sequence[Row], *, partial: bool = False) -> None:
        """Insert rows, or replace those with the same key; `partial` changes only the fields that are named.

        The same call again changes nothing more. Durable on return, as far as the server's log is.
        """
        more = {"partial_update": True} if partial else {}
        for some in batches(rows, _ROWS_TOGETHER):
            self._asked(collection, lambda some=some: self._client.upsert(collection, some, timeout=self._seconds, **more))  # type: ignore[misc]

    def delete(self, collection: str, where: str) -> None:
        """Remove the rows that a filter names."""
        self._asked(collection, lambda: self._client.delete(collection, filter=where, timeout=self._seconds))

    def rows(self, collection: str, where: str, fields: Sequence[str]) -> list[Row]:
        """Return the rows that a filter names, in no particular order.

        Raises:
            ArchiveUnavailable: there are more than Milvus returns at once.
        """
        found = self.some_rows(collection, where, fields)
        if len(found) == self.most:
            raise ArchiveUnavailable(
                f"what was asked for is too much for one answer of Milvus ({self.most} rows of {collection})."
            )
        return found

    def some_rows(self, collection: str, where: str, fields: Sequence[str], *, most: int | None = None) -> list[Row]:
        """Return rows that a filter names, at most so many of them."""
        found = self._asked(
            collection,
            lambda: self._client.query(
                collection, filter=where, output_fields=list(fields), limit=most or self.most, timeout=self._seconds
            ),
        )
        return [dict(row) for row in found]

    def numbered_rows(
        self, collection: str, numbers: range, where: str, fields: Sequence[str], *, together: int
    ) -> Iterator[Row]:
        """Yield the rows with these numbers that a filter names, so many numbers at a time."""
        for first in range(numbers.start, numbers.stop, together):
            last = min(first + together, numbers.stop)
            yield from self.rows(collection, f"row >= {first} and row < {last} and {where}", fields)

    def numbers(self, collection: str, numbers: range, where: str) -> list[int]:
        """Return which of these numbers rows have that a filter names, however many there are."""
        found = self.some_rows(collection, f"row >= {numbers.start} and row < {numbers.stop} and {where}", ["row"])
        if len(found) < self.most:
            return [int(row["row"]) for row in found]
        half = (numbers.start + numbers.stop) // 2
        parts = range(numbers.start, half), range(half, numbers.stop)
        return [number for part in parts for number in self.numbers(collection, part, where)]

    def nearest(
        self, collection: str, *, field: str, vector: Any, k: int, where: str, fields: Sequence[str]
    ) -> list[tuple[float, Row]]:
        """Return up to k (inner product, row), best first; `vector` is an array, or a mapping of dimensions to weights."""
        (found,) = self._asked(
            collection,
            lambda: self._client.search(
                collection, data=[vector], anns_field=field, filter=where, limit=min(k, self.most), output_fields=list(fields),
                search_params={"metric_type": "IP"}, timeout=self._seconds,
            ),
        )  # fmt: skip
        return [(float(hit["distance"]), _fields_of(hit)) for hit in found]

    def settle(self, collection: str) -> None:
        """Let Milvus Lite write what it holds in memory into a segment, which it searches far quicker; servers do so alone."""
        if self.lite:
            self._told(lambda: self._client.flush(collection, timeout=_LONGER * self._seconds))

    def _make(self, collection: str, schema: Any, indexes: Any, options: Mapping[str, Any]) -> None:
        if not self.exists(collection):
            self._told(
                lambda: self._client.create_collection(
                    collection, schema=schema, consistency_level="Strong", timeout=self._seconds, **options
                )
            )
        # Who made it may have died before all of them were made.
        there = self._told(lambda: self._client.list_indexes(collection, timeout=self._seconds))
        if len(there) < len(list(indexes)):
            # Waiting for each index of a collection that is empty takes half a second.
            self._told(lambda: self._client.create_index(collection, indexes, sync=False, timeout=self._seconds))

    def _refuse_old(self, version: str) -> None:
        if too_old(version):
            wanted = ".".join(str(number) for number in _OLDEST)
            raise ArchiveMismatch(f"Milvus at {self.address} is {version}, Dateline needs {wanted} or newer; update Milvus.")

    def _connected(self, token: str | None) -> Any:
        from pymilvus import MilvusClient  # noqa: PLC0415 - an extra, loaded already

        return MilvusClient(self.address, token=token or "", timeout=self._seconds, grpc_options=_RECONNECTING)

    def _connect_in_process(self) -> None:
        # Two threads that start Milvus Lite at once refuse each other the file.
        with _lite_lock:
            try:
                Path(self.address).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ArchiveUnavailable(f"{self.address} cannot be used ({error.strerror}); set milvus_url.") from error
            self._client = self._told(lambda: self._connected(None))
            _lite_users[self.address] = _lite_users.get(self.address, 0) + 1

    def _release(self) -> None:
        from milvus_lite.server_manager import server_manager_instance  # noqa: PLC0415 - an extra

        with _lite_lock:
            _lite_users[self.address] -= 1
            if not _lite_users[self.address]:
                del _lite_users[self.address]
                server_manager_instance.release_server(self.address)

    def _asked(self, collection: str, call: Callable[[], _T]) -> _T:
        """Return what a call about a collection returns; one that the server has not loaded is loaded first."""
        try:
            return self._told(call)
        except ArchiveUnavailable as error:
            if not any(sign in str(error) for sign in _NOT_LOADED):
                raise
        self.load(collection)
        return self._told(call)

    def _told(self, call: Callable[[], _T]) -> _T:
        """Return what a call returns; its failure is told with what to do.

        Raises:
            ArchiveUnavailable: the server does not answer in time, or refuses.
        """
        try:
            return call()
        except Exception as error:  # pymilvus lets through what gRPC, protobuf and its own reading of answers raise
            said = _said(error)
            if any(sign in said.casefold() for sign in _NO_ROOM):
                raise ArchiveFull(f"Milvus at {self.address} has no room ({said}); give it more and try again.") from error
            advice = "is it open in another process?" if self.lite else "is it running, and are address and token right?"
            raise ArchiveUnavailable(f"Milvus at {self.address} did not do it ({said}); {advice}") from error


def _said(error: Exception) -> str:
    """Return in a line what an error says."""
    said = str(getattr(error, "message", "") or error)
    code, details = getattr(error, "code", None), getattr(error, "details", None)
    if callable(code) and callable(details):  # an error of gRPC, whose text has many lines
        said = f"{code().name.replace('_', ' ').lower()}: {details()}"
    return " ".join(said.split())[:300]


def _fields_of(hit: Mapping[str, Any]) -> Row:
    return dict(hit.get("entity", hit))

"""Speaks to Milvus: a file is Milvus Lite in this process, a URL a server. Every call has a time limit and plain errors."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from index.errors import ArchiveFull, ArchiveMismatch, ArchiveUnavailable

_T = TypeVar("_T")
Row = dict[str, Any]
"""The fields of one entity by name."""

# Milvus waits for what was written before; a server that starts again is asked until then (pymilvus tries again by itself).
_SECONDS = 15.0
# What one message to the server holds: a row of a passage is some 10 kB.
_ROWS_TOGETHER = 500
# Milvus returns at most so many from one search or query.
MOST = 16_384
# Partial updates came with it, which removed passages are marked by.
_OLDEST = (2, 6)
_NO_ROOM = ("disk quota", "memory quota", "no space left", "deny to write")

# Milvus Lite keeps one server a file and process, and stops it for everybody in the process.
_lite_users: dict[str, int] = {}
_lite_lock = threading.Lock()


def in_process(address: str) -> bool:
    """Return whether an address is a file for Milvus Lite rather than a server's URL."""
    return urlsplit(address).scheme not in {"http", "https"}


class Connection:
    """A connection to one Milvus. Safe for threads.

    Args:
        address: `http://host:19530`, `https://…`, or the path of a file that ends in `.db`.
        token: `user:password` or a key, if the server asks for one.

    Raises:
        ArchiveUnavailable: nobody answers, the token is wrong, or another process has the file open.
        ArchiveMismatch: the server is too old.
    """

    def __init__(self, address: str, token: str | None = None) -> None:
        try:
            from pymilvus import MilvusClient  # noqa: PLC0415 - an extra, and heavy
        except ImportError as error:
            advice = "install them: pip install 'dateline[milvus]'"
            raise ArchiveUnavailable(f"Milvus needs more packages ({error}); {advice}") from error
        # What goes wrong is raised, and told once by who asked.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        self.address = address
        self.lite = in_process(address)
        if self.lite:
            logging.getLogger("milvus_lite").setLevel(logging.CRITICAL)
            path = Path(address).expanduser().resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            self.address = str(path)
            with _lite_lock:
                _lite_users[self.address] = _lite_users.get(self.address, 0) + 1
        try:
            self._client = self._told(lambda: MilvusClient(self.address, token=token or "", timeout=_SECONDS))
            self._refuse_old(str(self._told(lambda: self._client.get_server_version(timeout=_SECONDS))))
        except BaseException:
            self._release()
            raise

    def close(self) -> None:
        """End the connection; the last one of this process to a file ends Milvus Lite."""
        self._client.close()
        self._release()

    def exists(self, collection: str) -> bool:
        """Return whether there is such a collection."""
        return bool(self._told(lambda: self._client.has_collection(collection, timeout=_SECONDS)))

    def make(self, collection: str, build: Callable[[Any], tuple[Any, Any]], **options: Any) -> None:
        """Make a collection, whose reads see every write that was acknowledged; `build` gives schema and indexes."""
        schema, indexes = build(self._client)
        self._told(
            lambda: self._client.create_collection(
                collection, schema=schema, consistency_level="Strong", timeout=_SECONDS, **options
            )
        )
        # Waiting for each index of a collection that is empty takes half a second.
        self._told(lambda: self._client.create_index(collection, indexes, sync=False, timeout=_SECONDS))

    def load(self, collection: str) -> None:
        """Have the server hold a collection ready for searches."""
        self._told(lambda: self._client.load_collection(collection, timeout=4 * _SECONDS))

    def drop(self, collection: str) -> None:
        """Remove a collection with all that it holds."""
        self._told(lambda: self._client.drop_collection(collection, timeout=_SECONDS))

    def write(self, collection: str, rows: Sequence[Row], *, partial: bool = False) -> None:
        """Insert rows, or replace those with the same key; `partial` changes only the fields that are named.

        The same call again changes nothing more. Durable on return, as far as the server's log is.
        """
        for first in range(0, len(rows), _ROWS_TOGETHER):
            some = list(rows[first : first + _ROWS_TOGETHER])
            more = {"partial_update": True} if partial else {}
            self._told(lambda some=some, more=more: self._client.upsert(collection, some, timeout=_SECONDS, **more))  # type: ignore[misc]

    def delete(self, collection: str, where: str) -> None:
        """Remove the rows that a filter names."""
        self._told(lambda: self._client.delete(collection, filter=where, timeout=_SECONDS))

    def rows(self, collection: str, where: str, fields: Sequence[str]) -> list[Row]:
        """Return the rows that a filter names, in no particular order.

        Raises:
            ArchiveUnavailable: there are more than Milvus returns at once.
        """
        found = self.some_rows(collection, where, fields)
        if len(found) == MOST:
            raise ArchiveUnavailable(f"what was asked for is too much for one answer of Milvus ({MOST} rows of {collection}).")
        return found

    def some_rows(self, collection: str, where: str, fields: Sequence[str]) -> list[Row]:
        """Return rows that a filter names, at most `MOST` of them."""
        found = self._told(
            lambda: self._client.query(collection, filter=where, output_fields=list(fields), limit=MOST, timeout=_SECONDS)
        )
        return [dict(row) for row in found]

    def numbered_rows(
        self, collection: str, numbers: range, where: str, fields: Sequence[str], *, together: int
    ) -> Iterator[Row]:
        """Yield the rows with these numbers that a filter names, so many numbers at a time."""
        for first in range(numbers.start, numbers.stop, together):
            last = min(first + together, numbers.stop)
            yield from self.rows(collection, f"row >= {first} and row < {last} and {where}", fields)

    def nearest(
        self, collection: str, *, field: str, vector: Any, k: int, where: str, fields: Sequence[str]
    ) -> list[tuple[float, Row]]:
        """Return up to k (inner product, row), best first; `vector` is an array, or a mapping of dimensions to weights."""
        (found,) = self._told(
            lambda: self._client.search(
                collection, data=[vector], anns_field=field, filter=where, limit=min(k, MOST), output_fields=list(fields),
                search_params={"metric_type": "IP"}, timeout=_SECONDS,
            )
        )  # fmt: skip
        return [(float(hit["distance"]), _fields_of(hit)) for hit in found]

    def settle(self, collection: str) -> None:
        """Let Milvus Lite write what it holds in memory into a segment, which it searches far quicker; servers do so alone."""
        if self.lite:
            self._told(lambda: self._client.flush(collection, timeout=4 * _SECONDS))

    def _refuse_old(self, version: str) -> None:
        numbers = [int(part) for part in version.lstrip("v").split("-")[0].split(".")[:2] if part.isdecimal()]
        if len(numbers) == len(_OLDEST) and tuple(numbers) < _OLDEST:
            wanted = ".".join(str(number) for number in _OLDEST)
            raise ArchiveMismatch(f"Milvus at {self.address} is {version}, Dateline needs {wanted} or newer; update Milvus.")

    def _release(self) -> None:
        if not self.lite:
            return
        with _lite_lock:
            _lite_users[self.address] -= 1
            last = not _lite_users[self.address]
        if last:
            from milvus_lite.server_manager import server_manager_instance  # noqa: PLC0415 - an extra

            server_manager_instance.release_server(self.address)

    def _told(self, call: Callable[[], _T]) -> _T:
        """Return what a call returns; its failure is told with what to do.

        Raises:
            ArchiveUnavailable: the server does not answer in time, or refuses.
        """
        from pymilvus.exceptions import MilvusException  # noqa: PLC0415 - an extra, loaded already

        try:
            return call()
        except MilvusException as error:
            said = " ".join(str(getattr(error, "message", "") or error).split())[:300]
            if any(sign in said.casefold() for sign in _NO_ROOM):
                raise ArchiveFull(f"Milvus at {self.address} has no room ({said}); give it more and try again.") from error
            advice = "is it open in another process?" if self.lite else "is it running, and are address and token right?"
            raise ArchiveUnavailable(f"Milvus at {self.address} did not do it ({said}); {advice}") from error
        except (OSError, ValueError) as error:
            raise ArchiveUnavailable(f"Milvus at {self.address} did not do it ({error}); see docs/scaling.md") from error


def _fields_of(hit: Mapping[str, Any]) -> Row:
    return dict(hit.get("entity", hit))

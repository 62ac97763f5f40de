"""What a search asks of an archive: its caches, and the passages they found, all at one generation."""

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveDamaged
from index.local import articles, token_signs
from index.local.approximate import VectorIndex
from index.local.caches import Caches
from index.local.database import Database
from index.local.views import Views
from index.types import Article, Passage, Where


class ArchiveSearch:
    """Answers searches of the archive in one folder. `LocalStore` says what may go wrong, and adds what is not searched."""

    def __init__(self, folder: Path, manifest: dict[str, str], dimension: int, *, exact_up_to: int) -> None:
        self._lock = threading.RLock()
        self._database = Database(folder / "archive.sqlite", manifest)
        self._identity = self._database.identity()
        with self._database.errors():
            self._caches = Caches(folder / "caches", self._database, manifest["embedder"], dimension, exact_up_to=exact_up_to)
        self._views = Views(self._database, self._caches)

    def check(self) -> None:
        """Raise unless the file can be opened and read now, and is still the archive that was opened."""
        self._database.check(self._identity)

    @contextmanager
    def consistent(self) -> Iterator[int]:
        """Hold one generation, briefly: every call of this thread inside sees exactly it. Yields the generation."""
        with self._views.open() as generation:
            yield generation

    def nearest(self, vector: NDArray[np.float32], k: int, where: Where) -> list[tuple[int, float]]:
        """Return up to k (row, inner product), best first."""
        with self.consistent():
            return self._caches.vectors.nearest(vector, k, None if where.everything else self._caches.filters.allowed(where))

    def vector_index(self) -> VectorIndex:
        """Return how vectors are searched: exactly, or narrowed by codes whose recall was measured when they were built."""
        with self.consistent():
            return self._caches.vectors.about()

    def matching(self, words: Sequence[str], k: int, where: Where, phrases: Sequence[str] = ()) -> list[tuple[int, float]]:
        """Return up to k (row, BM25 score) of passages holding any of the words or phrases, best first."""
        with self.consistent():
            return self._caches.words.matching(words, k, where, phrases)

    def days(self, rows: Sequence[int]) -> list[date | None]:
        """Return the day that recency counts from, for each of these passages, without reading them; None for undated ones."""
        with self.consistent():
            return self._caches.filters.days(rows)

    def outlets(self) -> frozenset[str]:
        """Return the publishers and agencies of the archive, in small letters."""
        with self.consistent():
            return self._caches.filters.outlets()

    def similarities(self, vector: NDArray[np.float32], rows: Sequence[int]) -> list[float]:
        """Return the inner product of the vector with each of these passages, 0 for rows that are gone."""
        with self.consistent():
            return self._caches.vectors.similarities(vector, rows)

    def token_signs(self, rows: Sequence[int]) -> list[bytes]:
        """Return the signs of the tokens of each of these passages, empty where none are stored."""
        with self._reading() as database:
            return token_signs.token_signs(database, rows)

    def rarity(self, words: Sequence[str]) -> list[float]:
        """Return the inverse document frequency of each word; of a word with several parts, that of the rarest."""
        with self.consistent():
            total = self._caches.words.count()
            counts = [min(self._caches.words.occurrences(word), total) for word in words]
        return [math.log(1 + (total - n + 0.5) / (n + 0.5)) for n in counts]

    def passages(self, rows: Sequence[int]) -> list[tuple[Passage, Article]]:
        """Return the passages of these rows with their articles, in the order asked for; rows that are gone are left out."""
        inside = self._views.current() is not None
        with self._reading() as database:
            found = articles.passages(database, rows)
        # Caches and archive are of one generation here, so what the caches hold must be there.
        lacking = sum(self._caches.filters.entry(row) is not None for row in rows) - len(found) if len(found) < len(rows) else 0
        if inside and lacking > 0:
            raise ArchiveDamaged(
                f"The archive lacks {lacking} passages that it held. `dateline check` tells what is damaged; restore a backup."
            )
        return found

    @contextmanager
    def _reading(self) -> Iterator[Database]:
        """Hold the connection of this thread's view; outside one, the one that writes, which sees what was just written."""
        inside = self._views.current()
        if inside is not None:
            yield inside
            return
        with self._lock:
            yield self._database

"""The vector cache: an exact FAISS index over the passages' rows, rebuilt from SQLite whenever it is missing or behind."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.types import Vectors


class VectorCache:
    """Exact inner product over float16 rows. Ids are SQLite row numbers and are never used twice.

    Float16 halves the memory and the time of float32 without changing which passages are found (docs/adr/0003).
    """

    def __init__(self, dimension: int) -> None:
        # One question at a time is fastest on one thread; several questions run side by side.
        faiss.omp_set_num_threads(1)
        self._index = faiss.index_factory(dimension, "IDMap2,SQfp16", faiss.METRIC_INNER_PRODUCT)
        self._dimension = dimension

    def load(self, path: Path) -> None:
        """Replace the content with a saved one.

        Raises:
            ValueError: the file holds vectors of another dimension.
            RuntimeError: FAISS cannot read the file.
        """
        index = faiss.read_index(str(path))
        if index.d != self._dimension:
            raise ValueError(f"dimension {index.d}, expected {self._dimension}")
        self._index = index

    def save(self, path: Path) -> None:
        """Write the content to a file."""
        faiss.write_index(self._index, str(path))

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under these rows."""
        if rows:
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.asarray(rows, dtype=np.int64))

    def remove(self, rows: Sequence[int]) -> None:
        """Remove these rows; rows that are not there are no error."""
        if rows:
            self._index.remove_ids(faiss.IDSelectorBatch(np.asarray(rows, dtype=np.int64)))

    def count(self) -> int:
        """Return how many vectors there are."""
        return int(self._index.ntotal)

    def nearest(self, vector: NDArray[np.float32], k: int, allowed: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Return up to k (row, inner product), best first, ties by row; only of the allowed rows if given."""
        k = min(k, self.count() if allowed is None else len(allowed))
        if k <= 0:
            return []
        selector = None if allowed is None else faiss.IDSelectorBatch(np.asarray(allowed, dtype=np.int64))
        parameters = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # SWIG hides it
        scores, rows = self._index.search(np.ascontiguousarray(vector[np.newaxis, :]), k, params=parameters)
        found = [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

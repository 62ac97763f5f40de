"""A FAISS index with the archive's rows beside it, searched with a filter pushed into the search and on one core."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import faiss
import numpy as np
from numpy.typing import NDArray

from index.local.approximate import RECALL_AT
from index.local.filters import Allowed
from index.types import Vectors

# Recall was measured for so many wanted; fewer wanted must not mean fewer compared.
_LEAST = RECALL_AT
# So many vectors are decoded at a time: 77 MB at 384 dimensions.
_DECODED = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Eligible:
    """What of a segment one search may return."""

    selector: Any
    """FAISS's selector by position in the segment; None for all."""
    bitmap: NDArray[np.uint8] | None
    """The selector reads this memory, so it must live as long."""
    count: int


class Segment:
    """Vectors by position, the row of each, and which of them are removed. Removing only marks.

    With `codes` (`index.local.approximate`), all eligible vectors are compared by their codes and the best `depth` times the
    wanted number of them in full; without, or where a filter leaves no more than that, all are compared in full. Scores are
    the same either way.
    """

    def __init__(
        self,
        index: Any,
        rows: NDArray[np.int64],
        gone: NDArray[np.bool_] | None = None,
        *,
        codes: Any | None = None,
        depth: int = 0,
    ) -> None:
        self.index = index
        self.rows = rows
        self.gone = np.zeros(len(rows), dtype=np.bool_) if gone is None else gone
        self._live = len(rows) - int(np.count_nonzero(self.gone))
        self._codes = codes  # kept: the index that refines holds only a pointer to it
        self._refined = None if codes is None else faiss.IndexRefine(codes, index)
        self._depth = depth
        self._all: _Eligible | None = None
        self._filtered: WeakKeyDictionary[Allowed, _Eligible] = WeakKeyDictionary()

    def add(self, rows: NDArray[np.int64], vectors: Vectors) -> None:
        """Add vectors under these rows. Not for an index that is mapped from a file."""
        self.index.add(np.ascontiguousarray(vectors))
        self.rows = np.concatenate([self.rows, rows])
        self.gone = np.concatenate([self.gone, np.zeros(len(rows), dtype=np.bool_)])
        self._live += len(rows)
        self._forget()

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Mark these rows as removed; rows that are not there are no error."""
        found = np.isin(self.rows, rows) & ~self.gone
        if found.any():
            self.gone |= found
            self._live -= int(np.count_nonzero(found))
            self._forget()

    def count(self) -> int:
        """Return how many vectors there are, without removed ones."""
        return self._live

    def nearest(self, vector: NDArray[np.float32], k: int, allowed: Allowed | None) -> list[tuple[int, float]]:
        """Return up to k (row, inner product), best first, of allowed rows only if given."""
        eligible = self._eligible(allowed)
        k = min(k, eligible.count)
        if k <= 0:
            return []
        if self._refined is None or eligible.count <= max(k, _LEAST) * self._depth:
            return self._search(self.index, vector, k, faiss.SearchParameters(sel=eligible.selector))  # type: ignore[call-arg]  # SWIG hides it
        coded = faiss.SearchParametersIVF(sel=eligible.selector, nprobe=1)  # type: ignore[call-arg]
        parameters = faiss.IndexRefineSearchParameters(k_factor=float(self._depth), base_index_params=coded)  # type: ignore[call-arg]
        return self._search(self._refined, vector, max(k, _LEAST), parameters)[:k]

    def compare(self, vector: NDArray[np.float32], rows: NDArray[np.int64], found: NDArray[np.float32]) -> None:
        """Write into `found` the inner product of the vector with each of these rows that is here."""
        positions, there = self._places(rows)
        if there.any():
            stored = self.index.reconstruct_batch(positions[there])
            # One by one: a product of all at once differs in the last places with how many there are.
            found[there] = np.einsum("ij,j->i", stored, vector)

    def stored(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield (place in `rows`, vector) of those rows that are here."""
        positions, there = self._places(rows)
        if there.any():
            yield from zip(np.flatnonzero(there).tolist(), self.index.reconstruct_batch(positions[there]), strict=True)

    def chunks(self) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """Yield the rows and vectors that are not removed, a part at a time, in order."""
        for start in range(0, len(self.rows), _DECODED):
            stop = min(start + _DECODED, len(self.rows))
            kept = ~self.gone[start:stop]
            yield self.rows[start:stop][kept], self.index.reconstruct_n(start, stop - start)[kept]

    def _search(self, index: Any, vector: NDArray[np.float32], k: int, parameters: Any) -> list[tuple[int, float]]:
        with one_core():
            scores, positions = index.search(np.ascontiguousarray(vector[np.newaxis, :]), k, params=parameters)
        there = positions[0] >= 0
        return list(zip(self.rows[positions[0][there]].tolist(), scores[0][there].tolist(), strict=True))

    def _places(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the position of each row, and which of the rows are here at all."""
        # Rows are never used twice, and are added in their order.
        positions = np.searchsorted(self.rows, rows)
        there = positions < len(self.rows)
        there[there] = (self.rows[positions[there]] == rows[there]) & ~self.gone[positions[there]]
        return positions, there

    def _eligible(self, allowed: Allowed | None) -> _Eligible:
        if allowed is None:
            if self._all is None:
                self._all = _select(~self.gone)
            return self._all
        found = self._filtered.get(allowed)
        if found is None:
            found = self._filtered[allowed] = _select(~self.gone & allowed.mask[self.rows])
        return found

    def _forget(self) -> None:
        self._all = None
        self._filtered.clear()


def exact_index(dimension: int) -> Any:
    """Return an empty exact inner-product index over float16 (docs/adr/0003)."""
    return faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)


@contextmanager
def one_core() -> Iterator[None]:
    """Let FAISS use one core for what this thread does inside.

    Several questions run side by side, one core each: FAISS's own threads would wait for each other. Put back afterwards,
    because the number is OpenMP's for this thread, and torch takes it for its own.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _select(mask: NDArray[np.bool_]) -> _Eligible:
    count = int(np.count_nonzero(mask))
    if count == len(mask):
        return _Eligible(selector=None, bitmap=None, count=count)
    bitmap = np.packbits(mask, bitorder="little")
    return _Eligible(selector=faiss.IDSelectorBitmap(len(bitmap), faiss.swig_ptr(bitmap)), bitmap=bitmap, count=count)

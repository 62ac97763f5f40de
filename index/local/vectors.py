"""The vector cache: a main index mapped from a snapshot, and what changed since in memory; rebuilt from SQLite when missing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.failpoints import reached
from index.local.approximate import EXACT_UP_TO, VectorIndex, build_codes
from index.local.filters import Allowed
from index.local.segments import Segment, exact_index
from index.local.working_folders import link_or_copy
from index.types import Vectors

_ABOUT, _MAIN, _CODES, _ROWS, _GONE, _ADDED, _ADDED_ROWS = (
    "vectors.json", "vectors.faiss", "codes.faiss", "rows.npy", "gone.npy", "added.faiss", "added_rows.npy",
)  # fmt: skip
# A snapshot keeps the main index until so much of it has changed; then it is built anew from the vectors in memory.
_REBUILD_FROM = 0.1


class VectorCache:
    """Inner product over float16 vectors. Ids are SQLite row numbers and are never used twice.

    Float16 halves the memory and the time of float32 without changing which passages are found (docs/adr/0003). Up to
    `exact_up_to` vectors every one is compared in full; above, the next snapshot holds short codes, too (docs/adr/0023).
    """

    def __init__(self, dimension: int, *, exact_up_to: int = EXACT_UP_TO) -> None:
        self._dimension = dimension
        self._exact_up_to = exact_up_to
        self._about = VectorIndex(kind="exact", vectors=0)
        self._main: Segment | None = None
        self._added = self._empty()
        self._folder: Path | None = None

    def load(self, folder: Path) -> None:
        """Replace the content with a saved one. The main index stays in its file, shared by all processes that map it.

        Raises:
            ValueError: the files hold vectors of another dimension, or codes where exact search is wanted.
            RuntimeError: FAISS cannot read a file.
            OSError: a file is missing.
        """
        stored = json.loads((folder / _ABOUT).read_text())
        dimension = stored.pop("dimension")
        if dimension != self._dimension:
            raise ValueError(f"dimension {dimension}, expected {self._dimension}")
        try:
            about = VectorIndex(**stored)
        except TypeError as error:
            raise ValueError(f"{_ABOUT}: {error}") from error
        # Mapped without a copy; FAISS ends the process when something is added to such an index, so nothing ever is.
        main = faiss.read_index(str(folder / _MAIN), faiss.IO_FLAG_MMAP_IFC) if (folder / _MAIN).exists() else None
        added = faiss.read_index(str(folder / _ADDED)) if (folder / _ADDED).exists() else None
        codes = faiss.read_index(str(folder / _CODES)) if about.kind == "refined" else None
        if main is not None and codes is not None and (main.ntotal <= self._exact_up_to or codes.ntotal != main.ntotal):
            raise ValueError(f"{codes.ntotal} codes for {main.ntotal} vectors, of which {self._exact_up_to} are searched exactly")
        self._about, self._folder = about, folder
        self._main = None
        if main is not None:
            self._main = Segment(main, np.load(folder / _ROWS), np.load(folder / _GONE), codes=codes, depth=about.depth)
        self._added = self._empty() if added is None else Segment(added, np.load(folder / _ADDED_ROWS))

    def save(self, folder: Path) -> None:
        """Write the content into a folder, building the main index anew where much has changed; this can take minutes."""
        changed = self._added.count() + (int(np.count_nonzero(self._main.gone)) if self._main else 0)
        if self._main is None or self._folder is None or changed > _REBUILD_FROM * len(self._main.rows):
            about = self._build(folder)
        else:
            about = replace(self._about, vectors=self._main.count(), pending=self._added.count())
            for name in (_MAIN, _ROWS, *([_CODES] if about.kind == "refined" else [])):
                link_or_copy(self._folder / name, folder / name)
            np.save(folder / _GONE, self._main.gone)
            added = self._compacted(self._added)
            if added.count():
                faiss.write_index(added.index, str(folder / _ADDED))
                np.save(folder / _ADDED_ROWS, added.rows)
        (folder / _ABOUT).write_text(json.dumps({**asdict(about), "dimension": self._dimension}, indent=1))

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under these rows."""
        if rows:
            self._added.add(np.asarray(rows, dtype=np.int64), vectors)

    def remove(self, rows: Sequence[int]) -> None:
        """Remove these rows; rows that are not there are no error."""
        if not rows:
            return
        for segment in self._segments():
            segment.remove(np.asarray(rows, dtype=np.int64))
        if self._added.count() < len(self._added.rows) // 2:
            reached("compaction.vectors")
            self._added = self._compacted(self._added)

    def count(self) -> int:
        """Return how many vectors there are."""
        return sum(segment.count() for segment in self._segments())

    def about(self) -> VectorIndex:
        """Return how vectors are searched at present."""
        return replace(self._about, vectors=self._main.count() if self._main else 0, pending=self._added.count())

    def nearest(self, vector: NDArray[np.float32], k: int, allowed: Allowed | None = None) -> list[tuple[int, float]]:
        """Return up to k (row, inner product), best first, ties by row; only of the allowed rows if given."""
        found = [pair for segment in self._segments() for pair in segment.nearest(vector, k, allowed)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[: max(0, k)]

    def similarities(self, vector: NDArray[np.float32], rows: Sequence[int]) -> list[float]:
        """Return the inner product of the vector with each of these rows, 0 for rows that are not there."""
        wanted = np.asarray(rows, dtype=np.int64)
        found = np.zeros(len(wanted), dtype=np.float32)
        for segment in self._segments():
            segment.compare(vector, wanted, found)
        return [float(similarity) for similarity in found]

    def stored(self, rows: Sequence[int]) -> list[NDArray[np.float32] | None]:
        """Return the vector of each of these rows, None for rows that are not there."""
        found: list[NDArray[np.float32] | None] = [None] * len(rows)
        for segment in self._segments():
            for place, vector in segment.stored(np.asarray(rows, dtype=np.int64)):
                found[place] = vector
        return found

    def rows(self) -> set[int]:
        """Return the rows that have a vector."""
        return {row for segment in self._segments() for row in segment.rows[~segment.gone].tolist()}

    def _segments(self) -> list[Segment]:
        return [self._added] if self._main is None else [self._main, self._added]

    def _chunks(self) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        for segment in self._segments():
            yield from segment.chunks()

    def _build(self, folder: Path) -> VectorIndex:
        """Write a main index over everything."""
        count = self.count()
        about = VectorIndex(kind="exact", vectors=count)
        if not count:
            return about
        index = exact_index(self._dimension)
        for _, vectors in self._chunks():
            index.add(vectors)
        built = build_codes(self._chunks, index) if count > self._exact_up_to else None
        if built is not None:
            codes, about = built
            faiss.write_index(codes, str(folder / _CODES))
        faiss.write_index(index, str(folder / _MAIN))
        reached("snapshot.merged")
        np.save(folder / _ROWS, np.concatenate([rows for rows, _ in self._chunks()]))
        np.save(folder / _GONE, np.zeros(count, dtype=np.bool_))
        return about

    def _empty(self) -> Segment:
        return Segment(exact_index(self._dimension), np.zeros(0, dtype=np.int64))

    def _compacted(self, segment: Segment) -> Segment:
        """Return a segment in memory without its removed vectors."""
        if segment.count() == len(segment.rows):
            return segment
        kept = self._empty()
        for rows, vectors in segment.chunks():
            kept.add(rows, vectors)
        return kept

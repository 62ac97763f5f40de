"""Chooses and builds what narrows a search over many vectors: short codes that find the few worth comparing in full."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

from index.types import Vectors

Chunks = Callable[[], Iterator[tuple[NDArray[np.int64], Vectors]]]
"""Begins an iteration over all (rows, vectors)."""

EXACT_UP_TO = 20_000
"""Up to so many passages every vector is compared in full, which takes about a millisecond (docs/adr/0023)."""
TARGET_RECALL = 0.98
"""Recall@50 that the number of vectors compared in full is chosen for; 50 passages are what a question reads of each ranker.

Of the ten best fewer are lost: of a million made-up vectors .985 of 50, and for questions .988 of ten (docs/adr/0023).
"""
RECALL_AT = 50
_QUERIES = 200
# A question is about so far from the passages that answer it as a passage is when moved by its own length (cosine .7).
_MOVED = 1.0
# So many times the wanted passages are compared in full, until recall is reached; more than a quarter of all is not worth it.
_DEPTHS = (10, 20, 40, 80, 160)
_MOST_OF_ALL = 0.25
# Two numbers of a vector make one code of four bits (product quantization: Jégou et al., TPAMI 2011), so that 32 codes are
# looked up by one instruction (FastScan: André et al., VLDB 2015). A code is an eighth of the float16 vector.
_NUMBERS_PER_CODE, _BITS = 2, 4
# FAISS draws 256 for each of the 16 centres of a code, so more would not be looked at.
_TRAINED = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorIndex:
    """How vectors are searched, as a snapshot's `vectors.json` says it."""

    kind: Literal["exact", "refined"]
    """Refined: all are compared by short codes, and the best of those in full."""
    vectors: int
    """In the main part, without removed ones."""
    pending: int = 0
    """Added since; always searched exactly."""
    depth: int = 0
    """So many times the wanted number are compared in full; 0 when exact."""
    recall: float = 1.0
    """Recall@50 against exact search, measured when the codes were built; 1 when exact."""
    queries: int = 0
    """Stored vectors, moved away from where they are, that recall was measured with."""


def build_codes(chunks: Chunks, exact: Any) -> tuple[Any, VectorIndex] | None:
    """Return short codes of all vectors, in their order, and what was measured of them. Deterministic.

    None when their dimension cannot be coded, or the best were not found among so many as may be compared: then every vector is.

    Args:
        chunks: the vectors.
        exact: the index that compares them in full, at the same positions.
    """
    if exact.d % _NUMBERS_PER_CODE:
        return None
    # One inverted list: FAISS's flat index of such codes takes no filter, inverted lists do.
    codes: Any = faiss.index_factory(exact.d, f"IVF1,PQ{exact.d // _NUMBERS_PER_CODE}x{_BITS}fs", faiss.METRIC_INNER_PRODUCT)
    codes.by_residual = False
    codes.cp.niter = 1
    drawn = np.random.default_rng(1).permutation(exact.ntotal)
    codes.train(_pick(chunks, drawn[:_TRAINED]))
    for _, vectors in chunks():
        codes.add(vectors)
    queries = _moved(_pick(chunks, drawn[-_QUERIES:]))
    wanted = min(RECALL_AT, exact.ntotal)
    _, expected = exact.search(queries, wanted)
    for depth in _DEPTHS:
        if depth * wanted > _MOST_OF_ALL * exact.ntotal:
            break
        found = recall(codes, queries, depth * wanted, expected)
        if found >= TARGET_RECALL:
            about = VectorIndex(kind="refined", vectors=exact.ntotal, depth=depth, recall=round(found, 4), queries=len(queries))
            return codes, about
    return None


def recall(codes: Any, queries: Vectors, compared: int, expected: NDArray[np.int64]) -> float:
    """Return the part of the expected nearest, one row for each query, that is among the best so many by code."""
    _, found = codes.search(queries, min(compared, codes.ntotal))
    shared = sum(len(set(one) & set(other)) for one, other in zip(found.tolist(), expected.tolist(), strict=True))
    return shared / expected.size


def _moved(vectors: Vectors) -> Vectors:
    noise = np.random.default_rng(2).standard_normal(vectors.shape, dtype=np.float32)
    moved = vectors + _MOVED * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.ascontiguousarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def _pick(chunks: Chunks, positions: NDArray[np.int64]) -> Vectors:
    wanted = np.sort(positions)
    picked, start = [], 0
    for _, vectors in chunks():
        inside = wanted[(wanted >= start) & (wanted < start + len(vectors))]
        picked.append(vectors[inside - start])
        start += len(vectors)
    return np.ascontiguousarray(np.concatenate(picked))

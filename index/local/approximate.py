"""Chooses and builds the index over many vectors: inverted lists, with as many searched as a measured recall asks for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

from index.types import Vectors

Chunks = Callable[[], Iterator[tuple[NDArray[np.int64], Vectors]]]
"""Begins an iteration over all (rows, vectors)."""

EXACT_UP_TO = 1_000_000
"""Up to so many passages every vector is compared: about 25 ms for each million on one core (docs/adr/0021)."""
TARGET_RECALL = 0.98
"""Recall@10 of stored passages that the number of searched lists is chosen for.

Questions lie farther from passages than passages from each other: where passages reach .98, questions reach .965 (measured on
830 real ones, docs/adr/0021). Asked is .95.
"""
RECALL_AT = 10
_QUERIES = 400
# A list for each 2 sqrt(n): then finding the lists costs as much as searching some of them. FAISS's guidelines say 4 to 16
# times sqrt(n); fewer are trained in a quarter of the time, and searching longer lists is not what takes the time here.
_LISTS_PER_ROOT = 2
# FAISS warns below 39 training vectors a list.
_TRAINED_PER_LIST = 50
_ITERATIONS = 10
# Each step tries this part more lists: at most a third too many are searched.
_STEP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorIndex:
    """How vectors are searched, as a snapshot's `vectors.json` says it."""

    kind: Literal["exact", "ivf"]
    vectors: int
    """In the main part, without removed ones."""
    pending: int = 0
    """Added since; always searched exactly."""
    lists: int = 0
    """Inverted lists; 0 when exact."""
    probes: int = 0
    """Lists searched for a question without a filter; 0 when exact."""
    recall: float = 1.0
    """Recall@10 against exact search, measured when the index was built; 1 when exact."""
    queries: int = 0
    """Stored vectors, not trained on, that recall was measured with."""


def build(chunks: Chunks, count: int, dimension: int) -> tuple[Any, VectorIndex]:
    """Return inverted lists over the vectors, in their order, and what was measured of them. Deterministic.

    Stores float16, as the exact index does: scores are the same, only which lists are looked into can cost recall.
    """
    lists = max(1, int(_LISTS_PER_ROOT * count**0.5))
    drawn = np.random.default_rng(1).permutation(count)
    queries = _pick(chunks, drawn[:_QUERIES])
    trained = _pick(chunks, drawn[_QUERIES : _QUERIES + _TRAINED_PER_LIST * lists] if count > _QUERIES * 2 else drawn)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter = _ITERATIONS
    # Vectors are of unit length; lists of equal reach need centres of unit length, too.
    index.cp.spherical = True
    index.train(trained)
    for _, vectors in chunks():
        index.add(vectors)
    probes, recall = _probes(index, queries)
    return index, VectorIndex(kind="ivf", vectors=count, lists=lists, probes=probes, recall=recall, queries=len(queries))


def recall(index: Any, queries: Vectors, probes: int, expected: NDArray[np.int64]) -> float:
    """Return the part of the expected nearest, one row for each query, that a search of so many lists finds."""
    _, found = index.search(queries, expected.shape[1], params=faiss.SearchParametersIVF(nprobe=probes))  # type: ignore[call-arg]
    shared = sum(len(set(one) & set(other)) for one, other in zip(found.tolist(), expected.tolist(), strict=True))
    return shared / expected.size


def _probes(index: Any, queries: Vectors) -> tuple[int, float]:
    """Return the fewest lists, in steps, that reach the target, and the recall with them."""
    # One more, because each query is stored and finds itself; searching all lists is exact.
    parameters = faiss.SearchParametersIVF(nprobe=index.nlist)  # type: ignore[call-arg]
    _, expected = index.search(queries, min(RECALL_AT + 1, index.ntotal), params=parameters)
    probes = 1
    while probes < index.nlist:
        # The query itself is found always: it does not count.
        raw = recall(index, queries, probes, expected)
        measured = 1 - (1 - raw) * expected.shape[1] / max(1, expected.shape[1] - 1)
        if measured >= TARGET_RECALL:
            return probes, round(measured, 4)
        probes += -(-probes // _STEP)
    return int(index.nlist), 1.0


def _pick(chunks: Chunks, positions: NDArray[np.int64]) -> Vectors:
    wanted = np.sort(positions)
    picked, start = [], 0
    for _, vectors in chunks():
        inside = wanted[(wanted >= start) & (wanted < start + len(vectors))]
        picked.append(vectors[inside - start])
        start += len(vectors)
    return np.ascontiguousarray(np.concatenate(picked))

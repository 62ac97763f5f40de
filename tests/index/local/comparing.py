"""What caches answer, and whether they hold what the archive does."""

from collections.abc import Callable

import numpy as np

from index.local.store import LocalStore
from index.types import Where

VectorOf = Callable[[int], np.ndarray]


def answers(store: LocalStore, vector: VectorOf) -> tuple[list[tuple[int, float]], list[list[tuple[int, float]]], list[float]]:
    """Return what both rankers say, and how rare two words are."""
    with store.consistent():
        words = [store.matching(["harbour", f"number{number}"], 100, Where()) for number in range(6)]
        return store.nearest(vector(3), 100, Where()), words, store.rarity(["harbour", "number4"])


def whole(store: LocalStore) -> bool:
    """Return whether both caches hold as many passages as the archive."""
    with store.consistent():
        (passages,) = store._database.rows("SELECT count(*) FROM passages")[0]
        return bool(passages == store._caches.vectors.count() == store._caches.words.count())

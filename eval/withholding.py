"""An archive without some of its articles, for asking what it would say if it did not hold the answer."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from index.protocols import PassageStore
from index.types import Where

_Found = list[tuple[int, float]]


class Withholding:
    """A store whose searches leave out the articles that are withheld; everything else is the store behind it.

    `judged_as` gives the id under which each article's story is judged; `withheld` holds such ids and may be changed between
    questions.
    """

    def __init__(self, store: PassageStore, judged_as: Callable[[Sequence[str]], list[str]]) -> None:
        self._store = store
        self._judged_as = judged_as
        self.withheld: Collection[str] = ()

    def as_store(self) -> PassageStore:
        """Return this as what it stands for; mypy cannot see methods that are passed on."""
        return cast("PassageStore", self)

    def nearest(self, vector: NDArray[np.float32], k: int, where: Where) -> _Found:
        """Return up to k (row, inner product) of what is not withheld, best first."""
        return self._without(k, lambda depth: self._store.nearest(vector, depth, where))

    def matching(self, words: Sequence[str], k: int, where: Where, phrases: Sequence[str] = ()) -> _Found:
        """Return up to k (row, score) of what is not withheld, best first."""
        return self._without(k, lambda depth: self._store.matching(words, depth, where, phrases))

    def __getattr__(self, name: str) -> Any:
        """Pass on what is no search."""
        return getattr(self._store, name)

    def _without(self, k: int, search: Callable[[int], _Found]) -> _Found:
        if not self.withheld:
            return search(k)
        depth = 2 * k
        while True:
            found = search(depth)
            articles = [article.article_id for _, article in self._store.passages([row for row, _ in found])]
            kept = [hit for hit, story in zip(found, self._judged_as(articles), strict=True) if story not in self.withheld]
            if len(kept) >= k or len(found) < depth:
                return kept[:k]
            depth *= 2

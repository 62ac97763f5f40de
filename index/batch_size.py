"""How many texts to compute at once: found by trying, and made smaller whenever memory runs out."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_TRIES = 2
# Less than a tenth more is not worth twice the memory.
_GAIN = 1.1


class BatchSize:
    """Doubles while that makes it faster, then stays; halves when memory runs out, and never grows again after that.

    Args:
        first: the size to begin with.
        most: the largest size; equal to `first`, the size stays.
    """

    def __init__(self, *, first: int, most: int) -> None:
        self._size, self._most = first, most
        self._tries: list[float] = []
        self._before: float | None = None
        self._found = first >= most

    @property
    def size(self) -> int:
        """How many to compute at once now."""
        return self._size

    @property
    def found(self) -> bool:
        """Whether the search has ended."""
        return self._found

    def took(self, work: float, seconds: float) -> None:
        """Learn what a whole batch of this size took.

        Args:
            work: how much there was to do, in any unit that stays the same, such as characters.
            seconds: how long it took.
        """
        if self._found:
            return
        self._tries.append(work / max(seconds, 1e-9))
        if len(self._tries) < _TRIES:
            return  # the first batch of a size also pays for what is prepared once
        now, before = max(self._tries), self._before
        self._tries = []
        if before is not None and now < before * _GAIN:
            self._size //= 2
            self._found = True
        elif 2 * self._size > self._most:
            self._found = True
        else:
            self._before, self._size = now, 2 * self._size

    def too_large(self) -> None:
        """Learn that memory ran out."""
        self._found, self._tries = True, []
        self._size = max(1, self._size // 2)


def in_batches(
    items: Sequence[T], work: Callable[[Sequence[T]], Sequence[R]], batch: BatchSize, *,
    weight: Callable[[T], int], full: type[Exception], clock: Callable[[], float],
) -> list[R]:  # fmt: skip
    """Return what becomes of each item, in order: computed in batches, the heaviest first.

    Items of like weight share a batch, so that little of it is padding, and too little memory shows at the beginning. A batch
    that memory does not suffice for is computed again in smaller ones: nothing is lost.

    Args:
        items: what is to be computed.
        work: computes a batch.
        batch: how many at once; it learns from this.
        weight: how much there is to do for an item.
        full: what `work` raises when memory runs out.
        clock: seconds.

    Raises:
        Exception: what `work` raised; `full` only when a single item is too much.
    """
    order = sorted(range(len(items)), key=lambda number: -weight(items[number]))
    made: dict[int, R] = {}
    at = 0
    while at < len(order):
        size = batch.size
        numbers = order[at : at + size]
        some = [items[number] for number in numbers]
        began = clock()
        try:
            results = work(some)
        except full:
            if len(numbers) == 1:
                raise
            # What is smaller than a batch may be is more than memory has room for all the same.
            while batch.size >= len(numbers):
                batch.too_large()
            continue
        if len(numbers) == size:
            batch.took(sum(map(weight, some)), clock() - began)
        made.update(zip(numbers, results, strict=True))
        at += len(numbers)
    return [made[number] for number in range(len(items))]

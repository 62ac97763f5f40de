"""Takes what is many in parts."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def batches(items: Iterable[_T], together: int) -> Iterator[list[_T]]:
    """Yield the items in lists of so many, in order."""
    iterator = iter(items)
    while some := list(islice(iterator, together)):
        yield some

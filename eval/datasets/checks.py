"""What holds for everything that is read: ids are unique, and nothing is empty."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from eval.datasets.fields import Fields
from eval.errors import GoldError

Value = TypeVar("Value")


def unique(found: Iterable[tuple[Fields, str, Value]], path: Path, what: str) -> Iterator[Value]:
    """Yield the values, each of which comes with the object that it was read from and its id.

    Args:
        found: what was read.
        path: the file it is of.
        what: what they are: `questions`.

    Raises:
        GoldError: two have one id, or there are none.
    """
    places: dict[str, tuple[Path, int | str]] = {}
    for fields, identity, value in found:
        if identity in places:
            first, position = places[identity]
            owner = f"line {position}" if isinstance(position, int) else position
            file = "" if first == fields.path else f"{first.name}, "
            raise fields.wrong(f"the id {identity!r} is that of {file}{owner}. Give each its own.")
        places[identity] = (fields.path, fields.position)
        yield value
    if not places:
        raise GoldError(path, None, f"holds no {what}. docs/eval.md shows how they are written.")

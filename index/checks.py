"""What examining an archive finds: `dateline check` shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Place = Literal["archive", "caches"]
"""The archive is the truth and can only be restored from a backup; caches are made from it and can be made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is not as it was written, or does not agree with the rest."""

    place: Place
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCheck:
    """An archive at one generation, what it says about itself, and everything that is wrong with it."""

    generation: int
    articles: int
    passages: int
    manifest: Mapping[str, str]
    """Embedder, length of its vectors, chunker."""
    snapshot: int | None
    """The generation of the saved caches that the next start uses; None when it will build them."""
    vector_index: Mapping[str, str | int | float]
    """How vectors are searched, with the recall that was measured (`index.local.approximate.VectorIndex`)."""
    problems: tuple[Problem, ...]

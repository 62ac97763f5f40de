"""What a backup says about itself: `dateline backup` and `dateline restore` show it."""

from collections.abc import Callable

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Progress = Callable[[str, float], None]
"""Is told what is being done, and the share of it that is done."""


# Later versions of the format may say more.
@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="ignore", strict=True))
class Backup:
    """An archive as it stood at one generation, in one file."""

    created: str
    """When, in UTC."""
    archive: str
    """The identity of the archive that it was made of; a restored one gets its own."""
    schema_version: int = Field(ge=1)
    generation: int = Field(ge=0)
    articles: int = Field(ge=0)
    passages: int = Field(ge=0)
    embedder: str
    dimension: str
    chunker: str
    bytes: int = Field(ge=1)
    """The length of the database, with which the file begins."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The digest of those bytes."""

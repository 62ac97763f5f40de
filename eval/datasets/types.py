"""What a loader returns. No behaviour."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eval.gold import GoldQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text of a dataset, as `dateline ingest` takes it."""

    document_id: str
    """Unique in the dataset; `GoldQuestion.relevant` names documents by it."""
    record: Mapping[str, Any]
    """An article record (`index.sources.field_mapping`); its `id` is the document's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Questions and, where the data comes with them, the texts that hold the answers."""

    name: str
    """The name of the file or folder it was read from."""
    questions: tuple[GoldQuestion, ...]
    documents: Callable[[], Iterator[Document]] | None
    """Reads the documents, one at a time; None when the data holds none. The iteration raises GoldError where a document is
    not readable."""

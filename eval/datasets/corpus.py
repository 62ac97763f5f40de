"""The documents of a dataset: article records one a line, and whether judgements name documents that are there."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.fields import Fields
from eval.datasets.reading import read_lines
from eval.datasets.types import Document

# Reading a corpus of this size takes seconds; to load the questions must not take minutes.
_READ_AT_ONCE_BYTES = 100_000_000


def record_documents(path: Path) -> Iterator[Document]:
    """Yield a document for each record of a JSON Lines file; a record has an `id` and whatever else `dateline ingest` reads.

    Raises:
        GoldError: the file is not readable or empty, or a record has no `id` or that of another.
    """
    return unique(_documents(path), path, "documents")


def require_documents(named: Iterable[tuple[Fields, str]], documents: Callable[[], Iterator[Document]], *files: Path) -> None:
    """Check that the corpus holds each document that is named as relevant; one of more than 100 MB is not read for that.

    Args:
        named: the ids, each with the object that names it.
        documents: reads the corpus.
        files: its files.

    Raises:
        GoldError: a document is missing, or the corpus has a fault.
    """
    if sum(file.stat().st_size for file in files) > _READ_AT_ONCE_BYTES:
        return
    ids = frozenset(document.document_id for document in documents())
    corpus = ", ".join(file.name for file in files)
    for fields, document_id in named:
        if document_id not in ids:
            raise fields.wrong(f"the document {document_id!r} is not in {corpus}. Add it there, or drop what names it.")


def _documents(path: Path) -> Iterator[tuple[Fields, str, Document]]:
    for fields in read_lines(path):
        identity = fields.identity("id")
        yield fields, identity, Document(document_id=identity, record={**fields.values, "id": identity})

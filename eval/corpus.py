"""Puts the documents of a dataset into an archive, the way users' files get there. Asks nothing."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from eval.datasets.types import Dataset
from eval.errors import EvalError, ReportError
from index.embedder_wiring import build_embedder
from index.ingest import Fallbacks, IngestReport
from index.settings import IndexSettings
from index.types import LedgerEntry
from index.wiring import build_ingest, build_reader, build_store


def ingest_documents(dataset: Dataset, settings: IndexSettings, advance: Callable[[LedgerEntry], None]) -> IngestReport:
    """Write the documents as article records beside the archive and ingest that file; `advance` gets every ledger entry.

    Ingesting again goes on where it was stopped.

    Raises:
        EvalError: the dataset comes without documents.
        GoldError: a document cannot be read.
        ArchiveError: the archive cannot be opened with these settings.
    """
    if dataset.documents is None:
        raise EvalError(f"{dataset.name} holds questions only. Ingest the articles that they are about: dateline ingest SOURCE")
    records = _write_records(dataset, settings.data / f"{Path(dataset.name).stem}.documents.jsonl")
    with closing(build_store(settings)) as store:
        embedder = build_embedder(settings)
        with closing(build_reader(settings, store, embedder.embed_passages)) as reader:
            ingest = build_ingest(settings, store, embedder, prepare=reader.prepare)
            return ingest.run(reader.read([str(records)]), Fallbacks(), advance, sources=[str(records)])


def _write_records(dataset: Dataset, path: Path) -> Path:
    assert dataset.documents is not None  # noqa: S101 - the caller has looked
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for document in dataset.documents():
                file.write(json.dumps(document.record, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ReportError(path.parent, error.strerror or str(error)) from error
    return path

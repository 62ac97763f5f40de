"""Dateline through its own public code: the archive of `dateline ingest`, on disk, and the search of every answer."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from json import dumps
from pathlib import Path

from benchmarks.peers.session import Record, Search, measure
from index.chunking import context_line
from index.embedder_wiring import build_embedder
from index.ingest import Fallbacks
from index.wiring import build_ingest, build_reader, build_store
from rag.pipeline import Pipeline
from rag.settings import RagSettings
from rag.types import Question
from rag.wiring import build_pipeline

PACKAGES = ("dateline", "openvino", "torch", "sentence-transformers", "faiss-cpu", "tantivy")
WITHOUT_DATES = "without dates"


class DatelinePeer:
    """An archive in the working folder. Its own packaged model is used, whose folder the peers are given."""

    def __init__(self, _model: Path) -> None:
        self._settings = RagSettings(data=Path("data").resolve())
        self._embedder = build_embedder(self._settings)
        self._embedder.embed_passages(["warm"])
        # As the service does (`api.app`): two cores for a question.
        self._asking = build_embedder(self._settings, threads=2)
        self._asking.embed_question("warm")

    def ingest(self, records: Sequence[Record]) -> None:
        """Ingest a file as the command does, and bring the caches up to the archive."""
        source = Path("articles.jsonl").resolve()
        source.write_text("".join(f"{dumps(record, ensure_ascii=False)}\n" for record in records), encoding="utf-8")
        self._store = build_store(self._settings)
        with closing(build_reader(self._settings, self._store, self._embedder.embed_passages)) as reader:
            ingest = build_ingest(self._settings, self._store, self._embedder, prepare=reader.prepare)
            report = ingest.run(reader.read([str(source)]), Fallbacks(), sources=[str(source)])
        if report.counts["failed"] or report.counts["skipped"]:
            raise RuntimeError(f"not every article was ingested: {report.counts}")
        self._dated = build_pipeline(self._settings, store=self._store, embedder=self._asking)
        timeless = self._settings.model_copy(update={"recency_strength": 0.0})
        self._timeless = build_pipeline(timeless, store=self._store, embedder=self._asking)
        self._dated.search(Question(text="ready"))

    def passages(self) -> list[tuple[str, str, str]]:
        """Return what was embedded: a line with title, outlet and date, then the text."""
        last, at_once = self._store.stats().passages * 2, 5_000
        return [
            (article.origin.record_id or "", f"{context_line(article)}\n", passage.text)
            for start in range(1, last + 1, at_once)
            for passage, article in self._store.passages(list(range(start, start + at_once)))
        ]

    def searches(self) -> Mapping[str, Search]:
        """Return the search as of the question's day, and one that knows as little of time as the peers."""
        return {"": partial(_search, self._dated, dated=True), WITHOUT_DATES: partial(_search, self._timeless, dated=False)}


def _search(pipeline: Pipeline, question: str, day: str, k: int, *, dated: bool) -> list[str]:
    hits = pipeline.search(Question(text=question, k=k, as_of=date.fromisoformat(day) if dated and day else None))
    return [hit.article.origin.record_id or "" for hit in hits]


if __name__ == "__main__":
    measure(DatelinePeer, PACKAGES)

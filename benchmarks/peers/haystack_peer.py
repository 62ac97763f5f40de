"""Haystack as its tutorials use it: DocumentSplitter, the sentence-transformers embedders, InMemoryDocumentStore, pipelines."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peers.session import Record, Search, document, facts, measure

PACKAGES = ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers")


class HaystackPeer:
    """Articles in Haystack's store in memory."""

    def __init__(self, model: Path) -> None:
        self._store = InMemoryDocumentStore()
        embedder = SentenceTransformersDocumentEmbedder(model=str(model), progress_bar=False)
        embedder.warm_up()
        embedder.run([Document(content="warm")])
        self._indexing = Pipeline()
        self._indexing.add_component("splitter", DocumentSplitter())
        self._indexing.add_component("embedder", embedder)
        self._indexing.add_component("writer", DocumentWriter(self._store))
        self._indexing.connect("splitter", "embedder")
        self._indexing.connect("embedder", "writer")
        asking = SentenceTransformersTextEmbedder(model=str(model), progress_bar=False)
        asking.warm_up()
        asking.run("warm")
        self._asking = Pipeline()
        self._asking.add_component("embedder", asking)
        self._asking.add_component("retriever", InMemoryEmbeddingRetriever(self._store))
        self._asking.connect("embedder.embedding", "retriever.query_embedding")

    def ingest(self, records: Sequence[Record]) -> None:
        """Split, embed, store."""
        documents = [Document(content=document(record), meta={"article": record["id"], **facts(record)}) for record in records]
        self._indexing.run({"splitter": {"documents": documents}})

    def passages(self) -> list[tuple[str, str, str]]:
        """Return what was embedded; metadata is not."""
        stored = self._store.filter_documents()
        stored.sort(key=lambda piece: (piece.meta["article"], piece.meta["split_id"]))
        return [(piece.meta["article"], "", piece.content) for piece in stored]

    def searches(self) -> Mapping[str, Search]:
        """Return the pipeline of embedder and retriever."""
        return {"": self._search}

    def _search(self, question: str, _day: str, k: int) -> list[str]:
        found = self._asking.run({"embedder": {"text": question}, "retriever": {"top_k": k}})
        return [piece.meta["article"] for piece in found["retriever"]["documents"]]


if __name__ == "__main__":
    measure(HaystackPeer, PACKAGES)

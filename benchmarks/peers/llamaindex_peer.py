"""LlamaIndex as its starter example uses it: `VectorStoreIndex.from_documents` in memory, with HuggingFaceEmbedding.

Its splitter makes passages of 1,024 tokens, of which this model reads 256; title, outlet and date, as metadata, come first.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.schema import MetadataMode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding

from benchmarks.peers.session import Record, Search, document, facts, measure

PACKAGES = ("llama-index-core", "llama-index-embeddings-huggingface", "sentence-transformers")


class LlamaIndexPeer:
    """Articles in LlamaIndex's own vector store."""

    def __init__(self, model: Path) -> None:
        Settings.embed_model = HuggingFaceEmbedding(model_name=str(model))
        Settings.embed_model.get_text_embedding("warm")
        Settings.embed_model.get_query_embedding("warm")

    def ingest(self, records: Sequence[Record]) -> None:
        """Split, embed, store."""
        documents = [Document(id_=record["id"], text=document(record), metadata=facts(record)) for record in records]
        self._index = VectorStoreIndex.from_documents(documents)

    def passages(self) -> list[tuple[str, str, str]]:
        """Return what was embedded: the metadata, then the text."""
        made = []
        for node in self._index.docstore.docs.values():
            text = node.get_content(metadata_mode=MetadataMode.NONE)
            embedded = node.get_content(metadata_mode=MetadataMode.EMBED)
            made.append((node.ref_doc_id, embedded.removesuffix(text), text))
        return made

    def searches(self) -> Mapping[str, Search]:
        """Return the index's retriever."""
        return {"": self._search}

    def _search(self, question: str, _day: str, k: int) -> list[str]:
        return [found.node.ref_doc_id for found in self._index.as_retriever(similarity_top_k=k).retrieve(question)]


if __name__ == "__main__":
    measure(LlamaIndexPeer, PACKAGES)

"""LangChain as its tutorials use it: recursive splitter of 1,000 characters with 200 shared, HuggingFaceEmbeddings, FAISS."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from benchmarks.peers.session import Record, Search, document, facts, measure

PACKAGES = ("langchain-community", "langchain-huggingface", "langchain-text-splitters", "faiss-cpu", "sentence-transformers")


class LangChainPeer:
    """Articles in LangChain's FAISS store."""

    def __init__(self, model: Path) -> None:
        self._embeddings = HuggingFaceEmbeddings(model_name=str(model))
        self._embeddings.embed_documents(["warm"])
        self._embeddings.embed_query("warm")

    def ingest(self, records: Sequence[Record]) -> None:
        """Split, embed, store."""
        documents = [
            Document(page_content=document(record), metadata={"id": record["id"], **facts(record)}) for record in records
        ]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        self._pieces = splitter.split_documents(documents)
        self._store = FAISS.from_documents(self._pieces, self._embeddings)

    def passages(self) -> list[tuple[str, str, str]]:
        """Return what was embedded; metadata is not."""
        return [(piece.metadata["id"], "", piece.page_content) for piece in self._pieces]

    def searches(self) -> Mapping[str, Search]:
        """Return the store's retriever."""
        return {"": self._search}

    def _search(self, question: str, _day: str, k: int) -> list[str]:
        found = self._store.as_retriever(search_kwargs={"k": k}).invoke(question)
        return [piece.metadata["id"] for piece in found]


if __name__ == "__main__":
    measure(LangChainPeer, PACKAGES)

"""Which systems are compared, and in which way of use: each in the one that its own documentation begins with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One system as it is compared."""

    name: str
    module: str
    """The script, under `benchmarks.peers`."""
    environment: str | None
    """The name of its environment and of its list of packages, `NAME.txt` in this folder; None: that of this process."""
    way: str
    """How it is used, for readers of the figures."""


DATELINE = Peer(
    name="Dateline",
    module="dateline_peer",
    environment=None,
    way="dateline ingest and search: whole sentences up to 168 tokens, vectors and words in an archive on disk",
)

PEERS = (
    Peer(
        name="LangChain",
        module="langchain_peer",
        environment="langchain",
        way="RecursiveCharacterTextSplitter of 1,000 characters with 200 shared, HuggingFaceEmbeddings, FAISS in memory",
    ),
    Peer(
        name="LlamaIndex",
        module="llamaindex_peer",
        environment="llamaindex",
        way="VectorStoreIndex.from_documents: SentenceSplitter of 1,024 tokens with 200 shared, HuggingFaceEmbedding, in memory",
    ),
    Peer(
        name="txtai",
        module="txtai_peer",
        environment="txtai",
        way="Segmentation(paragraphs=True), Embeddings(content=True): Faiss and SQLite in a temporary file",
    ),
    Peer(
        name="txtai hybrid",
        module="txtai_hybrid_peer",
        environment="txtai",
        way="the same with hybrid=True: BM25 beside the vectors",
    ),
    Peer(
        name="Haystack",
        module="haystack_peer",
        environment="haystack",
        way="DocumentSplitter of 200 words, sentence-transformers embedders, InMemoryDocumentStore and its embedding retriever",
    ),
)

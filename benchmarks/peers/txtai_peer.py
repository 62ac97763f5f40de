"""txtai as its index guide uses it: paragraphs from its segmentation, Embeddings with content stored, vectors alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from txtai import Embeddings
from txtai.pipeline import Segmentation

from benchmarks.peers.session import Record, Search, document, measure

PACKAGES = ("txtai", "transformers", "faiss-cpu")


class TxtaiPeer:
    """Articles in a txtai index; `hybrid` adds its word index."""

    def __init__(self, model: Path, *, hybrid: bool = False) -> None:
        self._embeddings = Embeddings(path=str(model), content=True, hybrid=hybrid)
        self._embeddings.batchtransform(["warm"])
        self._segment = Segmentation(paragraphs=True)

    def ingest(self, records: Sequence[Record]) -> None:
        """Split, embed, store."""
        self._pieces = [(record["id"], piece) for record in records for piece in self._segment(document(record))]
        self._embeddings.index((f"{article}:{number}", text, None) for number, (article, text) in enumerate(self._pieces))

    def passages(self) -> list[tuple[str, str, str]]:
        """Return what was embedded."""
        return [(article, "", text) for article, text in self._pieces]

    def searches(self) -> Mapping[str, Search]:
        """Return the index's search."""
        return {"": self._search}

    def _search(self, question: str, _day: str, k: int) -> list[str]:
        return [found["id"].rpartition(":")[0] for found in self._embeddings.search(question, k)]


if __name__ == "__main__":
    measure(TxtaiPeer, PACKAGES)

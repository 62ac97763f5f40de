"""Times a bulk ingest against the bare embedder on the same passages, and the same ingest again, which must embed nothing.

`python -m benchmarks.ingest FOLDER [--articles N]`, where FOLDER holds `articles.jsonl.gz` (one article record a line). Prints
one JSON object with the figures, their limits, the commit and the date; exits 1 when a limit is missed.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.provenance import provenance
from index.chunking import context_line
from index.embedder_wiring import build_embedder
from index.ingest import Fallbacks, IngestReport
from index.protocols import Embedder, PassageStore
from index.settings import IndexSettings
from index.types import Vectors
from index.wiring import build_ingest, build_reader, build_store

LEAST_RATIO = 0.95
MOST_SECONDS_AGAIN = 30.0
MOST_MEMORY = 2.5e9
# The bare embedder is timed on so many of the passages, drawn at random: its speed does not depend on how many there are.
BARE_PASSAGES = 4_000


def main() -> None:
    """Ingest, time the bare embedder, ingest again, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="holds articles.jsonl.gz")
    parser.add_argument("--articles", type=int, help="only the first N records")
    arguments = parser.parse_args()
    records = arguments.folder / "articles.jsonl.gz"
    if not records.exists():
        print(f"skipped: {records} is not there", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as scratch:
        if arguments.articles:
            records = _first(records, arguments.articles, Path(scratch))
        settings = IndexSettings(data=Path(scratch) / "data")
        embedder = _Timed(build_embedder(settings))
        embedder.embed_passages(["warm"] * 32)
        with _Memory() as memory:
            first, seconds = _ingest(settings, embedder, records)
        busy = embedder.seconds
        store = build_store(settings)
        passages = store.stats().passages
        bare = _bare_rate(store, embedder)
        store.close()
        embedder.embedded = 0
        again, seconds_again = _ingest(settings, embedder, records)
        with gzip.open(records) as file:
            lines = sum(1 for line in file if line.strip())
    ratio = passages / seconds / bare
    report = {
        **provenance("ingest"),
        "records": lines,
        "accounted_for": first.read,
        "outcomes": first.counts,
        "passages": passages,
        "seconds": round(seconds, 1),
        "articles_per_s": round(first.read / seconds, 2),
        "passages_per_s": round(passages / seconds, 1),
        "embedder_busy": round(busy / seconds, 3),
        "bare_embedder_passages_per_s": round(bare, 1),
        "ratio": {"measured": round(ratio, 3), "limit": LEAST_RATIO},
        "peak_memory_gb": {"measured": round(memory.peak / 1e9, 2), "limit": MOST_MEMORY / 1e9},
        "again_s": {"measured": round(seconds_again, 1), "limit": MOST_SECONDS_AGAIN},
        "again_outcomes": again.counts,
        "again_embedded": embedder.embedded,
    }
    print(json.dumps(report, indent=2))
    met = (
        ratio >= LEAST_RATIO
        and memory.peak <= MOST_MEMORY
        and seconds_again <= MOST_SECONDS_AGAIN
        and embedder.embedded == 0
        and first.read == again.read == lines
    )
    sys.exit(0 if met else 1)


class _Timed:
    """An embedder that notes how long it worked and on how much."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.dimension = embedder.name, embedder.dimension
        self.gives_token_signs = embedder.gives_token_signs
        self.seconds, self.embedded = 0.0, 0

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed, as reading some pages does."""
        return self._embedder.embed_passages(texts)

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Embed passages, and note it."""
        started = time.perf_counter()
        made = self._embedder.embed_with_signs(texts)
        self.seconds += time.perf_counter() - started
        self.embedded += len(texts)
        return made

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return where tokens begin."""
        return self._embedder.token_starts(texts)

    def embed_question(self, text: str) -> Any:
        """Embed a question."""
        return self._embedder.embed_question(text)


class _Memory:
    """The most memory that this process and its parser processes held together, looked at twice a second."""

    def __enter__(self) -> Self:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._done.wait(0.5):
            held = process.memory_info().rss
            for child in process.children(recursive=True):
                try:
                    held += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, held)


def _ingest(settings: IndexSettings, embedder: Embedder, records: Path) -> tuple[IngestReport, float]:
    """Ingest as the command does; returns the report and the seconds from the first read to the last stored."""
    started = time.perf_counter()
    store = build_store(settings)
    reader = build_reader(settings, store, embedder.embed_passages)
    report = build_ingest(settings, store, embedder, prepare=reader.prepare).run(reader.read([str(records)]), Fallbacks())
    reader.close()
    seconds = time.perf_counter() - started
    store.close()
    return report, seconds


def _bare_rate(store: PassageStore, embedder: Embedder) -> float:
    """Return how many of the archive's passages the embedder alone takes a second, given all at once."""
    texts = []
    rows = list(range(1, store.stats().passages * 2))
    for start in range(0, len(rows), 5_000):
        found = store.passages(rows[start : start + 5_000])
        texts += [f"{context_line(article)}\n{passage.text}" for passage, article in found]
    sample = random.Random(1).sample(texts, min(BARE_PASSAGES, len(texts)))  # noqa: S311 - a sample, no secret
    # In a thread of its own, as ingest embeds.
    with ThreadPoolExecutor(1) as thread:
        started = time.perf_counter()
        thread.submit(embedder.embed_passages, sample).result()
        return len(sample) / (time.perf_counter() - started)


def _first(records: Path, count: int, folder: Path) -> Path:
    cut = folder / "articles.jsonl.gz"
    with gzip.open(records) as source, gzip.open(cut, "wb") as target:
        for _, line in zip(range(count), source, strict=False):
            target.write(line)
    return cut


if __name__ == "__main__":
    main()

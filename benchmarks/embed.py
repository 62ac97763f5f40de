"""Times embedding against sentence-transformers' default on the same passages, and how long a question takes.

`python -m benchmarks.embed FOLDER [--passages N] [--device cpu]`, where FOLDER holds `articles.jsonl.gz` (one article record a
line). Ours is the embedder that the settings choose; the peer is `SentenceTransformer(...).encode(texts)` as it comes: float32,
its own batch size, and on the GPU where ours is. Both take turns on slices of the same passages, so that a busy machine slows
both. Prints one JSON object with the figures, their limits, the commit and the date; exits 1 when a limit is missed.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.provenance import provenance
from index.chunking import context_line
from index.embedder_wiring import build_embedder, build_embedder_tokens
from index.embedding import SentenceTransformerEmbedder, load_torch, packaged_folder, unit_rows
from index.preparation import Preparation
from index.protocols import Embedder
from index.settings import IndexSettings
from index.sources.records import read_records
from index.types import Article

LEAST_RATIO = 3.5
LEAST_COSINE = 0.999
ROUNDS = 4
QUESTIONS = 300
CLIENTS = 16


def main() -> None:
    """Embed with both, ask, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="holds articles.jsonl.gz")
    parser.add_argument("--passages", type=int, default=1_024, help="how many passages are embedded (1024)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="what to compute on (auto)")
    arguments = parser.parse_args()
    records = arguments.folder / "articles.jsonl.gz"
    if not records.exists():
        print(f"skipped: {records} is not there", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as scratch:
        settings = IndexSettings(data=Path(scratch), embedder_device=arguments.device)
        texts, titles = _passages(records, settings, arguments.passages)
        started = time.perf_counter()
        build_embedder(settings)
        first_start = time.perf_counter() - started
        started = time.perf_counter()
        embedder = build_embedder(settings)
        next_start = time.perf_counter() - started
        peer = load_torch(packaged_folder())
        if _on(embedder)["device"] != "cpu":
            peer.to("cuda")  # what it would choose by itself
        rates, cosine = _rates(texts, embedder, lambda some: peer.encode(some, show_progress_bar=False))
        service = build_embedder(settings, threads=2)  # as `api.app` does
    questions = (titles * (QUESTIONS // len(titles) + 1))[:QUESTIONS]
    ratio = rates["ours"] / rates["peer"]
    report = {
        **provenance("embed"),
        "embedder": type(embedder).__name__,
        **_on(embedder),
        "passages": len(texts),
        "passages_per_second": round(rates["ours"], 1),
        "peer_passages_per_second": round(rates["peer"], 1),
        "ratio": round(ratio, 2),
        "least_ratio": LEAST_RATIO,
        "cosine_min": round(cosine, 6),
        "least_cosine": LEAST_COSINE,
        "question_ms": _question_times(service, questions, 1),
        f"question_ms_{CLIENTS}_clients": _question_times(service, questions, CLIENTS),
        "peer_question_ms": _percentiles([_seconds(partial(peer.encode, [q], show_progress_bar=False)) for q in questions]),
        "seconds_to_load_first": round(first_start, 2),
        "seconds_to_load_next": round(next_start, 2),
    }
    print(json.dumps(report, indent=2))
    sys.exit(0 if ratio >= LEAST_RATIO and cosine >= LEAST_COSINE else 1)


def _on(embedder: Embedder) -> dict[str, object]:
    """Return what it computes on and, in torch, how many passages at once."""
    if not isinstance(embedder, SentenceTransformerEmbedder):
        return {"device": "cpu"}
    import torch  # noqa: PLC0415 - loaded by it already

    name = torch.cuda.get_device_name() if embedder.device != "cpu" else "cpu"
    return {"device": name, "batch": embedder.batch.size, "batch_found": embedder.batch.found}


def _passages(records: Path, settings: IndexSettings, wanted: int) -> tuple[list[str], list[str]]:
    """Return passages as ingest embeds them, drawn from the first articles, and the articles' titles."""
    prepare = Preparation(build_embedder_tokens(settings), settings.passage_tokens)
    texts: list[str] = []
    titles: list[str] = []
    with gzip.open(records) as file:
        for article in read_records(islice(file, wanted), str(records)):
            if isinstance(article, Article):
                titles.append(article.title)
                texts += [f"{context_line(article)}\n{passage.text}" for passage in prepare(article).passages]
            if len(texts) >= 4 * wanted:
                break
    random.Random(0).shuffle(texts)  # noqa: S311 - a fixed sample
    return texts[:wanted], titles


def _rates(texts: Sequence[str], embedder: Embedder, peer: Callable[[Sequence[str]], object]) -> tuple[dict[str, float], float]:
    """Return passages a second of both, and the least cosine between their vectors."""
    size = -(-len(texts) // ROUNDS)
    seconds = {"ours": 0.0, "peer": 0.0}
    cosine = 1.0
    embedder.embed_passages(texts[:32])
    peer(texts[:32])
    for first in range(0, len(texts), size):
        some = list(texts[first : first + size])
        started = time.perf_counter()
        ours = embedder.embed_passages(some)
        between = time.perf_counter()
        theirs = peer(some)
        seconds["peer"] += time.perf_counter() - between
        seconds["ours"] += between - started
        cosine = min(cosine, float((ours * unit_rows(theirs)).sum(axis=1).min()))
    return {name: len(texts) / spent for name, spent in seconds.items()}, cosine


def _question_times(embedder: Embedder, questions: Sequence[str], clients: int) -> dict[str, float]:
    """Return percentiles of the time of one question, in milliseconds, with so many threads asking."""
    for question in questions[:20]:
        embedder.embed_question(question)
    seconds: list[float] = []

    def ask(number: int) -> None:
        seconds.extend(_seconds(partial(embedder.embed_question, q)) for q in questions[number::clients])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {**_percentiles(seconds), "per_second": round(len(questions) / (time.perf_counter() - started), 1)}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, [50, 95])
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}


if __name__ == "__main__":
    main()

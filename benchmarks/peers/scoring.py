"""Turns what the systems measured into figures that compare, and says which limits are missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.coverage import coverage
from benchmarks.peers.running import Measured
from benchmarks.peers.session import document
from benchmarks.peers.subset import Subset
from benchmarks.peers.systems import DATELINE
from eval.ranking import article_scores
from eval.statistics import mean_with_interval, paired

# Issue 5.
LEAST_INGEST_RATIO = 3.5
MOST_SEARCH_RATIO = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way of asking one system."""

    name: str
    figures: Mapping[str, Any]
    """For the report, rounded."""
    reciprocal_ranks: Sequence[float]
    """By question, in the subset's order."""


def rows_of(name: str, measured: Measured, subset: Subset, model: Path) -> list[Row]:
    """Return a row for each way that the system was asked.

    Raises:
        ValueError: it names an article that it was not given.
    """
    documents = {str(record["id"]): document(record) for record in subset.records}
    named = {article for article, _, _ in measured.passages}
    named.update(article for answer in measured.answers.values() for found in answer.found.values() for article in found)
    if unknown := sorted(named - documents.keys()):
        raise ValueError(f"it found articles that it was not given: {', '.join(unknown[:3])}")
    total = sum(map(len, documents.values()))
    read = coverage(documents, measured.passages, model)
    ingest = {
        "versions": dict(measured.versions),
        "load_s": round(measured.load_s, 1),
        "ingest_s": round(measured.ingest_s, 2),
        "articles_per_s": round(len(documents) / measured.ingest_s, 2),
        "characters_per_s": round(total / measured.ingest_s),
        "characters_read_per_s": round(read.characters / measured.ingest_s),
        "tokens_read_per_s": round(read.tokens / measured.ingest_s),
        "passages": read.passages,
        "passages_cut": round(read.cut, 3),
        "characters_read": round(read.characters / total, 3),
        "peak_mb": round(measured.peak_bytes / 1e6),
    }
    rows = []
    for way, answer in measured.answers.items():
        scores = [
            article_scores(list(dict.fromkeys(answer.found[question.id])), question.relevant) for question in subset.questions
        ]
        ranks = [score["mrr@10"] for score in scores]
        mean = mean_with_interval(ranks)
        figures = {
            **ingest,
            "search_p50_ms": round(float(np.percentile(answer.search_ms, 50)), 2),
            "search_p99_ms": round(float(np.percentile(answer.search_ms, 99)), 2),
            "rr@10": _rounded(mean.value),
            "rr@10_interval": [_rounded(mean.low), _rounded(mean.high)],
            "hit@1": _rounded(float(np.mean([score["hit@1"] for score in scores]))),
        }
        rows.append(Row(name=f"{name}, {way}" if way else name, figures=figures, reciprocal_ranks=ranks))
    return rows


def comparison(rows: Sequence[Row]) -> dict[str, Any]:
    """Return Dateline's figures against the best peer's in each, with issue 5's limits and those that are `missed`.

    Ingest is compared twice: by the articles' characters, as the limit says, and by those of them that the model read, because
    a splitter whose passages are longer than the model reads is fast by leaving text out.
    """
    ours = next((row for row in rows if row.name == DATELINE.name), None)
    peers = [row for row in rows if not row.name.startswith(DATELINE.name)]
    if ours is None or not peers:
        return {"missed": ["nothing to compare"]}
    compared: dict[str, Any] = {}
    missed = []
    for name, figure in (("ingest", "characters_per_s"), ("ingest_read", "characters_read_per_s")):
        best = max(peers, key=lambda row: float(row.figures[figure]))
        ratio = ours.figures[figure] / best.figures[figure]
        compared[name] = {"figure": figure, "best_peer": best.name, "ratio": round(ratio, 2), "at_least": LEAST_INGEST_RATIO}
        missed += [name] if ratio < LEAST_INGEST_RATIO else []
    quickest = min(peers, key=lambda row: float(row.figures["search_p50_ms"]))
    ratio = ours.figures["search_p50_ms"] / quickest.figures["search_p50_ms"]
    compared["search"] = {
        "figure": "search_p50_ms", "best_peer": quickest.name, "ratio": round(ratio, 2), "at_most": MOST_SEARCH_RATIO,
    }  # fmt: skip
    missed += ["search"] if ratio > MOST_SEARCH_RATIO else []
    best = max(peers, key=lambda row: float(row.figures["rr@10"]))
    for row in rows:
        if row.name.startswith(DATELINE.name):
            key = row.name.replace(DATELINE.name, "rr@10")
            compared[key] = {"figure": "rr@10", "best_peer": best.name, **_difference(best, row), "above": 0}
    missed += ["rr@10"] if compared["rr@10"]["difference"] <= 0 else []
    return {"against_best_peer": compared, "missed": missed}


def _difference(peer: Row, ours: Row) -> dict[str, Any]:
    test = paired(peer.reciprocal_ranks, ours.reciprocal_ranks)
    return {
        "difference": round(test.difference, 4),
        "interval": [round(test.low, 4), round(test.high, 4)],
        "p": round(test.p, 4),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

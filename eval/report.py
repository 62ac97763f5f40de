"""Averages rows into the report, a dict ready for JSON. Scores no question and prints nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from eval.ranking import recall_by_k
from eval.risk_coverage import risk_coverage
from eval.rows import Row
from eval.statistics import mean_with_interval

METRICS: Mapping[str, tuple[str, ...]] = {
    "retrieval": (
        "hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10", "recall@5", "recall@10", "evidence@5", "evidence@10",
    ),
    "answers": ("contains", "em", "f1"),
    "citations": ("precision", "recall", "quote_valid", "evidence", "attribution", "publisher", "author", "date"),
    "abstention": ("precision", "recall", "false_rate"),
    "judge": ("faithfulness", "correctness"),
}  # fmt: skip
"""Every metric that is a mean over questions, by group, in the order of the report. `judge` is there only after `judge`."""

LOWER_IS_BETTER = frozenset({"abstention.false_rate"})
"""The metrics whose smaller value is the better one."""

_DEEPEST = 50


def build_report(rows: Sequence[Row], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report of a run (`docs/eval.md` describes it). `config` is passed through.

    Each metric is the mean over the questions that it can be judged on, with a 95 % interval and their number `n`.
    """
    report: dict[str, Any] = {
        group: {metric: asdict(mean_with_interval(values_of(rows, group, metric))) for metric in metrics}
        for group, metrics in METRICS.items()
        if group != "judge" or any("judge" in row["scores"] for row in rows)
    }
    if not report["abstention"]["recall"]["n"]:
        # Where every judged question has an answer, each abstention is wrong: that says nothing that `false_rate` does not.
        report["abstention"]["precision"] = asdict(mean_with_interval([]))
    lengths = [row["words"] for row in rows if row["words"] is not None]
    report["answers"]["median_words"] = float(np.median(lengths)) if lengths else None
    report["risk_coverage"] = _risk_coverage(rows)
    report["recall_by_k"] = _recall_by_k(rows)
    report["latency_ms"] = _latency([row["wall_ms"] for row in rows if row["wall_ms"] is not None])
    report["tokens"] = {part: sum(row["tokens"][part] for row in rows) for part in ("evidence", "completion")}
    report["cost"] = _cost(report["tokens"], config.get("price"))
    report["errors"] = sum(row["error"] is not None for row in rows)
    report["kinds"] = {kind: _kind([row for row in rows if row["kind"] == kind]) for kind in _in_order(rows)}
    report["questions"] = list(rows)
    report["config"] = dict(config)
    return report


def values_of(rows: Sequence[Row], group: str, metric: str) -> list[float]:
    """Return the metric's value for each of the rows that has one."""
    return [row["scores"][group][metric] for row in rows if metric in row["scores"].get(group, {})]


def _risk_coverage(rows: Sequence[Row]) -> dict[str, Any]:
    judged = [row for row in rows if "risk" in row["scores"]]
    if not judged:
        return {"curve": [], "area": None, "n": 0, "coverage": None}
    # A question that failed is the last that one would answer.
    confidences = [0.0 if row["error"] else row["confidence"] or 0.0 for row in judged]
    curve = risk_coverage(confidences, [bool(row["scores"]["risk"]["wrong"]) for row in judged])
    answered = sum(row["abstained"] is None and row["error"] is None for row in judged)
    return {"curve": [list(p) for p in curve.points], "area": curve.area, "n": curve.n, "coverage": answered / len(judged)}


def _recall_by_k(rows: Sequence[Row]) -> list[list[float]]:
    judged = [row for row in rows if "retrieval" in row["scores"]]
    deepest = min(_DEEPEST, max((len(row["ranked"]) for row in judged), default=0))
    if not deepest:
        return []
    relevant = [row["expected"]["relevant"] or {"not in the archive": 1} for row in judged]
    recalls = [recall_by_k(row["ranked"], right, deepest) for row, right in zip(judged, relevant, strict=True)]
    means = np.mean(recalls, axis=0)
    return [[k, float(mean)] for k, mean in enumerate(means, start=1)]


def _latency(wall_ms: Sequence[float]) -> dict[str, float | None]:
    """Return percentiles, interpolated between neighbours; None when nothing was timed."""
    if not wall_ms:
        return {"p50": None, "p95": None, "p99": None}
    return {f"p{share}": float(value) for share, value in zip((50, 95, 99), np.percentile(wall_ms, (50, 95, 99)), strict=True)}


def _cost(tokens: Mapping[str, int], price: Sequence[float] | None) -> float | None:
    """Return what the tokens cost at a price for a million read and a million written."""
    if price is None:
        return None
    return (tokens["evidence"] * price[0] + tokens["completion"] * price[1]) / 1_000_000


def _in_order(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["kind"] for row in rows))


def _kind(rows: Sequence[Row]) -> dict[str, Any]:
    means = {
        group: {metric: float(np.mean(values)) for metric in metrics if (values := values_of(rows, group, metric))}
        for group, metrics in METRICS.items()
    }
    return {
        "n": len(rows),
        "failed": sum(row["failure"] is not None for row in rows),
        "abstained": sum(row["abstained"] is not None for row in rows),
        "scores": {group: values for group, values in means.items() if values},
    }

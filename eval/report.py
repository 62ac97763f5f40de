"""Turns records into the report, a dict ready for JSON. Scores every question and averages; prints nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from eval.answers import answer_scores, length_in_words
from eval.grounding import abstention_scores, attribution_score, citation_scores
from eval.ranking import ranking_scores
from eval.runner import Record
from eval.statistics import mean_with_interval

METRICS: Mapping[str, tuple[str, ...]] = {
    "retrieval": ("hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10", "evidence@5", "evidence@10"),
    "answers": ("contains", "em", "f1"),
    "citations": ("precision", "recall", "quote_valid", "attribution"),
    "abstention": ("precision", "recall", "false_rate"),
}
"""Every metric that is a mean over questions, by group, in the order of the report."""

Failure = Literal["missed answer", "false abstention", "answered the unanswerable"]


def build_report(records: Sequence[Record], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report of a run (`docs/eval.md` describes it). `config` is passed through.

    Each metric is the mean over the questions that it can be judged on, with a 95 % interval and their number `n`.
    """
    questions = [_judged(record) for record in records]
    report: dict[str, Any] = {
        group: {metric: asdict(mean_with_interval(values_of(questions, group, metric))) for metric in metrics}
        for group, metrics in METRICS.items()
    }
    lengths = [question["words"] for question in questions if question["words"] is not None]
    report["answers"]["median_words"] = float(np.median(lengths)) if lengths else None
    report["latency_ms"] = _latency([record.wall_ms for record in records if record.wall_ms is not None])
    report["questions"] = questions
    report["config"] = dict(config)
    return report


def values_of(questions: Sequence[Mapping[str, Any]], group: str, metric: str) -> list[float]:
    """Return the metric's value for each of the report's questions that has one."""
    scores = (question["scores"].get(group, {}) for question in questions)
    return [found[metric] for found in scores if metric in found]


def _judged(record: Record) -> dict[str, Any]:
    gold, answer = record.gold, record.answer
    scores = _scores(record)
    return {
        "id": gold.id,
        "kind": gold.kind,
        "question": gold.question,
        "accepted": list(gold.answers),
        "answer": answer.text,
        "words": None if answer.abstained else length_in_words(answer),
        "abstained": answer.abstained.reason if answer.abstained else None,
        "failure": _failure(record, scores),
        "citations": [
            {
                "number": c.number,
                "article_id": c.article.article_id,
                "publisher": c.article.publisher,
                "authors": list(c.article.authors),
                "published": c.article.published.value if c.article.published else None,
                "start": c.start,
                "end": c.end,
                "quote": c.quote,
            }
            for c in answer.citations
        ],
        "passages": [hit.passage.passage_id for hit in answer.hits],
        "generation": answer.generation,
        "wall_ms": record.wall_ms,
        "scores": scores,
    }


def _scores(record: Record) -> dict[str, dict[str, float]]:
    """Return the question's scores by group; a metric that cannot be judged on it is absent."""
    gold, answer = record.gold, record.answer
    scores: dict[str, dict[str, float]] = {}
    if gold.answerable and gold.evidence:
        scores["retrieval"] = dict(ranking_scores([hit.passage.text for hit in answer.hits], gold.evidence))
    if gold.answerable:
        scores["answers"] = dict(answer_scores(answer, gold.answers))
    citations = dict(citation_scores(answer))
    attribution = attribution_score(answer, gold)
    if attribution is not None:
        citations["attribution"] = attribution
    if citations:
        scores["citations"] = citations
    scores["abstention"] = dict(abstention_scores(abstained=answer.abstained is not None, answerable=gold.answerable))
    return scores


def _failure(record: Record, scores: Mapping[str, Mapping[str, float]]) -> Failure | None:
    if record.answer.abstained is not None:
        return "false abstention" if record.gold.answerable else None
    if not record.gold.answerable:
        return "answered the unanswerable"
    return None if scores["answers"]["contains"] else "missed answer"


def _latency(wall_ms: Sequence[float]) -> dict[str, float | None]:
    """Return the percentiles of the timed answers, interpolated between neighbours; None when nothing was timed."""
    if not wall_ms:
        return {"p50": None, "p95": None}
    p50, p95 = np.percentile(wall_ms, [50, 95])
    return {"p50": float(p50), "p95": float(p95)}

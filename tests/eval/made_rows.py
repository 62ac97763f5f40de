"""Rows and reports made up on the spot: what a test does not name is plain and unimportant."""

from collections.abc import Mapping, Sequence
from typing import Any

from eval.report import build_report

CONFIG: dict[str, Any] = {
    "gold": "gold.jsonl", "gold_fingerprint": "abcd", "questions": 5, "k": 10, "concurrency": 1, "retrieval_only": False,
    "price": None,
    "archive": {"articles": 2, "passages": 3, "generation": 7, "fingerprint": "f00d"},
    "settings": {"recency_strength": 2.0}, "commit": None, "date": "2026-01-01T00:00:00+00:00",
}  # fmt: skip


def row(question_id: str, scores: Mapping[str, Mapping[str, float]] | None = None, **fields: Any) -> dict[str, Any]:
    """Return the row of a question that was answered rightly, unless the fields say otherwise."""
    plain: dict[str, Any] = {
        "id": question_id, "kind": "number", "question": "How long did it last?", "history": [], "as_of": None,
        "expected": {
            "answerable": True, "answers": ["403 seconds"], "all_of": [], "evidence": ["was 403 seconds"], "publisher": None,
            "author": None, "date": None, "source": None, "relevant": {"a1": 1},
        },
        "answer": "The mark was 403 seconds. [1]", "words": 5, "abstained": None, "error": None, "confidence": 0.9,
        "withheld": None, "failure": None, "problems": [],
        "sentences": [{"text": "The mark was 403 seconds.", "citations": [1], "unsupported": [], "supported": True}],
        "citations": [{
            "number": 1, "article_id": "a1", "title": "T", "publisher": None, "agency": None, "authors": [], "published": None,
            "updated": None, "url": None, "quote": "The mark was 403 seconds.", "start": 0, "end": 25, "exact": True,
            "passage": "The mark was 403 seconds.", "quote_start": 0,
        }],
        "passages": [{
            "passage_id": "a1:0-25", "article_id": "a1", "title": "T", "publisher": None, "published": None, "score": 1.0,
            "relevant": True, "evidence": [0],
        }],
        "ranked": ["a1"], "generation": 7, "wall_ms": 10.0, "tokens": {"evidence": 100, "completion": 10},
        "scores": {"answers": {"contains": 1.0}} if scores is None else {group: dict(values) for group, values in scores.items()},
    }  # fmt: skip
    return plain | fields


def report(rows: Sequence[Mapping[str, Any]], **config: Any) -> dict[str, Any]:
    """Return the report of such rows."""
    return build_report([dict(one) for one in rows], CONFIG | {"questions": len(rows)} | config)


def answered(values: Sequence[float], group: str = "answers", metric: str = "contains") -> list[dict[str, Any]]:
    """Return one row for each value of a metric, with ids from q0 on."""
    return [row(f"q{n}", {group: {metric: value}}, failure=None if value else "missed answer") for n, value in enumerate(values)]

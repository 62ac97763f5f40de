"""The report: its shape, what counts where, and how it reads."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from eval.gold import GoldQuestion
from eval.report import build_report
from eval.runner import Record
from eval.table import print_report
from rag.types import Answer, Citation, Sentence

AnswerOf = Callable[..., Answer]
CitationOf = Callable[..., Citation]
GoldOf = Callable[..., GoldQuestion]
CONFIG = {
    "gold": "gold.jsonl", "questions": 5, "k": 10, "archive": {"articles": 2, "passages": 3, "generation": 7},
    "settings": {}, "commit": None, "date": "2026-01-01T00:00:00+00:00",
}  # fmt: skip


@pytest.fixture
def report(answer_of: AnswerOf, abstention_of: AnswerOf, citation_of: CitationOf, gold_of: GoldOf) -> dict[str, Any]:
    """Report on five questions: answered right, wrong, not at all; then abstained rightly, and answered wrongly."""
    right = answer_of(
        Sentence(text="The mark was 403 seconds.", citations=(1,)),
        citations=(citation_of(1, "The mark was 403 seconds."),),
        passages=("The mark was 403 seconds.",),
    )
    wrong = answer_of(text="Nobody knows [who].", passages=("Something else.",))
    unanswerable = {"kind": "unanswerable", "answers": (), "evidence": ()}
    answered = [
        (gold_of(id="right"), right, None),
        (gold_of(id="wrong"), wrong, 10.0),
        (gold_of(id="silent", evidence=()), abstention_of(), 20.0),
        (gold_of(id="knows", **unanswerable), abstention_of("Something else."), 30.0),
        (gold_of(id="guesses", **unanswerable), wrong, 40.0),
    ]
    return build_report([Record(gold=gold, answer=answer, wall_ms=ms) for gold, answer, ms in answered], CONFIG)


def test_the_report_has_the_shape_of_the_contract(report: dict[str, Any]) -> None:
    """Groups and metrics are those of the contract, every mean has value, interval and n, and all of it is JSON."""
    assert list(report) == ["retrieval", "answers", "citations", "abstention", "latency_ms", "questions", "config"]
    assert set(report["retrieval"]) == {"hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10", "evidence@5", "evidence@10"}
    assert set(report["answers"]) == {"contains", "em", "f1", "median_words"}
    assert set(report["citations"]) == {"precision", "recall", "quote_valid", "attribution"}
    assert set(report["abstention"]) == {"precision", "recall", "false_rate"}
    assert set(report["latency_ms"]) == {"p50", "p95"}
    assert set(report["retrieval"]["hit@1"]) == {"value", "low", "high", "n"}
    assert report["config"] == CONFIG
    assert json.loads(json.dumps(report, allow_nan=False)) == report


@pytest.mark.parametrize(
    ("group", "metric", "value", "n"),
    [
        ("retrieval", "hit@10", 1 / 2, 2),
        ("answers", "contains", 1 / 3, 3),
        ("citations", "recall", 1 / 3, 3),
        ("citations", "precision", 1, 1),
        ("citations", "attribution", None, 0),
        ("abstention", "precision", 1 / 2, 2),
        ("abstention", "recall", 1 / 2, 2),
        ("abstention", "false_rate", 1 / 3, 3),
    ],
)
def test_each_metric_counts_the_questions_it_can_judge(
    report: dict[str, Any], group: str, metric: str, value: float | None, n: int
) -> None:
    """Retrieval needs evidence, answers answerable questions, citations answers given, abstention its own share."""
    mean = report[group][metric]
    assert (mean["value"], mean["n"]) == (pytest.approx(value) if value is not None else None, n)


def test_lengths_and_times_are_plain_numbers(report: dict[str, Any]) -> None:
    """The median length is over answers given (5, 3 and 3 words); percentiles are over the four timed questions."""
    assert report["answers"]["median_words"] == 3
    assert report["latency_ms"] == {"p50": 25.0, "p95": pytest.approx(38.5)}


def test_every_question_keeps_its_answer_and_its_failure(report: dict[str, Any]) -> None:
    """A reader finds for each question what was said, from which passages, and what went wrong."""
    failures = {question["id"]: question["failure"] for question in report["questions"]}
    assert failures == {
        "right": None,
        "wrong": "missed answer",
        "silent": "false abstention",
        "knows": None,
        "guesses": "answered the unanswerable",
    }
    right, _, silent, *_ = report["questions"]
    assert right["passages"] == ["a1:0-25"]
    assert right["citations"] == [
        {
            "number": 1, "article_id": "a1", "publisher": None, "authors": [], "published": None, "start": 0, "end": 25,
            "quote": "The mark was 403 seconds.",
        }
    ]  # fmt: skip
    assert (silent["abstained"], silent["words"], silent["generation"]) == ("low_score", None, 7)
    assert silent["scores"] == {
        "answers": {"contains": 0, "em": 0, "f1": 0},
        "abstention": {"false_rate": 1, "precision": 0},
    }


def test_a_report_on_one_question_has_no_percentiles(answer_of: AnswerOf, gold_of: GoldOf) -> None:
    """The only question is the warm-up: there is no time to report, rather than a wrong one."""
    report = build_report([Record(gold=gold_of(), answer=answer_of(text="403 seconds"), wall_ms=None)], CONFIG)
    assert report["latency_ms"] == {"p50": None, "p95": None}


def test_the_printed_report_shows_metrics_kinds_and_failures(report: dict[str, Any]) -> None:
    """Every metric, every kind and every failed question is printed, brackets in texts as they are."""
    page = StringIO()
    print_report(report, Console(file=page, width=80, highlight=False))
    printed = page.getvalue()
    for shown in (
        "retrieval ndcg@10",
        "citations quote_valid",
        "abstention false_rate",
        "attribution",
        "abstained",
        "p95 38 ms",
    ):
        assert shown in printed
    assert "3 of 5 questions failed" in printed
    assert [line.split()[0] for line in printed.splitlines() if line.endswith("How long did it last?")] == [
        "guesses", "silent", "wrong",
    ]  # fmt: skip
    assert "answered: Nobody knows [who]." in printed
    assert max(map(len, printed.splitlines())) <= 80

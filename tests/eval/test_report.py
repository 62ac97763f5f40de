"""The report: its shape, what counts where, and how it reads."""

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from eval.report import METRICS
from eval.table import print_report
from tests.eval.made_rows import CONFIG, row
from tests.eval.made_rows import report as made_report

WRONG = {"answers": {"contains": 0.0}, "retrieval": {"hit@1": 0.0, "recall@10": 0.0}, "risk": {"wrong": 1.0}}
RIGHT = {"answers": {"contains": 1.0}, "retrieval": {"hit@1": 1.0, "recall@10": 1.0}, "risk": {"wrong": 0.0}}


@pytest.fixture
def report() -> dict[str, Any]:
    """Report on five questions: right, wrong, abstained wrongly and rightly, and one that failed."""
    unanswerable = row("x")["expected"] | {"answerable": False, "relevant": {}, "evidence": [], "answers": []}
    rows = [
        row("right", RIGHT, confidence=0.9),
        row("wrong", WRONG, confidence=0.6, failure="missed answer", answer="Nobody knows [who].", words=3, ranked=["b", "a1"]),
        row("silent", {"abstention": {"false_rate": 1.0, "precision": 0.0}, "risk": {"wrong": 0.0}}, confidence=0.3,
            abstained="low_score", words=None, failure="false abstention"),
        row("knows", {"abstention": {"recall": 1.0, "precision": 1.0}, "risk": {"wrong": 1.0}}, confidence=0.1,
            kind="unanswerable", abstained="low_score", words=None, expected=unanswerable),
        row("fails", WRONG, error="the server is away", failure="error", confidence=None, answer="", words=None, wall_ms=9000.0,
            citations=[], sentences=[], passages=[], ranked=[], problems=["this evidence is not in the archive: “x”"]),
    ]  # fmt: skip
    return made_report(rows, price=[1.0, 10.0])


def test_the_report_has_the_shape_of_the_contract(report: dict[str, Any]) -> None:
    """Groups and metrics are those of the contract, every mean has value, interval and n, and all of it is JSON."""
    assert set(report["retrieval"]) >= {"hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10", "evidence@5", "evidence@10"}
    assert set(report["answers"]) == {"contains", "em", "f1", "median_words"}
    assert set(report["citations"]) >= {"precision", "recall", "quote_valid", "attribution"}
    assert set(report["abstention"]) == {"precision", "recall", "false_rate"}
    assert set(report["latency_ms"]) == {"p50", "p95", "p99"}
    assert set(report["retrieval"]["hit@1"]) == {"value", "low", "high", "n"}
    assert report["config"] == CONFIG | {"price": [1.0, 10.0]}
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert "judge" not in report


def test_each_metric_is_over_the_questions_that_have_it(report: dict[str, Any]) -> None:
    """A question that failed is among them."""
    assert (report["answers"]["contains"]["value"], report["answers"]["contains"]["n"]) == (pytest.approx(1 / 3), 3)
    assert (report["abstention"]["precision"]["value"], report["abstention"]["precision"]["n"]) == (0.5, 2)
    assert (report["citations"]["precision"]["value"], report["citations"]["precision"]["n"]) == (None, 0)
    assert report["errors"] == 1


def test_lengths_times_and_costs_are_plain_numbers(report: dict[str, Any]) -> None:
    """The median length is over answers given (5 and 3 words), times over all, failures too, tokens over all, priced."""
    assert report["answers"]["median_words"] == 4
    assert report["latency_ms"] == {"p50": 10.0, "p95": pytest.approx(7202.0), "p99": pytest.approx(8640.4)}
    assert report["tokens"] == {"evidence": 500, "completion": 50}
    assert report["cost"] == pytest.approx((500 * 1 + 50 * 10) / 1e6)


def test_the_curve_of_risk_goes_from_the_surest_to_what_failed(report: dict[str, Any]) -> None:
    """By hand: right at .9, wrong at .6, right if said at .3, unanswerable at .1, and the failure last."""
    curve = report["risk_coverage"]
    assert [risk for _, risk in curve["curve"]] == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4, 3 / 5])
    assert [coverage for coverage, _ in curve["curve"]] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert curve["area"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2 + 3 / 5) / 5)
    assert curve["coverage"] == pytest.approx(2 / 5)


def test_recall_by_depth_agrees_with_the_rankings(report: dict[str, Any]) -> None:
    """Of three judged questions one finds its article first, one second, and the one that failed never."""
    assert report["recall_by_k"] == [[1, pytest.approx(1 / 3)], [2, pytest.approx(2 / 3)]]


def test_kinds_are_side_by_side(report: dict[str, Any]) -> None:
    """Each with its number, failures, abstentions and the means that it has."""
    assert list(report["kinds"]) == ["number", "unanswerable"]
    assert report["kinds"]["number"] | {"scores": {}} == {"n": 4, "failed": 3, "abstained": 1, "scores": {}}
    assert report["kinds"]["unanswerable"]["scores"] == {"abstention": {"precision": 1.0, "recall": 1.0}}


def test_without_unanswerable_questions_abstentions_have_no_precision() -> None:
    """Each of them is wrong there; the rate says it."""
    scores = {"abstention": {"false_rate": 1.0, "precision": 0.0}}
    one = made_report([row("q", scores, abstained="low_score", failure="false abstention")])
    assert (one["abstention"]["precision"]["n"], one["abstention"]["false_rate"]["value"]) == (0, 1.0)


def test_no_question_at_all_is_no_division_by_zero() -> None:
    """Every mean is empty then."""
    empty = made_report([])
    assert {empty[group][metric]["n"] for group, metrics in METRICS.items() if group in empty for metric in metrics} == {0}
    assert (empty["risk_coverage"]["area"], empty["recall_by_k"], empty["latency_ms"]["p50"]) == (None, [], None)


def test_the_printed_report_shows_metrics_kinds_problems_and_failures(report: dict[str, Any]) -> None:
    """Every metric, every kind, every fault of the gold and every failed question is printed, brackets in texts as they are."""
    page = StringIO()
    print_report(report, Console(file=page, width=80, highlight=False))
    printed = page.getvalue()
    for shown in (
        "retrieval ndcg@10",
        "citations quote_valid",
        "abstention false_rate",
        "attribution",
        "p50 10 ms",
        "cost 0.0010",
    ):
        assert shown in printed
    assert "errors: 1 (they count as wrong)" in printed
    assert "gold: fails: this evidence is not in the archive: “x”" in printed
    assert "3 of 5 questions failed" in printed
    failed = [line.split()[0] for line in printed.splitlines() if line.endswith("How long did it last?")]
    assert failed == ["fails", "silent", "wrong"]
    assert "answered: Nobody knows [who]." in printed
    assert "error: the server is away" in printed
    tables = [line for line in printed.splitlines() if not line.startswith((" ", "gold", "median"))]
    assert max(map(len, tables)) <= 80

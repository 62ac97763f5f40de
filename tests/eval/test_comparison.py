"""Comparing two runs: pairs, verdicts, flips."""

from io import StringIO

from rich.console import Console

from eval.comparison import compare
from eval.comparison_table import print_comparison
from tests.eval.made_rows import answered, report, row


def test_a_clear_gain_is_called_better() -> None:
    """Fifteen questions more right of forty is shown; the difference is the second run's minus the first's."""
    comparison = compare(report(answered([0.0] * 15 + [1.0] * 25)), report(answered([1.0] * 40)))
    (difference,) = comparison.differences
    assert (difference.figure, difference.first, difference.second) == ("answers.contains", 0.625, 1.0)
    assert difference.test.difference == 0.375
    assert difference.verdict == "better"
    assert len(comparison.flips) == 15


def test_a_rise_of_false_abstentions_is_called_worse() -> None:
    """The direction that is better depends on the figure."""
    kind = {"group": "abstention", "metric": "false_rate"}
    comparison = compare(report(answered([0.0] * 40, **kind)), report(answered([1.0] * 20 + [0.0] * 20, **kind)))
    assert [difference.verdict for difference in comparison.differences] == ["worse"]


def test_a_flip_of_one_question_shows_nothing() -> None:
    """One question is chance, and is still listed with both answers."""
    first, second = answered([1.0, 1.0, 1.0, 1.0]), answered([1.0, 1.0, 1.0, 0.0])
    second[3]["answer"] = "Nobody knows. [1]"
    comparison = compare(report(first), report(second))
    assert [difference.verdict for difference in comparison.differences] == ["no difference shown"]
    (flip,) = comparison.flips
    assert (flip.question_id, flip.first_failure, flip.second_failure) == ("q3", None, "missed answer")
    assert (flip.first_answer, flip.second_answer) == ("The mark was 403 seconds. [1]", "Nobody knows. [1]")


def test_questions_are_paired_by_id_whatever_their_order() -> None:
    """The same rows in another order do not differ, and what is in one run only is named and left out."""
    rows = answered([1.0, 0.0, 1.0])
    comparison = compare(report(rows), report([*reversed(rows), row("new")]))
    assert (comparison.shared, comparison.only_first, comparison.only_second) == (3, (), ("new",))
    assert (comparison.differences, comparison.flips) == ((), ())


def test_a_metric_that_one_run_lacks_on_a_question_is_paired_on_the_others() -> None:
    """An abstention has no citation scores: the pair is left out of that metric."""
    first = [row("q0", {"citations": {"precision": 1.0}}), row("q1", {"citations": {"precision": 1.0}})]
    second = [row("q0", {"citations": {"precision": 0.5}}), row("q1", {})]
    (difference,) = compare(report(first), report(second)).differences
    assert (difference.test.n, difference.test.difference) == (1, -0.5)


def test_other_questions_under_the_same_ids_are_left_out() -> None:
    """Datasets number from 1: what is asked must be the same, too."""
    first, second = answered([1.0, 1.0]), answered([0.0, 0.0])
    second[1]["question"] = "Who won?"
    comparison = compare(report(first), report(second))
    assert (comparison.shared, comparison.other_question) == (1, ("q1",))


def test_a_run_without_answers_flips_nothing() -> None:
    """Passages alone are neither right nor wrong answers."""
    assert compare(report(answered([0.0])), report(answered([1.0]), retrieval_only=True)).flips == ()


def test_differing_conditions_are_named() -> None:
    """What was changed between the runs stands at the top; the day is no difference."""
    settings = {"recency_strength": 0.0}
    comparison = compare(report(answered([1.0])), report(answered([1.0]), settings=settings, date="2026-02-02T00:00:00+00:00"))
    assert comparison.conditions == (("settings.recency_strength", 2.0, 0.0),)


def test_the_comparison_reads_well() -> None:
    """The table names the figure with both values and the verdict, the flips show both answers."""
    console = Console(file=StringIO(), width=120, highlight=False)
    print_comparison(compare(report(answered([0.0] * 15 + [1.0] * 25)), report(answered([1.0] * 40))), console)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "answers.contains" in printed
    assert "+0.375" in printed
    assert "better" in printed
    assert "15 questions flipped" in printed
    assert "A missed answer: The mark was 403 seconds. [1]" in printed
    assert "B right: The mark was 403 seconds. [1]" in printed

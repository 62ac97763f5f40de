"""The gate: what it lets through, what it names, and which files it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.errors import GateError, RunFolderError
from eval.gate import load_gate, misses
from eval.runs import scores_of
from tests.eval.made_rows import answered, report, row

WriteGate = Callable[[str], Path]


@pytest.fixture
def write_gate(tmp_path: Path) -> WriteGate:
    def write(text: str) -> Path:
        (tmp_path / "gate.toml").write_text(text, encoding="utf-8")
        return tmp_path / "gate.toml"

    return write


def baseline(folder: Path, values: list[float], **kind: str) -> None:
    made = scores_of(report(answered(values, **kind)))
    (folder / "baseline.json").write_text(json.dumps(made), encoding="utf-8")


def test_what_reaches_the_limits_passes(write_gate: WriteGate) -> None:
    """A figure that is exactly its limit is no miss."""
    gate = load_gate(write_gate('[at_least]\nanswers.contains = 0.5\n[at_most]\nerrors = 0\n"latency_ms.p95" = 10\n'))
    assert misses(gate, report(answered([1.0, 0.0]))) == []


def test_each_miss_is_named_with_its_value_and_limit(write_gate: WriteGate) -> None:
    """A figure below its floor, one above its ceiling, and one that was not measured at all are three misses."""
    text = '[at_least]\nanswers.contains = 0.6\n"citations.quote_valid" = 1.0\n[at_most]\nerrors = 0\n'
    failed = row("e", error="the model is away", failure="error", scores={"answers": {"contains": 0.0}})
    assert misses(load_gate(write_gate(text)), report([*answered([1.0]), failed])) == [
        "answers.contains is 0.5, must be at least 0.6",
        "citations.quote_valid is not measured, must be at least 1",
        "errors is 1, must be at most 0",
    ]


def test_a_limit_may_be_set_on_one_kind(write_gate: WriteGate) -> None:
    """The mean over its questions alone counts; a kind that is not asked is a miss."""
    rows = [*answered([1.0, 1.0]), row("q2", {"answers": {"contains": 0.0}}, kind="latest", failure="missed answer")]
    gate = load_gate(write_gate('[at_least]\nanswers."contains of latest" = 0.5\nanswers."contains of list" = 0.5\n'))
    assert misses(gate, report(rows)) == [
        "answers.contains of latest is 0, must be at least 0.5",
        "answers.contains of list is not measured, must be at least 0.5",
    ]


def test_a_significant_loss_is_a_miss_and_a_chance_one_is_not(write_gate: WriteGate, tmp_path: Path) -> None:
    """Twelve questions lost of forty are; one is not, although it is more than the margin."""
    baseline(tmp_path, [1.0] * 40)
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\nanswers.contains = 0.01\n'))
    (miss,) = misses(gate, report(answered([0.0] * 12 + [1.0] * 28)))
    assert miss.startswith("answers.contains is worse than the baseline by 0.300 (95 % interval of the difference -0.4")
    assert miss.endswith("40 questions), must not be by more than 0.01")
    assert misses(gate, report(answered([0.0] + [1.0] * 39))) == []


def test_a_significant_loss_within_the_margin_passes(write_gate: WriteGate, tmp_path: Path) -> None:
    """The margin is what one is ready to give."""
    baseline(tmp_path, [1.0] * 40)
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\nanswers.contains = 0.3\n'))
    assert misses(gate, report(answered([0.0] * 12 + [1.0] * 28))) == []


def test_more_false_abstentions_are_a_loss(write_gate: WriteGate, tmp_path: Path) -> None:
    """Of figures whose smaller value is better, a rise is the loss, and a fall is none."""
    kind = {"group": "abstention", "metric": "false_rate"}
    baseline(tmp_path, [0.0] * 20 + [1.0] * 20, **kind)
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\nabstention.false_rate = 0.0\n'))
    assert "abstention.false_rate is worse" in misses(gate, report(answered([1.0] * 40, **kind)))[0]
    assert misses(gate, report(answered([0.0] * 40, **kind))) == []


def test_leaving_out_questions_is_a_miss(write_gate: WriteGate, tmp_path: Path) -> None:
    """A run cannot pass by not asking; questions that are new do no harm."""
    baseline(tmp_path, [1.0, 1.0, 0.0])
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\nanswers.contains = 0.0\n'))
    assert misses(gate, report(answered([1.0, 1.0]))) == ["1 questions of the baseline were not asked, such as q2"]
    assert misses(gate, report(answered([1.0, 1.0, 0.0, 0.0]))) == []


def test_a_question_that_is_not_judged_any_more_is_a_miss(write_gate: WriteGate, tmp_path: Path) -> None:
    """Relabelling what fails does not pass; citations, which only answers have, may come and go."""
    baseline(tmp_path, [1.0, 1.0])
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\nanswers.contains = 0.0\n'))
    assert misses(gate, report([*answered([1.0]), row("q1", {})])) == [
        "answers.contains: 1 questions of the baseline are not judged any more, such as q1"
    ]
    baseline(tmp_path, [1.0, 1.0], group="citations", metric="recall")
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\ncitations.recall = 0.0\n'))
    assert misses(gate, report([*answered([1.0], group="citations", metric="recall"), row("q1", {})])) == []


def test_other_gold_questions_need_another_baseline(write_gate: WriteGate, tmp_path: Path) -> None:
    """Else a question could be made easy under its old id."""
    baseline(tmp_path, [1.0])
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\nanswers.contains = 0.0\n'))
    (miss,) = misses(gate, report(answered([1.0]), gold_fingerprint="other"))
    assert miss.startswith("the gold questions are not those of the baseline")


def test_nothing_in_common_is_a_miss(write_gate: WriteGate, tmp_path: Path) -> None:
    """A figure that no question has in both runs is not silently passed."""
    baseline(tmp_path, [1.0, 1.0])
    gate = load_gate(write_gate('[baseline]\nrun = "baseline.json"\nanswers.em = 0.0\n'))
    assert misses(gate, report(answered([1.0, 1.0]))) == ["answers.em cannot be compared: no question has it in both runs"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[at_least", "is not TOML"),
        ("", "asks for nothing"),
        ("[floors]\na = 1\n", "has [floors]; known are at_least, at_most, baseline"),
        ("at_least = 3\n", "at_least is not a table"),
        ("[at_least]\nanswers.contans = 1\n", "[at_least] names 'answers.contans', which is not measured"),
        ('[at_least]\nanswers.contains = "high"\n', "[at_least] answers.contains is 'high'; write a number"),
        ("[at_least]\nanswers.contains = true\n", "write a number"),
        ("[at_least]\nanswers.contains = nan\n", "write a number"),
        ("[at_most]\nerrors = inf\n", "write a number"),
        ("[baseline]\nanswers.contains = 0.1\n", "[baseline] has no run"),
        ("[baseline]\nrun = 3\n", "baseline.run is not a path"),
        ('[baseline]\nrun = "x"\nanswers."contains of list" = 0\n', "[baseline] names 'answers.contains of list'"),
        ('[at_most]\n"errors of list" = 0\n', "[at_most] names 'errors of list'"),
        ('[baseline]\nrun = "x"\n"latency_ms.p95" = 3\n', "[baseline] names 'latency_ms.p95'"),
    ],
)
def test_a_gate_that_cannot_be_used_is_refused(write_gate: WriteGate, text: str, problem: str) -> None:
    """Each fault is named; a misspelt figure does not pass for a limit."""
    with pytest.raises(GateError, match=r"gate\.toml") as refused:
        load_gate(write_gate(text))
    assert problem in str(refused.value)


def test_a_gate_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """So is a file that does not exist."""
    with pytest.raises(GateError, match="cannot be read"):
        load_gate(tmp_path / "none.toml")


def test_a_baseline_that_is_not_there_is_refused(write_gate: WriteGate) -> None:
    """Before anything is asked, with how to make one."""
    with pytest.raises(RunFolderError, match="Make it with: python -m eval run --report"):
        load_gate(write_gate('[baseline]\nrun = "none.json"\nanswers.contains = 0.0\n'))

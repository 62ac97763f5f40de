"""The gate: which figures a run must reach, and what it may not lose against a baseline. Reads gate.toml; measures nothing."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.errors import GateError
from eval.report import LOWER_IS_BETTER, METRICS
from eval.runs import load_scores, scores_of
from eval.statistics import paired

_SIGNIFICANT = 0.05
_FIGURES = frozenset(f"{group}.{metric}" for group, metrics in METRICS.items() for metric in metrics)
# Not means over questions: limits can be set, but nothing is compared question by question.
_TOTALS = frozenset(
    {"errors", "latency_ms.p50", "latency_ms.p95", "latency_ms.p99", "risk_coverage.area", "answers.median_words"}
)
# Which questions have these depends on what is answered.
_OF_GIVEN_ANSWERS = frozenset({*(f"citations.{metric}" for metric in METRICS["citations"]), "abstention.precision"})
# `retrieval.hit@1 of latest`: the mean over the questions of one kind.
_OF = " of "
_TABLES = frozenset({"at_least", "at_most", "baseline"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What gate.toml asks for."""

    at_least: Mapping[str, float]
    """`group.metric`, or `group.metric of kind` -> the least value."""
    at_most: Mapping[str, float]
    baseline: Path | None
    """The scores.json or run folder that is compared with."""
    worse_by_at_most: Mapping[str, float]
    """`group.metric` -> how much may be lost against the baseline before a significant loss is a miss."""


def load_gate(path: Path) -> Gate:
    """Return the gate of a TOML file; the baseline's path is relative to it.

    Raises:
        GateError: the file cannot be read, or names something that is not measured.
        RunFolderError: the baseline cannot be read.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GateError(path, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise GateError(path, f"is not TOML ({error})") from error
    unknown = sorted(tables.keys() - _TABLES)
    if unknown:
        raise GateError(path, f"has [{unknown[0]}]; known are {', '.join(sorted(_TABLES))}")
    baseline = dict(_table(path, tables, "baseline"))
    run = baseline.pop("run", None)
    if run is not None and not isinstance(run, str):
        raise GateError(path, "baseline.run is not a path in quotes")
    losses = _limits(path, "baseline", baseline, _FIGURES, name_kinds=False)
    if losses and run is None:
        raise GateError(path, '[baseline] has no run; add: run = "baseline.json"')
    gate = Gate(
        at_least=_limits(path, "at_least", _table(path, tables, "at_least"), _FIGURES | _TOTALS),
        at_most=_limits(path, "at_most", _table(path, tables, "at_most"), _FIGURES | _TOTALS),
        baseline=None if run is None else path.parent / run,
        worse_by_at_most=losses,
    )
    if not (gate.at_least or gate.at_most or gate.worse_by_at_most):
        raise GateError(path, "asks for nothing; docs/eval.md shows a gate")
    if gate.baseline is not None:
        # Now, not after all questions are asked.
        load_scores(gate.baseline)
    return gate


def misses(gate: Gate, report: Mapping[str, Any]) -> list[str]:
    """Return what the run misses, a sentence each; none when it passes.

    Raises:
        RunFolderError: the baseline cannot be read.
    """
    found = []
    for figure, limit in gate.at_least.items():
        value = _value(report, figure)
        if value is None or value < limit:
            found.append(f"{figure} is {_shown(value)}, must be at least {limit:g}")
    for figure, limit in gate.at_most.items():
        value = _value(report, figure)
        if value is None or value > limit:
            found.append(f"{figure} is {_shown(value)}, must be at most {limit:g}")
    if gate.baseline is not None:
        found += _losses(gate, report, load_scores(gate.baseline))
    return found


def _losses(gate: Gate, report: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[str]:
    before: Mapping[str, Any] = baseline["scores"]
    now: Mapping[str, Any] = scores_of(report)["scores"]
    found = []
    gone = sorted(before.keys() - now.keys())
    if gone:
        # Else a run could pass by leaving out what it fails.
        found.append(f"{len(gone)} questions of the baseline were not asked, such as {gone[0]}")
    if baseline["config"].get("gold_fingerprint") != report["config"].get("gold_fingerprint"):
        # Else a question could be made easy under its old id.
        found.append("the gold questions are not those of the baseline; make a new baseline, and say why")
    for figure, allowed in gate.worse_by_at_most.items():
        group, metric = figure.split(".")
        if figure not in _OF_GIVEN_ANSWERS:
            judged = [question for question in before if question in now and metric in before[question].get(group, {})]
            dropped = [question for question in judged if metric not in now[question].get(group, {})]
            if dropped:
                found.append(f"{figure}: {len(dropped)} questions of the baseline are not judged any more, such as {dropped[0]}")
        both = [
            (before[question][group][metric], now[question][group][metric])
            for question in before
            if metric in before[question].get(group, {}) and metric in now.get(question, {}).get(group, {})
        ]
        if not both:
            found.append(f"{figure} cannot be compared: no question has it in both runs")
            continue
        test = paired([old for old, _ in both], [new for _, new in both])
        lost = test.difference if figure in LOWER_IS_BETTER else -test.difference
        if lost > allowed and test.p < _SIGNIFICANT:
            found.append(
                f"{figure} is worse than the baseline by {lost:.3f} (95 % interval of the difference {test.low:+.3f} to"
                f" {test.high:+.3f}, p {test.p:.4f}, {test.n} questions), must not be by more than {allowed:g}"
            )
    return found


def _value(report: Mapping[str, Any], figure: str) -> float | None:
    name, _, kind = figure.partition(_OF)
    group, _, metric = name.partition(".")
    scores = report["kinds"].get(kind, {}).get("scores", {}) if kind else report
    found = scores.get(group, {}).get(metric) if metric else scores.get(group)
    value: float | None = found["value"] if isinstance(found, dict) else found
    return value


def _table(path: Path, tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise GateError(path, f"{name} is not a table; write [{name}]")
    return table


def _limits(
    path: Path, name: str, table: Mapping[str, Any], known: frozenset[str], *, name_kinds: bool = True
) -> dict[str, float]:
    """Read `"group.metric" = number`, in quotes or as TOML nests it without them."""
    limits: dict[str, float] = {}
    for key, value in table.items():
        nested = {f"{key}.{inner}": limit for inner, limit in value.items()} if isinstance(value, dict) else {key: value}
        for figure, limit in nested.items():
            measured, _, kind = figure.partition(_OF)
            if measured not in (_FIGURES if kind else known) or (kind and not name_kinds):
                raise GateError(path, f"[{name}] names {figure!r}, which is not measured there; docs/eval.md lists the figures")
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
                raise GateError(path, f"[{name}] {figure} is {limit!r}; write a number")
            limits[figure] = float(limit)
    return limits


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")

"""Whether one run is better than another on the same questions. Reads two reports; asks nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.report import LOWER_IS_BETTER, METRICS
from eval.statistics import Paired, holm, paired


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One metric of two runs, over the questions that have it in both."""

    figure: str
    """`group.metric`."""
    first: float
    second: float
    test: Paired
    p_holm: float
    """p after Holm's correction for having looked at so many metrics."""

    @property
    def verdict(self) -> str:
        """`better`, `worse` (significantly, the second than the first) or `no difference shown`."""
        if self.p_holm >= 0.05:  # noqa: PLR2004 - the customary level
            return "no difference shown"
        return "better" if (self.test.difference > 0) != (self.figure in LOWER_IS_BETTER) else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A question that one run got right and the other did not, or that failed in another way."""

    question_id: str
    question: str
    first_failure: str | None
    second_failure: str | None
    first_answer: str
    second_answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs side by side."""

    shared: int
    """Questions in both."""
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    other_question: tuple[str, ...]
    """Ids that stand for another question in the second run; they are left out."""
    conditions: tuple[tuple[str, Any, Any], ...]
    """What differs in how the runs were made: (name, first, second)."""
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> Comparison:
    """Return how the second report differs from the first, paired by question id.

    Metrics on which no question differs are left out of `differences`: they need no test, and would only weaken Holm's
    correction of the others.
    """
    rows = {row["id"]: row for row in first["questions"]}
    others = {row["id"]: row for row in second["questions"]}
    both = [question_id for question_id in rows if question_id in others]
    shared = [question_id for question_id in both if rows[question_id]["question"] == others[question_id]["question"]]
    answering = not (first["config"].get("retrieval_only") or second["config"].get("retrieval_only"))
    tested = []
    for figure in (f"{group}.{metric}" for group, metrics in METRICS.items() for metric in metrics):
        pairs = _pairs(figure, rows, others, shared)
        if any(one != other for one, other in pairs):
            values, other_values = [one for one, _ in pairs], [other for _, other in pairs]
            tested.append((figure, values, other_values, paired(values, other_values)))
    corrected = holm([test.p for *_, test in tested])
    return Comparison(
        shared=len(shared),
        only_first=tuple(question_id for question_id in rows if question_id not in others),
        only_second=tuple(question_id for question_id in others if question_id not in rows),
        other_question=tuple(question_id for question_id in both if question_id not in shared),
        conditions=tuple(_differing(first["config"], second["config"])),
        differences=tuple(
            Difference(
                figure=figure,
                first=sum(values) / len(values),
                second=sum(other_values) / len(other_values),
                test=test,
                p_holm=p,
            )
            for (figure, values, other_values, test), p in zip(tested, corrected, strict=True)
        ),
        flips=tuple(
            Flip(
                question_id=question_id,
                question=rows[question_id]["question"],
                first_failure=rows[question_id]["failure"],
                second_failure=others[question_id]["failure"],
                first_answer=rows[question_id]["answer"],
                second_answer=others[question_id]["answer"],
            )
            for question_id in shared
            if answering and rows[question_id]["failure"] != others[question_id]["failure"]
        ),
    )


def _pairs(figure: str, rows: Mapping[str, Any], others: Mapping[str, Any], shared: list[str]) -> list[tuple[float, float]]:
    group, metric = figure.split(".")
    found = []
    for question_id in shared:
        one, other = (row["scores"].get(group, {}).get(metric) for row in (rows[question_id], others[question_id]))
        if one is not None and other is not None:
            found.append((one, other))
    return found


def _differing(first: Mapping[str, Any], second: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any, Any]]:
    found: list[tuple[str, Any, Any]] = []
    for key in dict.fromkeys((*first, *second)):
        one, other = first.get(key), second.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            found += _differing(one, other, f"{prefix}{key}.")
        elif one != other and key != "date":
            found.append((f"{prefix}{key}", one, other))
    return found

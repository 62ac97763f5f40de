"""The report as people read it in a terminal: all metrics, the kinds of questions side by side, and what failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.report import METRICS, values_of

_BY_KIND = (
    ("retrieval", "hit@1"), ("retrieval", "hit@10"), ("retrieval", "evidence@10"),
    ("answers", "contains"), ("citations", "attribution"),
)  # fmt: skip
_ANSWER_CHARACTERS = 160
_NOTHING = "–"


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """Print the report; the same report always prints the same."""
    config, archive = report["config"], report["config"]["archive"]
    console.print(
        Text(
            f"{config['questions']} questions of {config['gold']} over {archive['articles']} articles"
            f" ({archive['passages']} passages, generation {archive['generation']}), k = {config['k']}"
        )
    )
    console.print(_overall(report))
    words, latency = report["answers"]["median_words"], report["latency_ms"]
    console.print(
        Text(
            f"median answer {_NOTHING if words is None else f'{words:g}'} words;"
            f" latency p50 {_milliseconds(latency['p50'])}, p95 {_milliseconds(latency['p95'])}\n"
        )
    )
    console.print(_by_kind(report["questions"]))
    _print_failures(report["questions"], console)


def _overall(report: Mapping[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("metric")
    for heading in ("mean", "95 % interval", "n"):
        table.add_column(heading, justify="right")
    for group, metrics in METRICS.items():
        for metric in metrics:
            mean = report[group][metric]
            interval = _NOTHING if mean["low"] is None else f"{mean['low']:.3f} to {mean['high']:.3f}"
            table.add_row(f"{group} {metric}", _share(mean["value"]), interval, str(mean["n"]))
        table.add_section()
    return table


def _by_kind(questions: Sequence[Mapping[str, Any]]) -> Table:
    # Eight columns fit into 80 characters only without the space at the edges.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("kind")
    for heading in ("n", *(metric for _, metric in _BY_KIND), "abstained"):
        table.add_column(heading, justify="right")
    for kind in dict.fromkeys(question["kind"] for question in questions):
        asked = [question for question in questions if question["kind"] == kind]
        means = [_share(_mean(values_of(asked, group, metric))) for group, metric in _BY_KIND]
        abstained = _share(_mean([float(question["abstained"] is not None) for question in asked]))
        table.add_row(Text(kind), str(len(asked)), *means, abstained)
    return table


def _print_failures(questions: Sequence[Mapping[str, Any]], console: Console) -> None:
    failed = [question for question in questions if question["failure"] is not None]
    console.print(Text(f"{len(failed)} of {len(questions)} questions failed"))
    for failure in sorted({question["failure"] for question in failed}):
        console.print(Text(f"\n{failure}:"))
        for question in failed:
            if question["failure"] == failure:
                # Lines, not table cells: a line can be searched for and copied.
                console.print(Text(f"  {question['id']}  {question['question']}"), soft_wrap=True)
                if question["accepted"]:
                    console.print(Text(f"      accepted: {' | '.join(question['accepted'])}"), soft_wrap=True)
                console.print(Text(f"      answered: {_cut(question['answer'])}"), soft_wrap=True)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _milliseconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0f} ms"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _ANSWER_CHARACTERS else line[:_ANSWER_CHARACTERS].rsplit(" ", 1)[0] + " …"

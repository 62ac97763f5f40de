"""The report as people read it in a terminal: all metrics, the kinds of questions side by side, and what failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.report import METRICS

# Short headings: with a long kind, the columns must still fit into 80 characters.
_BY_KIND = (
    ("retrieval", "hit@1", "hit@1"), ("retrieval", "hit@10", "hit@10"), ("retrieval", "evidence@10", "evidence"),
    ("answers", "contains", "contains"), ("citations", "attribution", "attributed"),
)  # fmt: skip
_ANSWER_CHARACTERS = 160
_PROBLEMS_SHOWN = 20
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
    console.print(Text(_totals(report)), soft_wrap=True)
    console.print(_by_kind(report["kinds"]))
    _print_problems(report["questions"], console)
    _print_failures(report["questions"], console)


def cut(text: str) -> str:
    """Return an answer on one line, its end cut off where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _ANSWER_CHARACTERS else line[:_ANSWER_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _overall(report: Mapping[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("metric")
    for heading in ("mean", "95 % interval", "n"):
        table.add_column(heading, justify="right")
    for group, metrics in METRICS.items():
        for metric in metrics if group in report else ():
            mean = report[group][metric]
            interval = _NOTHING if mean["low"] is None else f"{mean['low']:.3f} to {mean['high']:.3f}"
            table.add_row(f"{group} {metric}", _share(mean["value"]), interval, str(mean["n"]))
        table.add_section()
    return table


def _totals(report: Mapping[str, Any]) -> str:
    words, latency, risk = report["answers"]["median_words"], report["latency_ms"], report["risk_coverage"]
    parts = [
        f"latency p50 {_milliseconds(latency['p50'])}, p95 {_milliseconds(latency['p95'])}, p99 {_milliseconds(latency['p99'])}"
    ]
    if words is not None:
        parts.insert(0, f"median answer {words:g} words")
    if risk["area"] is not None:
        parts.append(f"area under risk-coverage {risk['area']:.3f}, {risk['coverage']:.0%} answered")
    if any(report["tokens"].values()):
        cost = "" if report["cost"] is None else f", cost {report['cost']:.4f}"
        parts.append(f"tokens: {report['tokens']['evidence']:,} of evidence, {report['tokens']['completion']:,} written{cost}")
    if report["errors"]:
        parts.append(f"errors: {report['errors']} (they count as wrong)")
    return "; ".join(parts) + "\n"


def _by_kind(kinds: Mapping[str, Any]) -> Table:
    # Nine columns fit into 80 characters only without the space at the edges.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("kind", overflow="fold", min_width=14)
    for heading in ("n", *(heading for *_, heading in _BY_KIND), "abstained"):
        table.add_column(heading, justify="right")
    for kind, counted in kinds.items():
        means = [_share(counted["scores"].get(group, {}).get(metric)) for group, metric, _ in _BY_KIND]
        table.add_row(Text(kind), str(counted["n"]), *means, _share(counted["abstained"] / counted["n"]))
    return table


def _print_problems(questions: Sequence[Mapping[str, Any]], console: Console) -> None:
    problems = [(question["id"], problem) for question in questions for problem in question["problems"]]
    for question_id, problem in problems[:_PROBLEMS_SHOWN]:
        console.print(Text(f"gold: {question_id}: {problem}"), soft_wrap=True)
    if len(problems) > _PROBLEMS_SHOWN:
        console.print(Text(f"gold: {len(problems) - _PROBLEMS_SHOWN} more such problems; report.json has all"))


def _print_failures(questions: Sequence[Mapping[str, Any]], console: Console) -> None:
    failed = [question for question in questions if question["failure"] is not None]
    console.print(Text(f"{len(failed)} of {len(questions)} questions failed"))
    for failure in sorted({question["failure"] for question in failed}):
        console.print(Text(f"\n{failure}:"))
        for question in failed:
            if question["failure"] == failure:
                # Lines, not table cells: a line can be searched for and copied.
                console.print(Text(f"  {question['id']}  {cut(question['question'])}"), soft_wrap=True)
                accepted = [*question["expected"]["answers"], *(" / ".join(part) for part in question["expected"]["all_of"])]
                if accepted:
                    console.print(Text(f"      accepted: {' | '.join(accepted)}"), soft_wrap=True)
                said = f"error: {question['error']}" if question["error"] else f"answered: {cut(question['answer'])}"
                console.print(Text(f"      {said}"), soft_wrap=True)


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _milliseconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0f} ms"

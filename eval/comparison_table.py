"""Comparisons, sweeps and calibrations as people read them in a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.calibration import Calibration
from eval.comparison import Comparison
from eval.sweep import Trial
from eval.table import cut

_SWEPT = ("retrieval.hit@1", "retrieval.ndcg@10", "retrieval.evidence@10", "answers.contains", "abstention.recall",
          "abstention.false_rate")  # fmt: skip
_NOTHING = "–"


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print what differs, how surely, and which questions flipped with both answers."""
    console.print(Text(f"{comparison.shared} questions in both runs; differences are the second run's minus the first's"))
    for count, which in ((len(comparison.only_first), "first"), (len(comparison.only_second), "second")):
        if count:
            console.print(Text(f"{count} questions are only in the {which} run and are left out"))
    if comparison.other_question:
        console.print(Text(f"under {len(comparison.other_question)} ids the runs asked different questions; they are left out"))
    for name, first, second in comparison.conditions:
        console.print(Text(f"differs: {name}: {first} | {second}"), soft_wrap=True)
    if comparison.differences:
        # Eight columns fit into 80 characters only without the space at the edges.
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("metric", no_wrap=True)
        for heading in ("A", "B", "B - A", "95 % interval", "p", "n"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("")
        for d in comparison.differences:
            interval = f"{d.test.low:+.3f} {d.test.high:+.3f}"
            values = (
                f"{d.first:.3f}",
                f"{d.second:.3f}",
                f"{d.test.difference:+.3f}",
                interval,
                f"{d.p_holm:.3f}",
                str(d.test.n),
            )
            table.add_row(d.figure, *values, d.verdict if d.verdict != "no difference shown" else "")
        console.print(table)
        console.print(
            Text("p: paired permutation test, corrected for the number of metrics (Holm). Metrics without any change: left out.")
        )
    else:
        console.print(Text("no metric differs on any question"))
    console.print(Text(f"\n{len(comparison.flips)} questions flipped"))
    for flip in comparison.flips:
        console.print(Text(f"\n  {flip.question_id}  {flip.question}"), soft_wrap=True)
        for name, failure, answer in (
            ("A", flip.first_failure, flip.first_answer), ("B", flip.second_failure, flip.second_answer),
        ):  # fmt: skip
            console.print(Text(f"      {name} {failure or 'right'}: {cut(answer)}"), soft_wrap=True)


def print_sweep(trials: Sequence[Trial], best: Trial | None, figure: str, console: Console) -> None:
    """Print the trials side by side; `best` is marked, None when no trial is significantly the best."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    names = list(trials[0].changed)
    figures = [figure, *(name for name in _SWEPT if name != figure and any(trial.mean(name).n for trial in trials))]
    for name in names:
        table.add_column(name, justify="right")
    table.add_column(f"{figure} (95 % interval)", justify="right")
    for name in figures[1:]:
        table.add_column(name.split(".")[1], justify="right")
    table.add_column("errors", justify="right")
    table.add_column("")
    for trial in trials:
        mean = trial.mean(figure)
        interval = _NOTHING if mean.value is None else f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"
        others = [trial.mean(name).value for name in figures[1:]]
        errors = sum(row["error"] is not None for row in trial.rows)
        table.add_row(
            *(str(trial.changed[name]) for name in names), interval,
            *(_NOTHING if value is None else f"{value:.3f}" for value in others), str(errors), "best" if trial is best else "",
        )  # fmt: skip
    console.print(table)
    if best is None:
        console.print(Text(f"no combination is significantly the best in {figure} (paired permutation tests, Holm)"))


def print_calibration(calibration: Calibration, present: float, console: Console) -> None:
    """Print what each bound would refuse and catch, and how the confidence compares with what is answerable."""
    area = _NOTHING if calibration.auroc is None else f"{calibration.auroc:.3f}"
    console.print(
        Text(
            f"{calibration.answerable} answerable questions, {calibration.others} that the archive does not answer, "
            f"{calibration.unjudged} left out; AUROC of the confidence {area}; the bound is {present} now"
        )
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("bound", "false abstentions", "recall", "precision"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in calibration.bounds:
        shares = (_NOTHING if share is None else f"{share:.3f}" for share in (row.false_rate, row.recall, row.precision))
        table.add_row(f"{row.bound:.2f}", *shares)
    console.print(table)
    bins = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("confidence", "answerable", "n"):
        bins.add_column(heading, justify="right", no_wrap=True)
    for mean, share, count in calibration.bins:
        bins.add_row(f"{mean:.3f}", f"{share:.3f}", str(count))
    console.print(bins)

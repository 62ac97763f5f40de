"""What the commands of `python -m eval` do. Each takes the parsed arguments and returns the exit status."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from eval.calibration import ask_for_confidence
from eval.calibration import calibrate as calibrated
from eval.comparison import compare as compared
from eval.comparison_table import print_calibration, print_comparison, print_sweep
from eval.conditions import conditions
from eval.corpus import ingest_documents
from eval.datasets.loading import load_dataset
from eval.datasets.types import Dataset
from eval.errors import EvalError, ReportError
from eval.gate import load_gate, misses
from eval.judgements import Judge
from eval.measuring import in_gold_order, measure, only_retrieval, sampled
from eval.report import build_report
from eval.rows import Row
from eval.runs import RunFolder, load_report
from eval.sweep import Remembering, Trial, best_trial, check_figure, combinations, read_varied
from eval.table import print_report
from eval.withholding import Withholding
from index.embedder_wiring import build_embedder
from index.wiring import build_store
from rag.abstention import ANSWERABLE_FROM
from rag.bounds import MAX_K
from rag.settings import RagSettings
from rag.tokens import TiktokenCounter
from rag.wiring import build_pipeline

_DONE, _MISSED = 0, 1
_K_ANSWERING, _K_RETRIEVING = 10, 50


def run(options: argparse.Namespace) -> int:
    """Ask gold questions, print and write the report, look at the gate."""
    dataset, retrieval_only, k = _asked(options)
    settings = _settings(options.data)
    # Before the questions are asked, so that a wrong gate or folder does not cost a whole run.
    gate = load_gate(options.gate) if options.gate else None
    if options.resume and not options.report:
        raise EvalError("--resume needs the folder of the run: --report DIR")
    with closing(build_pipeline(settings)) as pipeline:
        made = conditions(
            gold=dataset.name, questions=dataset.questions, k=k, concurrency=options.concurrency, retrieval_only=retrieval_only,
            price=options.price, store=pipeline.store, settings=settings,
        )  # fmt: skip
        rows: dict[str, Row] = {}
        folder = None
        if options.report:
            folder = RunFolder.open(options.report, made, resume=options.resume, overwrite=options.overwrite)
            rows = dict(folder.rows)
        with _progress("asking", len(dataset.questions), done=len(rows)) as advance:

            def keep(row: Row) -> None:
                rows[row["id"]] = row
                if folder is not None:
                    folder.keep(row)
                advance()

            measure(
                pipeline, dataset, k=k, tokens=TiktokenCounter(), keep=keep, concurrency=options.concurrency,
                retrieval_only=retrieval_only, answered=frozenset(rows),
            )  # fmt: skip
    report = build_report(in_gold_order(list(rows.values()), dataset), made)
    if folder is not None:
        folder.finish(report)
    console = Console(highlight=False)
    print_report(report, console)
    if folder is not None:
        print(f"The run is in {folder.folder}; open {folder.folder / 'report.html'}", file=sys.stderr)
    if gate is None:
        return _DONE
    missed = misses(gate, report)
    for miss in missed:
        print(f"gate: {miss}", file=sys.stderr)
    print(f"gate: {'missed' if missed else 'passed'} ({options.gate})", file=sys.stderr)
    return _MISSED if missed else _DONE


def ingest(options: argparse.Namespace) -> int:
    """Put the documents of a dataset into the archive."""
    dataset = load_dataset(options.gold)
    with _progress("ingesting", None) as advance:
        report = ingest_documents(dataset, _settings(options.data), lambda _: advance())
    failed = [entry for entry in report.entries if entry.outcome in ("failed", "skipped")]
    for entry in failed:
        print(f"{entry.outcome}: {entry.position}: {entry.reason}", file=sys.stderr)
    print(", ".join(f"{count:,} {outcome}" for outcome, count in report.counts.items() if count) or "nothing to ingest")
    return _MISSED if report.counts["failed"] else _DONE


def compare(options: argparse.Namespace) -> int:
    """Tell what differs between two runs."""
    comparison = compared(load_report(options.first), load_report(options.second))
    if not comparison.shared:
        raise EvalError(f"{options.first} and {options.second} have no question in common; compare runs over one gold set")
    if options.json:
        print(json.dumps(asdict(comparison), ensure_ascii=False, indent=2))
    else:
        print_comparison(comparison, Console(highlight=False))
    return _DONE


def sweep(options: argparse.Namespace) -> int:
    """Ask under every combination of settings and print them side by side."""
    dataset, retrieval_only, k = _asked(options)
    settings = _settings(options.data)
    check_figure(options.by)
    if options.report:
        _make_folder(options.report)
    trials: list[Trial] = []
    made = combinations(read_varied(options.vary), settings, k)
    tokens = TiktokenCounter()
    with (
        closing(build_store(settings)) as store,
        _progress("asking", len(made) * len(dataset.questions)) as advance,
    ):
        embedder = Remembering(build_embedder(settings))
        for changed, combined, wanted_k in made:
            rows: list[Row] = []

            def keep(row: Row, rows: list[Row] = rows) -> None:
                rows.append(row)
                advance()

            pipeline = build_pipeline(combined, store=store, embedder=embedder)
            measure(
                pipeline, dataset, k=wanted_k, tokens=tokens, keep=keep, concurrency=options.concurrency,
                retrieval_only=retrieval_only,
            )  # fmt: skip
            trials.append(Trial(changed=changed, rows=tuple(in_gold_order(rows, dataset))))
    best, significant = best_trial(trials, options.by)
    print_sweep(trials, best if significant else None, options.by, Console(highlight=False))
    if options.report:
        _write_sweep(options.report, trials, best if significant else None)
    return _DONE


def calibrate(options: argparse.Namespace) -> int:
    """Tell what each bound on the confidence would cost."""
    dataset, _, k = _asked(options)
    settings = _settings(options.data)
    with closing(build_store(settings)) as store, _progress("asking", len(dataset.questions)) as advance:
        if not store.stats().articles:
            raise EvalError("The archive holds no articles, so nothing can be calibrated. Fill it with: dateline ingest SOURCE")
        held = Withholding(store, Judge(store, dataset).judged_as) if options.withhold else None
        pipeline = build_pipeline(settings, store=held.as_store() if held else store)
        asked, unjudged = ask_for_confidence(pipeline, held, dataset, k=k, advance=advance)
    calibration = calibrated(asked, unjudged)
    if options.json:
        print(json.dumps(asdict(calibration), indent=2))
    else:
        print_calibration(calibration, ANSWERABLE_FROM, Console(highlight=False))
    return _DONE


def judge(options: argparse.Namespace) -> int:
    """Add the judgements of a language model to a run."""
    from eval.judge import judge_run  # noqa: PLC0415 - needs an extra

    report = load_report(options.run)
    folder = options.run if options.run.is_dir() else options.run.parent
    with _progress("judging", len(report["questions"])) as advance:
        rows, errors = judge_run(
            report["questions"], base_url=options.base_url, model=options.model, concurrency=options.concurrency, progress=advance
        )
    judged = build_report(rows, report["config"] | {"judge": {"base_url": options.base_url, "model": options.model}})
    RunFolder(folder).finish(judged)
    print_report(judged, Console(highlight=False))
    for question, problem in errors.items():
        print(f"not judged: {question}: {problem}", file=sys.stderr)
    return _MISSED if errors else _DONE


def _asked(options: argparse.Namespace) -> tuple[Dataset, bool, int]:
    """Return the dataset, whether only to retrieve, and how many passages."""
    if options.k and options.k > MAX_K:
        raise EvalError(f"--k {options.k}: at most {MAX_K} passages are retrieved; write a smaller number")
    dataset = load_dataset(options.gold)
    if options.sample:
        dataset = sampled(dataset, options.sample)
    retrieval_only = options.retrieval_only or only_retrieval(dataset)
    return dataset, retrieval_only, options.k or (_K_RETRIEVING if retrieval_only else _K_ANSWERING)


def _settings(data: Path | None) -> RagSettings:
    try:
        return RagSettings() if data is None else RagSettings(data=data)
    except ValueError as error:
        raise EvalError(f"The settings cannot be used: {error}. Correct DATELINE_... or dateline.toml.") from error


def _write_sweep(folder: Path, trials: list[Trial], best: Trial | None) -> None:
    from eval.report import METRICS  # noqa: PLC0415

    figures = [f"{group}.{metric}" for group, metrics in METRICS.items() for metric in metrics]
    value: list[dict[str, Any]] = [
        {
            "changed": dict(trial.changed),
            "significantly_best": trial is best,
            "figures": {figure: asdict(mean) for figure in figures if (mean := trial.mean(figure)).n},
        }
        for trial in trials
    ]
    try:
        (folder / "sweep.json").write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ReportError(folder, error.strerror or str(error)) from error


def _make_folder(folder: Path) -> None:
    """Make the report's folder before anything is asked, so that a wrong one does not cost a whole sweep."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(folder, error.strerror or str(error)) from error


@contextmanager
def _progress(doing: str, total: int | None, done: int = 0) -> Iterator[Callable[[], None]]:
    """Show how far it is on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing, total=total, completed=done)
        yield lambda: bar.advance(task)

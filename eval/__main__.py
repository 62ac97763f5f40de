"""The command `python -m eval`: reads the arguments, runs, prints. Decides nothing about quality."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console

from eval.conditions import conditions
from eval.errors import EvalError, ReportError
from eval.gold import load_gold
from eval.report import build_report
from eval.runner import run
from eval.table import print_report
from index.errors import IndexingError
from rag.errors import AnsweringError
from rag.settings import RagSettings
from rag.wiring import build_pipeline

_DONE, _NO_REPORT = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, or 2 when there is no report (wrong usage, gold, archive)."""
    options = _parser().parse_args(arguments)
    try:
        report = _run(options)
    except (EvalError, IndexingError, AnsweringError) as error:
        print(error, file=sys.stderr)
        return _NO_REPORT
    print_report(report, Console(highlight=False))
    return _DONE


def _run(options: argparse.Namespace) -> dict[str, Any]:
    questions = load_gold(options.gold)
    settings = _settings(options.data)
    if options.report is not None:
        # Before the questions are asked, so that a wrong folder does not cost a whole run.
        _make_folder(options.report)
    with closing(build_pipeline(settings)) as pipeline:
        archive = pipeline.store.stats()
        if not archive.articles:
            remedy = f"Fill it with: dateline ingest SOURCE --data {settings.data}"
            raise EvalError(f"The archive in {settings.data} holds no articles. {remedy}")
        made = conditions(gold=options.gold, questions=len(questions), k=options.k, archive=archive, settings=settings)
        records = asyncio.run(run(questions, pipeline.answer, k=options.k))
    report = build_report(records, made)
    if options.report is not None:
        _write(report, options.report)
    return report


def _settings(data: Path | None) -> RagSettings:
    try:
        return RagSettings() if data is None else RagSettings(data=data)
    except ValueError as error:
        raise EvalError(f"The settings cannot be used: {error}. Correct DATELINE_... or dateline.toml.") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(folder, error.strerror or str(error)) from error


def _write(report: Mapping[str, Any], folder: Path) -> None:
    try:
        text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
        (folder / "report.json").write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(folder, error.strerror or str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", description="Measure how good the answers are.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "run",
        help="ask gold questions and report the metrics",
        description="Ask the gold questions of the archive and report the metrics (docs/eval.md defines them).",
        epilog="example: python -m eval run --gold examples/gold.jsonl --data data --report runs/today",
    )
    command.add_argument("--gold", type=Path, required=True, metavar="FILE", help="the gold questions, JSONL")
    command.add_argument("--data", type=Path, metavar="DIR", help="the archive's folder (default: DATELINE_DATA, or ./data)")
    command.add_argument("--report", type=Path, metavar="DIR", help="write report.json into this folder")
    command.add_argument(
        "--k",
        type=_passages,
        default=10,
        metavar="N",
        help="how many passages to retrieve (default: 10; fewer lower the @10 metrics)",
    )
    return parser


def _passages(text: str) -> int:
    """Read the number of passages."""
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of passages; write one from 1 on, such as 10")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

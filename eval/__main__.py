"""The command `python -m eval`: reads the arguments and hands them to a command. Decides nothing about quality."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.errors import EvalError
from index.errors import IndexingError
from rag.errors import AnsweringError

_NO_REPORT, _INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    0: done; 1: the gate is missed, or something could not be ingested or judged; 2: there is no report (wrong usage, gold,
    archive, folder); 130: interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        # The commands load models and charts: `--help` need not wait for them.
        from eval import commands  # noqa: PLC0415

        status: int = getattr(commands, options.command)(options)
    except (EvalError, IndexingError, AnsweringError) as error:
        print(error, file=sys.stderr)
        return _NO_REPORT
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval", description="Measure how good the answers are; docs/eval.md defines every figure."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    _add_run(commands.add_parser(
        "run",
        help="ask gold questions and report the metrics",
        description="Ask the gold questions of the archive and report the metrics.",
        epilog="example: python -m eval run --gold examples/gold.jsonl --data data --report runs/today --gate gate.toml",
    ))  # fmt: skip
    ingest = commands.add_parser(
        "ingest",
        help="put the documents of a dataset into an archive",
        description="Put the documents that come with a dataset into the archive. Run it again to go on where it was stopped.",
        epilog="example: python -m eval ingest --gold datasets/squad --data runs/squad-data",
    )
    _add_gold(ingest)
    compare = commands.add_parser(
        "compare",
        help="tell whether one run is better than another",
        description="Compare two runs over the questions they share: paired differences with intervals, and what flipped.",
        epilog="example: python -m eval compare runs/before runs/after",
    )
    compare.add_argument("first", type=Path, metavar="RUN_A", help="a folder that --report wrote")
    compare.add_argument("second", type=Path, metavar="RUN_B", help="another one; differences are B - A")
    compare.add_argument("--json", action="store_true", help="print the comparison as JSON")
    _add_sweep(commands.add_parser(
        "sweep",
        help="try combinations of settings",
        description="Ask the gold questions under every combination of the varied settings, over one archive.",
        epilog="example: python -m eval sweep --gold examples/gold.jsonl --vary recency_strength=0,1,2 --vary k=5,10",
    ))  # fmt: skip
    calibrate = commands.add_parser(
        "calibrate",
        help="tell what each bound on the confidence would cost",
        description="Ask for the confidence alone and show, for each bound, how many answerable questions it would refuse.",
        epilog="example: python -m eval calibrate --gold examples/gold.jsonl --data data --withhold",
    )
    _add_gold(calibrate)
    calibrate.add_argument("--k", type=_count, metavar="N", help="how many passages to retrieve (default: 10)")
    calibrate.add_argument(
        "--sample", type=_count, metavar="N", help="ask only so many questions, spread evenly over the gold file"
    )
    calibrate.add_argument(
        "--withhold", action="store_true", help="ask each question once more without the articles that answer it"
    )
    calibrate.add_argument("--json", action="store_true", help="print the calibration as JSON")
    calibrate.set_defaults(retrieval_only=False)
    judge = commands.add_parser(
        "judge",
        help="let a language model judge the answers of a run",
        description="Add a language model's judgements to a run. Needs the extra `ragas`; the key is DATELINE_JUDGE_API_KEY.",
        epilog="example: python -m eval judge runs/today --base-url http://localhost:8080/v1 --model qwen3",
    )
    judge.add_argument("run", type=Path, metavar="RUN", help="a folder that --report wrote")
    judge.add_argument("--base-url", required=True, metavar="URL", help="an OpenAI-compatible server, with /v1")
    judge.add_argument("--model", required=True, metavar="NAME", help="the model to ask there")
    judge.add_argument(
        "--concurrency", type=_count, default=4, metavar="N", help="how many answers to judge at once (default: 4)"
    )
    return parser


def _add_gold(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--gold", type=Path, required=True, metavar="PATH", help="gold questions (JSONL), or the file or folder of a dataset"
    )
    command.add_argument("--data", type=Path, metavar="DIR", help="the archive's folder (default: DATELINE_DATA, or ./data)")


def _add_asking(command: argparse.ArgumentParser) -> None:
    _add_gold(command)
    command.add_argument(
        "--k",
        type=_count,
        metavar="N",
        help="how many passages to retrieve (default: 10, or 50 when only retrieving; fewer lower the @10 metrics)",
    )
    command.add_argument("--retrieval-only", action="store_true", help="retrieve passages, write no answers")
    command.add_argument(
        "--sample", type=_count, metavar="N", help="ask only so many questions, spread evenly over the gold file"
    )
    command.add_argument("--concurrency", type=_count, default=1, metavar="N", help="questions at once (default: 1)")


def _add_run(command: argparse.ArgumentParser) -> None:
    _add_asking(command)
    command.add_argument("--report", type=Path, metavar="DIR", help="write the run into this folder, with report.html in it")
    command.add_argument(
        "--gate", type=Path, metavar="FILE", help="exit 1 and name what is missed of the limits in this TOML file"
    )
    again = command.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with the run in the report folder")
    again.add_argument("--overwrite", action="store_true", help="replace the run in the report folder")
    command.add_argument(
        "--price",
        type=_price,
        nargs=2,
        metavar=("READ", "WRITTEN"),
        help="what a generator costs for a million tokens read and written, to count the cost",
    )


def _add_sweep(command: argparse.ArgumentParser) -> None:
    _add_asking(command)
    command.add_argument(
        "--vary", action="append", default=[], metavar="SETTING=V,V", help="a setting, or k, and its values; may be repeated"
    )
    command.add_argument(
        "--by", default="answers.contains", metavar="FIGURE", help="what the best is the best in (default: answers.contains)"
    )
    command.add_argument("--report", type=Path, metavar="DIR", help="write sweep.json into this folder")


def _count(text: str) -> int:
    """Read a number from 1 on."""
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on; write one such as 10")
    return int(text)


def _price(text: str) -> float:
    """Read a price, in any currency."""
    try:
        price = float(text)
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a price; write a number such as 0.15")
    return price


if __name__ == "__main__":
    sys.exit(main())

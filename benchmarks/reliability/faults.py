"""Has operation number N of an ingest fail, for N = 1, 2, 3 … until it does not get so far: alone, and with all that follow.

`python -m benchmarks.reliability.faults [--every N] [--only KIND ...]`. SQLite is tested for I/O errors like this. The operations
are SQLite's, through a VFS that passes them on, and Python's, through an audit hook: both libraries offer that, and nothing of
Dateline is replaced. What libraries in C++ write is limited by the system: no file may grow beyond so many bytes, no more than so
many files may be open. After each ingest that met a fault: the error was one line and exit code 1, or none was needed; the
archive opens, whole, with all that was acknowledged; the same ingest again completes it. Prints one JSON object with a row for
each kind of fault, the commit and the date; exits 1 when something was not so.
"""

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.command import FAILED
from benchmarks.provenance import provenance
from benchmarks.reliability.attempt import ADDED, STORED, UPDATED, attempt
from benchmarks.reliability.journal import Expected
from benchmarks.reliability.light import check, ingest, open_store
from benchmarks.reliability.striking import COUNTED, LIMITED, Faults
from benchmarks.reliability.whole import examine

KINDS = (*COUNTED, *LIMITED)
_PATIENCE_SECONDS = 60.0
# Steps of the limits: as many bytes a file as a page of SQLite, one open file more.
_MOST_TRIES = 2_000


@dataclass(slots=True, kw_only=True)
class Row:
    """What came of one kind of fault."""

    faults: int = 0
    failed: int = 0
    """Ingests that ended with exit code 1."""
    wrong: list[str] = field(default_factory=list)


def tried(folder: Path, kinds: Iterable[str], every: int) -> Iterator[tuple[str, Row]]:
    """Yield, for each kind of fault, what came of failing every so-manieth operation, alone and from there on."""
    made = folder / "made"
    with closing(open_store(made)) as store:
        ingest(store, [(number, 1) for number in range(1, STORED + 1)])
    for kind in kinds:
        for persistent in (False, True) if kind in COUNTED else (True,):
            row = Row()
            for number in range(1, _MOST_TRIES, every):
                shutil.rmtree(folder / "tried", ignore_errors=True)
                shutil.copytree(made, folder / "tried" / "archive")
                struck = _try(folder / "tried", Faults(kind=kind, number=number, persistent=persistent), row)
                if not struck:
                    break
                row.faults += 1
            else:
                row.wrong.append(f"the ingest was not complete after {_MOST_TRIES}")
            yield f"{kind}, {'from there on' if persistent else 'alone'}", row


def _try(folder: Path, faults: Faults, row: Row) -> bool:
    """Let one ingest meet a fault and look at what it leaves; returns whether it got so far."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.reliability.attempt"])
    struck = context.Value("i", 0)
    arguments = (folder / "archive", folder / "journal", folder / "said", faults.counting(struck))
    process = context.Process(target=attempt, args=arguments)
    process.start()
    process.join(_PATIENCE_SECONDS)
    code = process.exitcode
    process.kill()
    process.join()
    said = (folder / "said").read_text(encoding="utf-8", errors="replace")
    expected = Expected(stored=dict.fromkeys(range(1, STORED + 1), 1))
    expected.read(folder / "journal")
    wrong = _unclean(code, said, done=expected.last == "close" and not expected.doubtful)
    row.failed += code == FAILED
    found = examine(folder / "archive", expected, set_aside=True)
    wrong += [*found.lost, *found.partial, *found.problems, *_again(folder / "archive")]
    row.wrong += [f"{faults.kind} {faults.number}: {what}" for what in wrong]
    # A limit strikes whenever the ingest does not come through with everything saved.
    return bool(struck.value) if faults.kind in COUNTED else code != 0 or "could not" in said


def _unclean(code: int | None, said: str, *, done: bool) -> list[str]:
    """Return what is wrong with how a command ended: an error is one line that says what to do."""
    lines = [line for line in said.splitlines() if line.startswith("dateline: ")]
    wrong = []
    if code not in (0, FAILED):
        wrong.append(f"exit code {code}: {said[-300:]}")
    elif code == FAILED and len(lines) != 1:
        wrong.append(f"{len(lines)} lines of error: {said[-300:]}")
    elif code == 0 and not done:
        wrong.append(f"exit code 0, but not everything was acknowledged: {said[-300:]}")
    if "Traceback" in said or "--debug" in said:
        wrong.append(f"nobody foresaw it: {said[-600:]}")
    return wrong


def _again(archive: Path) -> list[str]:
    """Ingest once more, with nothing failing, and return what is wrong then."""
    wanted = [*((number, 2) for number in UPDATED), *((number, 1) for number in ADDED)]
    with closing(open_store(archive)) as store:
        counts = ingest(store, wanted).counts
        held = store.stats().articles
    wrong = [problem.what for problem in check(archive).problems]
    if counts["failed"] or counts["accepted"] + counts["updated"] + counts["unchanged"] != len(wanted):
        wrong.append(f"the next ingest: {counts}")
    if held not in (STORED + len(ADDED), STORED + len(ADDED) - 1):
        wrong.append(f"after the next ingest there are {held} articles")
    return wrong


def main() -> None:
    """Try every kind, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--every", type=int, default=1, help="fail operations 1, 1+N, 1+2N …")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    arguments = parser.parse_args()
    rows: dict[str, dict[str, Any]] = {}
    wrong = []
    with tempfile.TemporaryDirectory(prefix="dateline-faults-") as folder:
        for kind, row in tried(Path(folder), arguments.only, arguments.every):
            rows[kind] = {"faults": row.faults, "failed": row.failed, "wrong": len(row.wrong)}
            wrong += row.wrong
            print(kind, rows[kind], *row.wrong, sep="\n  ", file=sys.stderr)
    print(json.dumps({**provenance("reliability.faults"), "by_kind": rows, "wrong": wrong}, indent=2))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

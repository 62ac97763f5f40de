"""Kills processes that change an archive, by SIGKILL, and looks at what they leave: all they acknowledged must be there, whole.

`python -m benchmarks.reliability.kills [--count N] [--services N] [--seed N]`. N processes work on one archive, one after
another, and die: at each failpoint in turn (`index/failpoints.py`), then at random moments. `--services` of `dateline serve` take
articles over HTTP from four clients at once and die in several ways, too. After each death the archive is examined, opened,
compared with what was acknowledged, and examined again (`benchmarks.reliability.whole`). Prints one JSON object with a row for
each kind of death, the seed, the commit and the date; exits 1 when anything was lost, partial or wrong, or a failpoint was not
reached.
"""

import argparse
import json
import multiprocessing
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.provenance import provenance
from benchmarks.reliability.journal import Expected
from benchmarks.reliability.served import service_kills
from benchmarks.reliability.whole import Found, examine
from benchmarks.reliability.worker import work
from index.failpoints import STEPS

# A random death comes at most so many lines of the journal after the start, two rounds of the worker, and so long after that
# line. Counted in lines, because on a busy machine most would die while they open the archive.
_MOST_LINES, _MOST_SECONDS = 50, 0.03
_PATIENCE_SECONDS = 60.0
# Steps outside of these belong to other programs.
_OURS = ("write.", "article.", "compaction.", "snapshot.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A death, and what was found after it."""

    kind: str
    """What the process was doing, or the failpoint."""
    found: Found
    killed: bool = True
    """False when the process came to its end before."""


def kills(folder: Path, count: int, seed: int) -> Iterator[Kill]:
    """Kill so many processes, one after another, over one archive in this folder: one at each failpoint, the rest at random.

    Args:
        folder: for the archive and the journal.
        count: at least as many as there are failpoints.
        seed: of what the processes do and when they die.
    """
    rng, expected = random.Random(seed), Expected()  # noqa: S311 - a sample, no secret
    steps = [step for step in STEPS if step.startswith(_OURS)]
    # Most things happen at a step only when there is something already, so each is passed a few times.
    plans = [f"{step}:{rng.randint(1, 3)}" if not step.startswith("snapshot.") else step for step in steps]
    plans += [""] * (count - len(plans))
    context = multiprocessing.get_context("forkserver")
    # Imported once; every process that is killed is a fork of one that has opened nothing yet.
    context.set_forkserver_preload(["benchmarks.reliability.worker"])
    for failpoint in plans:
        arguments = (folder / "archive", folder / "journal", rng.getrandbits(32), failpoint)
        process = context.Process(target=work, args=arguments)
        process.start()
        if not failpoint:
            _wait_for(process, folder / "journal", rng.randint(0, _MOST_LINES))
            time.sleep(rng.uniform(0, _MOST_SECONDS))
            process.kill()
        process.join(_PATIENCE_SECONDS)
        killed = process.exitcode == -signal.SIGKILL
        process.kill()
        process.join()
        expected.read(folder / "journal")
        kind = f"at {failpoint.partition(':')[0]}" if failpoint else f"in {expected.last}"
        yield Kill(kind=kind, found=examine(folder / "archive", expected), killed=killed)
        expected.last = "start"


def _wait_for(process: BaseProcess, journal: Path, lines: int) -> None:
    """Wait until a process has written so many lines."""
    read = journal.stat().st_size if journal.exists() else 0
    while lines > 0 and process.is_alive():
        time.sleep(0.001)
        if journal.exists() and journal.stat().st_size > read:
            with journal.open("rb") as file:
                file.seek(read)
                new = file.read()
            read += len(new)
            lines -= new.count(b"\n")


def table(done: Iterable[Kill]) -> dict[str, dict[str, Any]]:
    """Return, for each kind of death, how many there were and what was found."""
    kinds: dict[str, list[Kill]] = defaultdict(list)
    for kill in done:
        kinds[kill.kind].append(kill)
    return {
        kind: {
            "count": len(killed),
            "not_killed": sum(1 for kill in killed if not kill.killed),
            "lost": sum(len(kill.found.lost) for kill in killed),
            "partial": sum(len(kill.found.partial) for kill in killed),
            "problems": sum(len(kill.found.problems) for kill in killed),
            "ready_seconds_most": round(max(kill.found.seconds for kill in killed), 3),
        }
        for kind, killed in sorted(kinds.items())
    }


def main() -> None:
    """Kill, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=50, help="processes that are killed; at least one a failpoint")
    parser.add_argument("--services", type=int, default=2, help="services that are killed besides")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", file=sys.stderr)
    done: list[Kill] = []
    wrong: list[str] = []
    # Ctrl-C ends it early: what was found until then is told all the same.
    with tempfile.TemporaryDirectory(prefix="dateline-kills-") as folder, suppress(KeyboardInterrupt):
        # The services first: there are few of them.
        every = (_services(Path(folder), arguments), kills(Path(folder), arguments.count, arguments.seed))
        for kill in (kill for some in every for kill in some):
            done.append(kill)
            found = [*kill.found.lost, *kill.found.partial, *kill.found.problems]
            if not kill.killed and kill.kind.startswith("at "):
                found.append("the step was not reached")
            if found:
                wrong += [f"kill {len(done)} {kill.kind}: {what}" for what in found]
                print(wrong[-1], file=sys.stderr)
    report = {
        **provenance("reliability.kills"), "seed": arguments.seed, "kills": len(done), "by_kind": table(done),
        "articles_at_the_end": done[-1].found.articles if done else 0, "wrong": wrong,
    }  # fmt: skip
    print(json.dumps(report, indent=2))
    sys.exit(1 if wrong else 0)


def _services(folder: Path, arguments: argparse.Namespace) -> Iterator[Kill]:
    for moment, found in service_kills(folder / "served", arguments.services, arguments.seed):
        yield Kill(kind=f"service {moment}", found=found)


if __name__ == "__main__":
    main()

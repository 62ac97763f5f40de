"""Puts load on the service: streams, searches, health during a bulk ingest, streams broken off, slow clients, overload.

`python -m benchmarks.load [ARCHIVE] [--questions FILE] [--only PART ...] [--streams N] [--rate N] [--workers N]`. ARCHIVE is a
data folder; a copy of it is used, or of the samples. FILE has a JSON object with `question`, and if known `date`, on each line.
The service, the language model that it asks (`benchmarks.load.model`) and the clients are three processes of this machine, and
nothing leaves it. Prints one JSON object with the figures, their limits, the commit and the date; exits 1 when one is missed.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.load.aborts import measure_aborts
from benchmarks.load.health import measure_health
from benchmarks.load.model import TOKENS_PER_SECOND
from benchmarks.load.overload import measure_overload
from benchmarks.load.searching import measure_search
from benchmarks.load.service import ROOT, Service, serving
from benchmarks.load.slow import measure_slow
from benchmarks.load.streams import ANSWER, CHAT, measure_streams
from benchmarks.provenance import provenance

# Issue 7, on two cores.
STREAMS, CLIENTS = 100, 16
LIMITS = {
    "search": {"errors": 0, "requests_per_s": 150.0, "p99_ms": 150.0},
    "streams": {"errors": 0, "delay_p95_ms": 100.0},
    "aborts": {"left_over": 0},
    "slow": {"errors": 0, "p99_ratio": 2.0, "ended_after_s": 25.0},
    "overload": {"refused_p99_ms": 50.0, "accepted_p99_ratio": 3.0},
    "health": {"p99_ms": 100.0},
}
SEARCHES = 2_000
MOST_SECONDS = 600.0
"""After so long a part is given up: something hangs."""


def main() -> None:
    """Serve, put each load on the service, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("archive", type=Path, nargs="?", help="a data folder; the samples if absent")
    parser.add_argument("--questions", type=Path, default=ROOT / "examples/gold.jsonl")
    parser.add_argument("--only", choices=list(LIMITS), nargs="+", default=list(LIMITS))
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--rate", type=float, default=TOKENS_PER_SECOND, help="tokens a second of each stream")
    parser.add_argument("--workers", type=int, default=1, help="processes of the service")
    arguments = parser.parse_args()
    questions, load = _questions(arguments.questions), os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(prefix="dateline-bench-") as folder,
        serving(arguments.archive, Path(folder), rate=arguments.rate, workers=arguments.workers) as service,
    ):
        figures = asyncio.run(_measured(service, questions, arguments))
    missed = [name for part, found in figures.items() for name in MISSED[part](found)]
    report = {
        **provenance("load"),
        "load_before": round(load, 1),
        "workers": arguments.workers,
        "limits": {part: LIMITS[part] for part in figures},
        **figures,
        "missed": missed,
    }
    print(json.dumps(report, indent=2))
    sys.exit(1 if missed else 0)


async def _measured(service: Service, questions: Sequence[dict[str, Any]], arguments: argparse.Namespace) -> dict[str, Any]:
    parts: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
        "search": lambda: measure_search(service, questions, clients=CLIENTS, count=SEARCHES),
        "streams": lambda: measure_streams(service, questions, streams=arguments.streams),
        "aborts": lambda: measure_aborts(service, questions),
        "slow": lambda: measure_slow(service, questions),
        "overload": lambda: measure_overload(service, questions),
        # The last, since it fills the archive.
        "health": lambda: measure_health(service),
    }
    figures = {}
    for name, part in parts.items():
        if name in arguments.only:
            async with asyncio.timeout(MOST_SECONDS):
                figures[name] = await part()
    return figures


def _questions(file: Path) -> list[dict[str, Any]]:
    """Return what is sent to ask each question of a file."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [{"question": line["question"]} | ({"as_of": line["date"]} if line.get("date") else {}) for line in lines]


def _search_missed(found: dict[str, Any]) -> list[str]:
    limits = LIMITS["search"]
    missed = ["search: requests_per_s"] if found["requests_per_s"] < limits["requests_per_s"] else []
    return missed + [f"search: {name}" for name in ("errors", "p99_ms") if found[name] > limits[name]]


def _streams_missed(found: dict[str, Any]) -> list[str]:
    missed = ["streams: errors_while_choosing"] if found["errors_while_choosing"] else []
    for name, part in ((f"{path} {name}", part) for path in (CHAT, ANSWER) for name, part in found[path].items()):
        if part["errors"] > LIMITS["streams"]["errors"]:
            missed.append(f"streams: errors of {name}")
        # Where nothing was shown there is no delay, and nothing good.
        if part["delay"].get("p95_ms", float("inf")) > LIMITS["streams"]["delay_p95_ms"]:
            missed.append(f"streams: delay_p95_ms of {name}")
    return missed


def _aborts_missed(found: dict[str, Any]) -> list[str]:
    return [f"aborts: {name}" for name in found["left_over"]]


def _slow_missed(found: dict[str, Any]) -> list[str]:
    limits = LIMITS["slow"]
    missed = ["slow: errors"] if found["during"]["errors"] > limits["errors"] else []
    missed += ["slow: p99_ratio"] if found["p99_ratio"] > limits["p99_ratio"] else []
    return missed + [f"slow: {name}" for name, part in found["kept"].items() if part["ended_after_s"] > limits["ended_after_s"]]


def _overload_missed(found: dict[str, Any]) -> list[str]:
    limits, refused = LIMITS["overload"], found["refused"]
    missed = ["overload: others"] if found["others"] or refused["without_retry_after"] or found["after"]["errors"] else []
    missed += ["overload: refused_p99_ms"] if refused.get("p99_ms", float("inf")) > limits["refused_p99_ms"] else []
    return missed + (["overload: accepted_p99_ratio"] if found["accepted_p99_ratio"] > limits["accepted_p99_ratio"] else [])


def _health_missed(found: dict[str, Any]) -> list[str]:
    ingests = {name: part for name, part in found.items() if name != "alone"}
    return [f"health: p99_ms {name}" for name, part in ingests.items() if part["p99_ms"] > LIMITS["health"]["p99_ms"]]


MISSED = {
    "search": _search_missed,
    "streams": _streams_missed,
    "aborts": _aborts_missed,
    "slow": _slow_missed,
    "overload": _overload_missed,
    "health": _health_missed,
}


if __name__ == "__main__":
    main()

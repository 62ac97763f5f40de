"""Fuzzes what reads foreign bytes: with atheris where it is installed, and with long inputs made of repeated pieces without it.

One JSON object with what was run and found; ends with status 1 when something was. What was found stands in the folder
`runs/fuzz`, ready to be put into the corpus (tests/fuzz/corpus) once it is mended.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.fuzz.mutation import mutations, pumped
from benchmarks.fuzz.running import CORPUS, MOST_SECONDS, TooSlow, run, saved
from benchmarks.fuzz.targets import TARGETS
from benchmarks.provenance import ROOT, provenance

FOUND = ROOT / "runs" / "fuzz"
PUMPED_BYTES = 200_000
# Twice the input may take so many times the time; a quadratic parser takes four times.
_GROWTH, _SLOW = 3.2, 0.4
_MEMORY_MB = 2_048
_STARTS = 5
_EXECUTIONS = re.compile(rb"^#(\d+)\s|^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)


def guided(target: str, seconds: int, seed: int) -> dict[str, Any]:
    """Fuzz with atheris for so many seconds; return the executions, the size of the corpus it grew, and the findings.

    libFuzzer ends at the first finding; it is started again while there is time, at most five times.
    """
    found, grown = FOUND / target, FOUND / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    grown.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    started, executions, said = time.monotonic(), 0, list[str]()
    for attempt in range(_STARTS):
        left = seconds - (time.monotonic() - started if attempt else 0)
        if left <= 1:
            break
        done = _atheris(target, [f"-max_total_time={int(left)}", f"-seed={seed + attempt}", f"-artifact_prefix={found}/",
                                 str(grown), str(CORPUS / target)])  # fmt: skip
        executions += max((int(one or other) for one, other in _EXECUTIONS.findall(done.stderr)), default=0)
        if not done.returncode:
            break
        said.append(_last_error(done.stderr.decode(errors="replace")))
    return {
        "executions": executions, "seconds": round(time.monotonic() - started), "corpus": len(list(grown.iterdir())),
        "findings": sorted(path.name for path in set(found.iterdir()) - before) or said, **({"said": said} if said else {}),
    }  # fmt: skip


def _atheris(target: str, arguments: Sequence[str]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [
            sys.executable, "-m", "benchmarks.fuzz.guided", target, f"-timeout={int(6 * MOST_SECONDS)}",
            f"-rss_limit_mb={_MEMORY_MB}", "-max_len=20000", "-print_final_stats=1", *arguments,
        ],
        capture_output=True, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def _last_error(said: str) -> str:
    """Return what the target said of the finding, without libFuzzer's own lines."""
    lines = [
        line
        for line in said.splitlines()
        if re.match(r"\s*(?:File |[A-Za-z.]+(?:Error|Exception|TooSlow)\b|==\d+== ERROR)", line)
    ]
    return "\n".join(lines[-4:])[:1_000]


def unguided(target: str, seconds: float, seed: int, size: int = PUMPED_BYTES) -> dict[str, Any]:
    """Run changed inputs and long ones with repeated pieces for so many seconds; return how many, and the findings.

    A finding of growth is an input that takes .4 s or more, and over 3.2 times as long as its half, twice in a row.
    """
    inputs, findings, executions, slowest = saved(target), list[str](), 0, 0.0
    end, started = time.monotonic() + seconds, time.monotonic()
    round_ = 0
    while time.monotonic() < end:
        round_ += 1
        tried = [*((data, b"") for data in mutations(inputs, 40, seed + round_)), *pumped(inputs, 10, seed + round_, size)]
        for data, half in tried:
            if time.monotonic() > end:
                break
            executions += 1
            try:
                taken = run(target, data)
                slowest = max(slowest, taken)
                if half and taken > _SLOW and _grows(target, data, half):
                    raise TooSlow(f"{taken:.1f} s, more than {_GROWTH:g} times the time of its half")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                findings.append(f"{_kept(target, data)}: {type(error).__name__}: {str(error)[:200]}")
    return {
        "executions": executions, "seconds": round(time.monotonic() - started), "slowest_seconds": round(slowest, 2),
        "findings": findings[:50],
    }  # fmt: skip


def _grows(target: str, data: bytes, half: bytes) -> bool:
    return all(run(target, data) > _GROWTH * run(target, half) for _ in range(2))


def _kept(target: str, data: bytes) -> str:
    folder = FOUND / target
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"found-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    return path.name


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz what was asked for; return 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--target", action="append", choices=[*TARGETS], help="may be given several times; all without it")
    parser.add_argument("--seconds", type=int, default=60, help="of each way, for each target (60)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the random numbers; the time without it")
    parser.add_argument("--way", choices=["guided", "unguided", "both"], default="both", help="guided needs atheris (both)")
    parser.add_argument("--bytes", type=int, default=PUMPED_BYTES, help="of inputs with a repeated piece (200,000)")
    options = parser.parse_args(arguments)
    with_atheris = importlib.util.find_spec("atheris") is not None
    if options.way == "guided" and not with_atheris:
        parser.error("atheris is not installed: pip install -e '.[fuzz]'")
    result: dict[str, Any] = {**provenance("fuzz"), "seed": options.seed, "atheris": with_atheris, "targets": {}}
    for target in options.target or TARGETS:
        ways: dict[str, Any] = {}
        if options.way != "guided":
            ways["unguided"] = unguided(target, options.seconds, options.seed, options.bytes)
        if options.way != "unguided" and with_atheris:
            ways["guided"] = guided(target, options.seconds, options.seed)
        result["targets"][target] = ways
        print(target, json.dumps(ways)[:3_000], file=sys.stderr, flush=True)
    print(json.dumps(result, indent=1))
    failed = [way for ways in result["targets"].values() for way in ways.values() if way["findings"]]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

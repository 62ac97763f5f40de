"""Runs the script of one system in a process of its own, watches its memory, and checks what it wrote."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent.parent
_LOOK_EVERY_S = 0.25
_SHOWN_LINES = 3
# Nothing is looked up, nothing is sent.
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
}


class RunFailed(Exception):  # noqa: N818 - says what happened, as the errors of the packages do
    """A system has no figures; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one way of asking found, and how long it took."""

    found: Mapping[str, Sequence[str]]
    """By question, the articles of the passages, best first, repeated as they come."""
    search_ms: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the script of a system measured."""

    versions: Mapping[str, str]
    load_s: float
    ingest_s: float
    answers: Mapping[str, Answered]
    passages: Sequence[tuple[str, str, str]]
    """Of each passage its article's id, what was embedded in front of it, and its text."""
    peak_bytes: int
    """The most resident memory of the process and those that it started."""


def run_system(command: Sequence[str], task: Mapping[str, Any], *, seconds: float) -> Measured:
    """Run the command with the task's file and the result's file as its last arguments.

    Raises:
        RunFailed: it cannot be started, fails, takes longer, or writes something that is no result.
    """
    with tempfile.TemporaryDirectory(prefix="dateline-peers-", ignore_cleanup_errors=True) as scratch:
        given, written, log = (Path(scratch) / name for name in ("task.json", "result.json", "log.txt"))
        given.write_text(json.dumps(task), encoding="utf-8")
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    [*command, str(given), str(written)], cwd=scratch, env=_environment(), stdin=subprocess.DEVNULL,
                    stdout=output, stderr=output, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise RunFailed(f"cannot be started: {command[0]}: {error.strerror}") from error
            peak = _watched(process, seconds)
        if process.returncode:
            raise RunFailed(f"ended with code {process.returncode}: {_last_lines(log)}")
        try:
            result = json.loads(written.read_text(encoding="utf-8"))
            return _measured(result, peak, {question["id"] for question in task["questions"]})
        except FileNotFoundError as error:
            raise RunFailed(f"wrote no result: {_last_lines(log)}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunFailed(f"wrote what is no result ({type(error).__name__}: {error})") from error


def _environment() -> dict[str, str]:
    """Return ours without what speaks of Dateline's environment and settings: every system runs with its defaults."""
    ours = ("DATELINE_", "VIRTUAL_ENV", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **_QUIET, "PYTHONPATH": str(ROOT)}


def _watched(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Wait for the process; return the most memory that it and its children held."""
    peak, left = 0, seconds
    try:
        while left > 0:
            try:
                process.wait(_LOOK_EVERY_S)
            except subprocess.TimeoutExpired:
                peak, left = max(peak, _resident(process.pid)), left - _LOOK_EVERY_S
            else:
                return peak
        raise RunFailed(f"was stopped after {seconds:.0f} s")
    finally:
        # In a session of its own it would outlive this process when someone interrupts it, and what it started outlives it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _resident(pid: int) -> int:
    held = 0
    try:
        main = psutil.Process(pid)
        for process in (main, *main.children(recursive=True)):
            held += process.memory_info().rss
    except psutil.NoSuchProcess:
        return held
    return held


def _last_lines(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-_SHOWN_LINES:]) or "it said nothing"


def _measured(result: Mapping[str, Any], peak: int, asked: Collection[str]) -> Measured:
    answers = {}
    for name, answer in result["answers"].items():
        found = {str(question): [str(article) for article in articles] for question, articles in answer["found"].items()}
        taken = [float(ms) for ms in answer["search_ms"]]
        if found.keys() != set(asked) or len(taken) != len(asked):
            raise ValueError(f"{len(found)} of {len(asked)} questions are answered, {len(taken)} are timed")
        answers[str(name)] = Answered(found=found, search_ms=taken)
    if not answers or not result["passages"]:
        raise ValueError("nothing was ingested or nothing was asked")
    return Measured(
        versions={str(name): str(value) for name, value in result["versions"].items()},
        load_s=float(result["load_s"]),
        ingest_s=float(result["ingest_s"]),
        answers=answers,
        passages=[(str(article), str(before), str(text)) for article, before, text in result["passages"]],
        peak_bytes=peak,
    )

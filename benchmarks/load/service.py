"""What is measured: `dateline serve` in a process of its own, over a copy of an archive, with the load's language model."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from benchmarks.load.connection import Connection

ROOT = Path(__file__).parent.parent.parent
_START_SECONDS = 120.0
_GAUGE = re.compile(r"^dateline_(streams_open|questions_computing|questions_waiting) (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that is ready."""

    url: str
    model_url: str
    data: Path
    process: psutil.Process

    async def held(self) -> dict[str, float]:
        """Return how many files, threads, streams, computing threads, waiting questions and completions are open."""
        async with Connection(self.url) as connection:
            shown = (await connection.ask("GET", "/metrics")).decode()
        async with Connection(self.model_url) as model:
            completions = json.loads(await model.ask("GET", "/record"))["open"]
        gauges = {name: float(value) for name, value in _GAUGE.findall(shown)}
        # Connections to the model that are kept for the next question, now one and now two, are nobody's; `completions` counts
        # those in use.
        port = urlsplit(self.model_url).port
        kept = sum(1 for found in self.process.net_connections() if found.raddr and found.raddr[1] == port)
        return {
            "files": self.process.num_fds() - kept,
            "threads": self.process.num_threads(),
            "completions": completions,
            **gauges,
        }


@contextmanager
def serving(archive: Path | None, folder: Path, *, rate: float, workers: int) -> Iterator[Service]:
    """Serve a copy of the archive, or of the samples, made in a folder."""
    data = folder / "data"
    _copy(archive, data)
    with _model(rate) as model_url:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_GENERATOR")}
        environment |= {
            "DATELINE_GENERATOR": "openai", "DATELINE_GENERATOR_URL": model_url, "DATELINE_GENERATOR_MODEL": "load",
            "DATELINE_WORKERS": str(workers),
        }  # fmt: skip
        log = folder / "log"
        # To a file: a pipe would have to be read while the load runs.
        with (
            log.open("w") as lines,
            subprocess.Popen(
                command("serve", "--port", "0", "--data", str(data)), stderr=lines, cwd=ROOT, env=environment
            ) as process,
        ):
            try:
                url = event(log, "listening", process)["url"]
                event(log, "ready", process, times=workers)
                yield Service(url=url, model_url=model_url, data=data, process=psutil.Process(process.pid))
            except BaseException:
                wrong = [line for line in log.read_text().splitlines() if '"level": "error"' in line]
                print(*wrong[:3], sep="\n", file=sys.stderr)  # the log goes with the folder
                raise
            finally:
                process.terminate()


def command(*arguments: str) -> list[str]:
    """Return the command line of `dateline`."""
    return [sys.executable, "-m", "api.cli", *arguments]


def _copy(archive: Path | None, data: Path) -> None:
    if archive is not None:
        # The keys of whoever runs it are not the load's.
        shutil.copytree(archive, data, ignore=shutil.ignore_patterns("keys.json*"))
        return
    samples = command("ingest", str(ROOT / "examples/articles"), "--data", str(data), "--publisher", "Dateline Sample Desk")
    subprocess.run(samples, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)


@contextmanager
def _model(rate: float) -> Iterator[str]:
    started = [sys.executable, "-m", "benchmarks.load.model", "--rate", str(rate)]
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def event(log: Path, name: str, process: "subprocess.Popen[bytes]", times: int = 1) -> dict[str, Any]:
    """Return the last line of an event when so many are in the log."""
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        found = [line for line in log.read_text().splitlines() if f'"event": "{name}"' in line]
        if len(found) >= times:
            return dict(json.loads(found[-1]))
        time.sleep(0.05)
    raise SystemExit(f"the service did not start:\n{log.read_text()}")

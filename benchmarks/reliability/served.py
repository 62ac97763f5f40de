"""Kills `dateline serve` while, and right after, it takes articles over HTTP: what it answered 2xx must be in the archive."""

import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from itertools import count
from pathlib import Path

from api.settings import ServiceSettings
from benchmarks.load.service import ROOT, command, event
from benchmarks.reliability.journal import Expected
from benchmarks.reliability.light import article, told
from benchmarks.reliability.whole import Found
from index.failpoints import VARIABLE
from index.types import Where
from index.wiring import build_check, build_store

CLIENTS = 4
_MODEL = "DATELINE_EMBEDDER_CACHE"
_PATIENCE_SECONDS = 60.0
_MOST_SECONDS = 1.5
# What the next service does when it dies; a failpoint, or between or during requests.
_MOMENTS = ("during requests", "at write.committed", "between requests", "at write.committing")
# The failpoint is passed so often before: something must have been acknowledged.
_PASSES = 9


@contextmanager
def serving(data: Path, log: Path, more: Mapping[str, str] | None = None) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Serve an archive in a process of its own; gives its address when it is ready, and the process."""
    with (
        log.open("w") as lines,
        subprocess.Popen(
            command("serve", "--port", "0", "--data", str(data)), stderr=lines, cwd=ROOT, env={**environment(), **(more or {})}
        ) as process,
    ):
        try:
            url = event(log, "listening", process)["url"]
            event(log, "ready", process)
            yield url, process
        finally:
            process.kill()


def environment() -> dict[str, str]:
    """Return the environment of a command: without settings, but with a place for the converted model outside of the archive."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    place = str(Path(tempfile.gettempdir()) / "dateline-benchmarks-embedder")
    return {**kept, _MODEL: os.environ.get(_MODEL, place)}


def send(url: str, method: str, path: str, body: Mapping[str, object] | None = None) -> tuple[int, dict[str, object]]:
    """Send one request and return the status and the object that came back.

    Raises:
        OSError: the service does not answer.
    """
    request = urllib.request.Request(  # noqa: S310 - an address of this machine
        url + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as response:  # noqa: S310
            return response.status, json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")


def service_kills(folder: Path, services: int, seed: int) -> Iterator[tuple[str, Found]]:
    """Kill so many services, one after another, over one archive; yields when each died and what was found then."""
    rng, expected, numbers = random.Random(seed), Expected(), count(1)  # noqa: S311 - a sample, no secret
    folder.mkdir(parents=True, exist_ok=True)
    settings = ServiceSettings(data=folder / "archive")
    for service in range(services):
        moment = _MOMENTS[service % len(_MOMENTS)]
        failpoint = {VARIABLE: f"{moment.removeprefix('at ')}:{_PASSES}"} if moment.startswith("at ") else {}
        with serving(settings.data, folder / "log", failpoint) as (url, process):
            clients = _Clients(url, expected, numbers, rng.getrandbits(32))
            if not failpoint:
                time.sleep(rng.uniform(0.3, _MOST_SECONDS))
                if moment == "between requests":
                    clients.stop()
                process.kill()
            process.wait(_PATIENCE_SECONDS)
            clients.stop()
        found = archive_found(settings, expected)
        if process.returncode != -signal.SIGKILL:
            found.problems.append(f"the service ended by itself with {process.returncode}")
        yield moment, found


class _Clients:
    """Clients that add, change and remove articles until the service is gone or they are stopped."""

    def __init__(self, url: str, expected: Expected, numbers: Iterator[int], seed: int) -> None:
        self._url, self._expected, self._numbers = url, expected, numbers
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(random.Random(seed + client),)) for client in range(CLIENTS)]  # noqa: S311
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return when every client has its last answer, or knows that it gets none."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self, rng: random.Random) -> None:
        ids: dict[int, tuple[int, str]] = {}
        while not self._stopped.is_set():
            known = rng.choice(sorted(ids)) if ids and rng.random() < 0.5 else None  # noqa: PLR2004
            with self._lock:
                number = next(self._numbers) if known is None else known
            version = None if known is not None and rng.random() < 0.3 else ids.get(number, (0, ""))[0] + 1  # noqa: PLR2004
            with self._lock:
                self._expected.doubtful[number] = [self._expected.stored.get(number), version]
            try:
                if version is None:
                    status, said = send(self._url, "DELETE", f"/v1/articles/{ids.pop(number)[1]}")
                else:
                    status, said = send(self._url, "POST", "/v1/articles", record(number, version))
                    ids[number] = (version, str(said.get("article_id")))
            except (OSError, ValueError):
                return  # it was killed
            with self._lock:
                if status < HTTPStatus.BAD_REQUEST:
                    self._expected.settle(number, version)
                    self._expected.acknowledged += 1
                elif status != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise AssertionError(f"article {number}: {status} {said}")


def record(number: int, version: int) -> dict[str, object]:
    """Return an article as it is sent."""
    made = article(number, version)
    day = made.published.value if made.published else None
    return {"id": str(number), "title": made.title, "text": made.text, "publisher": made.publisher, "published": day}


def record_file(file: Path, numbers: Iterable[int]) -> Path:
    """Write the first versions of these articles into a file that the command reads, and return it."""
    file.write_text("\n".join(json.dumps(record(number, 1)) for number in numbers), encoding="utf-8")
    return file


def archive_found(settings: ServiceSettings, expected: Expected) -> Found:
    """Examine the archive that a service left behind."""
    problems = [f"as it was left: {problem.what}" for problem in build_check(settings).problems]
    started = time.perf_counter()
    with closing(build_store(settings)) as store:
        with store.consistent():
            found = len(store.matching(["ferry"], 100_000, Where()))
        seconds = time.perf_counter() - started
        if found != store.stats().passages:
            problems.append(f"a search finds {found} passages of {store.stats().passages}")
        held: dict[int, int] = {}
        partial = []
        entries = {row.entry.article_id for row in store.ledger(outcomes=["accepted", "updated"])}
        for stored in store.articles():
            said = told(stored.text)
            if said is None or stored.text != article(*said).text:
                partial.append(f"article {stored.article_id} has a text that was never sent")
                continue
            held[said[0]] = said[1]
            if stored.article_id not in entries:
                partial.append(f"article {stored.article_id} has no ledger entry")
        lost = expected.wrong(held)
    problems += [problem.what for problem in build_check(settings).problems]
    return Found(lost=lost, partial=partial, problems=problems, seconds=seconds, articles=len(held))

"""Two `dateline ingest` commands at a time write to one archive while `dateline serve` answers from it in three processes.

`python -m benchmarks.reliability.served_concurrency [--seconds 60]`: each command stores its own articles in the order of its
file, the next command those articles in their next version, and so on. At one generation the versions of a file's articles are
therefore a step: hits or citations that are none are of two generations. An answer tells its generation, and a watcher of the
database when the next one was there. Prints one JSON object; ends with status 1 when a request or a command failed, hits or
citations were mixed, an answer was more than two seconds behind, or the archive lacks something in the end.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from itertools import count
from pathlib import Path

import apsw

from api.settings import ServiceSettings
from benchmarks.load.service import ROOT, command, event
from benchmarks.provenance import provenance
from benchmarks.reliability.journal import Expected
from benchmarks.reliability.light import article
from benchmarks.reliability.served import archive_found, environment, record, send, serving

INGESTS, WORKERS, CLIENTS = 2, 3, 4
ARTICLES = 20
"""So many are in each file."""
MOST_BEHIND_SECONDS = 2.0
_MOST_VERSIONS = 200
_WATCH_SECONDS = 0.005
_PAUSE_SECONDS = 0.05
"""After each response, so that clients leave the commands a share of few cores."""
_QUESTION, _K = "Which ferry left for sailing?", 50


@dataclass(slots=True, kw_only=True)
class Measured:
    """What came of a run."""

    searches: int = 0
    answers: int = 0
    generations: int = 0
    """How many different generations were answered from."""
    compared: int = 0
    """Responses that show two or more articles of one file."""
    commands: int = 0
    """How often `dateline ingest` was run to its end."""
    errors: Counter[str] = field(default_factory=Counter)
    mixed: list[str] = field(default_factory=list)
    behind_seconds: float = 0.0
    """How long before a question the generation after that of its answer was there; 0 if none was."""
    problems: list[str] = field(default_factory=list)
    """What `dateline check` says in the end, and what was acknowledged and is not there."""

    @property
    def good(self) -> bool:
        """Whether there is nothing to complain of."""
        return not (self.errors or self.mixed or self.problems) and self.behind_seconds <= MOST_BEHIND_SECONDS


class Run:
    """The service's clients, the commands and the watcher."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "archive"
        self._known = {article(n, v).article_id: (n, v) for n in range(INGESTS * ARTICLES) for v in range(1, _MOST_VERSIONS)}
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._seen_at: list[float] = []
        self._seen: list[int] = []
        self._answered: list[tuple[float, int]] = []
        self._last: dict[int, int] = {}
        self.measured = Measured()

    def run(self, seconds: float) -> Measured:
        """Write and ask so long."""
        with serving(self._data, self._folder / "log", {"DATELINE_WORKERS": str(WORKERS)}) as (url, process):
            event(self._folder / "log", "ready", process, times=WORKERS)
            threads = [threading.Thread(target=self._watch)]
            threads += [threading.Thread(target=self._ingest, args=(number,)) for number in range(INGESTS)]
            threads += [threading.Thread(target=self._ask, args=(url, number)) for number in range(CLIENTS)]
            for thread in threads:
                thread.start()
            time.sleep(seconds)
            self._stop.set()
            for thread in threads:
                thread.join()
            process.terminate()
            process.wait(60)
        measured = self.measured
        measured.generations = len({generation for _, generation in self._answered})
        measured.behind_seconds = round(max((self._behind(*one) for one in self._answered), default=0.0), 3)
        expected = Expected()
        for number, version in self._last.items():
            expected.settle(number, version)
        found = archive_found(ServiceSettings(data=self._data), expected)
        measured.problems = [*found.lost, *found.partial, *found.problems]
        return measured

    def _watch(self) -> None:
        with closing(apsw.Connection(str(self._data / "archive.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)) as database:
            while not self._stop.is_set():
                (value,) = next(database.execute("SELECT value FROM meta WHERE name = 'generation'"))
                if not self._seen or int(value) > self._seen[-1]:
                    self._seen.append(int(value))
                    self._seen_at.append(time.monotonic())
                time.sleep(_WATCH_SECONDS)

    def _ingest(self, writer: int) -> None:
        """Run the command with version after version of the same file."""
        numbers = range(writer * ARTICLES, (writer + 1) * ARTICLES)
        file = self._folder / f"{writer}.jsonl"
        for version in range(1, _MOST_VERSIONS):
            if self._stop.is_set():
                return
            file.write_text("\n".join(json.dumps(record(number, version)) for number in numbers), encoding="utf-8")
            done = subprocess.run(
                command("ingest", str(file), "--data", str(self._data)),
                capture_output=True, text=True, check=False, cwd=ROOT, env=environment(),
            )  # fmt: skip
            with self._lock:
                if done.returncode:
                    self.measured.errors[f"ingest ended with {done.returncode}: {done.stderr[-200:]}"] += 1
                    return
                self.measured.commands += 1
                self._last.update(dict.fromkeys(numbers, version))

    def _ask(self, url: str, client: int) -> None:
        for number in count(client):
            if self._stop.is_set():
                return
            asked = time.monotonic()
            path, body = ("/v1/search", {"k": _K}) if number % 2 else ("/v1/answer", {})
            try:
                status, said = send(url, "POST", path, {"question": _QUESTION, **body})
            except OSError as error:
                status, said = 0, {"error": str(error)}
            with self._lock:
                self._note(asked, path, status, said)
            time.sleep(_PAUSE_SECONDS)

    def _note(self, asked: float, path: str, status: int, said: dict[str, object]) -> None:
        if status != HTTPStatus.OK:
            self.measured.errors[f"{path}: {status} {str(said)[:200]}"] += 1
        elif path == "/v1/search":
            self.measured.searches += 1
            self._compare(hit["article"]["article_id"] for hit in said["hits"])  # type: ignore[attr-defined]  # as documented
        else:
            self.measured.answers += 1
            self._answered.append((asked, int(str(said["generation"]))))
            self._compare(citation["article_id"] for citation in said["citations"])  # type: ignore[attr-defined]

    def _compare(self, ids: Iterable[str]) -> None:
        shown = {self._known.get(one, (-1, 0)) for one in ids}
        if mixed := mixture(shown):
            self.measured.mixed.append(mixed)
        writers = Counter(number // ARTICLES for number, _ in shown)
        self.measured.compared += bool(writers and max(writers.values()) > 1)

    def _behind(self, asked: float, generation: int) -> float:
        later = bisect_left(self._seen, generation + 1)
        return max(0.0, asked - self._seen_at[later]) if later < len(self._seen) else 0.0


def mixture(shown: Iterable[tuple[int, int]]) -> str:
    """Return what is wrong with numbers and versions of articles that one response shows; nothing if they fit one generation."""
    ordered = sorted(shown)
    if ordered and ordered[0][0] < 0:
        return "an article that was never sent"
    for writer in range(INGESTS):
        versions = [version for number, version in ordered if number // ARTICLES == writer]
        numbers = [number for number, _ in ordered if number // ARTICLES == writer]
        if len(set(numbers)) < len(numbers):
            return f"two versions of one article: {ordered}"
        if versions and (versions != sorted(versions, reverse=True) or versions[0] - versions[-1] > 1):
            return f"versions {versions} of articles {numbers}"
    return ""


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-concurrency-") as scratch:
        measured = Run(Path(scratch)).run(options.seconds)
    shown = {**asdict(measured), "errors": dict(measured.errors), "mixed": measured.mixed[:10]}
    print(json.dumps({**shown, **provenance("reliability.served_concurrency")}, indent=2))
    sys.exit(not measured.good)


if __name__ == "__main__":
    main()

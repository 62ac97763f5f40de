"""Asks, searches, streams, adds, replaces and deletes for minutes: is every quote true, and does the service grow?

`python -m benchmarks.reliability.soak [ARCHIVE] [--seconds N] [--questions FILE]`. ARCHIVE is a data folder; a copy is used, or
of the samples. The service, a stand-in for a language model and the clients are three processes of this machine. Every quote
and every passage that comes back is compared with the text that the database has for its article. Prints one JSON object;
exits 1 when a quote differs, a request fails, or memory, files or threads grow.
"""

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from benchmarks.load.connection import Connection
from benchmarks.load.service import ROOT, Service, serving
from benchmarks.provenance import provenance

SECONDS = 600.0
WARM_SECONDS = 150.0
"""The first part of the time, in which libraries take the memory that they keep, and caches fill."""
LEAST_SECONDS = 600.0
"""Memory goes up and down by 25 MB within a minute: in shorter runs that is more than the growth that is looked for."""
LIMITS = {"mismatches": 0, "failed": 0, "megabytes_a_minute": 1.0, "files_grown": 5, "threads_grown": 2}
_SAMPLE_SECONDS = 2.0
# Of half a minute: threads and files come and go with each request.
_SAMPLES = 15
_PAUSES = {"answers": 0.3, "searches": 0.2, "streams": 0.5, "writes": 1.0}
_DELETE_EVERY = 3
_STORIES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """What the service takes at one moment, memory in megabytes."""

    moment: float
    own: float
    mapped: float
    """Pages of files that it has mapped: libraries, and as much of the archive as was read, which grows with it."""
    files: int
    threads: int


class Soak:
    """The traffic on one service, and what came of it."""

    def __init__(self, service: Service, questions: Sequence[dict[str, Any]], seconds: float) -> None:
        self._service, self._questions = service, questions
        self._until = time.monotonic() + seconds
        self._texts = apsw.Connection(str(service.data / "archive.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
        self._deleted: set[str] = set()
        self.done: Counter[str] = Counter()
        self.checked, self.gone = 0, 0
        self.mismatches: list[str] = []
        self.failed: Counter[str] = Counter()
        self.samples: list[_Sample] = []

    async def run(self) -> None:
        """Keep all kinds of traffic going until the time is over."""
        parts: dict[str, Callable[[Connection, dict[str, Any]], Awaitable[None]]] = {
            "answers": self._answer, "searches": self._search, "streams": self._stream,
        }  # fmt: skip
        await asyncio.gather(*(self._repeat(name, part) for name, part in parts.items()), self._write(), self._sample())

    async def _repeat(self, name: str, part: Callable[[Connection, dict[str, Any]], Awaitable[None]]) -> None:
        draw = random.Random(name)  # noqa: S311 - which question comes next
        async with Connection(self._service.url) as connection:
            while time.monotonic() < self._until:
                try:
                    await part(connection, draw.choice(self._questions))
                except Exception as error:  # noqa: BLE001 - whatever fails is counted and told
                    self.failed[f"{name}: {str(error)[:120]}"] += 1
                    return  # the connection is of no more use
                self.done[name] += 1
                await asyncio.sleep(_PAUSES[name])

    async def _answer(self, connection: Connection, question: dict[str, Any]) -> None:
        body = json.loads(await connection.ask("POST", "/v1/answer", json.dumps(question).encode()))
        self._compare((found["article_id"], found["start"], found["end"], found["quote"]) for found in body["citations"])

    async def _search(self, connection: Connection, question: dict[str, Any]) -> None:
        body = json.loads(await connection.ask("POST", "/v1/search", json.dumps(question).encode()))
        self._compare((hit["article"]["article_id"], hit["start"], hit["end"], hit["text"]) for hit in body["hits"])

    async def _stream(self, connection: Connection, question: dict[str, Any]) -> None:
        events = [json.loads(data) async for _, data in connection.events("/v1/answer", {**question, "stream": True})]
        citations = [found for event in events for found in event.get("citations", ()) if isinstance(found, dict)]
        self._compare((found["article_id"], found["start"], found["end"], found["quote"]) for found in citations)

    async def _write(self) -> None:
        """Add made-up articles, replace them by new versions, and delete some."""
        draw = random.Random(1)  # noqa: S311 - made-up texts, no secret
        words = " ".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "examples/articles").glob("*.md"))).split()
        stored: dict[int, str] = {}
        async with Connection(self._service.url) as connection:
            for number in itertools.count():
                if time.monotonic() >= self._until:
                    return
                story = number % _STORIES
                text = " ".join(draw.sample(words, 120)) + "."
                record = {"id": f"soak-{story}", "publisher": "Soak Desk", "title": f"Made up {story}", "text": text}
                try:
                    if number % _DELETE_EVERY == 0 and story in stored:
                        self._deleted.add(stored[story])
                        connection.send("DELETE", f"/v1/articles/{stored.pop(story)}")
                        await connection.status()
                    connection.send("POST", "/v1/articles", json.dumps(record).encode())
                    _, answer = await connection.status()
                    stored[story] = json.loads(answer)["article_id"]
                except Exception as error:  # noqa: BLE001 - whatever fails is counted and told
                    self.failed[f"writes: {str(error)[:120]}"] += 1
                    return
                self.done["writes"] += 1
                await asyncio.sleep(_PAUSES["writes"])

    async def _sample(self) -> None:
        process = self._service.process
        while time.monotonic() < self._until:
            memory = process.memory_info()
            sample = _Sample(
                moment=time.monotonic(), own=(memory.rss - memory.shared) / 1e6, mapped=memory.shared / 1e6,
                files=process.num_fds(), threads=process.num_threads(),
            )  # fmt: skip
            self.samples.append(sample)
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _compare(self, quoted: Any) -> None:
        for article_id, start, end, quote in quoted:
            self.checked += 1
            rows = self._texts.execute(
                "SELECT text FROM articles WHERE article_id = ?1 UNION ALL SELECT text FROM versions WHERE article_id = ?1",
                (article_id,),
            ).fetchall()
            if not rows and article_id in self._deleted:
                self.gone += 1
            elif not rows or all(text[start:end] != quote for (text,) in rows):
                self.mismatches.append(f"{article_id} {start}-{end}: {quote[:80]}")

    def report(self) -> dict[str, Any]:
        """Return the figures."""
        first = self.samples[0]
        warm = [sample for sample in self.samples if sample.moment >= first.moment + WARM_SECONDS]
        minutes = np.array([sample.moment for sample in warm]) / 60
        return {
            "requests": dict(self.done),
            "quotes_and_passages_compared": self.checked,
            "of_articles_deleted_since": self.gone,
            "mismatches": len(self.mismatches),
            "failed": dict(self.failed),
            "megabytes": {"first": round(first.own), "warm": round(warm[0].own), "last": round(warm[-1].own)},
            "megabytes_every_half_minute": [round(sample.own) for sample in self.samples[::_SAMPLES]],
            "megabytes_a_minute": _slope(minutes, [sample.own for sample in warm]),
            "mapped_megabytes": {"first": round(first.mapped), "warm": round(warm[0].mapped), "last": round(warm[-1].mapped)},
            "mapped_megabytes_a_minute": _slope(minutes, [sample.mapped for sample in warm]),
            "files_grown": _growth([sample.files for sample in warm]),
            "threads_grown": _growth([sample.threads for sample in warm]),
        }


def _slope(minutes: NDArray[np.float64], megabytes: Sequence[float]) -> float:
    return round(float(np.polyfit(minutes, megabytes, 1)[0]), 2)


def _growth(counts: Sequence[int]) -> int:
    return round(float(np.median(counts[-_SAMPLES:]) - np.median(counts[:_SAMPLES])))


def missed(report: dict[str, Any]) -> list[str]:
    """Return the names of the limits that a report misses."""
    found = {**report, "failed": sum(report["failed"].values())}
    return [name for name, most in LIMITS.items() if found[name] > most]


def soak(archive: Path | None, questions: Sequence[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Serve a copy of the archive for so long under all kinds of traffic, and return the figures."""
    with (
        tempfile.TemporaryDirectory(prefix="dateline-soak-") as folder,
        serving(archive, Path(folder), rate=50.0, workers=1) as service,
    ):
        traffic = Soak(service, questions, seconds)
        asyncio.run(traffic.run())
        return traffic.report()


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("archive", type=Path, nargs="?", help="a data folder; the samples if absent")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument(
        "--questions", type=Path, default=ROOT / "examples/gold.jsonl", help="a JSON object with `question` a line"
    )
    arguments = parser.parse_args()
    if arguments.seconds < LEAST_SECONDS:
        parser.error(f"--seconds must be at least {LEAST_SECONDS:g}: in less no growth can be told from what comes and goes")
    lines = arguments.questions.read_text(encoding="utf-8").splitlines()
    questions = [{"question": json.loads(line)["question"]} for line in lines if line.strip()]
    report = soak(arguments.archive, questions, arguments.seconds)
    print(json.dumps({**provenance("reliability.soak"), "limits": LIMITS, **report, "missed": missed(report)}, indent=2))
    sys.exit(1 if missed(report) else 0)


if __name__ == "__main__":
    main()

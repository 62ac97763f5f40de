"""Times the whole search (embed, both rankers, fusion, fetch) by the size of the archive, for one client and for sixteen.

`python -m benchmarks.search [ARCHIVE] [--questions FILE] [--passages N ...] [--k K]`. ARCHIVE is a data folder; a copy of it is
used, or of the samples. It is padded to each size with its own articles, words and vectors disturbed, so that common words stay
common. FILE has a JSON object with `question`, and if known `date`, on each line. Prints one JSON object with the figures,
their limits, the commit and the date; exits 1 when a limit is missed.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from benchmarks.provenance import provenance
from index.articles import build_article
from index.embedder_wiring import build_embedder
from index.local.records import vectors_from_blobs
from index.local.store import LocalStore
from index.types import LedgerEntry, Origin, Passage
from index.wiring import build_store
from rag.pipeline import Pipeline
from rag.settings import RagSettings
from rag.types import Question
from rag.wiring import build_pipeline

ROOT = Path(__file__).parent.parent
# Issue 5, for 100,000 passages.
LIMITS = {"one_client": {"p50_ms": 8.0, "p99_ms": 25.0}, "sixteen_clients": {"questions_per_s": 200.0}}
LIMITS_AT = 100_000
CLIENTS = 16
# What the service gives its pipeline (`api.app`).
THREADS = 2
PARTS = ("nearest", "matching", "passages", "similarities", "token_signs", "rarity", "repeats_a_story", "clusters")


def main() -> None:
    """Measure every size, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("archive", type=Path, nargs="?", help="a data folder; the samples if absent")
    parser.add_argument("--questions", type=Path, default=ROOT / "examples/gold.jsonl")
    parser.add_argument("--passages", type=int, nargs="*", default=[LIMITS_AT])
    parser.add_argument("--k", type=int, default=8)
    parser.add_argument("--count", type=int, default=300, help="how many questions to ask: drawn, or asked again")
    arguments = parser.parse_args()
    lines = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    asked = [_question(line, arguments.k) for line in lines]
    random.Random(1).shuffle(asked)  # noqa: S311 - a sample, no secret
    asked = (asked * -(-arguments.count // len(asked)))[: arguments.count]
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as folder:
        settings = RagSettings(data=Path(folder) / "data")
        _copy(arguments.archive, settings.data)
        embedder = build_embedder(settings, threads=THREADS)
        sizes = {}
        for wanted in [0, *sorted(arguments.passages)]:
            passages = _pad(settings, wanted)
            if passages not in sizes:
                with closing(build_pipeline(settings, embedder=embedder)) as pipeline:
                    sizes[passages] = _measure(pipeline, asked)
    judged = {size: figures for size, figures in sizes.items() if size >= LIMITS_AT}
    missed = [f"{size}: {name}" for size, figures in judged.items() for name in _missed(figures)]
    report = {
        **provenance("search"),
        "embedder": type(embedder).__name__,
        "questions": len(asked),
        "k": arguments.k,
        f"limits_at_{LIMITS_AT}": LIMITS,
        "by_passages": sizes,
        "missed": missed,
    }
    print(json.dumps(report, indent=2))
    sys.exit(1 if missed else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Disturbed:
    """An article that is none, with what would be stored of its passages."""

    text: str
    spans: list[tuple[int, int]]
    vectors: np.ndarray
    signs: list[bytes]


def _question(line: dict[str, Any], k: int) -> Question:
    day = line.get("date")
    return Question(text=line["question"], k=k, as_of=date.fromisoformat(day) if day else None)


def _copy(archive: Path | None, target: Path) -> None:
    if archive is None:
        command = [sys.executable, "-m", "api.cli", "ingest", str(ROOT / "examples/articles"), "--data", str(target)]
        subprocess.run(
            [*command, "--publisher", "Dateline Sample Desk"], check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=ROOT,
        )  # fmt: skip
        return
    target.mkdir()
    for file in archive.glob("archive.sqlite*"):
        shutil.copy(file, target)


def _pad(settings: RagSettings, wanted: int) -> int:
    """Add disturbed copies of the archive's articles until it has so many passages; returns how many it has."""
    with closing(build_store(settings)) as store:
        have = store.stats().passages
        if have < wanted:
            if not isinstance(store, LocalStore):
                raise TypeError("only an embedded archive can be padded")
            for number, made in enumerate(_disturbed(settings.data / "archive.sqlite")):
                have += _put(store, made, number)
                if have >= wanted:
                    break
        return store.stats().passages


def _put(store: LocalStore, made: _Disturbed, number: int) -> int:
    """Store one made-up article; returns how many passages that added."""
    text = made.text
    article = build_article(text=text, origin=Origin(source="/benchmark", position=f"item {number}"), title=text[:60])
    if article.text != text:  # what cleaning changes would move the passages
        return 0
    passages = [Passage(article_id=article.article_id, start=a, end=b, text=text[a:b]) for a, b in made.spans]
    entry = LedgerEntry(source="/benchmark", position=f"item {number}", outcome="accepted", article_id=article.article_id)
    digests = [f"{number}-{i}".encode() for i in range(len(passages))]
    store.put(article, passages, made.vectors, embedded=digests, signs=made.signs, entry=entry)
    return len(passages)


def _disturbed(database: Path) -> Iterator[_Disturbed]:
    """Yield article texts with their words in another order, where their passages are, and vectors and signs near theirs."""
    rng, shuffle = np.random.default_rng(1), random.Random(1)  # noqa: S311 - made-up texts, no secret
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    with closing(connection):
        articles = list(connection.execute("SELECT row FROM articles"))
        while articles:
            for (row,) in articles:
                stored = list(
                    connection.execute(
                        "SELECT substr(a.text, p.start + 1, p.end - p.start), p.vector, coalesce(t.signs, x'') FROM passages p"
                        " JOIN articles a ON a.row = p.article_row LEFT JOIN token_signs t ON t.passage_row = p.row"
                        " WHERE a.row = ? ORDER BY p.start", (row,),
                    )
                )  # fmt: skip
                parts, spans = [], []
                for passage, *_ in stored:
                    words = str(passage).split()
                    shuffle.shuffle(words)
                    start = sum(map(len, parts)) + 2 * len(parts)
                    parts.append(" ".join(words))
                    spans.append((start, start + len(parts[-1])))
                if parts:
                    blobs = [bytes(blob) for _, blob, _ in stored]
                    vectors = vectors_from_blobs(blobs, len(blobs[0]) // 2)
                    # Half as far from the original as two unrelated directions: near its topic, not on it.
                    noise = rng.standard_normal(vectors.shape, dtype=np.float32) / np.sqrt(vectors.shape[1])
                    moved = vectors + 0.5 * noise
                    signs = [_flipped(bytes(blob), rng) for *_, blob in stored]
                    rows = moved / np.linalg.norm(moved, axis=1, keepdims=True)
                    yield _Disturbed(text="\n\n".join(parts), spans=spans, vectors=rows, signs=signs)


def _flipped(signs: bytes, rng: np.random.Generator) -> bytes:
    """Return signs of which every seventh is another: as many as the noise above turns."""
    noise = rng.random(8 * len(signs), dtype=np.float32) < 1 / 7
    return bytes(np.frombuffer(signs, dtype=np.uint8) ^ np.packbits(noise))


def _measure(pipeline: Pipeline, asked: list[Question]) -> dict[str, Any]:
    for question in asked[:20]:
        pipeline.search(question)
    alone = _timed(pipeline.search, asked)
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        beside = list(clients.map(lambda question: _timed(pipeline.search, [question])[0], asked))
    seconds = time.perf_counter() - started
    return {
        "one_client": {**_parts(alone), "questions_per_s": round(1e3 * len(alone) / sum(alone), 1)},
        "sixteen_clients": {**_parts(beside), "questions_per_s": round(len(asked) / seconds, 1)},
        "parts_p50_ms": _inside(pipeline, asked[:100]),
    }


def _timed(call: Callable[[Question], Any], asked: list[Question]) -> list[float]:
    taken = []
    for question in asked:
        started = time.perf_counter()
        call(question)
        taken.append((time.perf_counter() - started) * 1e3)
    return taken


def _inside(pipeline: Pipeline, asked: list[Question]) -> dict[str, float]:
    """Return the median milliseconds that each part takes of one question: on the wall, and of the processor in this thread."""
    spent: dict[str, list[float]] = defaultdict(list)

    def watched(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started, cpu = time.perf_counter(), time.thread_time()
            try:
                return call(*args, **kwargs)
            finally:
                spent[f"{name}_cpu"].append((time.thread_time() - cpu) * 1e3)
                spent[name].append((time.perf_counter() - started) * 1e3)

        return timed

    store = pipeline.store
    for name in PARTS:
        setattr(store, name, watched(name, getattr(store, name)))
    embedder = pipeline._embedder  # noqa: SLF001 - nothing else shows the time of its part
    embed = embedder.embed_question
    embedder.embed_question = watched("embed", embed)  # type: ignore[method-assign]
    try:
        _timed(watched("whole", pipeline.search), asked)
    finally:
        embedder.embed_question = embed  # type: ignore[method-assign]
        for name in PARTS:
            delattr(store, name)
    return {name: round(float(np.median(taken)), 2) for name, taken in sorted(spent.items())}


def _parts(taken: list[float]) -> dict[str, float]:
    return {f"p{percent}_ms": round(float(np.percentile(taken, percent)), 2) for percent in (50, 99)}


def _missed(figures: dict[str, Any]) -> list[str]:
    alone, beside = LIMITS["one_client"], LIMITS["sixteen_clients"]
    found = [name for name, limit in alone.items() if figures["one_client"][name] > limit]
    return found + [name for name, limit in beside.items() if figures["sixteen_clients"][name] < limit]


if __name__ == "__main__":
    main()

"""Times a plain ingest against one with Ray's workers, and embedding by the number of actors; holds both against arithmetic.

`python -m benchmarks.distributed [--articles N] [--counts 1,2,4,8,16]`. The articles are made up. Both ingests run on all cores,
in turns. For the scaling, an actor sleeps as long as a batch takes on one core, so that a machine with few cores can hold many.
Prints one JSON object with the figures, their limits, the commit and the date; exits 1 when a limit is missed.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.provenance import provenance
from index.chunking import embedded_text
from index.distributed.connection import LOCAL, Connection
from index.distributed.embedding import BATCH, ActorEmbedder
from index.embedder_wiring import build_embedder
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.settings import IndexSettings
from index.types import Article, Prepared, QuestionEmbedding, Vectors
from index.wiring import build_cluster, build_ingest, build_reader, build_store

LEAST_RATIO = 0.9
MOST_ERROR = 0.15
LEAST_SCALING = 0.8
ROUNDS = 2
FILES = 4
DIMENSION = 384
SIGNS = 5_000
"""How many bytes the signs of a passage's tokens take."""
_WORDS = (
    "harbour council ferry bridge vote budget school river minister strike union price storm court judge factory market farmer "
    "engine train station road hospital nurse teacher festival museum painter orchestra player league goal coach season island"
).split()


def main() -> None:
    """Measure, compare, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=100)
    parser.add_argument("--counts", default="1,2,4,8,16", help="numbers of sleeping actors")
    arguments = parser.parse_args()
    counts = [int(count) for count in arguments.counts.split(",")]
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as scratch:
        cache = os.environ.get("DATELINE_EMBEDDER_CACHE") or str(Path(scratch) / "embedder")
        settings = IndexSettings(data=Path(scratch) / "data", embedder_cache=Path(cache))
        sources = _written(Path(scratch), arguments.articles)
        plain, ray, costs = _compared(settings, sources, cores)
        scaling = _scaling(counts, costs["core_passages_per_s"])
    predicted = {
        "plain": _seconds(costs, cores, costs["plain_passages_per_s"]),
        "ray": _seconds(costs, cores, costs["ray_passages_per_s"]),
    }
    measured = {"plain": statistics.median(plain), "ray": statistics.median(ray)}
    off = {name: predicted[name] / measured[name] - 1 for name in measured}
    ratio = measured["plain"] / measured["ray"]
    most = max(counts)
    report = {
        **provenance("distributed"),
        "articles": costs["articles"], "passages": costs["passages"], "cores": cores,
        "plain_s": [round(s, 2) for s in plain], "ray_s": [round(s, 2) for s in ray],
        "ray_of_plain": {"measured": round(ratio, 3), "limit": LEAST_RATIO},
        "stages": {name: round(value, 5) for name, value in costs.items()},
        "predicted_s": {name: round(value, 2) for name, value in predicted.items()},
        "prediction_off": {**{name: round(value, 3) for name, value in off.items()}, "limit": MOST_ERROR},
        "scaling": scaling,
        "efficiency": {"measured": scaling[str(most)]["efficiency"], "limit": LEAST_SCALING},
    }  # fmt: skip
    print(json.dumps(report, indent=2))
    met = ratio >= LEAST_RATIO and all(abs(value) <= MOST_ERROR for value in off.values())
    sys.exit(0 if met and scaling[str(most)]["efficiency"] >= LEAST_SCALING else 1)


def _seconds(costs: dict[str, float], cores: int, embedded_per_s: float) -> float:
    """Return how long an ingest should take: the work of all stages shared by the cores, or the longest stage that cannot be.

    Embedding alone keeps all cores busy, so its passages a second count them all. Reading is done by as many processes as there
    are files at a time, deciding and writing by one.
    """
    shared = costs["passages"] / embedded_per_s + costs["articles"] * (costs["read_core_s"] + costs["write_core_s"]) / cores
    return max(shared, costs["articles"] * costs["write_s"])


def _compared(settings: IndexSettings, sources: list[str], cores: int) -> tuple[list[float], list[float], dict[str, float]]:
    """Ingest both ways in turns, each time into a new archive; return the seconds, and what each stage costs by itself."""
    costs: dict[str, float] = {}
    embedder, one = build_embedder(settings), build_embedder(settings, threads=1, cores=1)
    with closing(build_cluster(settings, LOCAL, embedders=cores)) as cluster:
        items, costs["read_core_s"] = _read(settings, sources)
        costs["articles"] = len(items)
        texts = [embedded_text(article, passage.text) for article, prepared in items for passage in prepared.passages]
        costs["passages"] = len(texts)
        for warm in (embedder, one, cluster.embedder):
            warm.embed_with_signs(texts[: 2 * BATCH * cores])
        plain, ray = [], []
        for number in range(ROUNDS):
            plain.append(_ingested(settings, f"plain{number}", sources, embedder))
            ray.append(_ingested(settings, f"ray{number}", sources, cluster.embedder, cluster))
        sample = random.Random(1).sample(texts, min(800, len(texts)))  # noqa: S311 - a sample, no secret
        # As ingest gives them: a window at a time.
        costs["plain_passages_per_s"] = _rate(embedder, sample, 256)
        costs["ray_passages_per_s"] = _rate(cluster.embedder, sample, cluster.window)
        costs["core_passages_per_s"] = _rate(one, sample[:150], 150)
    costs["write_s"], costs["write_core_s"] = _writing(settings, items)
    return plain, ray, costs


def _ingested(settings: IndexSettings, name: str, sources: list[str], embedder: Embedder, cluster: Any = None) -> float:
    """Ingest into a new archive; return the seconds from the first read to the last stored."""
    here = settings.model_copy(update={"data": settings.data / name})
    parsers, window = (cluster.parsers, {"window": cluster.window}) if cluster else (None, {})
    with closing(build_store(here, filling=True)) as store:
        # Ray's workers and the parser processes of the plain one are both there before the clock starts.
        reader = build_reader(here, store, embedder.embed_passages, parsers=parsers)
        started = time.perf_counter()
        report = build_ingest(here, store, embedder, prepare=reader.prepare, **window).run(reader.read(sources), Fallbacks())
        seconds = time.perf_counter() - started
        if cluster is None:
            reader.close()
    if report.counts["failed"] or report.counts["skipped"]:
        raise SystemExit(f"not all was read: {report.counts}")
    return seconds


def _read(settings: IndexSettings, sources: list[str]) -> tuple[list[tuple[Article, Prepared]], float]:
    """Return the articles with what is prepared of them, and the seconds that one process takes for each."""
    here = settings.model_copy(update={"data": settings.data / "read"})
    with closing(build_store(here)) as store, closing(build_reader(here, store, _no_columns, parsers=1)) as reader:
        started, found = 0.0, []
        for item in reader.read(sources):
            if isinstance(item, Article):
                found.append((item, reader.prepare(item)))
                started = started or time.perf_counter()  # not the start of its process
        return found, (time.perf_counter() - started) / max(1, len(found) - 1)


def _writing(settings: IndexSettings, items: list[tuple[Article, Prepared]]) -> tuple[float, float]:
    """Return the seconds that deciding and storing an article take, and those of a core, with passages embedded at once."""
    here = settings.model_copy(update={"data": settings.data / "write"})
    prepared = {article.article_id: made for article, made in items}
    name = build_embedder(settings, threads=1, cores=1).name
    with closing(build_store(here, filling=True)) as store:
        ingest = build_ingest(here, store, Sleeping(0.0, name), prepare=lambda article: prepared[article.article_id])
        started, busy = time.perf_counter(), time.process_time()
        ingest.run((article for article, _ in items), Fallbacks())
        return (time.perf_counter() - started) / len(items), (time.process_time() - busy) / len(items)


def _rate(embedder: Embedder, texts: list[str], window: int) -> float:
    started = time.perf_counter()
    for first in range(0, len(texts), window):
        embedder.embed_with_signs(texts[first : first + window])
    return len(texts) / (time.perf_counter() - started)


def _scaling(counts: Sequence[int], core_rate: float) -> dict[str, dict[str, float]]:
    """Return how many passages so many sleeping actors take a second, and what share that is of what they could."""
    figures: dict[str, dict[str, float]] = {}
    texts = [f"{number} " + "harbour " * 100 for number in range(128)]
    with closing(Connection(LOCAL, cores=max(counts))) as connection:
        for count in counts:
            build = partial(Sleeping, 1 / core_rate)
            pool = ActorEmbedder(connection.ray, build, count=count, space=(Sleeping.name, DIMENSION))
            while len(pool.actors()) < count:
                pool.embed_with_signs(texts[: BATCH * count])
            window = texts * count
            started = time.perf_counter()
            for _ in range(2):
                pool.embed_with_signs(window)
            rate = 2 * len(window) / (time.perf_counter() - started)
            figures[str(count)] = {"passages_per_s": round(rate, 1), "efficiency": round(rate / (core_rate * count), 3)}
            for actor in pool.actors():
                connection.ray.kill(actor)
    return figures


class Sleeping:
    """An embedder that takes a core's time for each passage and no core: its vectors mean nothing."""

    name, dimension, gives_token_signs = "sleeping@00000000", DIMENSION, True

    def __init__(self, seconds: float, name: str = name) -> None:
        self._seconds = seconds
        self.name = name

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Sleep, and give unit rows."""
        time.sleep(self._seconds * len(texts))
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        rows[np.arange(len(texts)), [hash(text) % DIMENSION for text in texts]] = 1
        return rows

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Sleep, and give rows and as many signs as a passage has."""
        return self.embed_passages(texts), [bytes(SIGNS)] * len(texts)

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Know no tokens."""
        return [np.zeros(0, np.intp) for _ in texts]

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Embed one text."""
        return QuestionEmbedding(vector=self.embed_passages([text])[0], tokens=np.zeros((0, DIMENSION), np.float32), spans=())


def _no_columns(_: Sequence[str]) -> Vectors:
    raise AssertionError("records have no columns")


def _written(folder: Path, count: int) -> list[str]:
    """Write records of some 600 words that share no story, in a few files; return their paths."""
    draw = random.Random(7)  # noqa: S311 - the same articles each time
    paths = []
    for number in range(FILES):
        path = folder / f"news-{number}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for place in range(number, count, FILES):
                sentences = [
                    f"The {' '.join(draw.choices(_WORDS, k=draw.randint(8, 18)))} of {draw.randint(1, 99_999)} was seen."
                    for _ in range(40)
                ]
                file.write(json.dumps({"title": f"Report {place}", "text": " ".join(sentences), "date": "2025-09-19"}) + "\n")
        paths.append(str(path))
    return paths


if __name__ == "__main__":
    main()

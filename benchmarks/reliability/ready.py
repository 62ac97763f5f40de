"""Measures how long a large archive takes from the start of a process after SIGKILL until the first search.

`python -m benchmarks.reliability.ready [--passages N]`. The archive is made up: articles of five passages with random vectors of
384 numbers. It is opened after the kill of the ingest that filled it, right before that would have saved its caches again; after
a kill in the middle of 60 more articles; and without any saved caches, as if they had been removed. Prints one JSON object
with the seconds, their limit, the commit and the date; exits 1 when one of the first two misses it.
"""

import argparse
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import apsw
import numpy as np

from benchmarks.provenance import provenance
from index.articles import build_article
from index.local.store import LocalStore
from index.types import LedgerEntry, Origin, Passage, Where

# Issue 8, at 100,000 passages.
LIMIT_SECONDS = 5.0
_PASSAGES, _WORDS, _DIMENSION = 5, 120, 384
_SYLLABLES = "ba de fi go lu ma ne pi ro su ta ve zi ko ra mo".split()
_COMING_IN = 60


def open_store(folder: Path) -> LocalStore:
    """Open the archive as an ingest does."""
    return LocalStore(folder, embedder="random@00000000", dimension=_DIMENSION, chunker="ready", filling=True)


def put(store: LocalStore, number: int) -> None:
    """Store one made-up article."""
    rng, rows = random.Random(number), np.random.default_rng(number)  # noqa: S311 - made-up texts, no secret
    vocabulary = [first + second + third for first in _SYLLABLES for second in _SYLLABLES for third in _SYLLABLES]
    # Few words are common and many are rare, as in news.
    paragraphs = [
        " ".join(vocabulary[min(len(vocabulary) - 1, int(rng.paretovariate(0.5)))] for _ in range(_WORDS))
        for _ in range(_PASSAGES)
    ]
    article = build_article(
        text="\n\n".join(paragraphs), origin=Origin(source="/ready", position=f"item {number}"), title=f"Ferry {number}"
    )
    passages, start = [], 0
    for paragraph in article.text.split("\n\n"):
        passages.append(Passage(article_id=article.article_id, start=start, end=start + len(paragraph), text=paragraph))
        start += len(paragraph) + 2
    vectors = rows.standard_normal((len(passages), _DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    entry = LedgerEntry(source="/ready", position=f"item {number}", outcome="accepted", article_id=article.article_id)
    digests = [f"{number}-{place}".encode() for place in range(len(passages))]
    store.put(article, passages, vectors, embedded=digests, entry=entry)


def come_in(folder: Path, first: int) -> None:
    """Store articles until the end of this process, which is not its own."""
    store = open_store(folder)
    store._database.rows("PRAGMA synchronous = OFF")  # noqa: SLF001 - minutes instead of hours; what is killed is no machine
    for number in range(first, 1 << 40):
        put(store, number)


def killed_at(folder: Path, articles: int) -> None:
    """Store articles in a process that is killed when there are so many."""
    with closing(open_store(folder)):
        pass
    first = _articles(folder)
    process = multiprocessing.get_context("spawn").Process(target=come_in, args=(folder, first))
    process.start()
    while _articles(folder) < articles and process.is_alive():
        time.sleep(0.01)
    process.kill()
    process.join()


def _articles(folder: Path) -> int:
    with closing(apsw.Connection(str(folder / "archive.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)) as database:
        return int(next(database.execute("SELECT count(*) FROM articles"))[0])


def seconds_until_ready(folder: Path) -> float:
    """Return how long opening and the first search take."""
    started = time.perf_counter()
    store = open_store(folder)
    with store.consistent():
        store.matching(["ferry"], 10, Where())
        store.nearest(np.ones(_DIMENSION, dtype=np.float32), 10, Where())
    taken = time.perf_counter() - started
    store._views.close()  # noqa: SLF001 - without saving anything
    store._caches.close()  # noqa: SLF001
    store._database.close()  # noqa: SLF001
    return taken


def measured(folder: Path, passages: int) -> dict[str, float | int]:
    """Make the archive, kill what fills it, and return the figures."""
    articles = passages // _PASSAGES
    killed_at(folder, articles - 1)
    first = seconds_until_ready(folder)
    with closing(open_store(folder)) as store:
        held = store.stats()
    killed_at(folder, held.articles + _COMING_IN)
    saved = seconds_until_ready(folder)
    shutil.rmtree(folder / "caches")
    return {
        "articles": held.articles, "passages": held.passages, "seconds_after_first_ingest": round(first, 2),
        "seconds_with_saved_caches": round(saved, 2), "seconds_without": round(seconds_until_ready(folder), 2),
    }  # fmt: skip


def main() -> None:
    """Measure, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passages", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-ready-") as folder:
        figures = measured(Path(folder) / "archive", arguments.passages)
    missed = max(figures["seconds_after_first_ingest"], figures["seconds_with_saved_caches"]) > LIMIT_SECONDS
    print(json.dumps({**provenance("reliability.ready"), "limit_seconds": LIMIT_SECONDS, **figures, "missed": missed}, indent=2))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()

"""Does random things to an archive and to a dictionary, and compares them after each.

`python -m benchmarks.reliability.model [--operations 100000] [--seed N]`: put, change, delete, ask by words and by vector, with
and without filters, read histories, open the archive anew, save its caches, check it, ask a second store that is open on the
same folder, and go on with what is restored from a backup. Prints how often each was done and one JSON object; a difference
ends it with status 1 and the seed.
"""

import argparse
import json
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.provenance import provenance
from benchmarks.reliability.light import DIMENSION, Digests, article, check, ingest, open_store, prepared, told
from index.chunking import embedded_text
from index.errors import ArticleNotFound
from index.local.backup import make_backup
from index.local.restore import restore_backup
from index.local.store import LocalStore
from index.types import Vectors, Where

NUMBERS = 12
"""So many articles there are at most, so that what is done meets what was done before."""
VERSIONS = 4
_SIMILAR = 2e-3  # float16

FILTERS: tuple[Where, ...] = (
    Where(),
    Where(publishers=("Harbour 1",)),
    Where(since=date(2025, 9, 8), until=date(2025, 9, 21)),
    Where(since=date(2025, 9, 15), publishers=("Harbour 0", "Harbour 2"), undated=False),
)


class Differs(Exception):  # noqa: N818 - reads as what it is
    """The archive and the dictionary disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passage:
    number: int
    text: str
    vector: Vectors


class Model:
    """An archive beside the dictionary of what it must hold: the version of each article, and how many it has had.

    Every method does one thing to both, or compares them; it raises `Differs` if they do.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._restored = count(1)
        self._open = ExitStack()
        self._store = self._opened()
        self._second = self._opened()
        self._held: dict[int, int] = {}
        self._histories: dict[int, list[int]] = {}
        self._passages: dict[tuple[int, int], list[_Passage]] = {}
        self._reader: Callable[[], LocalStore] = lambda: self._store

    def put(self, number: int, version: int) -> None:
        """Ingest a version of an article: new, unchanged, or following the one that is there."""
        ingest(self._store, [(number, version)])
        if self._held.get(number) != version:
            self._held[number] = version
            self._histories.setdefault(number, []).append(version)

    def put_in_second(self, number: int, version: int) -> None:
        """Ingest through the other store, as another process would."""
        self._store, self._second = self._second, self._store
        self.put(number, version)

    def put_many(self, number: int, version: int) -> None:
        """Ingest several articles in one run."""
        numbers = [(number + step) % NUMBERS for step in range(5)]
        ingest(self._store, [(one, version) for one in numbers])
        for one in numbers:
            if self._held.get(one) != version:
                self._held[one] = version
                self._histories.setdefault(one, []).append(version)

    def delete(self, number: int) -> None:
        """Delete an article, which takes its history along; one that is not there cannot be deleted."""
        version = self._held.pop(number, None)
        self._histories.pop(number, None)
        article_id = article(number, version or 1).article_id
        try:
            self._store.delete(article_id)
        except ArticleNotFound:
            _same("deleting what is not there", version, None)
        else:
            _same("deleting what is there", version is not None, True)

    def reopen(self) -> None:
        """Close both stores and open them again: from the snapshot that the first to close has saved."""
        self._open.close()
        self._store, self._second = self._opened(), self._opened()

    def restore(self) -> None:
        """Make a backup while both stores are open, and go on with the archive that is restored from it."""
        file, restored = self._folder.parent / "backup", self._folder.with_name(f"restored-{next(self._restored)}")
        made = make_backup(self._folder, file)
        _same("articles in the backup", made.articles, len(self._held))
        restore_backup(file, restored)
        self._open.close()
        shutil.rmtree(self._folder)
        file.unlink()
        self._folder = restored
        self._store, self._second = self._opened(), self._opened()

    def save(self) -> None:
        """Bring the caches up to date and publish a snapshot of them, as housekeeping does."""
        with self._store.consistent():
            self._store._caches.save()  # noqa: SLF001 - what closing does

    def check(self) -> None:
        """Examine the archive as `dateline check` does."""
        found = check(self._folder)
        _same("problems", [problem.what for problem in found.problems], [])
        _same("articles", found.articles, len(self._held))

    def by_words(self, number: int, where: Where, *, second: bool = False) -> None:
        """Ask for a word of all articles, and for one of a single one."""
        store = self._second if second else self._store
        with store.consistent():
            for words, wanted in (("ferry",), set(self._held)), ((str(number),), {number} & set(self._held)):
                found = store.matching(words, 10_000, where)
                _same(f"rows of {words}", len({row for row, _ in found}), len(found))
                texts = {(told(of.text) or (0, 0))[0]: passage.text for passage, of in store.passages([row for row, _ in found])}
                matching = {one for one in wanted if _allows(where, one)}
                if words == ("ferry",):
                    _same("articles found by a word", set(texts), matching)
                elif not matching <= set(texts):
                    raise Differs(f"article {number} is not found by its number")

    def by_vector(self, number: int, where: Where, *, second: bool = False) -> None:
        """Ask for what lies next to a passage, and compare with all of them, one by one."""
        store = self._second if second else self._store
        vector = self._of(number, self._held.get(number, 1))[0].vector
        every = [p for one, version in self._held.items() if _allows(where, one) for p in self._of(one, version)]
        best = sorted((float(np.dot(passage.vector, vector)) for passage in every), reverse=True)[:10]
        with store.consistent():
            rows = store.nearest(vector, 10, where)
            found = store.passages([row for row, _ in rows])
        _same("how many are nearest", len(rows), len(best))
        if any(abs(score - true) > _SIMILAR for (_, score), true in zip(rows, best, strict=True)):
            raise Differs(f"nearest to article {number}: {rows}, but {best} in the dictionary")
        known = {passage.text for passage in every}
        for passage, of in found:
            _same("a passage", (passage.text in known, of.text[passage.start : passage.end]), (True, passage.text))

    def histories(self, number: int) -> None:
        """Compare all versions of an article."""
        if number in self._held:
            versions = self._store.history(article(number, self._held[number]).article_id)
            _same("history", [told(version.article.text) for version in versions], [(number, v) for v in self._histories[number]])
            _same("current", [version.current for version in versions], [False] * (len(versions) - 1) + [True])

    def everything(self) -> None:
        """Compare all articles, as both stores list them, word for word."""
        for store in (self._store, self._second):
            texts = {of.origin.record_id: of.text for of in store.articles()}
            _same("texts", texts, {str(one): article(one, version).text for one, version in self._held.items()})
            stats = store.stats()
            _same(
                "counts",
                (stats.articles, stats.passages),
                (len(self._held), sum(len(self._of(*one)) for one in self._held.items())),
            )

    def close(self) -> None:
        """Close both stores."""
        self._open.close()

    def _opened(self) -> LocalStore:
        return self._open.enter_context(closing(open_store(self._folder)))

    def _of(self, number: int, version: int) -> list[_Passage]:
        known = self._passages.get((number, version))
        if known is None:
            of = article(number, version)
            texts = [passage.text for passage in prepared(number, version).passages]
            vectors = Digests().embed_passages([embedded_text(of, text) for text in texts]).reshape(-1, DIMENSION)
            known = [_Passage(number=number, text=text, vector=vector) for text, vector in zip(texts, vectors, strict=True)]
            self._passages[number, version] = known
        return known


def run(folder: Path, operations: int, seed: int, say: Callable[[str], None] = lambda _: None) -> Mapping[str, int]:
    """Do so many random things; return how often each was done.

    Raises:
        Differs: archive and dictionary disagree.
    """
    draw = random.Random(seed)  # noqa: S311 - repeatable, no secret
    model = Model(folder)
    done: Counter[str] = Counter()
    try:
        for number in range(operations):
            name = draw.choices(list(WEIGHTS), WEIGHTS.values())[0]
            do(model, name, draw.randrange(NUMBERS), draw.randrange(VERSIONS) + 1, FILTERS[draw.randrange(len(FILTERS))])
            done[name] += 1
            if number % 1_000 == 999:  # noqa: PLR2004
                say(f"{number + 1} operations")
        model.everything()
        model.check()
    finally:
        model.close()
    return done


WEIGHTS: Mapping[str, int] = {
    "put": 30, "put_in_second": 10, "put_many": 3, "delete": 12, "by_words": 12, "by_words_second": 5, "by_vector": 12,
    "by_vector_second": 5, "histories": 5, "everything": 2, "save": 2, "check": 1, "reopen": 1, "restore": 1,
}  # fmt: skip
"""What is done, and how often beside the others."""


def do(model: Model, name: str, number: int, version: int, where: Where) -> None:
    """Do one of the things that `WEIGHTS` names."""
    match name:
        case "put" | "put_in_second" | "put_many":
            getattr(model, name)(number, version)
        case "delete" | "histories":
            getattr(model, name)(number)
        case "by_words" | "by_vector":
            getattr(model, name)(number, where)
        case "by_words_second" | "by_vector_second":
            getattr(model, name.removesuffix("_second"))(number, where, second=True)
        case _:
            getattr(model, name)()


def _allows(where: Where, number: int) -> bool:
    of = article(number, 1)
    day = of.dated.day if of.dated else None
    inside = day is not None and (where.since is None or day >= where.since) and (where.until is None or day <= where.until)
    return inside and (not where.publishers or of.publisher in where.publishers)


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Differs(f"{what}: {found} in the archive, {wanted} in the dictionary")


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = parser.parse_args()
    print(f"seed {options.seed}", file=sys.stderr)
    started = time.perf_counter()
    differs, done = "", {}
    with tempfile.TemporaryDirectory(prefix="dateline-model-") as scratch:
        try:
            done = dict(
                run(Path(scratch) / "archive", options.operations, options.seed, lambda line: print(line, file=sys.stderr))
            )
        except Differs as error:
            differs = str(error)
    said = {"done": done, "differs": differs, "seconds": round(time.perf_counter() - started, 1), "seed": options.seed}
    print(json.dumps({**said, **provenance("reliability.model")}, indent=2))
    sys.exit(bool(differs))


if __name__ == "__main__":
    main()

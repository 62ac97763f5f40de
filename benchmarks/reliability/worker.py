"""What the processes that are killed do: open an archive, put in, change, remove, search, close, and again, until they die."""

import random
from contextlib import closing
from pathlib import Path

from benchmarks.reliability.journal import Journal
from benchmarks.reliability.light import ingest, open_store, told
from index.errors import ArticleNotFound
from index.failpoints import arm
from index.local.store import LocalStore
from index.types import LedgerEntry, Where

_MOST_INGESTED, _MOST_UPDATED, _MOST_DELETED = 12, 4, 3
# After so many rounds most articles are removed: then caches are compacted, and the archive stays small.
_ROUNDS_UNTIL_REMOVAL = 4
# So they are in the first round where there are many: most processes die before they come to another.
_MANY, _KEPT = 60, 5


def work(folder: Path, journal: Path, seed: int, failpoint: str = "", rounds: int = 1_000_000) -> None:
    """Do random things to an archive and write a journal of it."""
    arm(failpoint)
    rng, said = random.Random(seed), Journal(journal)  # noqa: S311 - a sample, no secret
    for number in range(rounds):
        said.begin("open")
        store = open_store(folder)
        with closing(store):
            _Round(store, said, rng).run(removing=number % _ROUNDS_UNTIL_REMOVAL == 1)
            said.begin("close")


class _Round:
    """What is done between opening and closing an archive."""

    def __init__(self, store: LocalStore, journal: Journal, rng: random.Random) -> None:
        self._store, self._journal, self._rng = store, journal, rng
        stored = [(told(article.text), article.article_id) for article in store.articles()]
        self._present = {said[0]: (said[1], article_id) for said, article_id in stored if said is not None}

    def run(self, *, removing: bool) -> None:
        """Put in, search, change, search, remove, search."""
        fresh = iter(range(max(self._present, default=0) + 1, 1 << 40))
        self._ingest("ingest", [(next(fresh), 1) for _ in range(self._rng.randint(1, _MOST_INGESTED))])
        self._search()
        known = self._some(_MOST_UPDATED)
        self._ingest("update", [(number, self._present[number][0] + 1) for number in known])
        self._search()
        removing = removing or len(self._present) > _MANY
        for number in self._some(max(0, len(self._present) - _KEPT) if removing else _MOST_DELETED):
            self._delete(number)
        self._search()

    def _some(self, most: int) -> list[int]:
        return self._rng.sample(sorted(self._present), min(most, len(self._present)))

    def _ingest(self, operation: str, wanted: list[tuple[int, int]]) -> None:
        self._journal.begin(operation, wanted)
        versions = iter(wanted)

        def acknowledge(entry: LedgerEntry) -> None:
            number, version = next(versions)
            if entry.outcome not in ("accepted", "updated") or entry.article_id is None:
                raise AssertionError(f"article {number}: {entry}")
            self._journal.acknowledge(number, version)
            self._present[number] = (version, entry.article_id)

        ingest(self._store, wanted, acknowledge)

    def _delete(self, number: int) -> None:
        self._journal.begin("delete", [(number, None)])
        try:
            self._store.delete(self._present.pop(number)[1])
        except ArticleNotFound as error:
            raise AssertionError(f"article {number} was stored and is not there") from error
        self._journal.acknowledge(number, None)

    def _search(self) -> None:
        self._journal.begin("search")
        with self._store.consistent():
            self._store.matching(["ferry"], 10, Where())

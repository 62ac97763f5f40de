"""Looks at an archive that a process left behind: is what was acknowledged there, and is every article whole?"""

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.journal import Expected
from benchmarks.reliability.light import Digests, article, check, open_store, prepared, told
from index.chunking import embedded_digest, embedded_text
from index.errors import ArchiveDamaged
from index.local.records import vector_to_blob
from index.local.store import LocalStore
from index.types import Passage, Where

_OF_AN_ARTICLE = (
    "SELECT p.start, p.end, p.embedded, p.vector, t.signs FROM passages p LEFT JOIN token_signs t ON t.passage_row = p.row"
    " WHERE p.article_row = ? ORDER BY p.start"
)
_ENTRIES = "SELECT article_id, count(*) FROM ledger WHERE outcome IN ('accepted', 'updated') GROUP BY article_id"
_COUNTS = "SELECT (SELECT count(*) FROM sketches WHERE article_row = ?1), (SELECT count(*) FROM outlets WHERE article_row = ?1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an archive was like after a process had died."""

    lost: list[str]
    """What was acknowledged and is not so."""
    partial: list[str]
    """Articles without all of their passages, vectors, signs, sketch or ledger entry, or with another text."""
    problems: list[str]
    """What `dateline check` says, SQLite's integrity check in it, before and after; what a search does not find; folders that
    were left behind."""
    seconds: float
    """From opening the archive to the first search."""
    articles: int

    @property
    def good(self) -> bool:
        """Whether there is nothing to complain of."""
        return not (self.lost or self.partial or self.problems)


def examine(folder: Path, expected: Expected, *, set_aside: bool = False) -> Found:
    """Examine the archive as it was left, open it, compare it, and close it. Afterwards `expected` is what it holds.

    Args:
        folder: of the archive.
        expected: what it must hold.
        set_aside: whether saved caches may have been set aside: no crash leaves any that must be, but a disk that cannot be read.
    """
    problems = []
    if (folder / "archive.sqlite").exists():
        problems = [f"as it was left: {problem.what}" for problem in check(folder).problems]
    started = time.perf_counter()
    store = open_store(folder)
    with closing(store):
        found: list[Passage] = []
        try:
            with store.consistent():
                found = [
                    passage for passage, _ in store.passages([row for row, _ in store.matching(["ferry"], 100_000, Where())])
                ]
        except ArchiveDamaged as error:
            problems.append(f"a search is refused: {error}")
        seconds = time.perf_counter() - started
        held, partial = _held(store)
        passages = [(passage.article_id, passage.start, passage.end) for passage in found]
        stored = store._database.rows("SELECT a.article_id, start, end FROM passages JOIN articles a ON a.row = article_row")  # noqa: SLF001
        if sorted(passages) != sorted(stored):
            problems.append(f"a search finds {len(passages)} passages of {len(stored)}")
        lost = expected.wrong(held)
    problems += [problem.what for problem in check(folder).problems]
    left = [
        path.name
        for path in (folder / "caches").iterdir()
        if path.name.startswith(("work-", "new-", *(() if set_aside else ("aside-",))))
    ]
    problems += [f"{name} was left behind" for name in left]
    return Found(lost=lost, partial=partial, problems=problems, seconds=seconds, articles=len(held))


def _held(store: LocalStore) -> tuple[dict[int, int], list[str]]:
    """Return the version of every article that is there, and what is wrong with articles."""
    held: dict[int, int] = {}
    partial = []
    database = store._database  # noqa: SLF001 - what is stored, not what the store makes of it
    entered = dict(database.rows(_ENTRIES))  # at once: the ledger has no index by article, and grows with every death
    for row, article_id, record_id, text in database.rows("SELECT row, article_id, record_id, text FROM articles"):
        said = told(text)
        if said is None or str(said[0]) != record_id or text != article(*said).text:
            partial.append(f"article {record_id} has a text that was never sent")
            continue
        held[said[0]] = said[1]
        entries, (keys, outlets) = entered.get(article_id, 0), database.rows(_COUNTS, row)[0]
        whole = prepared(*said)
        if database.rows(_OF_AN_ARTICLE, row) != _passages(*said):
            partial.append(f"article {record_id} has other passages, vectors or signs than were made of it")
        if not entries or keys != len(set(whole.sketch)) or outlets != 1:
            partial.append(f"article {record_id} has {entries} ledger entries, {keys} sketch keys and {outlets} outlets")
    if orphans := database.rows("SELECT count(*) FROM passages WHERE article_row NOT IN (SELECT row FROM articles)")[0][0]:
        partial.append(f"{orphans} passages are of no article")
    return held, partial


def _passages(number: int, version: int) -> list[tuple[object, ...]]:
    """Return what must stand in the rows of an article's passages."""
    passages = prepared(number, version).passages
    texts = [embedded_text(article(number, version), passage.text) for passage in passages]
    vectors, signs = Digests().embed_with_signs(texts)
    return [
        (passage.start, passage.end, embedded_digest(text), vector_to_blob(vector), sign)
        for passage, text, vector, sign in zip(passages, texts, vectors, signs, strict=True)
    ]

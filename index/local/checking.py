"""Examines an archive without changing it: the database, every article in it, and whether the saved caches say the same."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from index.articles import content_id
from index.checks import ArchiveCheck, Place, Problem
from index.errors import ArchiveDamaged, ArchiveUnavailable
from index.local.approximate import EXACT_UP_TO, VectorIndex
from index.local.database import Database
from index.local.digests import COVERED, SEALED_SIGNS, columns, row_digest, sealed
from index.local.filters import RowFilters
from index.local.lexical import WordCache
from index.local.records import day_number, folded_outlets, sketch_from_blob, vectors_from_blobs
from index.local.schema import migrations
from index.local.snapshots import Snapshots
from index.local.store import LocalStore
from index.local.vectors import VectorCache
from index.local.words import analysis_stamp
from index.serialisation import article_from_json
from index.types import Article

_BATCH = 1_000
# Of one kind of problem so many are named; the rest is counted.
_NAMED = 5
_BYTES_OF_A_NUMBER = 2  # float16
_SIZES = "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"


def check_archive(folder: Path, *, embedder: str, dimension: int, chunker: str, exact_up_to: int = EXACT_UP_TO) -> ArchiveCheck:
    """Return what is in the archive of this folder and what is wrong with it. Others may read and write meanwhile.

    Raises:
        ArchiveUnavailable: there is no archive, or it cannot be opened.
        ArchiveMismatch: the archive was made with another embedder or chunker.
        ArchiveDamaged: the database cannot be read at all.
    """
    if not (folder / "archive.sqlite").exists():
        raise ArchiveUnavailable(f"There is no archive in {folder}. Make one with: dateline ingest --data {folder} SOURCE...")
    manifest = {"embedder": embedder, "dimension": str(dimension), "chunker": chunker}
    database = Database(folder / "archive.sqlite", manifest)
    try:
        with database.errors():
            return _Checking(folder, database, manifest, exact_up_to).result()
    finally:
        database.close()


def repair_caches(folder: Path, *, embedder: str, dimension: int, chunker: str, exact_up_to: int = EXACT_UP_TO) -> None:
    """Set all saved caches aside, and save new ones made from the archive.

    Raises:
        ArchiveDamaged: the archive itself is damaged, so that nothing can be made from it.
    """
    database = Database(folder / "archive.sqlite", {"embedder": embedder, "dimension": str(dimension), "chunker": chunker})
    try:
        snapshots = Snapshots(folder / "caches", database.identity(), embedder, analysis_stamp())
    finally:
        database.close()
    for generation, _ in snapshots.examine():
        snapshots.set_aside(generation, "dateline check --repair")
    LocalStore(folder, embedder=embedder, dimension=dimension, chunker=chunker, exact_up_to=exact_up_to).close()


class _Checking:
    """One examination; every method adds what it finds to `problems`."""

    def __init__(self, folder: Path, database: Database, manifest: dict[str, str], exact_up_to: int) -> None:
        self._database = database
        self._manifest = manifest
        self._dimension = int(manifest["dimension"])
        self._exact_up_to = exact_up_to
        self._snapshots = Snapshots(folder / "caches", database.identity(), manifest["embedder"], analysis_stamp())
        self._problems: list[Problem] = []

    def result(self) -> ArchiveCheck:
        """Examine everything."""
        work = self._snapshots.working_folder()
        try:
            return self._result(work.path)
        finally:
            work.remove()

    def _result(self, work: Path) -> ArchiveCheck:
        about: VectorIndex | None = None
        newest, problem = self._choose(work)
        # The view is opened after the snapshot was chosen, so that it cannot be older.
        with self._database.reading() as generation:
            articles, passages = self._database.rows(_SIZES)[0]
            self._add("archive", self._file())
            self._add("archive", self._definitions())
            self._add("archive", self._articles())
            self._add("archive", self._rows())
            if newest is not None and newest > generation:
                self._add("caches", [f"the saved caches are of generation {newest}, later than the archive's {generation}"])
            elif newest is not None and problem is None:
                about = self._saved(newest, work)
        return ArchiveCheck(
            generation=generation, articles=articles, passages=passages, manifest=self._manifest,
            snapshot=newest if about is not None else None, vector_index=asdict(about) if about is not None else {},
            problems=tuple(self._problems),
        )  # fmt: skip

    def _choose(self, work: Path) -> tuple[int | None, str | None]:
        """Link the newest snapshot into `work`, unless something is wrong with it; return its generation, and what.

        At once: what follows takes minutes, and meanwhile a busy ingest replaces every snapshot that is there now.
        """
        while True:
            saved = self._snapshots.examine()
            newest, problem = saved[0] if saved else (None, None)
            if newest is not None and problem is None and self._snapshots.link(newest, work) is None:
                continue  # another process has replaced it just now
            self._add(
                "caches", (f"the saved caches of generation {number}: {told}" for number, told in saved if told is not None)
            )
            return newest, problem

    def _file(self) -> Iterator[str]:
        yield from (str(line) for (line,) in self._database.rows("PRAGMA integrity_check") if line != "ok")
        for table, row, parent, _ in self._database.rows("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} belongs to a row of {parent} that is not there"

    def _articles(self) -> Iterator[str]:
        """Yield what is wrong with articles: their text is not what their id says, or a passage is not of it."""
        for row, article_id in self._database.rows("SELECT row, article_id FROM articles ORDER BY row"):
            try:
                values = self._database.rows(f"SELECT {columns('articles')} FROM articles WHERE row = ?", row)[0]
                stored = dict(zip(COVERED["articles"], values, strict=False))
                article = article_from_json(stored["details"], stored["text"])
            except (ArchiveDamaged, ValueError, TypeError, KeyError, IndexError) as error:
                yield f"article {article_id}: what is stored of it cannot be read ({type(error.__cause__ or error).__name__})"
                continue
            found = [*self._article(article_id, article, stored), *self._passages(row, len(article.text))]
            if not found and row_digest(*values[:-1]) != values[-1]:
                found = ["what is stored of it is not as it was written"]
            yield from (f"article {article_id}: {problem}" for problem in found)

    def _article(self, article_id: str, article: Article, stored: Mapping[str, Any]) -> Iterator[str]:
        if not article_id == article.article_id == content_id(article.text):
            yield "its text is not the one that it was stored with"
        if stored["day"] != day_number(article.dated.day if article.dated else None):
            yield "it is filed under another day than its own"
        filed = self._database.rows("SELECT outlet FROM outlets WHERE article_row = ? ORDER BY outlet", stored["row"])
        if [outlet for (outlet,) in filed] != folded_outlets(article):
            yield "it is filed under other outlets than its own"

    def _passages(self, article_row: int, length: int) -> Iterator[str]:
        passages = self._database.rows(
            f"SELECT {columns('passages')} FROM passages WHERE article_row = ? ORDER BY start", article_row
        )
        if not passages:
            yield "it has no passages"
        for values in passages:
            passage = dict(zip(COVERED["passages"], values, strict=False))
            start, end, vector = passage["start"], passage["end"], passage["vector"]
            if not 0 <= start < end <= length:
                yield f"passage {start}-{end} is not inside its text of {length} characters"
            elif len(vector) != self._dimension * _BYTES_OF_A_NUMBER:
                wanted = self._dimension * _BYTES_OF_A_NUMBER
                yield f"passage {start}-{end} has a vector of {len(vector)} bytes instead of {wanted}"
            elif not np.isfinite(vectors_from_blobs([vector], self._dimension)).all():
                yield f"passage {start}-{end} has a vector that is none"
            elif row_digest(*values[:-1]) != values[-1]:
                yield f"passage {start}-{end} is not as it was written"

    def _definitions(self) -> Iterator[str]:
        """Yield tables and indexes that are not defined as this version defines them."""
        query = "SELECT name, type, tbl_name, sql FROM sqlite_master"
        with closing(apsw.Connection(":memory:")) as empty:
            for statements in migrations(0):
                empty.execute(statements)
            wanted = {_words(*row) for row in empty.execute(query)}
        for name in sorted({name for name, *_ in wanted ^ {_words(*row) for row in self._database.rows(query)}}):
            yield f"{name} is not defined as it was"

    def _rows(self) -> Iterator[str]:
        """Yield rows that are not as they were written, of all tables but those that `_articles` reads."""
        for table in COVERED.keys() - {"articles", "passages"}:
            damaged = f"SELECT CAST({COVERED[table][0]} AS BLOB) FROM {table} WHERE digest IS NOT {sealed(table)}"
            for (key,) in self._database.rows(damaged):
                yield f"a row of {table} is not as it was written ({key.decode(errors='replace') if key else key})"
        # Signs of passages that are gone are told as what belongs to nothing.
        signs = (
            f"SELECT passage_row FROM token_signs t JOIN passages p ON p.row = passage_row WHERE {SEALED_SIGNS}"
            " IS NOT (SELECT digest FROM sign_digests d WHERE d.passage_row = t.passage_row)"
            " UNION SELECT passage_row FROM sign_digests WHERE passage_row NOT IN (SELECT passage_row FROM token_signs)"
        )
        for (row,) in self._database.rows(signs):
            yield f"the signs of passage {row} are not as they were written"
        if differing := self._differing_keys():
            yield f"{differing} keys by which near-duplicates are found are not those of the articles"

    def _differing_keys(self) -> int:
        """Return how many rows of `sketches` no article's sketch has, or lack, without holding all of them in memory."""
        differing = self._database.rows("SELECT count(*) FROM sketches")[0][0]
        last = -(2**63)
        while batch := self._database.rows(
            "SELECT row, sketch FROM articles WHERE sketch IS NOT NULL AND row > ? ORDER BY row LIMIT ?", last, _BATCH
        ):
            made = {(key, row) for row, sketch in batch for key in sketch_from_blob(sketch)}
            found = self._database.rows(
                "SELECT count(*) FROM json_each(?) m CROSS JOIN sketches s"
                " ON s.key = json_extract(m.value, '$[0]') AND s.article_row = json_extract(m.value, '$[1]')",
                json.dumps(list(made)),
            )[0][0]
            differing += len(made) - 2 * found  # what is on both sides was counted as differing
            last = batch[-1][0]
        return int(differing)

    def _saved(self, generation: int, work: Path) -> VectorIndex | None:
        """Compare the saved caches with what the archive held at their generation; None if they cannot be opened."""
        try:
            words, filters = WordCache(work / "words"), RowFilters()
            vectors = VectorCache(self._dimension, exact_up_to=self._exact_up_to)
            vectors.load(work)
            filters.load(work)
            self._add("caches", self._disagreements(generation, vectors, words, filters))
            return vectors.about()
        except (RuntimeError, ValueError, OSError) as error:
            self._add("caches", [f"the saved caches of generation {generation} cannot be opened ({error})"])
            return None

    def _disagreements(self, generation: int, vectors: VectorCache, words: WordCache, filters: RowFilters) -> Iterator[str]:
        later = {row for (row,) in self._database.rows("SELECT passage_row FROM removed WHERE generation > ?", generation)}
        held, seen = words.rows(), set[int]()
        for batch in self._batches(generation):
            rows = [row for row, *_ in batch]
            seen.update(rows)
            for (row, day, outlets, blob), cached in zip(batch, vectors.stored(rows), strict=True):
                if cached is None:
                    yield f"passage {row} is not among the saved vectors"
                elif cached.astype(np.float16).tobytes() != blob:
                    yield f"passage {row} has another vector in the saved caches"
                if row not in held:
                    yield f"passage {row} is not among the saved words"
                if filters.entry(row) != (day, outlets):
                    yield f"passage {row} has another day or outlet in the saved caches"
        for name, cached_rows in (("vectors", vectors.rows()), ("words", held)):
            if extra := len(cached_rows - seen - later):
                yield f"the saved {name} hold {extra} passages that the archive does not"

    def _batches(self, generation: int) -> Iterator[Sequence[tuple[int, int | None, frozenset[str], bytes]]]:
        """Yield (row, day, outlets, vector) of the passages that were there at a generation and still are."""
        last = 0
        while batch := self._database.rows(
            "SELECT p.row, a.day, p.vector, (SELECT json_group_array(o.outlet) FROM outlets o WHERE o.article_row = a.row)"
            " FROM passages p JOIN articles a ON a.row = p.article_row WHERE p.row > ? AND p.generation <= ?"
            " ORDER BY p.row LIMIT ?", last, generation, _BATCH,
        ):  # fmt: skip
            yield [(row, day, frozenset(json.loads(outlets)), vector) for row, day, vector, outlets in batch]
            last = batch[-1][0]

    def _add(self, place: Place, found: Iterable[str]) -> None:
        """Name the first few problems and count the rest: a broken archive can have as many as it has passages."""
        every = _until_unreadable(found)
        self._problems += [Problem(place=place, what=what) for what in islice(every, _NAMED)]
        if rest := sum(1 for _ in every):
            self._problems.append(Problem(place=place, what=f"… and {rest} more of this kind"))


def _words(name: str, kind: str, table: str, sql: str | None) -> tuple[str, str, str, frozenset[str]]:
    """Return a definition without its order: archives that grew through other schemas have the same columns in another one."""
    return name, kind, table, frozenset(re.findall(r"\w+", sql or ""))


def _until_unreadable(found: Iterable[str]) -> Iterator[str]:
    """Yield problems; where a page is so damaged that looking cannot go on, that is the last one."""
    try:
        yield from found
    except (ArchiveDamaged, ValueError, TypeError) as error:
        yield f"what else there is cannot be read: {error}"

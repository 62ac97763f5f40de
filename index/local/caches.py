"""Both caches together, at one generation: opened from a snapshot or built anew, then brought up to date from SQLite."""

import json
import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from index.chunking import context_line
from index.errors import ArchiveDamaged, ArchiveUnavailable
from index.failpoints import reached
from index.local.approximate import EXACT_UP_TO
from index.local.database import Database
from index.local.digests import columns, verified
from index.local.filters import RowFilters
from index.local.lexical import PassageWords, WordCache
from index.local.records import day_number, folded_outlets, stored_article, vectors_from_blobs
from index.local.snapshots import Digests, FilesSpoilt, Snapshots
from index.local.vectors import VectorCache
from index.local.words import analysis_stamp
from index.types import Article

logger = logging.getLogger(__name__)

_BATCH = 2_000
# Removed passages bend BM25 scores until their segment is merged; up to here, building anew takes under a second.
_REBUILD_WORDS_UP_TO = 10_000
_WORDS = "words"
# The only files of the word cache that Tantivy writes again: which segments count, and which files are its own.
_META, _MANAGED = "meta.json", ".managed.json"


class Caches:
    """FAISS, Tantivy and filters at one generation of the archive. Threads may read together while none changes it."""

    def __init__(
        self, folder: Path, database: Database, embedder: str, dimension: int, *, exact_up_to: int = EXACT_UP_TO
    ) -> None:
        self._snapshots = Snapshots(folder, database.identity(), embedder, analysis_stamp())
        self._snapshots.set_aside_later(database.generation)
        self._dimension = dimension
        self._exact_up_to = exact_up_to
        self._saved: int | None = None
        self._digests: Digests = {}
        self._spoilt = False
        self.generation = 0
        self._rebuilding = False
        self._in_memory = False
        self._refused: tuple[int, str] | None = None
        """The generation that they could not be brought to because the archive is damaged, and what was said."""
        self._work = self._snapshots.working_folder()
        try:
            if (newest := self._snapshots.newest(self._work.path)) is not None:
                self._saved, self._digests = newest
            self._open_first()
        except BaseException:
            self._work.remove()
            raise

    def catch_up(self, database: Database, generation: int) -> None:
        """Apply every change between the caches' generation and this one, which the database's present view must have.

        Where the working folder cannot be written, on a full disk, the caches are built in memory, so that questions are
        answered; they stay there until the next start.

        Raises:
            ArchiveDamaged: a row that they are made from is not as it was written. Until something is changed, the archive
                is not read again to say so.
            ArchiveUnavailable: they can be built nowhere.
        """
        if generation == self.generation:
            return
        if self._refused is not None and self._refused[0] == generation:
            raise ArchiveDamaged(self._refused[1])
        try:
            self._catch_up_somewhere(database, generation)
        except BaseException as error:
            if isinstance(error, ArchiveDamaged):
                self._refused = generation, str(error)
            self._start_anew_somewhere()  # else what was added up to there would be added again by the next question
            raise

    def _catch_up_somewhere(self, database: Database, generation: int) -> None:
        try:
            self._catch_up(database, generation)
        except (OSError, ValueError, RuntimeError) as error:
            logger.warning("the caches cannot be written (%s) and are built in memory", error)
            self._in_memory = True
            try:
                self._start_anew()
                self._catch_up(database, generation)
            except (OSError, ValueError, RuntimeError) as again:
                raise ArchiveUnavailable(f"the caches cannot be brought up to date ({again}); see to the disk.") from again

    def _start_anew_somewhere(self) -> None:
        try:
            self._start_anew()
        except (OSError, ValueError, RuntimeError) as error:
            logger.warning("the caches cannot be written (%s) and are built in memory", error)
            self._in_memory = True
            try:
                self._start_anew()
            except (OSError, ValueError, RuntimeError) as again:
                raise ArchiveUnavailable(f"the caches can be opened nowhere ({again}); see to the disk.") from again

    def _catch_up(self, database: Database, generation: int) -> None:
        if self._spoilt:
            self._start_anew()
        elif generation < self.generation or not (self._in_memory or self._work.path.exists()):
            logger.warning("the caches are gone or ahead of the archive and are rebuilt")
            self._start_anew()
        removed = []
        if self.generation:
            removed = [r for (r,) in database.rows("SELECT passage_row FROM removed WHERE generation > ?", self.generation)]
        added = database.one("SELECT min(row) FROM passages WHERE generation > ?", self.generation)
        first = added[0] if added else None
        if removed or first is not None:
            self.vectors.remove(removed)
            self.filters.remove(removed)
            if removed and self.words.count() <= _REBUILD_WORDS_UP_TO:
                self._rebuild_words(database, first)
            else:
                self.words.change(self._added(database, first) if first is not None else [], removed)
        self.generation = generation
        row = database.one("SELECT count(*) FROM passages")
        if row is not None and not (row[0] == self.vectors.count() == self.words.count()):
            if self._rebuilding:
                raise ArchiveDamaged(
                    f"the archive holds {row[0]} passages but its caches {self.vectors.count()} and {self.words.count()}"
                )
            logger.warning("the caches do not agree with the archive and are rebuilt")
            self._start_anew()
            self._rebuilding = True
            try:
                self._catch_up(database, generation)
            finally:
                self._rebuilding = False

    def save(self) -> None:
        """Publish a snapshot if the saved one is behind; none of files that are not as they were loaded, which are made anew."""
        if self._in_memory or self._spoilt or (self._saved is not None and self._saved >= self.generation):
            return
        try:
            published = self._snapshots.write(self.generation, self._write)
        except FilesSpoilt as error:
            logger.warning("the caches are not saved (%s) and are rebuilt", error)
            self._spoilt, self.generation = True, 0  # which the next question finds behind the archive
        except (OSError, RuntimeError, ValueError) as error:
            # The archive is complete without it: the next start builds the caches again.
            logger.warning("the caches could not be saved (%s); the next start will take longer", error)
        else:
            if published is not None:
                self._saved = self.generation
                # What was written is not loaded: of the other files, those that were loaded stay in use.
                self._digests = {**self._digests, **{name: published[name] for name in published if _never_changed(name)}}

    def close(self) -> None:
        """Remove this process's working folder."""
        self._work.remove()

    def _open_first(self) -> None:
        try:
            self._open()
        except (RuntimeError, ValueError, OSError) as error:
            if self._saved is not None:
                self._snapshots.set_aside(self._saved, f"it could not be opened: {error}")
            self._start_anew_somewhere()

    def _open(self) -> None:
        if not self._in_memory:
            (self._work.path / _WORDS).mkdir(exist_ok=True)
        self.words = WordCache(None if self._in_memory else self._work.path / _WORDS)
        self.vectors = VectorCache(self._dimension, exact_up_to=self._exact_up_to)
        self.filters = RowFilters()
        if self._saved is not None:
            self.vectors.load(self._work.path)
            self.filters.load(self._work.path)
            self.generation = self._saved

    def _rebuild_words(self, database: Database, first: int | None) -> None:
        """Build the word cache from all passages, so that removed ones count in no score any more."""
        if not self._in_memory:
            # Tantivy may still be tidying up there, and what it writes meanwhile would keep the folder from going.
            gone = self._work.path / f"{_WORDS}-{time.monotonic_ns()}"
            (self._work.path / _WORDS).rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
            (self._work.path / _WORDS).mkdir()
        reached("compaction.words")
        self.words = WordCache(None if self._in_memory else self._work.path / _WORDS)
        self.words.change(self._words(database, 1, new_from=first), [])

    def _start_anew(self) -> None:
        self._work.remove()
        if not self._in_memory:
            self._work = self._snapshots.working_folder()
        self._saved, self._digests, self._spoilt, self.generation = None, {}, False, 0
        self._open()

    def _write(self, folder: Path) -> Digests:
        """Write everything into a folder; return the digests of what was loaded and is passed on."""
        self.vectors.save(folder)
        reached("snapshot.vectors")
        self.filters.save(folder)
        reached("snapshot.filters")
        words = self._work.path / _WORDS
        (folder / _WORDS).mkdir()
        for name in {*json.loads((words / _MANAGED).read_text()), _META, _MANAGED}:
            if (words / name).is_file():  # Tantivy also names what it has not made
                shutil.copyfile(words / name, folder / _WORDS / name)
        reached("snapshot.words")
        return {name: digest for name, digest in self._digests.items() if self._passed_on(name, folder)}

    def _passed_on(self, name: str, folder: Path) -> bool:
        copied, loaded = folder / name, self._work.path / name
        return copied.exists() and (_never_changed(name) or (loaded.exists() and copied.samefile(loaded)))

    def _added(self, database: Database, first: int) -> Iterator[PassageWords]:
        """Yield new passages for the word cache, adding their vectors on the way."""
        return self._words(database, first, new_from=first)

    def _words(self, database: Database, first: int, *, new_from: int | None) -> Iterator[PassageWords]:
        """Yield passages from row `first` on for the word cache; add vectors and filters of those from `new_from` on."""
        last = first - 1
        while batch := self._batch(database, last):
            new = [(row, blob) for row, *_, blob in batch if new_from is not None and row >= new_from]
            self.vectors.add([row for row, _ in new], vectors_from_blobs([blob for _, blob in new], self._dimension))
            filtered = []
            for row, start, end, article, _ in batch:
                outlets = folded_outlets(article)
                day = day_number(article.dated.day if article.dated else None)
                if new_from is not None and row >= new_from:
                    filtered.append((row, day, outlets))
                words = f"{context_line(article)}\n{article.text[start:end]}"
                yield PassageWords(row, words, article.language, day, outlets)
            self.filters.add(filtered)
            last = batch[-1][0]

    def _batch(self, database: Database, last: int) -> list[tuple[int, int, int, Article, bytes]]:
        """Return (row, start, end, article, vector) of the next passages, each held against its digest."""
        values = database.rows(f"SELECT {columns('passages')} FROM passages WHERE row > ? ORDER BY row LIMIT ?", last, _BATCH)
        passages = [verified("passages", row) for row in values]
        articles: dict[int, Article] = {}
        for number in dict.fromkeys(passage["article_row"] for passage in passages):
            row = database.one(f"SELECT {columns('articles')} FROM articles WHERE row = ?", number)
            if row is None:
                raise ArchiveDamaged(f"the archive holds passages of an article that it does not hold (row {number})")
            articles[number] = stored_article(row)
        return [(p["row"], p["start"], p["end"], articles[p["article_row"]], p["vector"]) for p in passages]


def _never_changed(name: str) -> bool:
    """Return whether a file of a snapshot is one that Tantivy never changes; another one has another name."""
    return name.startswith(f"{_WORDS}/") and name.removeprefix(f"{_WORDS}/") not in {_META, _MANAGED}

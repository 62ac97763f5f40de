"""An archive in a folder as source and target of a transfer. A target is made aside and gets its place when it is whole."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.errors import ArchiveMismatch, ArchiveUnavailable
from index.local import ledger, token_signs
from index.local.database import Database
from index.local.digests import columns, seal, verified
from index.local.manifest import whole_manifest
from index.local.records import day_number, folded_outlets, sketch_from_blob, sketch_to_blob
from index.serialisation import article_from_json, article_to_json
from index.transfer import CarriedArticle, CarriedCopy, CarriedPassage, CarriedRun, Contents
from index.types import LedgerEntry, LedgerRow, Visit

_FILE = "archive.sqlite"
_ASIDE = "migrating"
_TOGETHER = 50
_OF_STORY = "SELECT row FROM versions WHERE story = ? ORDER BY version, row"
# Everything that is carried was there from the first generation on.
_FIRST = 1


class LocalTransfer:
    """The archive in a folder, to be carried elsewhere. Reads one generation, whatever is written meanwhile.

    Raises:
        ArchiveUnavailable: there is no archive, or the next ingest would still complete it.
        ArchiveDamaged: the file is not a database, or a row is not as it was written.
    """

    def __init__(self, path: Path) -> None:
        self._manifest = whole_manifest(path.parent)
        self._database = Database(path, self._manifest)
        with self._database.closed_on_failure():
            self._database.rows("BEGIN")
            self._refuse_unfinished(path.parent)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def contents(self) -> Contents:
        """Return what the archive says about itself."""
        (articles,) = self._database.rows("SELECT count(*) FROM articles")[0]
        return Contents(
            archive=self._database.identity(), manifest=self._manifest,
            generation=self._database.generation(), articles=articles,
        )  # fmt: skip

    def check(self) -> None:
        """Do nothing: what was there when it was opened stays there for this connection."""

    def articles(self, after: int = 0) -> Iterator[CarriedArticle]:
        """Yield the current articles behind a row, by row."""
        for row in self._rows("articles", "row", (after,), most=1):
            yield CarriedArticle(
                row=row["row"], article_id=row["article_id"], details=_details(row), text=row["text"], story=row["story"],
                version=row["version"], cluster=row["cluster"], stored_at=row["stored_at"],
                sketch=tuple(sketch_from_blob(row["sketch"] or b"")), passages=self._passages(row["row"]),
            )  # fmt: skip

    def versions(self) -> Iterator[CarriedArticle]:
        """Yield the earlier versions, by story and number."""
        for number in self._versions():
            row = verified(
                "versions", self._database.rows(f"SELECT {columns('versions')} FROM versions WHERE row = ?", number)[0]
            )
            yield CarriedArticle(
                row=row["row"], article_id=row["article_id"], details=_details(row), text=row["text"], story=row["story"],
                version=row["version"], cluster=row["story"], stored_at=row["stored_at"],
            )  # fmt: skip

    def copies(self) -> Iterator[CarriedCopy]:
        """Yield the copies."""
        for row in self._rows("copies", "source, position", ("", "")):
            of = self._database.rows("SELECT article_id FROM articles WHERE row = ?", row.pop("article_row"))
            yield from (CarriedCopy(article_id=article_id, **row) for (article_id,) in of)

    def runs(self) -> Iterator[CarriedRun]:
        """Yield the runs, by number."""
        for row in self._rows("runs", "run", (0,)):
            yield CarriedRun(**{**row, "sources": tuple(json.loads(row["sources"]))})

    def entries(self) -> Iterator[tuple[int, LedgerRow]]:
        """Yield the rows of the ledger with their numbers, ascending."""
        for row in self._rows("ledger", "row", (0,)):
            number, run, at = row.pop("row"), row.pop("run"), row.pop("at")
            yield number, LedgerRow(run=run, at=at, entry=LedgerEntry(**row))

    def visits(self) -> Iterator[Visit]:
        """Yield what was said at the last visits."""
        for row in self._rows("visits", "url", ("",)):
            yield Visit(url=row["url"], etag=row["etag"], last_modified=row["last_modified"])

    def _versions(self) -> Iterator[int]:
        """Yield the rows of the earlier versions, by story and number; one after the other, they need no index for it."""
        story: int | None = 0
        while story := self._database.rows("SELECT min(story) FROM versions WHERE story > ?", story)[0][0]:
            yield from (row for (row,) in self._database.rows(_OF_STORY, story))

    def _rows(self, table: str, order: str, after: tuple[Any, ...], *, most: int = _TOGETHER) -> Iterator[dict[str, Any]]:
        """Yield a table's rows behind these values of the columns that order it, so many of them in memory at a time."""
        marks = ", ".join("?" * len(after))
        some = f"SELECT {columns(table)} FROM {table} WHERE ({order}) > ({marks}) ORDER BY {order} LIMIT {most}"
        while found := self._database.rows(some, *after):
            for values in found:
                row = verified(table, values)
                after = tuple(row[name] for name in order.split(", "))
                yield row

    def _refuse_unfinished(self, folder: Path) -> None:
        """Refuse an archive that the next ingest would still complete; elsewhere nothing would."""
        lacking = "SELECT EXISTS (SELECT 1 FROM articles WHERE sketch IS NULL) OR EXISTS (SELECT 1 FROM signs_missing)"
        if self._database.rows(lacking) != [(0,)]:
            raise ArchiveUnavailable(
                f"an older Dateline made the archive in {folder}, and what it did not compute of each article yet is computed by"
                " the next ingest. Run `dateline ingest` on it once, with any source, and then migrate it."
            )

    def _passages(self, article: int) -> tuple[CarriedPassage, ...]:
        rows = self._database.rows(f"SELECT {columns('passages')} FROM passages WHERE article_row = ? ORDER BY row", article)
        found = [verified("passages", values) for values in rows]
        signs = token_signs.token_signs(self._database, [row["row"] for row in found])
        return tuple(
            CarriedPassage(
                row=row["row"], start=row["start"], end=row["end"], embedded=row["embedded"], vector=row["vector"], signs=sign
            )
            for row, sign in zip(found, signs, strict=True)
        )


class LocalTarget(LocalTransfer):
    """A new archive in a folder, made in `migrating/` until it is whole.

    Raises:
        ArchiveUnavailable: the folder holds an archive.
    """

    def __init__(self, folder: Path, contents: Contents) -> None:
        if (folder / _FILE).exists():
            raise ArchiveUnavailable(f"{folder} holds an archive already; migrate to a new folder.")
        self._folder = folder
        self._database = Database(folder / _ASIDE / _FILE, dict(contents.manifest))
        self._manifest = dict(contents.manifest)

    def begin(self, contents: Contents) -> int:
        """Begin, or go on where it broke off; return the row of the last article that is there.

        Raises:
            ArchiveMismatch: what is there is part of another archive.
        """
        of = self._database.one("SELECT value FROM meta WHERE name = 'migrating'")
        if of is None:
            with self._database.writing(changes=False):
                self._database.rows("INSERT INTO meta (name, value) VALUES ('migrating', ?)", contents.archive)
                seal(self._database.rows, "meta", "name = 'migrating'")
        elif of[0] != contents.archive:
            raise ArchiveMismatch(f"{self._folder / _ASIDE} is part of another archive that was migrated; remove it first.")
        return int(self._database.rows("SELECT coalesce(max(row), 0) FROM articles")[0][0])

    def take_articles(self, articles: Sequence[CarriedArticle]) -> None:
        """Store current articles; durable on return."""
        with self._database.writing(changes=False):
            for carried in articles:
                self._take(carried, _FIRST)

    def take_versions(self, versions: Iterable[CarriedArticle]) -> None:
        """Store all earlier versions."""
        with self._database.writing(changes=False):
            self._database.rows("DELETE FROM versions")
            named = "INSERT INTO versions (story, version, article_id, details, text, stored_at) VALUES (?, ?, ?, ?, ?, ?)"
            self._database.many(named, ((v.story, v.version, v.article_id, v.details, v.text, v.stored_at) for v in versions))
            seal(self._database.rows, "versions")

    def take_copies(self, copies: Sequence[CarriedCopy]) -> None:
        """Store copies."""
        with self._database.writing(changes=False):
            for copy in copies:
                self._database.rows(
                    "INSERT OR REPLACE INTO copies (source, position, publisher, url, published, article_row)"
                    " SELECT ?, ?, ?, ?, ?, row FROM articles WHERE article_id = ?",
                    copy.source, copy.position, copy.publisher, copy.url, copy.published, copy.article_id,
                )  # fmt: skip
                seal(self._database.rows, "copies", "source = ? AND position = ?", copy.source, copy.position)

    def take_ledger(self, runs: Sequence[CarriedRun], entries: Sequence[tuple[int, LedgerRow]]) -> None:
        """Store runs, then rows of the ledger."""
        with self._database.writing(changes=False):
            for run in runs:
                values = (run.run, run.started, run.finished, json.dumps(list(run.sources), ensure_ascii=False))
                self._database.rows("INSERT OR REPLACE INTO runs (run, started, finished, sources) VALUES (?, ?, ?, ?)", *values)
                seal(self._database.rows, "runs", "run = ?", run.run)
            for number, row in entries:
                e = row.entry
                self._database.rows(
                    "INSERT OR REPLACE INTO ledger (row, at, source, position, outcome, article_id, title, reason, run)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    number, row.at, e.source, e.position, e.outcome, e.article_id, e.title, e.reason, row.run,
                )  # fmt: skip
                seal(self._database.rows, "ledger", "row = ?", number)

    def take_visits(self, visits: Sequence[Visit]) -> None:
        """Store visits."""
        with self._database.writing(changes=False):
            for visit in visits:
                ledger.put_visit(self._database, visit)

    def finish(self, contents: Contents) -> None:
        """Give the archive its place."""
        with self._database.writing(changes=False):
            self._database.rows("UPDATE meta SET value = ? WHERE name = 'generation'", str(max(1, contents.generation)))
            self._database.rows("DELETE FROM meta WHERE name = 'migrating'")
            seal(self._database.rows, "meta")
        self._database.close()
        (self._folder / _ASIDE / _FILE).rename(self._folder / _FILE)
        (self._folder / _ASIDE).rmdir()

    def _take(self, carried: CarriedArticle, generation: int) -> None:
        article, database = article_from_json(carried.details, carried.text), self._database
        origin, day = article.origin, article.dated.day if article.dated else None
        database.rows(
            "INSERT OR REPLACE INTO articles (row, article_id, details, text, day, source, position, title, record_id, url,"
            " generation, version, stored_at, sketch, story, cluster) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            carried.row, carried.article_id, carried.details, carried.text, day_number(day), origin.source, origin.position,
            article.title, origin.record_id, article.url, generation, carried.version, carried.stored_at,
            sketch_to_blob(carried.sketch), carried.story, carried.cluster,
        )  # fmt: skip
        seal(database.rows, "articles", "row = ?", carried.row)
        database.many(
            "INSERT OR IGNORE INTO sketches VALUES (?, ?)", [(key, carried.row) for key in dict.fromkeys(carried.sketch)]
        )
        database.many("INSERT INTO outlets VALUES (?, ?)", [(carried.row, outlet) for outlet in folded_outlets(article)])
        database.many(
            "INSERT INTO passages (row, article_row, start, end, embedded, vector, generation) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(p.row, carried.row, p.start, p.end, p.embedded, p.vector, generation) for p in carried.passages],
        )
        seal(database.rows, "passages", "article_row = ?", carried.row)
        token_signs.put(database, [p.row for p in carried.passages], [p.signs for p in carried.passages])


def _details(row: Mapping[str, Any]) -> str:
    """Return an article's details as they are written now: an older Dateline left out what it did not know."""
    return article_to_json(article_from_json(row["details"], row["text"]))

"""Articles on Milvus, read at a generation: by id and row, by identity, by what they share, newest first."""

import base64
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.batches import batches
from index.milvus.census import Census
from index.milvus.connection import Connection, Row
from index.milvus.generations import Generation
from index.milvus.head import Head
from index.milvus.rows import ARTICLE_FIELDS, StoredArticle, identity_keys, piece_ids, sketch_vector, stored_article
from index.milvus.tables import Tables
from index.types import Article, Version

_TOGETHER = 500
# Rows of a few numbers.
_NUMBERS = 10_000
# Which of those with equally many keys Milvus returns is not said: so many of them are put in order.
_CANDIDATES = 2000
_ID_DIGITS = 64
_NAMED = ("row", "article_id", "cluster", "story", "source_key", "url_key")


class Articles:
    """Reads the articles of an archive."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def of_id(self, article_id: str, generation: Generation) -> StoredArticle | None:
        """Return the article with this id, if there is one."""
        found = self._where(f"{_id(article_id)} and {generation.there}")
        return found[0] if found else None

    def of_ids(self, article_ids: Collection[str], generation: Generation) -> list[Row]:
        """Return row, id and story number of the articles with these ids."""
        named = [name for name in article_ids if _valid(name)]
        quoted = ", ".join(f'"{name}"' for name in named)
        where = f"article_id in [{quoted}] and {generation.there}"
        return self._connection.rows(self._tables.articles, where, _NAMED) if named else []

    def of_rows(self, rows: Collection[int], generation: Generation) -> dict[int, StoredArticle]:
        """Return the articles of these rows, by row; those that are gone are left out."""
        found: dict[int, StoredArticle] = {}
        for some in batches(sorted(rows), _TOGETHER):
            found |= {stored.row: stored for stored in self._where(f"row in {some} and {generation.there}")}
        return found

    def of_story_text(self, cluster: int, generation: Generation) -> list[StoredArticle]:
        """Return the articles that carry the same story text, in the order they were stored."""
        return sorted(self._where(f"cluster == {cluster} and {generation.there}"), key=lambda stored: stored.row)

    def same_identity(self, article: Article, generation: Generation) -> list[Article]:
        """Return articles that share record id, URL, title or place in one source with this one, surest first."""
        keys = {name: value for name, value in identity_keys(article).items() if value and name != "source_key"}
        anyone = " or ".join(f'{name} == "{value}"' for name, value in keys.items())
        found = self._where(f"({anyone}) and {generation.there}")

        def surest(stored: StoredArticle) -> tuple[bool, bool, bool, int]:
            other = identity_keys(stored.article)
            same = (bool(keys.get(name)) and other[name] == keys[name] for name in ("record_key", "url_key"))
            record, url = same
            return (not record, not url, stored.article.title != article.title, stored.row)

        return [stored.article for stored in sorted(found, key=surest)]

    def similar(self, sketch: Sequence[int], shared: int, limit: int, generation: Generation) -> list[Article]:
        """Return articles that share at least so many keys of a sketch, most first."""
        if not sketch:
            return []
        found = self._connection.nearest(
            self._tables.articles, field="sketch", vector=sketch_vector(sketch), k=max(limit, _CANDIDATES),
            where=generation.there, fields=["row"],
        )  # fmt: skip
        rows = sorted((-round(score), int(row["row"])) for score, row in found if round(score) >= shared)[:limit]
        stored = self.of_rows([row for _, row in rows], generation)
        return [stored[row].article for _, row in rows if row in stored]

    def history(self, article_id: str, generation: Generation) -> list[Version]:
        """Return all versions of the article that has, or once had, this id; oldest first, empty if there is none."""
        if not _valid(article_id):
            return []
        there = generation.remembered
        rows = self._connection.rows(self._tables.articles, f"{_id(article_id)} and {there}", ["story"])
        found: list[Version] = []
        for story in sorted({int(row["story"]) for row in rows}):
            rows = self._connection.rows(self._tables.articles, f"story == {story} and {there}", [*ARTICLE_FIELDS, "died"])
            current = {row["row"]: row["died"] > generation.number or row["died"] in generation.void for row in rows}
            versions = with_pieces(self._connection, self._tables, rows)
            found += [
                Version(number=s.version, article=s.article, stored_at=s.stored_at or None, current=current[s.row])
                for s in sorted(versions, key=lambda s: (s.version, s.row))
            ]
        return found

    def clusters_of_rows(self, rows: Collection[int], generation: Generation) -> list[int]:
        """Return the story numbers of the articles of these rows."""
        where = f"row in {sorted(rows)} and {generation.there}"
        return [int(row["cluster"]) for row in self._connection.rows(self._tables.articles, where, ["cluster"])] if rows else []

    def kept_versions(self, of: Sequence[Row], generation: Generation) -> list[int]:
        """Return the rows of the earlier versions of the articles of these rows, which have `story`."""
        stories = sorted({int(row["story"]) for row in of})
        where = f"story in {stories} and {generation.earlier_versions}"
        return [int(row["row"]) for row in self._connection.rows(self._tables.articles, where, ["row"])]

    def known_embeddings(
        self, digests: Sequence[bytes], generation: Generation
    ) -> dict[bytes, tuple[NDArray[np.float32], bytes]]:
        """Return the vectors of texts that were embedded before, and the signs of their tokens, by digest."""
        found: dict[bytes, tuple[NDArray[np.float32], bytes]] = {}
        for some in batches(list(dict.fromkeys(digests)), _TOGETHER):
            rows = self._embedded(some, generation, self._connection.most)
            if len(rows) == self._connection.most:
                # One of them is of a text that is printed everywhere.
                rows = [row for digest in some for row in self._embedded([digest], generation, 1)]
            for row in rows:
                found[bytes.fromhex(row["embedded"])] = (np.asarray(row["vector"], np.float32), base64.b64decode(row["signs"]))
        return found

    def _embedded(self, digests: Sequence[bytes], generation: Generation, most: int) -> list[Row]:
        named = ", ".join(f'"{digest.hex()}"' for digest in digests)
        where, fields = f"embedded in [{named}] and born <= {generation.number}", ["embedded", "vector", "signs"]
        return self._connection.some_rows(self._tables.passages, where, fields, most=most)

    def newest_first(self, census: Census, *, offset: int, limit: int | None) -> Iterator[int]:
        """Yield the rows of articles, newest first, undated last; at most `limit` of them after the first `offset`."""
        days = deque(census.days)
        while days and days[0][1] <= offset:
            offset -= days.popleft()[1]
        until = None if limit is None else offset + limit
        windows = _windows(days, _NUMBERS if until is None else min(until, _NUMBERS))
        yield from islice((row for window in windows for row in self._of_days(window, census)), offset, until)

    def _of_days(self, days: Sequence[int], census: Census) -> list[int]:
        where = f"day >= {days[-1]} and day <= {days[0]} and {census.at.there}"
        if len(days) == 1:  # which may have more than one answer holds
            return sorted(self._connection.numbers(self._tables.articles, range(1, census.next_article), where))
        rows = self._connection.rows(self._tables.articles, where, ["row", "day"])
        return [row for _, row in sorted((-row["day"], row["row"]) for row in rows)]

    def passages_of(self, articles: Collection[int], head: Head) -> list[int]:
        """Return the rows of the passages of these articles, however many they are."""
        where = f"article in {sorted(articles)} and {head.now().there}"
        return self._connection.numbers(self._tables.passages, range(1, head.rows), where) if articles else []

    def _where(self, where: str) -> list[StoredArticle]:
        return with_pieces(self._connection, self._tables, self._connection.rows(self._tables.articles, where, ARTICLE_FIELDS))


def with_pieces(connection: Connection, tables: Tables, rows: Sequence[Row]) -> list[StoredArticle]:
    """Return the articles of rows, with what did not fit into them.

    Raises:
        ArchiveDamaged: one is not as it was written.
    """
    more = read_pieces(connection, tables, [name for row in rows for name in piece_ids(row, "body")])
    return [stored_article(row, more) for row in rows]


def read_pieces(connection: Connection, tables: Tables, names: Sequence[str]) -> Mapping[str, str]:
    """Return the texts of pieces, by id."""
    found: dict[str, str] = {}
    for some in batches(names, _TOGETHER):
        quoted = ", ".join(f'"{name}"' for name in some)
        rows = connection.rows(tables.books, f"id in [{quoted}]", ["id", "body"])
        found |= {row["id"]: row["body"] for row in rows}
    return found


def _windows(days: Iterable[tuple[int, int]], most: int) -> Iterator[list[int]]:
    """Yield days that follow each other and have so many articles at most together, or one that has more."""
    window: list[int] = []
    held = 0
    for day, count in days:
        if window and held + count > most:
            yield window
            window, held = [], 0
        window.append(day)
        held += count
    if window:
        yield window


def _id(article_id: str) -> str:
    return f'article_id == "{article_id if _valid(article_id) else ""}"'


def _valid(article_id: str) -> bool:
    """Return whether this can be an id; what cannot must not come into a filter."""
    return article_id.isascii() and article_id.isalnum() and len(article_id) <= _ID_DIGITS

"""What a search asks of an archive on Milvus: vectors, words and passages, all at one generation."""

import base64
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from index.batches import batches
from index.bm25 import idf, occurrences_in_a_row
from index.errors import ArchiveDamaged
from index.milvus.articles import Articles, read_pieces
from index.milvus.census import Census, Facts, Holding, counted_from_text
from index.milvus.connection import Connection, Row
from index.milvus.generations import Generation
from index.milvus.head import Head, known_head, read_head
from index.milvus.rows import month_number, piece_ids
from index.milvus.tables import UNDATED, Tables, key
from index.milvus.words import Scores, asked_vector, numbers_of, passage_terms
from index.types import Article, Passage, Where
from index.word_queries import alternatives, forms_of, word_query

# Candidates that Milvus finds with weights of a typical length, of which the exact scores choose.
_CANDIDATES, _AT_LEAST = 2, 100
_TOGETHER = 1000
# Rows of some 2 kB.
_FACTS = 2000
_COUNTED = ("row", "article_id", "counted", "counted_pieces")
# Windows of more months are not worth naming them.
_MOST_MONTHS = 60


@dataclass(slots=True, kw_only=True)
class _View:
    """One generation, as one thread sees it."""

    generation: Generation
    census: Census
    days: dict[int, int] = field(default_factory=dict)
    """Of passages that were found in it; most of what is asked about them is known without asking again."""


class MilvusSearch:
    """Answers searches of an archive on Milvus. `MilvusStore` adds what is not searched."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables
        self._articles = Articles(connection, tables)
        self._of_thread = threading.local()
        self._census = Census()
        self._counting = threading.Lock()
        self._archive: str | None = None

    def check(self) -> None:
        """Raise unless the archive can be read now, and is still the one that was opened."""
        self._head()

    @contextmanager
    def consistent(self) -> Iterator[int]:
        """Hold one generation, briefly: every call of this thread inside sees exactly it. Yields the generation."""
        inside = self._view()
        if inside is not None:
            yield inside.generation.number
            return
        census = self._counted(self._head())
        self._of_thread.view = _View(generation=census.at, census=census)
        try:
            yield census.at.number
        finally:
            self._of_thread.view = None

    def nearest(self, vector: NDArray[np.float32], k: int, where: Where) -> list[tuple[int, float]]:
        """Return up to k (row, inner product), best first."""
        with self._seeing() as view:
            found = self._connection.nearest(
                self._tables.passages, field="vector", vector=np.asarray(vector, dtype=np.float32), k=k,
                where=_allowed(where, view.generation), fields=["row", "day"],
            ) if k > 0 and view.census.passages else []  # fmt: skip
            view.days.update((row["row"], row["day"]) for _, row in found)
        return sorted(((int(row["row"]), score) for score, row in found), key=lambda hit: (-hit[1], hit[0]))

    def matching(self, words: Sequence[str], k: int, where: Where, phrases: Sequence[str] = ()) -> list[tuple[int, float]]:
        """Return up to k (row, BM25 score) of passages holding any of the words or phrases, best first."""
        with self._seeing() as view:
            census = view.census
            asked = word_query(words, phrases, census.languages)
            if not (asked.parts or asked.runs) or k <= 0 or not census.passages:
                return []

            def rarity(term: str) -> float:
                return idf(census.passages, min(census.passages, census.holding(term)))

            scores = Scores(asked, total=census.passages, average=census.average_terms, holding=census.holding)
            found: dict[int, tuple[str, ...]] = {}
            """The terms of each candidate."""

            def look(vector: dict[int, float], limit: int) -> bool:
                """Find candidates; return whether there may be more."""
                hits = self._connection.nearest(
                    self._tables.passages, field="words", vector=vector, k=limit, where=_allowed(where, view.generation),
                    fields=["row", "day", "context", "text", "language"],
                ) if vector and limit else []  # fmt: skip
                for row in (row for _, row in hits if row["row"] not in found):
                    found[row["row"]] = passage_terms(row["context"], row["text"], row["language"])
                    view.days[row["row"]] = row["day"]
                return limit > 0 and len(hits) == limit

            candidates = max(_CANDIDATES * k, _AT_LEAST)
            look(asked_vector(asked, rarity), candidates)
            # Passages that hold a phrase come first, so they must be among the candidates whatever else is asked for.
            for phrase in phrases:
                part = word_query([], [phrase], census.languages)
                more = look(asked_vector(part, rarity), candidates)
                for run in part.runs if more else ():
                    if sum(occurrences_in_a_row(terms, run) > 0 for terms in found.values()) < k:
                        # Those that hold its words apart came before: all that hold its rarest word are looked through.
                        rarest = min(run, key=census.holding)
                        look(dict.fromkeys(numbers_of(rarest), 1.0), min(census.holding(rarest), self._connection.most))
        scored = ((row, scores.of(terms)) for row, terms in found.items())
        return sorted(((row, score) for row, score in scored if score > 0), key=lambda hit: (-hit[1], hit[0]))[:k]

    def days(self, rows: Sequence[int]) -> list[date | None]:
        """Return the day that recency counts from, for each of these passages; None for undated ones."""
        with self._seeing() as view:
            unknown = [row for row in rows if row not in view.days]
            view.days.update((int(row["row"]), row["day"]) for row in self._passages(unknown, ["row", "day"]))
            days = [view.days.get(row, UNDATED) for row in rows]
        return [None if day == UNDATED else date.fromordinal(day) for day in days]

    def outlets(self) -> frozenset[str]:
        """Return the publishers and agencies of the archive, in small letters."""
        with self._seeing() as view:
            return view.census.outlets

    def similarities(self, vector: NDArray[np.float32], rows: Sequence[int]) -> list[float]:
        """Return the inner product of the vector with each of these passages, 0 for rows that are gone."""
        found = {int(row["row"]): row["vector"] for row in self._passages(rows, ["row", "vector"])}
        question = np.asarray(vector, dtype=np.float32)
        return [float(np.asarray(found[row], dtype=np.float32) @ question) if row in found else 0.0 for row in rows]

    def token_signs(self, rows: Sequence[int]) -> list[bytes]:
        """Return the signs of the tokens of each of these passages, empty where none are stored."""
        found = {int(row["row"]): row["signs"] for row in self._passages(rows, ["row", "signs"])}
        return [base64.b64decode(found.get(row, "")) for row in rows]

    def rarity(self, words: Sequence[str]) -> list[float]:
        """Return the inverse document frequency of each word; of a word with several parts, that of the rarest."""
        with self._seeing() as view:
            census = view.census
            return [idf(census.passages, min(census.passages, _holding(word, census))) for word in words]

    def passages(self, rows: Sequence[int]) -> list[tuple[Passage, Article]]:
        """Return the passages of these rows with their articles, in the order asked for; rows that are gone are left out."""
        with self._seeing() as view:
            found = {int(row["row"]): row for row in self._passages(rows, ["row", "article", "start", "end"])}
            articles = self._articles.of_rows({int(row["article"]) for row in found.values()}, view.generation)
        read: list[tuple[Passage, Article]] = []
        for number in rows:
            if number in found:
                row = found[number]
                if row["article"] not in articles:
                    raise ArchiveDamaged(
                        f"passage {number} is of an article that the archive lacks; delete it and ingest it again."
                    )
                of = articles[row["article"]].article
                start, end = row["start"], row["end"]
                read.append((Passage(article_id=of.article_id, start=start, end=end, text=of.text[start:end]), of))
        return read

    def _view(self) -> _View | None:
        found: _View | None = getattr(self._of_thread, "view", None)
        return found

    @contextmanager
    def _seeing(self) -> Iterator[_View]:
        """Hold this thread's view, or one for this call."""
        with self.consistent():
            view = self._view()
            assert view is not None  # noqa: S101 - `consistent` makes it
            yield view

    def _head(self) -> Head:
        return known_head(self._connection, read_head(self._connection, self._tables), self._archive)

    def _generation(self) -> Generation:
        view = self._view()
        return view.generation if view else self._head().now()

    def _passages(self, rows: Sequence[int], fields: Sequence[str]) -> Iterator[Row]:
        if not rows:
            return
        wanted, there = list(dict.fromkeys(rows)), self._generation().there
        for some in batches(wanted, _TOGETHER):
            yield from self._connection.rows(self._tables.passages, f"row in {some} and {there}", fields)

    def _counted(self, head: Head) -> Census:
        """Return the census at the head's generation, or at a later one that another thread saw."""
        with self._counting:
            known, now = self._census, head.now()
            if known.at.number in now.void:
                known = Census()  # it counted what a writer that was taken over could not acknowledge
            if known.at.number >= now.number:
                return known
            if head.forgot(known.at.number):
                known = Census()  # what went meanwhile cannot be read any more
            try:
                counted = self._counted_on(known, head)
            except ArchiveDamaged:
                # It may be gone by now, and only what it counted before be unknown.
                counted = self._counted_on(Census(), head)
            later = self._head()
            if later.forgot(known.at.number or now.number):
                counted = self._counted_on(Census(), later)  # it went while this counted
            self._census = counted
            return counted

    def _counted_on(self, known: Census, head: Head) -> Census:
        since, now, articles = known.at.number, head.now(), self._tables.articles
        gone = f"row < {known.next_article} and {now.went_since(since)}"
        went = self._connection.some_rows(articles, gone, _COUNTED) if since else []
        if len(went) == self._connection.most:
            known, went = Census(), []  # to count anew is quicker
        numbers = range(known.next_article, head.articles)
        came = self._connection.numbered_rows(articles, numbers, now.there, _COUNTED, together=_FACTS)
        return known.changed(now, head.articles, self._read(came), self._read(went))

    def _read(self, rows: Iterable[Row]) -> Iterator[tuple[Facts, Holding]]:
        for row in rows:
            names = piece_ids(row, "counted")
            more = read_pieces(self._connection, self._tables, names)
            try:
                yield counted_from_text(row["counted"] + "".join(more[name] for name in names))
            except (ValueError, KeyError, TypeError) as error:
                raise ArchiveDamaged(
                    f"what is counted of article {row['article_id']} is damaged ({error!r}); delete it and ingest it again."
                ) from error


def _holding(word: str, census: Census) -> int:
    parts = alternatives(forms_of(word, census.languages))
    return min((max(census.holding(term) for term in part) for part in parts), default=0)


def _allowed(where: Where, generation: Generation) -> str:
    """Return a filter for what a search may return."""
    asked = [generation.there]
    since, until = where.since, where.until
    if since or until:
        bounds = [f"day >= {since.toordinal()}"] if since else []
        bounds += [f"day <= {until.toordinal()}"] if until else []
        window = " and ".join(bounds)
        asked.append(f"({window} or day == {UNDATED})" if where.undated else f"{window} and day != {UNDATED}")
        if since and until and 0 <= (months := month_number(until) - month_number(since)) < _MOST_MONTHS:
            numbers = [month_number(since) + number for number in range(months + 1)] + [UNDATED] * where.undated
            asked.append(f"month in {numbers}")
    if where.publishers:
        names = ", ".join(f'"{key(name.casefold())}"' for name in where.publishers)
        asked.append(f"(publisher in [{names}] or agency in [{names}])")
    return " and ".join(asked)

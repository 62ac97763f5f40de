"""The word cache: a Tantivy index over the passages' words, rebuilt from SQLite whenever it is missing or behind."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tantivy import Document, FieldType, Index, Occur, Query, SchemaBuilder

from index.local.words import ENGLISH, LANGUAGES, add_terms, begins_a_pair, english_analyzer, language_of
from index.types import Where
from index.word_queries import alternatives, forms_of, word_query

_HEAP_BYTES = 64_000_000


class PassageWords(NamedTuple):
    """What the word index knows of a passage."""

    row: int
    text: str
    """The context line and the passage."""
    language: str | None
    """The article's BCP 47 tag, by which the text is analysed."""
    day: int | None
    outlets: Sequence[str]


class WordCache:
    """BM25 over stemmed words of title, outlet, date and passage in one field (measured best, docs/adr/0006, 0018).

    Removed passages are never returned, but BM25 counts their words until Tantivy merges their segment, so scores can differ
    in the last places from those of an index built anew.
    """

    def __init__(self, folder: Path | None) -> None:
        """Open the index in `folder`, or make one; without a folder, one in memory.

        Raises:
            ValueError: the folder holds something that Tantivy cannot read.
        """
        builder = SchemaBuilder()
        builder.add_integer_field("row", indexed=True, fast=True)
        builder.add_text_field("words", tokenizer_name="news", index_option="position")
        builder.add_integer_field("day", indexed=True)
        builder.add_text_field("outlet", tokenizer_name="raw", index_option="basic")
        builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        self._index = Index(self._schema) if folder is None else Index(self._schema, path=str(folder))
        self._index.register_tokenizer("news", english_analyzer())
        self._refresh()

    def change(self, added: Iterable[PassageWords], removed: Sequence[int]) -> None:
        """Remove rows, add passages, and let searches see it."""
        # A writer holds a lock and a thread, so it lives only as long as the change.
        writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for row in removed:
            writer.delete_documents_by_query(Query.term_query(self._schema, "row", row))
        for passage in added:
            document = Document()
            language = language_of(passage.language)
            document.add_integer("row", passage.row)
            document.add_text("language", language)
            add_terms(document, "words", passage.text, language)
            if passage.day is not None:
                document.add_integer("day", passage.day)
            for outlet in passage.outlets:
                document.add_text("outlet", outlet)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._refresh()

    def count(self) -> int:
        """Return how many passages there are."""
        return int(self._searcher.num_docs)

    def rows(self) -> set[int]:
        """Return the rows of all passages."""
        hits = self._searcher.search(Query.all_query(), max(1, self.count()), count=False).hits
        return {int(row or 0) for row in self._searcher.fast_field_values("row", [address for _, address in hits])}

    def matching(self, words: Sequence[str], k: int, where: Where, phrases: Sequence[str] = ()) -> list[tuple[int, float]]:
        """Return up to k (row, BM25 score) of passages that hold any of the words or phrases, best first, ties by row."""
        asked = word_query(words, phrases, self._languages)
        if not (asked.parts or asked.runs) or k <= 0:
            return []
        should = [(Occur.Should, _best_of([self._holding(term) for term in part])) for part in asked.parts]
        should += [
            (Occur.Should, Query.boost_query(Query.phrase_query(self._schema, "words", list(run)), boost))
            for run, boost in asked.runs.items()
        ]
        filters = self._filters(where)
        query = Query.boolean_query(should)
        if filters:
            query = Query.boolean_query([(Occur.Must, query), *filters])
        # Not counting all that match lets Tantivy pass over blocks that cannot reach the best k.
        hits = self._searcher.search(query, min(k, max(1, self.count())), count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        found = [(int(row or 0), float(score)) for row, (score, _) in zip(rows, hits, strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def occurrences(self, word: str) -> int:
        """Return in how many passages a word occurs; of a word with several parts, the rarest one; 0 for no word at all."""
        # Counted by searching: the dictionary's own count still includes removed passages until segments are merged.
        queries = (
            Query.boolean_query([(Occur.Should, self._holding(term)) for term in part])
            for part in alternatives(forms_of(word, self._languages))
        )
        return min((self._number(query) for query in queries), default=0)

    def _refresh(self) -> None:
        self._searcher = self._index.searcher()
        others = (language for language in LANGUAGES if language != ENGLISH)
        held = [tag for tag in others if self._number(Query.term_query(self._schema, "language", tag, "basic"))]
        # A question is a few words, too few to tell its language: it is read by the rules of each that the archive holds.
        self._languages = (ENGLISH, *held)

    def _number(self, query: Query) -> int:
        return int(self._searcher.search(query, 1).count)  # type: ignore[attr-defined]

    def _holding(self, term: str) -> Query:
        exact = Query.term_query(self._schema, "words", term, "freq")
        if not begins_a_pair(term):
            return exact
        pairs = Query.regex_query(self._schema, "words", f"{term}.|.{term}")
        return Query.boolean_query([(Occur.Should, exact), (Occur.Should, pairs)])

    def _filters(self, where: Where) -> list[tuple[Occur, Query]]:
        filters: list[tuple[Occur, Query]] = []
        since = where.since.toordinal() if where.since else None
        until = where.until.toordinal() if where.until else None
        if since is not None or until is not None:
            if where.undated:
                outside = []
                if since is not None:
                    outside.append(self._days(None, since - 1))
                if until is not None:
                    outside.append(self._days(until + 1, None))
                filters.extend((Occur.MustNot, query) for query in outside)
            else:
                filters.append((Occur.Must, Query.const_score_query(self._days(since, until), 0.0)))
        if where.publishers:
            names = [
                (Occur.Should, Query.term_query(self._schema, "outlet", name.casefold(), "basic")) for name in where.publishers
            ]
            filters.append((Occur.Must, Query.const_score_query(Query.boolean_query(names), 0.0)))
        return filters

    def _days(self, first: int | None, last: int | None) -> Query:
        return Query.range_query(
            self._schema, "day", FieldType.Integer, lower_bound=first, upper_bound=last, use_inverted_index=True
        )


def _best_of(queries: list[Query]) -> Query:
    """Return what scores as the best of several: one word must not count twice for having two forms."""
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)

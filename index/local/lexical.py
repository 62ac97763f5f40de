"""The word cache: a Tantivy index over the passages' words, rebuilt from SQLite whenever it is missing or behind."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tantivy import (
    Document,
    FieldType,
    Filter,
    Index,
    Occur,
    Query,
    SchemaBuilder,
    TextAnalyzer,
    TextAnalyzerBuilder,
    Tokenizer,
)

from index.types import Where

_HEAP_BYTES = 64_000_000


def _analyzer() -> TextAnalyzer:
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.stemmer("english"))
        .build()
    )


class WordCache:
    """BM25 over stemmed words of title, outlet, date and passage in one field (measured best, docs/adr/0006).

    Removed passages are never returned, but BM25 counts their words until Tantivy merges their segment, so scores can differ
    in the last places from those of an index built anew.
    """

    def __init__(self, folder: Path) -> None:
        """Open the index in `folder`, or make one.

        Raises:
            ValueError: the folder holds something that Tantivy cannot read.
        """
        builder = SchemaBuilder()
        builder.add_integer_field("row", stored=True, indexed=True, fast=True)
        builder.add_text_field("words", tokenizer_name="news", index_option="freq")
        builder.add_integer_field("day", indexed=True, fast=True)
        builder.add_text_field("outlet", tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        self._analyzer = _analyzer()
        self._index = Index(self._schema, path=str(folder))
        self._index.register_tokenizer("news", self._analyzer)
        self._searcher = self._index.searcher()

    def change(self, added: Iterable[tuple[int, str, int | None, Sequence[str]]], removed: Sequence[int]) -> None:
        """Remove rows, add (row, words, day, outlets), and let searches see it."""
        # A writer holds a lock and a thread, so it lives only as long as the change.
        writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for row in removed:
            writer.delete_documents_by_query(Query.term_query(self._schema, "row", row))
        for row, words, day, outlets in added:
            document = Document()
            document.add_integer("row", row)
            document.add_text("words", words)
            if day is not None:
                document.add_integer("day", day)
            for outlet in outlets:
                document.add_text("outlet", outlet)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def count(self) -> int:
        """Return how many passages there are."""
        return int(self._searcher.num_docs)

    def matching(self, words: Sequence[str], k: int, where: Where) -> list[tuple[int, float]]:
        """Return up to k (row, BM25 score) of passages that hold any of the words, best first, ties by row."""
        terms = dict.fromkeys(term for word in words for term in self._analyzer.analyze(word))
        if not terms or k <= 0:
            return []
        should = [(Occur.Should, Query.term_query(self._schema, "words", term, "freq")) for term in terms]
        query = Query.boolean_query([(Occur.Must, Query.boolean_query(should)), *self._filters(where)])
        hits = self._searcher.search(query, min(k, max(1, self.count()))).hits
        found = [(int(self._searcher.doc(address)["row"][0]), float(score)) for score, address in hits]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def occurrences(self, word: str) -> int:
        """Return in how many passages a word occurs; of a word with several parts, the rarest one; 0 for no word at all."""
        terms = self._analyzer.analyze(word)
        # Counted by searching: the dictionary's own count still includes removed passages until segments are merged.
        queries = (Query.term_query(self._schema, "words", term, "freq") for term in terms)
        return min((int(self._searcher.search(query, 1).count) for query in queries), default=0)  # type: ignore[attr-defined]

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
        return Query.range_query(self._schema, "day", FieldType.Integer, lower_bound=first, upper_bound=last)

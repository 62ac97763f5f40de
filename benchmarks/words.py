"""Measures the word index alone: python -m benchmarks.words --gold DATASET prints one JSON object.

The documents of the dataset are cut into passages and indexed twice, by plain English stems of single words (what search
engines do unasked) and by the archive's own analysis. Nothing is embedded. Both are asked the same questions in turn.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tantivy import Document, Filter, Index, Occur, Query, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from benchmarks.provenance import provenance
from eval.datasets.loading import load_dataset
from eval.datasets.types import Document as Record
from eval.gold import GoldQuestion
from eval.ranking import article_scores
from eval.statistics import paired
from index.articles import NoText
from index.chunking import context_line, passages_of
from index.embedder_wiring import build_embedder_tokens
from index.local.lexical import PassageWords, WordCache
from index.settings import IndexSettings
from index.sources.records import RecordError, record_article
from index.types import Article, Origin, Where
from rag.question import Reading, read_question

DEPTH = 200
Search = Callable[[Reading], list[tuple[int, float]]]
"""Returns (row, score) for a question, best first."""


class PlainWords:
    """BM25 over single words with English endings cut, as `docs/adr/0006` measured it. Knows no dates."""

    def __init__(self, folder: Path) -> None:
        schema = SchemaBuilder()
        schema.add_integer_field("row", fast=True)
        schema.add_text_field("words", tokenizer_name="plain", index_option="freq")
        self._schema = schema.build()
        plain = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).filter(Filter.ascii_fold())
        self._analyzer = plain.filter(Filter.stemmer("english")).build()
        self._index = Index(self._schema, path=str(folder))
        self._index.register_tokenizer("plain", self._analyzer)

    def fill(self, passages: Sequence[PassageWords]) -> None:
        """Index the passages."""
        writer = self._index.writer(num_threads=1)
        for passage in passages:
            document = Document()
            document.add_integer("row", passage.row)
            document.add_text("words", passage.text)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, words: Sequence[str], k: int) -> list[tuple[int, float]]:
        """Return (row, score) of the best k."""
        terms = dict.fromkeys(term for word in words for term in self._analyzer.analyze(word))
        query = Query.boolean_query([(Occur.Should, Query.term_query(self._schema, "words", term, "freq")) for term in terms])
        hits = self._searcher.search(query, k, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [(int(row or 0), float(score)) for row, (score, _) in zip(rows, hits, strict=True)]


def main() -> None:
    """Index, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True, help="a dataset that comes with its documents")
    dataset = load_dataset(parser.parse_args().gold)
    if dataset.documents is None:
        parser.error("the dataset comes without documents")
    ids, articles = _articles(dataset.documents())
    passages = list(_passages(articles))
    texts = [PassageWords(n, text, article.language, None, ()) for n, (article, text) in enumerate(passages)]
    questions = [question for question in dataset.questions if question.relevant]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("plain", "own"):
            (Path(folder) / name).mkdir()
        plain, own = PlainWords(Path(folder) / "plain"), WordCache(Path(folder) / "own")
        seconds = {"plain": _timed(partial(plain.fill, texts)), "own": _timed(partial(own.change, texts, []))}
        searches: dict[str, Search] = {
            "plain": lambda reading: plain.search(reading.words, DEPTH),
            "own": lambda reading: own.matching(reading.words, DEPTH, Where(), reading.phrases),
        }
        scores: dict[str, list[dict[str, float]]] = {name: [] for name in searches}
        milliseconds: dict[str, list[float]] = {name: [] for name in searches}
        for question in questions:
            relevant = {ids[document]: grade for document, grade in question.relevant.items() if document in ids}
            for name, search in searches.items():
                reading = read_question(question.question)
                started = time.perf_counter()
                found = search(reading)
                milliseconds[name].append((time.perf_counter() - started) * 1000)
                ranked = _ranked([passages[row][0] for row, _ in found], question)
                scores[name].append(dict(article_scores(ranked, relevant)))
    print(json.dumps(_report(len(passages), scores, milliseconds, seconds), indent=1))


def _articles(documents: Iterable[Record]) -> tuple[dict[str, str], list[Article]]:
    """Return the article id of each document, and each article once."""
    ids: dict[str, str] = {}
    articles: dict[str, Article] = {}
    for document in documents:
        try:
            article = record_article(document.record, Origin(source="benchmark", record_id=document.document_id))
        except (RecordError, NoText):
            continue
        ids[document.document_id] = article.article_id
        articles.setdefault(article.article_id, article)
    return ids, list(articles.values())


def _passages(articles: Iterable[Article]) -> Iterator[tuple[Article, str]]:
    settings = IndexSettings()
    tokens = build_embedder_tokens(settings)
    for article in articles:
        for passage in passages_of(article, tokens, settings.passage_tokens):
            yield article, f"{context_line(article)}\n{passage.text}"


def _ranked(articles: Iterable[Article], question: GoldQuestion) -> list[str]:
    """Return the ids in the order of their best passage, without articles that are younger than the question."""
    asked = question.as_of
    return list(dict.fromkeys(a.article_id for a in articles if not (asked and a.dated and a.dated.day > asked)))


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _report(
    passages: int,
    scores: Mapping[str, Sequence[Mapping[str, float]]],
    milliseconds: Mapping[str, Sequence[float]],
    seconds: Mapping[str, float],
) -> dict[str, object]:
    figures = {}
    for metric in ("mrr@10", "hit@1", "ndcg@10"):
        plain, own = ([row[metric] for row in scores[name]] for name in ("plain", "own"))
        figures[metric] = {
            "plain": round(statistics.fmean(plain), 4),
            "own": round(statistics.fmean(own), 4),
            "difference": {name: round(value, 4) for name, value in asdict(paired(plain, own)).items()},
        }
    medians = {name: statistics.median(values) for name, values in milliseconds.items()}
    return {
        **provenance("words"),
        "passages": passages,
        "questions": len(scores["own"]),
        **figures,
        "median_ms": {name: round(value, 3) for name, value in medians.items()},
        "search_ratio": round(medians["own"] / medians["plain"], 2),
        "build_ratio": round(seconds["own"] / seconds["plain"], 2),
    }


if __name__ == "__main__":
    main()

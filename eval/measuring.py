"""Measures a pipeline on a dataset: judges gold in the archive, asks, scores. The flow of the package on one screen."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import replace

from eval.datasets.types import Dataset
from eval.entailment import Entailment, LexicalEntailment
from eval.judgements import Judge
from eval.rows import Row, Scorer
from eval.runner import Answering, Record, Runner, not_asked
from index.protocols import PassageStore, TokenCounter

_EMPTY = "The archive holds no articles. Fill it with: dateline ingest SOURCE, or: python -m eval ingest --gold …"


def measure(
    pipeline: Answering,
    dataset: Dataset,
    *,
    k: int,
    tokens: TokenCounter,
    keep: Callable[[Row], None],
    concurrency: int = 1,
    retrieval_only: bool = False,
    answered: Collection[str] = (),
    entails: Entailment | None = None,
) -> None:
    """Ask every question of the dataset that is not yet `answered`; `keep` gets each row as soon as it is there.

    A question that fails becomes a row with an error, and so does one with a fault in its gold, and every one when the archive
    is empty. What of the gold is not in the archive is named in the row.
    """
    store = pipeline.store
    empty = None if store.stats().articles else _EMPTY
    questions = [question for question in dataset.questions if question.id not in answered]
    judge = Judge(store, dataset)
    with store.consistent():
        judgements = {question.id: judge.judge(question) for question in questions}
    scorer = Scorer(
        judge,
        entails=entails or LexicalEntailment(),
        stored_text=lambda article_id: _text(store, article_id),
        retrieval_only=retrieval_only,
    )

    def score(record: Record) -> None:
        with store.consistent():
            row = scorer.row(record, judgements[record.gold.id])
        keep(row)

    for question in questions:
        if problem := question.fault or empty:
            score(not_asked(question, problem))
    runner = Runner(pipeline, k=k, tokens=tokens, concurrency=concurrency, retrieval_only=retrieval_only)
    with closing(runner):
        asyncio.run(runner.run([question for question in questions if not (question.fault or empty)], score))


def only_retrieval(dataset: Dataset) -> bool:
    """Return whether nothing about answers can be judged, as in test collections of topics."""
    return all(question.answerable is None for question in dataset.questions)


def in_gold_order(rows: Sequence[Row], dataset: Dataset) -> list[Row]:
    """Return the rows in the order of their questions in the gold file."""
    order = {question.id: number for number, question in enumerate(dataset.questions)}
    return sorted(rows, key=lambda row: order[row["id"]])


def sampled(dataset: Dataset, size: int) -> Dataset:
    """Return so many of its questions, spread evenly over the file, so that every part and kind of it is asked."""
    every = dataset.questions
    if size >= len(every):
        return dataset
    return replace(dataset, questions=tuple(every[number * len(every) // size] for number in range(size)))


def _text(store: PassageStore, article_id: str) -> str | None:
    article = store.find(article_id=article_id)
    return article.text if article else None

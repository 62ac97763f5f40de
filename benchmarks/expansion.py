"""Tries what could order the passages of an archive better than the fusion of two rankers. Prints one JSON object.

Beside the fusion alone: the best sentence of a passage, and late interaction as the search does it, each over the best 30
passages with the share of docs/adr/0024. The archive is one that `python -m eval ingest` has made of the dataset:

    python -m benchmarks.expansion --gold examples/gold.jsonl --data data
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.provenance import provenance
from eval.datasets.loading import load_dataset
from eval.gold import GoldQuestion
from eval.judgements import Judge
from eval.measuring import sampled
from eval.ranking import article_scores
from eval.statistics import paired
from index.chunking import context_line
from index.embedder_wiring import build_embedder
from index.protocols import Embedder, PassageStore
from index.sentences import sentence_spans
from index.types import QuestionEmbedding
from index.wiring import build_store
from rag.fusion import combined_scores
from rag.late_interaction import DEPTH, late_scores, token_weights, with_late_scores
from rag.question import read_question
from rag.retrieval import allowed_articles, scope_of
from rag.settings import RagSettings
from rag.types import Question
from rag.windows import window_factors

RANKER_DEPTH = 50
SENTENCE_SHARE = 0.3
METRICS = ("mrr@10", "ndcg@10", "hit@1")
EVERY = sys.maxsize


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A judged question and what the search finds for it, by row."""

    text: str
    relevant: Mapping[str, int]
    embedded: QuestionEmbedding
    rarity: Mapping[str, float]
    fused: Mapping[int, float]
    factors: Mapping[int, float]

    def ranked(self, scores: Mapping[int, float]) -> list[int]:
        """Return the rows, best first, by these scores and what time adds."""
        return sorted(scores, key=lambda row: (-scores[row] * self.factors[row], row))

    def best(self) -> list[int]:
        """Return the rows that are compared once more."""
        return self.ranked(self.fused)[:DEPTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A passage."""

    context: str
    text: str
    story: str
    """The id under which its article is judged."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.expansion")
    parser.add_argument("--gold", type=Path, required=True, help="gold questions, or the file or folder of a dataset")
    parser.add_argument("--data", type=Path, required=True, help="the archive's folder")
    parser.add_argument("--sample", type=int, default=EVERY, help="ask only so many questions, spread evenly over the gold")
    options = parser.parse_args()
    settings = RagSettings(data=options.data)
    dataset = sampled(load_dataset(options.gold), options.sample)
    embedder = build_embedder(settings)
    with closing(build_store(settings)) as store, store.consistent():
        judge = Judge(store, dataset)
        judged = [(question, judge.judge(question)) for question in dataset.questions if not question.fault]
        asked = [
            _asked(question, judgement.relevant, store, embedder, settings)
            for question, judgement in judged
            if judgement.expected and judgement.relevant
        ]
        found = _found(sorted({row for question in asked for row in question.fused}), store, judge)
        signs = [store.token_signs(question.best()) for question in asked]
    if not all(blob for of_one in signs for blob in of_one):
        sys.exit("The archive is older than late interaction: bring it up to date with python -m eval ingest")
    late: list[dict[int, float]] = []
    late_ms: list[float] = []
    for question, of_best in zip(asked, signs, strict=True):
        best, embedded = question.best(), question.embedded
        started = time.perf_counter()
        scores = late_scores(embedded.tokens, token_weights(question.text, embedded.spans, question.rarity), of_best)
        late.append(with_late_scores(question.fused, dict(zip(best, scores, strict=True))))
        late_ms.append((time.perf_counter() - started) * 1000)
    plain = [_measured(question, question.fused, found) for question in asked]
    tried = {"best sentence": [_best_sentences(question, found, embedder) for question in asked], "late interaction": late}
    figures = {
        name: _compared(plain, [_measured(question, scores, found) for question, scores in zip(asked, variant, strict=True)])
        for name, variant in tried.items()
    }
    report = {
        **provenance("expansion"),
        "questions": len(asked),
        "fusion": _means(plain),
        **figures,
        "late_interaction_ms": round(statistics.median(late_ms), 2),
        "bytes_a_passage": round(statistics.fmean(len(blob) for of_one in signs for blob in of_one)),
    }
    print(json.dumps(report, indent=1))


def _asked(
    gold: GoldQuestion, relevant: Mapping[str, int], store: PassageStore, embedder: Embedder, settings: RagSettings
) -> Asked:
    """Do what `rag.retrieval` does before it chooses, but for outlets mentioned in passing."""
    question = Question(text=gold.question, as_of=gold.as_of)
    scope = scope_of(question, store)
    where, reading = allowed_articles(scope.question), read_question(gold.question)
    embedded = embedder.embed_question(gold.question)
    words = dict(store.matching(reading.words, RANKER_DEPTH, where, reading.phrases))
    rows = sorted({row for row, _ in store.nearest(embedded.vector, RANKER_DEPTH, where)} | words.keys())
    similarities = dict(zip(rows, store.similarities(embedded.vector, rows), strict=True))
    asked_on = gold.as_of or datetime.now(UTC).date()
    timely = window_factors(
        store.days(rows), scope.window, asked_on, strength=settings.recency_strength, decay_days=settings.recency_days
    )
    return Asked(
        text=gold.question,
        relevant=relevant,
        embedded=embedded,
        rarity=dict(zip(reading.words, store.rarity(reading.words), strict=True)),
        fused=combined_scores(similarities, words),
        factors=dict(zip(rows, timely, strict=True)),
    )


def _found(rows: Sequence[int], store: PassageStore, judge: Judge) -> dict[int, Found]:
    found: dict[int, Found] = {}
    for part in (rows[start : start + 500] for start in range(0, len(rows), 500)):
        passages = store.passages(part)
        stories = judge.judged_as([article.article_id for _, article in passages])
        for row, (passage, article), story in zip(part, passages, stories, strict=True):
            found[row] = Found(context=context_line(article), text=passage.text, story=story)
    return found


def _best_sentences(question: Asked, found: Mapping[int, Found], embedder: Embedder) -> dict[int, float]:
    best = question.best()
    sentences = [[found[row].text[start:end] for start, end in sentence_spans(found[row].text)] for row in best]
    vectors = iter(embedder.embed_passages([sentence for of_one in sentences for sentence in of_one]) @ question.embedded.vector)
    nearest = {row: max((float(next(vectors)) for _ in of_one), default=0.0) for row, of_one in zip(best, sentences, strict=True)}
    highest = max(nearest.values(), default=1.0)
    return {
        row: (1 - SENTENCE_SHARE) * score + SENTENCE_SHARE * nearest.get(row, 0.0) / highest
        for row, score in question.fused.items()
    }


def _measured(question: Asked, scores: Mapping[int, float], found: Mapping[int, Found]) -> Mapping[str, float]:
    ranked = list(dict.fromkeys(found[row].story for row in question.ranked(scores)))
    return article_scores(ranked, question.relevant)


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {metric: round(statistics.fmean(row[metric] for row in rows), 4) for metric in METRICS}


def _compared(plain: Sequence[Mapping[str, float]], other: Sequence[Mapping[str, float]]) -> dict[str, object]:
    return {
        metric: {
            "mean": _means(other)[metric],
            **{
                name: round(value, 4)
                for name, value in asdict(paired([row[metric] for row in plain], [row[metric] for row in other])).items()
            },
        }
        for metric in METRICS
    }


if __name__ == "__main__":
    main()

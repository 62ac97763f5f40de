"""Tries what could order the passages of an archive better than the fusion of two rankers. Prints one JSON object.

Beside the search as it is: the best sentence of a passage, and late interaction (the module beside this), each over the best 30
passages with the share of docs/adr/0024. Token vectors are computed here with torch, once for each of these passages, some
tens a second. The archive is one that `python -m eval ingest` has made of the dataset:

    python -m benchmarks.expansion --gold examples/gold.jsonl --data data
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.expansion.late_interaction import DEPTH, late_scores, sign_codes, token_weights, with_late_scores
from eval.datasets.loading import load_dataset
from eval.gold import GoldQuestion
from eval.judgements import Judge
from eval.measuring import sampled
from eval.ranking import article_scores
from eval.statistics import paired
from index.chunking import context_line
from index.embedding import SentenceTransformerEmbedder
from index.protocols import Embedder, PassageStore
from index.sentences import sentence_spans
from index.wiring import build_embedder, build_store
from rag.fusion import combined_scores
from rag.language import content_words
from rag.question import read_question
from rag.retrieval import allowed_articles, scope_of
from rag.settings import RagSettings
from rag.types import Question
from rag.windows import window_factors

RANKER_DEPTH = 50
SENTENCE_SHARE = 0.3
METRICS = ("mrr@10", "ndcg@10", "hit@1")
EVERY = sys.maxsize
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A judged question and what the search finds for it, by row."""

    text: str
    relevant: Mapping[str, int]
    vector: Vectors
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


class Tokens:
    """The token vectors of texts."""

    def __init__(self) -> None:
        self._model: Any = SentenceTransformerEmbedder()._model  # noqa: SLF001 - embedders hand out no tokens

    def of(self, text: str) -> tuple[Vectors, list[str], list[tuple[int, int]]]:
        """Return one unit row for each token, the tokens, and where they stand in the text."""
        import torch  # noqa: PLC0415 - loaded with the model

        tokenizer = self._model.tokenizer
        inputs = tokenizer([text], truncation=True, max_length=256, return_tensors="pt", return_offsets_mapping=True)
        spans = [(int(start), int(end)) for start, end in inputs.pop("offset_mapping")[0][1:-1]]
        with torch.inference_mode():
            states = self._model[0].auto_model(**inputs).last_hidden_state[0][1:-1].float()
        rows = np.asarray(torch.nn.functional.normalize(states, dim=-1).numpy(), dtype=np.float32)
        return rows, tokenizer.convert_ids_to_tokens(inputs["input_ids"][0][1:-1]), spans

    def codes(self, text: str) -> bytes:
        """Return the signs of the tokens that are no function words and no punctuation; of all if nothing else is there."""
        rows, tokens, _ = self.of(text)
        kept = [i for i, token in enumerate(tokens) if token.startswith("##") or content_words(token)]
        return sign_codes(rows[kept] if kept else rows)


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
    codes: dict[int, bytes] = {}
    late: list[dict[int, float]] = []
    late_ms: list[float] = []
    tokens = Tokens()
    for question in asked:
        best = question.best()
        codes |= {row: tokens.codes(f"{found[row].context}\n{found[row].text}") for row in best if row not in codes}
        vectors, _, spans = tokens.of(question.text)
        started = time.perf_counter()
        scores = late_scores(vectors, token_weights(question.text, spans, question.rarity), [codes[row] for row in best])
        late.append(with_late_scores(question.fused, dict(zip(best, scores, strict=True))))
        late_ms.append((time.perf_counter() - started) * 1000)
    plain = [_measured(question, question.fused, found) for question in asked]
    tried = {"best sentence": [_best_sentences(question, found, embedder) for question in asked], "late interaction": late}
    figures = {
        name: _compared(plain, [_measured(question, scores, found) for question, scores in zip(asked, variant, strict=True)])
        for name, variant in tried.items()
    }
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    report = {
        "command": " ".join(["python -m benchmarks.expansion", *sys.argv[1:]]),
        "commit": git.stdout.strip(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "questions": len(asked),
        "search": _means(plain),
        **figures,
        "late_interaction_ms": round(statistics.median(late_ms), 2),
        "bytes_a_passage": round(statistics.fmean(map(len, codes.values()))),
    }
    print(json.dumps(report, indent=1))


def _asked(
    gold: GoldQuestion, relevant: Mapping[str, int], store: PassageStore, embedder: Embedder, settings: RagSettings
) -> Asked:
    """Do what `rag.retrieval` does before it chooses, but for outlets mentioned in passing."""
    question = Question(text=gold.question, as_of=gold.as_of)
    scope = scope_of(question, store)
    where, reading, vector = (
        allowed_articles(scope.question),
        read_question(gold.question),
        embedder.embed_question(gold.question),
    )
    words = dict(store.matching(reading.words, RANKER_DEPTH, where, reading.phrases))
    rows = sorted({row for row, _ in store.nearest(vector, RANKER_DEPTH, where)} | words.keys())
    similarities = dict(zip(rows, store.similarities(vector, rows), strict=True))
    asked_on = gold.as_of or datetime.now(UTC).date()
    timely = window_factors(
        store.days(rows), scope.window, asked_on, strength=settings.recency_strength, decay_days=settings.recency_days
    )
    return Asked(
        text=gold.question,
        relevant=relevant,
        vector=vector,
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
    vectors = iter(embedder.embed_passages([sentence for of_one in sentences for sentence in of_one]) @ question.vector)
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

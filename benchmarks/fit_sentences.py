"""Fits the weights in rag/relevance.py: python -m benchmarks.fit_sentences DATA:QUESTIONS[:WEIGHT] ...

Each argument names an archive, questions over it (any form that `eval run --gold` reads) and how much they count together. Of a
set with a hundred questions or more every other is fitted on, by the parity of the CRC-32 of its id, of a smaller one all are.
Printed is the share of questions whose one, two or three best sentences hold an accepted answer.
Takes minutes; `--at-most N` takes N questions of each set.

The weights are those of a softmax over the sentences of a question's evidence (conditional logit, McFadden 1974), with a small
penalty on their squares.
"""

import argparse
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # comes with sentence-transformers

from eval.datasets.loading import load_dataset
from eval.gold import GoldQuestion
from eval.matching import contained, contains
from eval.measuring import sampled
from index.embedder_wiring import build_embedder
from index.protocols import Embedder
from rag.nearness import StoredNearness
from rag.relevance import WEIGHTS, Candidate, assess, is_sentence
from rag.settings import RagSettings
from rag.types import Question
from rag.wiring import build_pipeline

Rows = tuple[GoldQuestion, list[Candidate], NDArray[np.float64], NDArray[np.bool_]]
"""A question, the sentences of its evidence, their features, and which of them hold the answer."""
_PENALTY = 2e-3
_FEWEST_HALVED = 100


def main() -> None:
    """Read every set, fit, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="DATA:QUESTIONS[:WEIGHT]")
    parser.add_argument("--at-most", type=int, default=None, metavar="N")
    asked = parser.parse_args()
    embedder = build_embedder(RagSettings())
    sets, weights = {}, {}
    for argument in asked.sets:
        data, gold, weight, *_ = [*argument.split(":"), "1"]
        sets[gold] = rows_of(Path(data), Path(gold), embedder, asked.at_most)
        weights[gold] = float(weight)
    fitted = fit([(row, weights[gold] / len(rows)) for gold, rows in sets.items() for row in rows if _is_fitted_on(row[0], rows)])
    print({name: round(float(weight), 2) for name, weight in zip(WEIGHTS, fitted, strict=True)})
    for gold, rows in sets.items():
        for used, what in ((True, "fitted on"), (False, "not fitted on")):
            best = [_found(row, fitted) for row in rows if _is_fitted_on(row[0], rows) is used]
            if best:
                print(f"{gold}, {what}: {np.mean(best, axis=0).round(3)} of {len(best)}")


def rows_of(data: Path, gold: Path, embedder: Embedder, at_most: int | None) -> list[Rows]:
    """Return the answerable questions with evidence."""
    dataset = load_dataset(gold)
    questions = sampled(dataset, at_most).questions if at_most else dataset.questions
    rows: list[Rows] = []
    with closing(build_pipeline(RagSettings(data=data), embedder=embedder)) as pipeline:
        for question in (question for question in questions if question.answerable):
            evidence = pipeline.prepare(Question(text=question.question, as_of=question.as_of)).evidence
            nearness = StoredNearness(embedder.embed_question(question.question), embedder, pipeline.store.known_embeddings)
            assessed = assess(question.question, evidence, pipeline.store.rarity, nearness)
            candidates = [candidate for candidate in assessed.candidates if is_sentence(candidate.text)]
            if candidates:
                features = np.array([[candidate.features[name] for name in WEIGHTS] for candidate in candidates])
                rows.append((question, candidates, features, np.array([_answers(question, c.text) for c in candidates])))
    return rows


def fit(rows: list[tuple[Rows, float]]) -> NDArray[np.float64]:
    """Return the weights under which the sentences that answer are likeliest."""
    useful = [(features, answers, weight) for (_, _, features, answers), weight in rows if answers.any() and not answers.all()]
    spread = np.concatenate([features for features, _, _ in useful]).std(axis=0) + 1e-9
    total = sum(weight for _, _, weight in useful)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = _PENALTY * float(weights @ weights), 2 * _PENALTY * weights
        for features, answers, weight in useful:
            scaled = features / spread
            scores = scaled @ weights
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            right = likely * answers
            value -= weight / total * float(np.log(right.sum() + 1e-300))
            slope = slope + weight / total * (likely - right / (right.sum() + 1e-300)) @ scaled
        return value, slope

    found = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / spread, dtype=np.float64)


def _is_fitted_on(question: GoldQuestion, rows: list[Rows]) -> bool:
    return len(rows) < _FEWEST_HALVED or zlib.crc32(question.id.encode()) % 2 == 0


def _answers(question: GoldQuestion, sentence: str) -> bool:
    """Say whether a sentence is the gold one; where gold names none, whether it holds an accepted answer."""
    if question.evidence:
        return any(contains(sentence, sought) or contains(sought, sentence) for sought in question.evidence)
    parts = question.all_of or (question.answers,)
    return any(any(contained(sentence, forms)) for forms in parts)


def _found(row: Rows, weights: NDArray[np.float64]) -> list[bool]:
    question, candidates, features, _ = row
    order = np.argsort(-(features @ weights), kind="stable")
    texts = list(dict.fromkeys(candidates[i].text for i in order))
    parts = question.all_of or (question.answers,)
    return [all(any(contained(" ".join(texts[:k]), forms)) for forms in parts) for k in (1, 2, 3)]


if __name__ == "__main__":
    main()

"""Fits the weights in rag/abstention.py: python -m benchmarks.fit_abstention DATA:QUESTIONS[:WEIGHT] ...

Each argument names an archive, questions over it (any form that `eval run --gold` reads) and how much they count together. Every
answerable question is looked at twice, as it is and with the articles withheld that hold its answer; of a set with questions
that nothing answers these count for three fifths of the unanswerable side. Sets of a hundred questions or more are halved as in
benchmarks/fit_sentences.py. Prints the weights and, for several bounds, what share of each side the answer is refused.
"""

import argparse
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # comes with sentence-transformers
from sklearn.metrics import roc_auc_score

from eval.datasets.loading import load_dataset
from eval.gold import GoldQuestion
from eval.matching import contained
from eval.measuring import sampled
from index.embedder_wiring import build_embedder
from index.protocols import Embedder
from index.types import Hit
from rag.abstention import answerability_features
from rag.context import choose_evidence
from rag.nearness import StoredNearness
from rag.relevance import assess
from rag.settings import RagSettings
from rag.tokens import TiktokenCounter
from rag.types import Evidence, Question
from rag.wiring import build_pipeline

_OF_THEIR_OWN = 0.6
_FEWEST_HALVED = 100
_K = 8
_BOUNDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question over some evidence."""

    features: dict[str, float]
    answerable: bool
    withheld: bool
    fitted: bool


def main() -> None:
    """Read every set, fit, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="DATA:QUESTIONS[:WEIGHT]")
    parser.add_argument("--at-most", type=int, default=None, metavar="N")
    asked = parser.parse_args()
    embedder = build_embedder(RagSettings())
    sets: dict[str, list[Case]] = {}
    rows, labels, weights = [], [], []
    for argument in asked.sets:
        data, gold, weight, *_ = [*argument.split(":"), "1"]
        sets[gold] = cases_of(Path(data), Path(gold), embedder, asked.at_most)
        fitted = [case for case in sets[gold] if case.fitted]
        rows.append(_matrix(fitted))
        labels.extend(case.answerable for case in fitted)
        weights.extend(_weights(fitted, float(weight)))
    table, counts = np.concatenate(rows), np.array(weights)
    middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.5, max_iter=5_000)
    model.fit((table - middle) / spread, labels, sample_weight=counts * len(counts) / counts.sum())
    slopes = model.coef_[0] / spread
    intercept = float(model.intercept_[0] - slopes @ middle)
    names = list(answerability_features(assess("?", [], lambda words: [1.0] * len(words))))
    print({name: round(float(slope), 2) for name, slope in zip(sorted(names), slopes, strict=True)}, round(intercept, 2))
    for gold, cases in sets.items():
        _report(gold, cases, slopes, intercept)


def cases_of(data: Path, gold: Path, embedder: Embedder, at_most: int | None) -> list[Case]:
    """Return every question that is known to be answerable or not, and the answerable ones without their articles too."""
    dataset = load_dataset(gold)
    questions = sampled(dataset, at_most).questions if at_most else dataset.questions
    known = [question for question in questions if question.answerable is not None]
    tokens, cases = TiktokenCounter(), []
    with closing(build_pipeline(RagSettings(data=data), embedder=embedder)) as pipeline:
        for question in known:
            fitted = len(known) < _FEWEST_HALVED or zlib.crc32(question.id.encode()) % 2 == 0
            hits = pipeline.search(Question(text=question.question, as_of=question.as_of, k=3 * _K))
            sides = [(bool(question.answerable), False, hits[:_K])]
            if question.answerable:
                sides.append((False, True, [hit for hit in hits if not _holds_the_answer(hit, question)][:_K]))
            for answerable, withheld, shown in sides:
                nearness = StoredNearness(embedder.embed_question(question.question), embedder, pipeline.store.known_embeddings)
                evidence: Sequence[Evidence] = choose_evidence(shown, tokens, RagSettings().evidence_tokens)
                assessed = assess(question.question, evidence, pipeline.store.rarity, nearness)
                cases.append(
                    Case(features=answerability_features(assessed), answerable=answerable, withheld=withheld, fitted=fitted)
                )
    return cases


def _holds_the_answer(hit: Hit, question: GoldQuestion) -> bool:
    parts = question.all_of or (question.answers,)
    return any(any(contained(hit.article.text, forms)) for forms in parts)


def _matrix(cases: Sequence[Case]) -> NDArray[np.float64]:
    return np.array([[case.features[name] for name in sorted(case.features)] for case in cases])


def _weights(cases: Sequence[Case], total: float) -> list[float]:
    """Give both sides the same weight, whatever their numbers."""
    right, own, withheld = (
        sum(case.answerable for case in cases),
        sum(not case.answerable and not case.withheld for case in cases),
        sum(case.withheld for case in cases),
    )
    share = _OF_THEIR_OWN if own and withheld else 1.0 if own else 0.0
    each = {
        "right": total / 2 / max(1, right),
        "own": share * total / 2 / max(1, own),
        "withheld": (1 - share) * total / 2 / max(1, withheld),
    }
    return [each["right" if case.answerable else "withheld" if case.withheld else "own"] for case in cases]


def _report(gold: str, cases: Sequence[Case], slopes: NDArray[np.float64], intercept: float) -> None:
    for fitted in (True, False):
        chosen = [case for case in cases if case.fitted is fitted]
        if not chosen:
            continue
        likely = 1 / (1 + np.exp(-(_matrix(chosen) @ slopes + intercept)))
        right = np.array([case.answerable for case in chosen])
        withheld = np.array([case.withheld for case in chosen])
        print(f"{gold}, {'fitted on' if fitted else 'not fitted on'}: {right.sum()} answerable")
        for name, others in (("unanswerable", ~right & ~withheld), ("withheld", withheld)):
            if others.any() and right.any():
                area = roc_auc_score(right[right | others], likely[right | others])
                refused = ", ".join(f"{b}: {(likely[others] < b).mean():.2f}" for b in _BOUNDS)
                print(f"  {name}: area {area:.3f}; refused below {refused}")
        print(f"  answerable: refused below {', '.join(f'{b}: {(likely[right] < b).mean():.3f}' for b in _BOUNDS)}")


if __name__ == "__main__":
    main()

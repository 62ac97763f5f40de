"""Fits the weights in rag/abstention.py: python benchmarks/fit_abstention.py DATA:GOLD[:WEIGHT] ...

Each argument names an archive, gold questions over it and how often they count. Prints the fitted weights and, for bounds that
keep back 5 to 12 % of the answerable questions, how many unanswerable ones each set would be kept from.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # comes with sentence-transformers

from eval.gold import load_gold
from index.wiring import build_embedder
from rag.abstention import answerability_features
from rag.relevance import assess
from rag.settings import RagSettings
from rag.types import Question
from rag.wiring import build_pipeline


def main(arguments: list[str]) -> None:
    """Read every set, fit, report."""
    if not arguments:
        sys.exit(__doc__)
    embedder = build_embedder(RagSettings())
    sets = {}
    for argument in arguments:
        data, gold, weight, *_ = [*argument.split(":"), "1"]
        pipeline = build_pipeline(RagSettings(data=Path(data)), embedder=embedder)
        features, answerable = [], []
        for item in load_gold(Path(gold)):
            prepared = pipeline.prepare(Question(text=item.question))
            features.append(answerability_features(assess(item.question, prepared.evidence, pipeline.store.rarity)))
            answerable.append(item.kind != "unanswerable")
        pipeline.close()
        sets[gold] = (np.array(features), np.array(answerable), int(weight))
    rows = np.concatenate([np.tile(features, (weight, 1)) for features, _, weight in sets.values()])
    labels = np.concatenate([np.tile(answerable, weight) for _, answerable, weight in sets.values()])
    model = LogisticRegression(max_iter=5_000).fit(rows, labels)
    print("weights", model.coef_[0].round(2), "intercept", model.intercept_.round(2))
    likely = model.predict_proba(rows)[:, 1]
    for kept_back in (0.05, 0.08, 0.1, 0.12):
        bound = float(np.quantile(likely[labels], kept_back))
        print(f"bound {bound:.3f}")
        for gold, (features, answerable, _) in sets.items():
            below = model.predict_proba(features)[:, 1] < bound
            print(f"  {gold}: recall {below[~answerable].mean():.2f}, false {below[answerable].mean():.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])

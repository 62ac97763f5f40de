"""Decides, before any generator is called, whether the evidence can answer the question at all."""

import math

from rag.relevance import Assessment

# A logistic regression over five features of the best sentence, fitted on 1,200 questions of SQuAD 2.0 and 86 over two news
# files, none of them in the tests; the bound keeps back the weakest tenth of the answerable ones (docs/adr/0011).
_INTERCEPT = -1.6
_COVERAGE, _CLOSENESS, _AROUND, _RAREST_MISSING, _WRONG_KIND = 1.85, 2.9, -1.2, -0.4, -0.5
ANSWERABLE_FROM = 0.39


def answerable(assessment: Assessment, passages: int) -> float:
    """Return how likely the evidence holds the answer, 0 to 1; `passages` is the number of passages in the archive."""
    if not assessment.candidates:
        return 0.0
    best = assessment.candidates[0]
    missing = max((weight for word, weight in assessment.weights.items() if word not in best.around), default=0.0)
    logit = (
        _INTERCEPT
        + _COVERAGE * best.coverage
        + _CLOSENESS * best.closeness
        + _AROUND * assessment.share(best.around)
        + _RAREST_MISSING * missing / math.log(max(2, passages))
        + _WRONG_KIND * (best.wanted_kind is False)
    )
    return 1.0 / (1.0 + math.exp(-logit))

"""Decides, before any generator is called, whether the evidence can answer the question at all."""

import math

from rag.language import shares_root
from rag.relevance import Assessment

# A logistic regression over four features of the best sentence, fitted by benchmarks/fit_abstention.py on SQuAD 2.0 and on 86
# questions over two news files. The bound was then chosen among .41, .43 and .45 by looking at three sets of questions, one of
# them the shipped samples (docs/adr/0011): figures on those sets flatter it a little.
_INTERCEPT = -1.97
_COVERED, _CLOSENESS, _NAME_MISSING, _WRONG_KIND = 1.15, 2.76, -1.2, -0.53
ANSWERABLE_FROM = 0.43


def answerable(assessment: Assessment) -> float:
    """Return how likely the evidence holds the answer, 0 to 1."""
    logit = _INTERCEPT + sum(
        weight * feature
        for weight, feature in zip(
            (_COVERED, _CLOSENESS, _NAME_MISSING, _WRONG_KIND), answerability_features(assessment), strict=True
        )
    )
    return 1.0 / (1.0 + math.exp(-logit))


def answerability_features(assessment: Assessment) -> tuple[float, float, float, float]:
    """Return what is known of the best sentence.

    The weighted share of the question's words in it (0 to 1); the cosine of question and passage; 1 if a name of the question
    is nowhere in the evidence from that article; 1 if it lacks the kind of answer that is wanted, such as a number.
    """
    if not assessment.candidates:
        return 0.0, 0.0, 1.0, 1.0
    best = assessment.candidates[0]
    around = best.around | assessment.outlets
    if assessment.reading.compares:
        around = around.union(*(candidate.around for candidate in assessment.candidates))
    missing = any(not shares_root(word, around) for word in assessment.weights if word in assessment.reading.names)
    return assessment.share(best.found), best.closeness, float(missing), float(best.wanted_kind is False)

"""Decides, before any generator is called, whether the evidence can answer the question at all."""

import math
from collections.abc import Mapping

from rag.language import shares_root
from rag.relevance import Assessment, is_sentence

# A logistic regression over features of the best sentence and of all evidence, fitted by benchmarks/fit_abstention.py
# (docs/adr/0034).
_INTERCEPT = -6.69
_WEIGHTS: Mapping[str, float] = {
    "here": 1.01,
    "anywhere": 1.26,
    "missing": -0.71,
    "wrong": -0.94,
    "closest": 3.36,
    "tokens": 4.22,
    "ahead": 0.3,
    "words": 1.41,
}
ANSWERABLE_FROM = 0.35
"""Below it the answer abstains: a seventh of the answerable questions that it was fitted on."""
_MOST_WORDS = 15
_MOST_AHEAD = 3.0


def answerable(assessment: Assessment) -> float:
    """Return how likely the evidence holds the answer, 0 to 1."""
    features = answerability_features(assessment)
    logit = _INTERCEPT + sum(weight * features[name] for name, weight in _WEIGHTS.items())
    return 1.0 / (1.0 + math.exp(-logit))


def answerability_features(assessment: Assessment) -> dict[str, float]:
    """Return what is known of the best sentence and the evidence around it.

    - `here`: the weighted share of the question's words in the best sentence, 0 to 1.
    - `anywhere`: the same in all evidence from its article, with the article's title and outlet.
    - `missing`: 1 if a name of the question is nowhere in the evidence from that article.
    - `wrong`: 1 if the sentence lacks the kind of answer that is wanted, such as a number.
    - `closest`: the highest cosine of the question and a passage.
    - `tokens`: how near the question's words are to those of the nearest sentence (`rag.sentence_features`).
    - `ahead`: by how much the best sentence's score leads that of the best one from another article, 3 at most.
    - `words`: how many words the question has to look for, in tens: the more, the smaller the share that an answer repeats.
    """
    whole = [c for c in assessment.candidates if is_sentence(c.text)] or assessment.candidates
    if not whole:
        return {"missing": 1.0, "wrong": 1.0} | dict.fromkeys(("here", "anywhere", "closest", "tokens", "ahead", "words"), 0.0)
    best = whole[0]
    around = best.around | assessment.outlets
    if assessment.reading.compares:
        around = around.union(*(candidate.around for candidate in assessment.candidates))
    held = {word for word in assessment.weights if shares_root(word, around)}
    total = sum(assessment.weights.values()) or 1.0
    others = (c.score for c in whole if c.article_id != best.article_id)
    return {
        "here": best.features["here"],
        "anywhere": sum(assessment.weights[word] for word in held) / total,
        "missing": float(any(word in assessment.reading.names for word in assessment.weights.keys() - held)),
        "wrong": float(best.fit.kind is False),
        "closest": max(candidate.closeness for candidate in whole),
        "tokens": max(candidate.features["tokens"] for candidate in whole),
        "ahead": min(_MOST_AHEAD, best.score - max(others, default=best.score - _MOST_AHEAD)),
        "words": min(_MOST_WORDS, len(assessment.weights)) / 10,
    }

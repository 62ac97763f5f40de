"""How well a confidence tells right answers from wrong ones, whatever threshold is set on it. Knows only numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_MOST_POINTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCoverage:
    """The error rate of a service that answers only what it is most confident of, for every share of questions answered."""

    points: tuple[tuple[float, float], ...]
    """(coverage, risk) by rising coverage, 0 < coverage <= 1: at most 200 of the n, among them the first and the last."""
    area: float | None
    """The mean risk over all n coverages (AURC), from 0, nothing is wrong, to 1, all is. None without questions."""
    n: int


def risk_coverage(confidences: Sequence[float], wrong: Sequence[bool]) -> RiskCoverage:
    """Return the risk-coverage curve: the share of wrong answers among the i most confident ones, for i from 1 to n.

    El-Yaniv & Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 11, 2010; the area (AURC) as in
    Geifman, Uziel & El-Yaniv, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019. Lower is
    better. Where confidences tie, the risk is the expected one over all orders of the tie, so the order of the questions
    does not matter.

    What to compare the area with: a confidence that says nothing gives the overall error rate r, in expectation; the same
    confidence for all questions gives exactly r. The best possible order, all right answers first, gives about
    r + (1 - r) ln(1 - r).

    Args:
        confidences: one number a question, higher is more confident; only their order counts.
        wrong: whether the answer to that question was, or would have been, wrong.

    Raises:
        ValueError: there are not as many confidences as outcomes, or a confidence is not a number.
    """
    confidence, failed = _checked(confidences, wrong)
    n = len(confidence)
    if not n:
        return RiskCoverage(points=(), area=None, n=0)
    # Ties become groups, most confident first.
    _, group, sizes = np.unique(-confidence, return_inverse=True, return_counts=True)
    # Each member of a tie is as wrong as the tie is on average: this is the expectation over the tie's orders.
    expected = np.repeat(np.bincount(group, weights=failed) / sizes, sizes)
    answered = np.arange(1, n + 1)
    risks = np.cumsum(expected) / answered
    shown = np.unique(np.linspace(0, n - 1, min(n, _MOST_POINTS)).round().astype(np.int64))
    points = tuple((float(answered[i] / n), float(risks[i])) for i in shown)
    return RiskCoverage(points=points, area=float(risks.mean()), n=n)


def auroc(confidences: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Return how often a positive has a higher confidence than a negative, over all pairs of them; ties count half.

    The area under the ROC curve: 1 for a perfect order, 0.5 for one that says nothing, 0 for the reverse (Hanley &
    McNeil, Radiology 143(1), 1982). None without a positive or without a negative.

    Raises:
        ValueError: there are not as many confidences as outcomes, or a confidence is not a number.
    """
    confidence, is_positive = _checked(confidences, positive)
    positives = is_positive.sum()
    negatives = len(is_positive) - positives
    if not positives or not negatives:
        return None
    _, group, sizes = np.unique(confidence, return_inverse=True, return_counts=True)
    # The ranks of a tie are replaced by their mean; the rest is the Mann-Whitney statistic.
    mean_ranks = np.cumsum(sizes) - (sizes - 1) / 2
    rank_sum = mean_ranks[group] @ is_positive
    return float((rank_sum - positives * (positives + 1) / 2) / (positives * negatives))


def _checked(confidences: Sequence[float], outcomes: Sequence[bool]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if len(confidences) != len(outcomes):
        raise ValueError(f"{len(confidences)} confidences do not fit {len(outcomes)} outcomes; give one of each a question")
    confidence = np.asarray(confidences, dtype=np.float64)
    if np.isnan(confidence).any():
        raise ValueError("a confidence is not a number (NaN); leave out the questions that have none")
    return confidence, np.asarray(outcomes, dtype=np.float64)

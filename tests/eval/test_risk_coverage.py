"""The risk-coverage curve and the area under the ROC curve."""

import random
from itertools import permutations, product
from math import log

import pytest

from eval.risk_coverage import RiskCoverage, auroc, risk_coverage


def test_by_hand() -> None:
    """Wrong at the second and fourth most confident of four: risks 0, 1/2, 1/3, 1/2 and their mean."""
    curve = risk_coverage([0.1, 0.9, 0.4, 0.7], [True, False, False, True])
    assert curve.points == ((0.25, 0), (0.5, 0.5), (0.75, pytest.approx(1 / 3)), (1, 0.5))
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert curve.n == 4


def test_no_questions_have_no_area() -> None:
    """Without questions there is no curve."""
    assert risk_coverage([], []) == RiskCoverage(points=(), area=None, n=0)


def test_a_tie_is_the_mean_over_its_orders() -> None:
    """Every risk and the area are the means over all orders in which the three tied questions could stand."""
    confidences, wrong = [0.9, 0.5, 0.5, 0.5, 0.2], [False, True, False, True, False]
    curves = []
    for order in permutations(range(1, 4)):
        outcomes = [wrong[0], *(wrong[i] for i in order), wrong[4]]
        curves.append(risk_coverage([5, 4, 3, 2, 1], outcomes))
    tied = risk_coverage(confidences, wrong)
    assert tied.area == pytest.approx(sum(curve.area for curve in curves) / len(curves))
    for position, (coverage, risk) in enumerate(tied.points):
        assert coverage == curves[0].points[position][0]
        assert risk == pytest.approx(sum(curve.points[position][1] for curve in curves) / len(curves))


def test_the_order_of_the_questions_does_not_matter() -> None:
    """Shuffled together, confidences with many ties and outcomes give the same curve."""
    rng = random.Random(2)  # noqa: S311 - figures for a test
    pairs = [(rng.randint(0, 9) / 10, rng.random() < 0.3) for _ in range(500)]
    shuffled = rng.sample(pairs, len(pairs))
    assert risk_coverage(*zip(*pairs, strict=True)) == risk_coverage(*zip(*shuffled, strict=True))


def test_one_confidence_for_all_gives_the_error_rate() -> None:
    """A confidence that says nothing has the overall error rate at every coverage."""
    curve = risk_coverage([0.5] * 10, [True] * 3 + [False] * 7)
    assert [risk for _, risk in curve.points] == pytest.approx([0.3] * 10)
    assert curve.area == pytest.approx(0.3)


def test_the_range_of_the_area() -> None:
    """0 if nothing is wrong, 1 if all is, near r + (1 - r) ln(1 - r) for the best order of many."""
    n, rate = 10_000, 0.3
    best = risk_coverage(range(n), [i < n * rate for i in range(n)])
    assert risk_coverage([0.2, 0.1], [False, False]).area == 0
    assert risk_coverage([0.2, 0.1], [True, True]).area == 1
    assert best.area == pytest.approx(rate + (1 - rate) * log(1 - rate), abs=1e-3)


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    """Of 6,000 coverages 200 are shown, from the first question to all; the area is that of all."""
    wrong = [i % 3 == 0 for i in range(6000)]
    curve = risk_coverage([-i for i in range(6000)], wrong)
    coverages = [coverage for coverage, _ in curve.points]
    assert len(coverages) == 200
    assert (coverages[0], coverages[-1]) == (1 / 6000, 1)
    assert coverages == sorted(set(coverages))
    assert curve.area == pytest.approx(sum(sum(wrong[:i]) / i for i in range(1, 6001)) / 6000)


def test_auroc_counts_pairs() -> None:
    """Against counting the pairs one by one, ties as halves, on confidences with many ties."""
    rng = random.Random(4)  # noqa: S311 - figures for a test
    confidences = [rng.randint(0, 6) for _ in range(60)]
    positive = [rng.random() < 0.4 for _ in range(60)]
    highs = [c for c, is_positive in zip(confidences, positive, strict=True) if is_positive]
    lows = [c for c, is_positive in zip(confidences, positive, strict=True) if not is_positive]
    pairs = [1 if high > low else 0.5 if high == low else 0 for high, low in product(highs, lows)]
    assert auroc(confidences, positive) == pytest.approx(sum(pairs) / len(pairs))


def test_the_range_of_auroc() -> None:
    """1 for the right order, 0 for the reverse, 0.5 where all tie."""
    assert auroc([0.1, 0.2, 0.8, 0.9], [False, False, True, True]) == 1
    assert auroc([0.9, 0.8, 0.2, 0.1], [False, False, True, True]) == 0
    assert auroc([0.5] * 4, [False, False, True, True]) == 0.5


@pytest.mark.parametrize("positive", [[], [True, True], [False]])
def test_auroc_needs_both_sides(positive: list[bool]) -> None:
    """Without a positive or a negative there is no pair."""
    assert auroc([0.5] * len(positive), positive) is None


@pytest.mark.parametrize("measure", [risk_coverage, auroc])
def test_bad_input_is_refused(measure: object) -> None:
    """Lengths must agree, and a confidence must be a number."""
    with pytest.raises(ValueError, match="2 confidences do not fit 1 outcomes"):
        measure([0.1, 0.2], [True])
    with pytest.raises(ValueError, match="not a number"):
        measure([0.1, float("nan")], [True, False])

"""The bootstrap interval."""

from math import sqrt

import pytest

from eval.statistics import Mean, mean_with_interval


def test_nothing_to_average() -> None:
    """Without values there is no mean, and n says so."""
    assert mean_with_interval([]) == Mean(value=None, low=None, high=None, n=0)


def test_equal_values_have_no_width() -> None:
    """Resampling equal values gives the same mean every time."""
    assert mean_with_interval([0.5] * 4) == Mean(value=0.5, low=0.5, high=0.5, n=4)


def test_the_interval_is_close_to_the_normal_one() -> None:
    """For 200 yes-or-no values with mean 0.3, the ends are near 0.3 ± 1.96·√(0.3·0.7/200)."""
    mean = mean_with_interval([1.0] * 60 + [0.0] * 140)
    margin = 1.96 * sqrt(0.3 * 0.7 / 200)
    assert (mean.value, mean.n) == (pytest.approx(0.3), 200)
    assert mean.low == pytest.approx(0.3 - margin, abs=0.01)
    assert mean.high == pytest.approx(0.3 + margin, abs=0.01)


def test_more_values_narrow_the_interval() -> None:
    """Four times the questions halve the width."""
    few, many = mean_with_interval([0.0, 0.25, 1.0] * 20), mean_with_interval([0.0, 0.25, 1.0] * 80)
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(2, rel=0.05)


def test_the_interval_is_reproducible() -> None:
    """The same values, in whatever order, give the same interval."""
    assert mean_with_interval([0.1, 0.9, 0.4]) == mean_with_interval([0.9, 0.4, 0.1])

"""Intervals, paired comparisons and the correction for several of them."""

from math import sqrt

import numpy as np
import pytest

from eval.statistics import Mean, holm, mean_with_interval, paired


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


def test_many_distinct_values_have_the_normal_interval_too() -> None:
    """Above 100 distinct values the draws are made another way; the ends are near m ± 1.96·s/√n all the same."""
    values = np.random.default_rng(3).random(3000)
    mean = mean_with_interval(values.tolist())
    margin = 1.96 * values.std() / sqrt(3000)
    assert mean.value == pytest.approx(values.mean())
    assert mean.low == pytest.approx(values.mean() - margin, abs=0.001)
    assert mean.high == pytest.approx(values.mean() + margin, abs=0.001)
    assert mean_with_interval(values[::-1].tolist()) == mean


def test_no_difference_at_all() -> None:
    """Two equal runs differ by nothing, and that is no finding."""
    same = paired([0.1, 0.7, 1.0], [0.1, 0.7, 1.0])
    assert (same.difference, same.low, same.high, same.p, same.n) == (0, 0, 0, 1, 3)


def test_p_is_exact_for_few_differences() -> None:
    """Of the 8 signs of three equal differences, 2 are as one-sided as the given ones, whatever is equal beside them."""
    better = paired([0.0, 0.0, 0.0, 1.0, 0.5], [1.0, 1.0, 1.0, 1.0, 0.5])
    assert better.p == 2 / 8
    assert (better.difference, better.n) == (pytest.approx(0.6), 5)
    assert paired([0.0, 0.5], [1.0, 0.5]).p == 1


def test_p_by_hand_for_unequal_differences() -> None:
    """Differences 3, 2, -1: of the sums ±3±2±1, those from 4 on in size are 6, 4, -4 and -6, 4 of 8."""
    assert paired([0.0, 0.0, 1.0], [3.0, 2.0, 0.0]).p == 4 / 8


def test_swapping_the_runs_only_turns_the_sign() -> None:
    """Better by so much is worse by so much the other way round, with the same p."""
    rng = np.random.default_rng(5)
    first, second = rng.random(300).tolist(), rng.random(300).tolist()
    forth, back = paired(first, second), paired(second, first)
    assert forth.difference == pytest.approx(-back.difference)
    assert forth.low == pytest.approx(-back.high, abs=0.005)
    assert forth.p == pytest.approx(back.p, abs=0.02)
    assert paired(first, second) == forth


def test_a_clear_difference_is_found_and_p_is_never_zero() -> None:
    """200 questions, all better: none of 10,000 drawn flips is as large, so p is 1/10,001."""
    clear = paired([0.0] * 200, np.linspace(0.1, 1, 200).tolist())
    assert clear.p == pytest.approx(1 / 10_001)
    assert 0 < clear.low < clear.difference < clear.high


def test_p_values_of_equal_runs_are_even() -> None:
    """Where runs differ by chance only, p is below 0.2 in a fifth of comparisons."""
    rng = np.random.default_rng(7)
    small = [paired(rng.random(16).tolist(), rng.random(16).tolist()).p < 0.2 for _ in range(100)]
    # Four standard deviations of a binomial share.
    assert sum(small) / 100 == pytest.approx(0.2, abs=4 * sqrt(0.2 * 0.8 / 100))


def test_what_cannot_be_paired_is_refused() -> None:
    """Different questions, or none, are not compared."""
    with pytest.raises(ValueError, match="2 values cannot be paired with 1"):
        paired([0.0, 1.0], [0.0])
    with pytest.raises(ValueError, match="nothing to compare"):
        paired([], [])


def test_holm_by_hand() -> None:
    """0.01·4, 0.02·3, then 0.03·2 raised to the value before it, 0.04·1 likewise; the order stays the given one."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.4]) == pytest.approx([0.8, 0.8])
    assert holm([0.6, 0.9]) == pytest.approx([1, 1])
    assert holm([0.03]) == [0.03]
    assert holm([]) == []

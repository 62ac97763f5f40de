"""Recency factors, by hand."""

import math
from datetime import date

import pytest

from rag.recency import recency_factors

TODAY = date(2025, 9, 21)


def test_a_factor_decays_with_age() -> None:
    """Today counts 1 + 2 = 3 times, fourteen days ago 1 + 2/e, a year ago about once."""
    factors = recency_factors([TODAY, date(2025, 9, 7), date(2024, 9, 21)], TODAY, strength=2.0, decay_days=14.0)
    assert factors == pytest.approx([3, 1 + 2 / math.e, 1], abs=1e-9)


def test_later_articles_count_as_of_the_day() -> None:
    """An article dated after the day asked for is not fresher than one of that day."""
    assert recency_factors([date(2025, 12, 1)], TODAY, strength=2.0, decay_days=14.0) == [3]


def test_undated_articles_are_neither_fresh_nor_old() -> None:
    """Undated articles get the mean factor of the dated ones beside them: (3 + 1) / 2."""
    factors = recency_factors([TODAY, None, date(1990, 1, 1), None], TODAY, strength=2.0, decay_days=14.0)
    assert factors == pytest.approx([3, 2, 1, 2])


def test_among_undated_articles_nothing_changes() -> None:
    """Where nothing is dated every factor is 1."""
    assert recency_factors([None, None], TODAY, strength=2.0, decay_days=14.0) == [1, 1]


def test_strength_zero_switches_recency_off() -> None:
    """With strength 0 age does not count."""
    assert recency_factors([TODAY, date(1990, 1, 1), None], TODAY, strength=0.0, decay_days=14.0) == [1, 1, 1]

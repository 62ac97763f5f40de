"""Reciprocal rank fusion, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import reciprocal_rank_fusion


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    """Row 7 is first and second: 1/11 + 1/12; rows of one list get that list's part only."""
    scores = reciprocal_rank_fusion({"dense": [7, 3], "words": [5, 7]})
    assert scores == pytest.approx({7: 1 / 11 + 1 / 12, 3: 1 / 12, 5: 1 / 11})


def test_mirrored_ranks_tie_exactly() -> None:
    """Two rows that swap places in two lists have the same score to the last bit, so that a stated rule breaks the tie."""
    scores = reciprocal_rank_fusion({"dense": [1, 2, 3], "words": [3, 2, 1]})
    assert scores[1] == scores[3]


def test_nothing_ranked_is_nothing_fused() -> None:
    """Empty lists give no rows."""
    assert reciprocal_rank_fusion({"dense": [], "words": []}) == {}


@given(st.lists(st.integers(0, 50), unique=True), st.lists(st.integers(0, 50), unique=True))
def test_a_better_place_never_scores_less(dense: list[int], words: list[int]) -> None:
    """Every ranked row is fused, and one that is better in both lists than another scores more."""
    scores = reciprocal_rank_fusion({"dense": dense, "words": words})
    assert set(scores) == {*dense, *words}
    both = [row for row in dense if row in words]
    for one in both:
        for other in both:
            if dense.index(one) < dense.index(other) and words.index(one) < words.index(other):
                assert scores[one] > scores[other]

"""Score combination, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import combined_scores


def test_scores_are_means_of_what_each_ranker_gives() -> None:
    """The best of both gets 1; one without the words gets half of its share of nearness; a far one that matches, of the words."""
    scores = combined_scores({7: 0.8, 3: 0.4, 5: 0.0}, {7: 12.0, 5: 6.0})
    assert scores == pytest.approx({7: 1.0, 3: 0.25, 5: 0.25})


def test_how_far_one_is_ahead_counts() -> None:
    """With the same ranks, a clear winner of the words stands before a narrow winner of the vectors."""
    scores = combined_scores({1: 0.50, 2: 0.49}, {1: 3.0, 2: 9.0})
    assert scores[2] > scores[1]


def test_without_words_the_vectors_decide_and_conversely() -> None:
    """No word is found for a question in another language; all vectors are far for a question of bare numbers."""
    assert combined_scores({1: 0.2, 2: 0.4}, {}) == {1: 0.25, 2: 0.5}
    assert combined_scores({1: -0.1, 2: -0.2}, {2: 5.0}) == {1: 0.0, 2: 0.5}


def test_nothing_found_is_nothing_fused() -> None:
    """Empty lists give no rows."""
    assert combined_scores({}, {}) == {}


@given(
    st.dictionaries(st.integers(0, 30), st.floats(-1, 1), min_size=1),
    st.dictionaries(st.integers(0, 30), st.floats(0, 40)),
)
def test_what_is_better_in_both_never_scores_less(similarities: dict[int, float], matches: dict[int, float]) -> None:
    """Every row is scored between 0 and 1, whatever the rankers' scales."""
    scores = combined_scores(similarities, matches)
    assert set(scores) == set(similarities)
    assert all(0 <= score <= 1 + 1e-9 for score in scores.values())
    places = {row: (similarity, matches.get(row, 0.0)) for row, similarity in similarities.items()}
    for one, (near, matching) in places.items():
        for other, (nearer, better) in places.items():
            assert near < nearer or matching < better or scores[one] >= scores[other]

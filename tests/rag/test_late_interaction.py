"""A passage is as near as its nearest token is to each of the question's, and rare words count more."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index.token_signs import sign_codes
from rag.late_interaction import late_scores, token_weights, with_late_scores

Rows = NDArray[np.float32]


def unit_rows(count: int, seed: int, dimension: int = 384) -> Rows:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def even(count: int) -> Rows:
    return np.ones(count, dtype=np.float32)


def by_hand(question: Rows, weights: Rows, passage: Rows) -> float:
    """Return the score as its definition says, one pair after the other."""
    root = question.shape[1] ** 0.5
    nearest = [
        max(sum(float(a) * (1 if b > 0 else -1) for a, b in zip(q, p, strict=True)) / root for p in passage) for q in question
    ]
    return float(sum(float(w) * n for w, n in zip(weights, nearest, strict=True)) / float(weights.sum()))


@pytest.mark.parametrize("dimension", [384, 20])
def test_scores_are_those_of_the_definition(dimension: int) -> None:
    """For passages of different lengths, and for vectors that fill no whole byte."""
    question, weights = unit_rows(3, 1, dimension), np.array([0.1, 5.0, 2.5], dtype=np.float32)
    passages = [unit_rows(count, 10 + count, dimension) for count in (1, 7, 4)]
    found = late_scores(question, weights, [sign_codes(passage) for passage in passages])
    assert found == pytest.approx([by_hand(question, weights, passage) for passage in passages], abs=1e-5)


def test_the_passage_that_holds_the_tokens_of_the_question_is_the_nearest() -> None:
    """Order, and what else stands in the passage, do not matter."""
    question = unit_rows(4, 2)
    holds = np.concatenate([unit_rows(50, 3), question[::-1]])
    half = np.concatenate([unit_rows(52, 4), question[:2]])
    none, some, all_of_it = late_scores(question, even(4), [sign_codes(p) for p in (unit_rows(54, 5), half, holds)])
    assert none < some < all_of_it


def test_a_rare_word_counts_more() -> None:
    """Of two passages that each hold one token, that with the rarer one is nearer."""
    question = unit_rows(2, 6)
    common, rare = (sign_codes(np.concatenate([unit_rows(20, 7), question[i : i + 1]])) for i in (0, 1))
    first, second = late_scores(question, np.array([0.1, 8.0], dtype=np.float32), [common, rare])
    assert first < second


@pytest.mark.parametrize("codes", [b"", b"\0" * 47])
def test_a_passage_without_whole_codes_is_refused(codes: bytes) -> None:
    """Nothing is guessed of a passage that an older archive holds without them."""
    with pytest.raises(ValueError, match="48 bytes"):
        late_scores(unit_rows(2, 9), even(2), [sign_codes(unit_rows(3, 9)), codes])


def test_a_question_without_tokens_is_refused() -> None:
    """There is nothing to compare; no passages are no error."""
    with pytest.raises(ValueError, match="without tokens"):
        late_scores(unit_rows(0, 1), even(0), [sign_codes(unit_rows(3, 9))])
    assert late_scores(unit_rows(2, 1), even(2), []) == []


def test_each_part_of_a_word_counts_as_the_word() -> None:
    """`Sandholm` falls into two tokens, `ferry` stands in it twice, and the rest counts little."""
    question = "Whose ferry is the Sandholm ferry?"
    spans = [(0, 5), (6, 11), (12, 14), (15, 18), (19, 23), (23, 27), (28, 33), (33, 34)]
    weights = token_weights(question, spans, {"ferry": 4.0, "Sandholm": 9.0, "": 3.0})
    assert weights == pytest.approx([0.1, 4, 0.1, 0.1, 9, 9, 4, 0.1])


def test_the_best_by_both_has_the_score_one() -> None:
    """What was not compared comes behind, in its order."""
    mixed = with_late_scores({1: 0.8, 2: 1.0, 3: 0.9, 4: 0.7}, {1: 0.5, 2: 0.5, 3: 0.25})
    assert mixed == pytest.approx({1: 0.3 * 0.8 + 0.7, 2: 1.0, 3: 0.3 * 0.9 + 0.35, 4: 0.3 * 0.7})


@pytest.mark.parametrize("late", [{}, {1: -0.1, 2: 0.0}])
def test_scores_stay_where_nothing_was_compared(late: dict[int, float]) -> None:
    """No late score above 0 says nothing."""
    assert with_late_scores({1: 0.8, 2: 1.0}, late) == {1: 0.8, 2: 1.0}

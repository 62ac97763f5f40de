"""Retrieval metrics, every number worked out by hand."""

from math import log2

import pytest

from eval.ranking import ranking_scores

OTHER = "Nothing to do with it."
FIRST = "The previous mark was 403 seconds."
SECOND = "WEST held its plasma for 1,337 seconds."
EVIDENCE = ("403 seconds", "1337 seconds")


def test_no_passages_score_nothing() -> None:
    """A question without any results counts 0 in every metric."""
    scores = ranking_scores([], EVIDENCE)
    assert set(scores.values()) == {0.0}
    assert list(scores) == ["hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10", "evidence@5", "evidence@10"]


def test_no_relevant_passage_scores_nothing() -> None:
    """Ten passages without evidence are worth as much as none."""
    assert set(ranking_scores([OTHER] * 10, EVIDENCE).values()) == {0.0}


def test_one_evidence_string_at_rank_three() -> None:
    """Rank 3 of one relevant passage: RR 1/3, nDCG 1/log2(4) = 1/2, found within 5 but not first."""
    scores = ranking_scores([OTHER, OTHER, FIRST], EVIDENCE[:1])
    assert scores == {
        "hit@1": 0, "hit@5": 1, "hit@10": 1, "mrr@10": pytest.approx(1 / 3), "ndcg@10": pytest.approx(0.5),
        "evidence@5": 1, "evidence@10": 1,
    }  # fmt: skip


def test_half_of_the_evidence_late() -> None:
    """Pieces at ranks 2 and 7: half within 5, all within 10; DCG (1/log2 3 + 1/log2 8) over ideal (1 + 1/log2 3)."""
    scores = ranking_scores([OTHER, FIRST, OTHER, OTHER, OTHER, OTHER, SECOND], EVIDENCE)
    assert (scores["hit@1"], scores["mrr@10"]) == (0, 0.5)
    assert (scores["evidence@5"], scores["evidence@10"]) == (0.5, 1)
    assert scores["ndcg@10"] == pytest.approx((1 / log2(3) + 1 / 3) / (1 + 1 / log2(3)))


def test_missing_evidence_counts_in_the_ideal() -> None:
    """One of two pieces at rank 1 is 1 / (1 + 1/log2 3), not perfect."""
    assert ranking_scores([FIRST], EVIDENCE)["ndcg@10"] == pytest.approx(1 / (1 + 1 / log2(3)))


def test_one_passage_with_all_evidence_is_perfect() -> None:
    """A passage that holds both pieces is all that can be wanted."""
    assert set(ranking_scores([f"{FIRST} {SECOND}"], EVIDENCE).values()) == {1.0}


def test_repeated_evidence_neither_gains_nor_costs() -> None:
    """The same evidence again at rank 2 leaves nDCG as it was."""
    assert ranking_scores([FIRST, FIRST, OTHER], EVIDENCE[:1]) == ranking_scores([FIRST, OTHER, OTHER], EVIDENCE[:1])


def test_ties_keep_the_given_order() -> None:
    """Scores are not looked at: of passages that tie, the one shown first ranks first."""
    assert ranking_scores([FIRST, OTHER], EVIDENCE[:1])["mrr@10"] == 1
    assert ranking_scores([OTHER, FIRST], EVIDENCE[:1])["mrr@10"] == 0.5


def test_rank_eleven_is_too_late() -> None:
    """What stands below rank 10 counts for nothing."""
    assert set(ranking_scores([*[OTHER] * 10, FIRST], EVIDENCE[:1]).values()) == {0.0}


def test_evidence_split_over_two_passages_is_not_found() -> None:
    """Evidence must stand in one passage."""
    assert ranking_scores(["The previous mark was 403", "seconds."], EVIDENCE[:1])["hit@10"] == 0


def test_without_evidence_nothing_can_be_judged() -> None:
    """A question without evidence is refused, not scored 0 or 1."""
    with pytest.raises(ValueError, match="leave it out"):
        ranking_scores([FIRST], ())

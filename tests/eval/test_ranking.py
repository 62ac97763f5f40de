"""Retrieval metrics, every number worked out by hand; `test_oracles` compares them with other implementations."""

from math import log2

import pytest

from eval.ranking import article_scores, evidence_held, evidence_scores, recall_by_k

OTHER = "Nothing to do with it."
FIRST = "The previous mark was 403 seconds."
SECOND = "The Lumen ring held its glow for 1,337 seconds."
EVIDENCE = ("403 seconds", "1337 seconds")
JUDGED = {"flood": 1, "dam": 1}


def others(number: int) -> list[str]:
    return [f"other{i}" for i in range(number)]


def test_nothing_found_scores_nothing() -> None:
    """A judged question without any results counts 0 in every metric."""
    assert article_scores([], JUDGED) == {
        "hit@1": 0, "hit@5": 0, "hit@10": 0, "mrr@10": 0, "ndcg@10": 0, "recall@5": 0, "recall@10": 0,
    }  # fmt: skip


def test_unjudged_articles_are_not_relevant() -> None:
    """Ten articles that nobody judged are worth as much as none."""
    assert article_scores(others(10), JUDGED) == article_scores([], JUDGED)


def test_one_relevant_article_at_rank_three() -> None:
    """Rank 3 of one relevant article: RR 1/3, nDCG 1/log2(4) = 1/2, found within 5 but not first."""
    assert article_scores([*others(2), "dam"], {"dam": 1, "other0": 0}) == {
        "hit@1": 0, "hit@5": 1, "hit@10": 1, "mrr@10": pytest.approx(1 / 3), "ndcg@10": pytest.approx(0.5),
        "recall@5": 1, "recall@10": 1,
    }  # fmt: skip


def test_two_relevant_articles_of_which_one_is_late() -> None:
    """Ranks 2 and 7: half within 5, all within 10; DCG (1/log2 3 + 1/log2 8) over ideal (1 + 1/log2 3)."""
    scores = article_scores(["o", "flood", "p", "q", "r", "s", "dam"], JUDGED)
    assert (scores["hit@1"], scores["hit@5"], scores["mrr@10"]) == (0, 1, 0.5)
    assert (scores["recall@5"], scores["recall@10"]) == (0.5, 1)
    assert scores["ndcg@10"] == pytest.approx((1 / log2(3) + 1 / 3) / (1 + 1 / log2(3)))


def test_the_gain_is_the_grade_itself() -> None:
    """Grades 1, 3 against the ideal 3, 1: (1 + 3/log2 3) / (3 + 1/log2 3), not the gains 1 and 7 of 2^grade - 1."""
    scores = article_scores(["flood", "dam"], {"flood": 1, "dam": 3})
    assert scores["ndcg@10"] == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))
    assert scores["mrr@10"] == 1


def test_the_given_order_rules_whatever_the_ids() -> None:
    """trec_eval would order ties by id, backwards; here the order is the ranking's."""
    assert article_scores(["a", "z"], {"z": 1})["mrr@10"] == 0.5
    assert article_scores(["z", "a"], {"a": 1})["mrr@10"] == 0.5


def test_rank_eleven_is_too_late() -> None:
    """What stands below rank 10 counts for nothing, in no metric."""
    assert set(article_scores([*others(10), "dam"], JUDGED).values()) == {0.0}


def test_more_than_ten_relevant_articles() -> None:
    """Ten of twenty found in the first ten ranks: nDCG is perfect, recall is a half."""
    judged = dict.fromkeys(others(20), 1)
    scores = article_scores(others(20), judged)
    assert (scores["ndcg@10"], scores["recall@5"], scores["recall@10"]) == (1, 0.25, 0.5)


def test_a_ranking_that_repeats_an_article_is_refused() -> None:
    """Two passages of one article are one result: whoever counts it twice is told so."""
    with pytest.raises(ValueError, match="'dam' is ranked twice"):
        article_scores(["dam", "flood", "dam"], JUDGED)
    with pytest.raises(ValueError, match="'dam' is ranked twice"):
        recall_by_k(["dam", "dam"], JUDGED, 5)


@pytest.mark.parametrize("judged", [{}, {"dam": 0}])
def test_without_relevant_articles_nothing_can_be_judged(judged: dict[str, int]) -> None:
    """A question without relevant articles is refused, not scored 0 or 1."""
    with pytest.raises(ValueError, match="leave it out"):
        article_scores(["dam"], judged)
    with pytest.raises(ValueError, match="leave it out"):
        recall_by_k(["dam"], judged, 5)


def test_recall_rises_with_depth_and_stays_where_the_list_ends() -> None:
    """Relevant at ranks 2 and 4 of four results: 0, 1/2, 1/2, 1, and 1 from there on."""
    assert recall_by_k(["o", "dam", "p", "flood"], JUDGED, 6) == [0, 0.5, 0.5, 1, 1, 1]
    assert recall_by_k(["o", "dam", "p", "flood"], JUDGED, 3) == [0, 0.5, 0.5]
    assert recall_by_k([], JUDGED, 2) == [0, 0]


def test_recall_at_no_rank_is_refused() -> None:
    """There is no recall at rank 0."""
    with pytest.raises(ValueError, match="at least 1"):
        recall_by_k(["dam"], JUDGED, 0)


def test_no_passages_hold_no_evidence() -> None:
    """A question without results holds none of its evidence."""
    assert evidence_scores([], EVIDENCE) == {"evidence@5": 0, "evidence@10": 0}


def test_half_of_the_evidence_late() -> None:
    """Pieces at ranks 2 and 7: half within 5, all within 10; at rank 11 a piece is too late."""
    passages = [OTHER, FIRST, OTHER, OTHER, OTHER, OTHER, SECOND]
    assert evidence_scores(passages, EVIDENCE) == {"evidence@5": 0.5, "evidence@10": 1}
    assert evidence_scores([*[OTHER] * 10, FIRST], EVIDENCE) == {"evidence@5": 0, "evidence@10": 0}


def test_repeated_evidence_counts_once() -> None:
    """The same piece again adds nothing; one passage that holds both pieces is enough."""
    assert evidence_scores([FIRST, FIRST], EVIDENCE)["evidence@5"] == 0.5
    assert evidence_scores([f"{FIRST} {SECOND}"], EVIDENCE)["evidence@5"] == 1


def test_each_passage_says_which_evidence_it_holds() -> None:
    """The indexes are those of the evidence strings."""
    assert evidence_held([OTHER, SECOND, f"{SECOND} {FIRST}"], EVIDENCE) == ((), (1,), (0, 1))


def test_evidence_split_over_two_passages_is_not_found() -> None:
    """Evidence must stand in one passage."""
    assert evidence_held(["The previous mark was 403", "seconds."], EVIDENCE[:1]) == ((), ())


def test_without_evidence_nothing_is_held() -> None:
    """A question without evidence is refused, not scored 0 or 1."""
    with pytest.raises(ValueError, match="leave it out"):
        evidence_scores([FIRST], ())

"""What each bound on the confidence would cost, and asking an archive without the articles that answer."""

from collections.abc import Sequence

import pytest

from eval.calibration import Asked, calibrate
from eval.withholding import Withholding
from index.types import Where


def asked(answerable: Sequence[float], others: Sequence[float]) -> list[Asked]:
    return [
        Asked(question_id=str(number), confidence=confidence, answerable=right)
        for right, values in ((True, answerable), (False, others))
        for number, confidence in enumerate(values)
    ]


def test_shares_are_counted_below_each_bound() -> None:
    """A question at the bound is answered, as the pipeline does."""
    found = calibrate(asked([0.5, 0.9, 0.2, 0.7], [0.1, 0.5]), unjudged=3)
    at_half = next(row for row in found.bounds if row.bound == 0.5)
    assert (at_half.false_rate, at_half.recall, at_half.precision) == (0.25, 0.5, 0.5)
    assert (found.answerable, found.others, found.unjudged) == (4, 2, 3)
    # Of the eight pairs, six are in order and one ties.
    assert found.auroc == pytest.approx(6.5 / 8)


def test_bins_compare_confidence_with_what_is_so() -> None:
    """Each tenth of the scale that holds any question: mean confidence, share of answerable ones, how many; 1 is in the last."""
    found = calibrate(asked([0.51, 1.0], [0.55, 0.02]))
    assert [(pytest.approx(mean), share, n) for mean, share, n in found.bins] == [(0.02, 0, 1), (0.53, 0.5, 2), (1.0, 1, 1)]


def test_without_questions_of_one_kind_nothing_is_said_of_it() -> None:
    """No share is made up."""
    found = calibrate(asked([0.5], []))
    assert found.auroc is None
    assert {row.recall for row in found.bounds} == {None}
    assert found.bounds[0].precision is None


class _Rows:
    """A store of ten passages, one an article."""

    def nearest(self, vector: object, k: int, where: Where) -> list[tuple[int, float]]:  # noqa: ARG002 - the protocol's
        return [(row, 1.0 / row) for row in range(1, 11)][:k]

    def passages(self, rows: Sequence[int]) -> list[tuple[None, "_Article"]]:
        return [(None, _Article(f"a{row}")) for row in rows]

    def stats(self) -> str:
        return "ten"


class _Article:
    def __init__(self, article_id: str) -> None:
        self.article_id = article_id


def test_withheld_articles_leave_their_places_to_others() -> None:
    """As many are found as were asked for, if there are as many; stories are known by the id that they are judged as."""
    held = Withholding(_Rows(), lambda ids: ["story" if i in ("a1", "a3") else i for i in ids])  # type: ignore[arg-type]
    assert [row for row, _ in held.nearest(None, 3, Where())] == [1, 2, 3]  # type: ignore[arg-type]
    held.withheld = {"story", "a4"}
    assert [row for row, _ in held.nearest(None, 3, Where())] == [2, 5, 6]  # type: ignore[arg-type]
    assert len(held.nearest(None, 50, Where())) == 7  # type: ignore[arg-type]
    assert held.as_store().stats() == "ten"  # type: ignore[comparison-overlap]

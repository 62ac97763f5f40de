"""What a window does: how much more its articles count, and what it narrows."""

import math
from datetime import date

import pytest

from rag.recency import recency_factors
from rag.windows import Window, window_factors, within
from tests.rag.test_windows import ASKED


def _window(since: str, until: str) -> Window:
    return Window(since=date.fromisoformat(since), until=date.fromisoformat(until), kind="about", words="then")


def test_inference_only_narrows_what_the_caller_asked() -> None:
    """The part inside the caller's limits is left; where that is nothing, so is the window."""
    window = _window("2025-08-01", "2025-08-31")
    assert within(window, None, None) == window
    assert within(window, date(2025, 8, 10), date(2025, 12, 31)) == _window("2025-08-10", "2025-08-31")
    assert within(window, date(2025, 9, 1), None) is None
    assert within(window, None, date(2025, 7, 31)) is None


def test_articles_of_the_window_count_more() -> None:
    """Inside 1 + 2/2; a month's length after it 1 + 1/e, the decay before it likewise; undated the mean."""
    days = [date(2025, 5, 1), date(2025, 5, 31), date(2025, 7, 1), date(2025, 4, 17), None]
    factors = window_factors(days, _window("2025-05-01", "2025-05-31"), ASKED, strength=2.0, decay_days=14.0)
    one_off = 1 + 1 / math.e
    assert factors == pytest.approx([2, 2, one_off, one_off, (4 + 2 * one_off) / 4])


@pytest.mark.parametrize(
    "window",
    [
        None,
        Window(since=date(2025, 5, 1), until=date(2025, 5, 31), kind="published", words="May 2025"),
        Window(since=date(2025, 11, 16), until=ASKED, kind="about", words="this week"),
        Window(since=date(2025, 11, 9), until=date(2025, 11, 16), kind="about", words="last week"),
        Window(since=date(1803, 1, 1), until=date(1803, 12, 31), kind="about", words="in 1803"),
    ],
)
def test_a_window_that_tells_nothing_leaves_recency_as_it_is(window: Window | None) -> None:
    """Without a window, with a limit, with a window at the day of asking or far from all articles, recency counts."""
    days = [date(2025, 11, 18), date(2025, 5, 10), None]
    assert window_factors(days, window, ASKED, strength=2.0, decay_days=14.0) == recency_factors(
        days, ASKED, strength=2.0, decay_days=14.0
    )


def test_undated_articles_and_none_at_all_have_factors() -> None:
    """Nothing dated: every factor is 1; nothing found: no factor."""
    window = _window("2025-05-01", "2025-05-31")
    assert window_factors([None, None], window, ASKED, strength=2.0, decay_days=14.0) == [1, 1]
    assert window_factors([], window, ASKED, strength=2.0, decay_days=14.0) == []

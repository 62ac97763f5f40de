"""Figures of sentences: values, kinds, limits, and when two of them agree."""

from fractions import Fraction

import pytest

from rag.printed_figures import Figure, agree, plausible, read_days, read_figures


def only(text: str) -> Figure:
    found = read_figures(text) or read_days(text)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("text", "printed", "kind", "value"),
    [
        ("They planted 12 trees.", "12", "count", 12),
        ("They planted 1,700 trees.", "1,700", "count", 1_700),
        ("They planted twenty-three trees.", "twenty-three", "count", 23),
        ("They planted a dozen trees.", "a dozen", "count", 12),
        ("They planted four hundred trees.", "four hundred", "count", 400),
        ("They planted 1.7 million trees.", "1.7 million", "count", 1_700_000),
        ("It cost $71m in all.", "$71m", "money", 71_000_000),
        ("It cost over 130 billion yuan.", "over 130 billion yuan", "money", 130_000_000_000),
        ("It cost 640 million crowns.", "640 million crowns", "money", 640_000_000),
        ("It won 54.5% there.", "54.5%", "percent", Fraction(109, 2)),
        ("It won 54 per cent there.", "54 per cent", "percent", 54),
        ("It opens on 4 May.", "4 May", "date", 504),
        ("It opens on May 4th, 2025.", "May 4th, 2025", "date", 20250504),
    ],
)
def test_figures_are_read_as_printed(text: str, printed: str, kind: str, value: int | Fraction) -> None:
    """Digits, words, scales, currencies and days have their value, and the slice of the text that prints them."""
    figure = only(text)
    assert (text[figure.start : figure.end], figure.kind, figure.value) == (printed, kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "It opened in 2024.",
        "A 12-year-old boy won.",
        "It came 12th.",
        "It ended 3-2 there.",
        "The Q400 landed.",
        "The doors open at 7:30 there.",
    ],
)
def test_years_ages_ordinals_scores_and_parts_of_names_are_no_figures(text: str) -> None:
    """Digits that count nothing are left out."""
    assert read_figures(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Another 12 trees fell.",
        "12 more trees fell.",
        "It fell by 12 there.",
        "12 of the trees fell.",
        "They cut 12 trees a day.",
        "The last 12 trees fell.",
    ],
)
def test_changes_parts_and_rates_are_marked(text: str) -> None:
    """A figure that is not the whole is known to be none."""
    assert only(text).partial
    assert not only("12 trees fell.").partial


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("12 trees", "twelve trees", True),
        ("12 trees", "13 trees", False),
        ("1.7 million trees", "1,700,000 trees", True),
        ("1.7 million trees", "1,698,412 trees", True),
        ("1.7 million trees", "1.8 million trees", False),
        ("1,700 trees", "1,698 trees", True),
        ("1,698 trees", "1,689 trees", False),
        ("about 100 trees", "94 trees", True),
        ("about 100 trees", "40 trees", False),
        ("more than 100 trees", "143 trees", True),
        ("more than 100 trees", "43 trees", False),
        ("at least 12 trees", "19 trees", True),
        ("at least 19 trees", "12 trees", False),
        ("at least 12 trees", "at least 19 trees", False),
        ("more than 100 trees", "more than 140 trees", True),
        ("up to 40 trees", "19 trees", True),
        ("up to 40 trees", "50 trees", False),
        ("on 4 May", "on May 4, 2025", True),
        ("on 4 May 2024", "on May 4, 2025", False),
        ("on 4 May", "on 5 May", False),
    ],
)
def test_figures_agree_when_both_can_be_right(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """Rounding, `about` and one-sided limits leave room; the order of the two does not matter."""
    assert agree(only(one), only(other)) is expected
    assert agree(only(other), only(one)) is expected


def test_days_that_do_not_exist_are_none() -> None:
    """No calendar has a 31st of June."""
    assert read_days("It opens on 31 June.") == []
    assert len(read_days("It opens on 29 February.")) == 1


def test_figures_far_apart_are_not_plausibly_one() -> None:
    """Five times is the limit; days have none."""
    assert plausible(only("12 trees"), only("60 trees"))
    assert not plausible(only("12 trees"), only("61 trees"))
    assert plausible(only("on 4 May"), only("on 4 May 2025"))

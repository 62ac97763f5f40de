"""Comparing two figures: only where the quotes leave no doubt."""

from collections.abc import Callable, Sequence

import pytest

from index.types import Article
from rag.conclusions import conclusion
from rag.types import Citation

LONGER = "Which tunnel is longer, the Skarv or the Varby tunnel?"


@pytest.fixture
def cited(article_of: Callable[..., Article]) -> Callable[..., list[Citation]]:
    def cite(*quotes: str, titles: Sequence[str] = ()) -> list[Citation]:
        titles = titles or [""] * len(quotes)
        return [
            Citation(
                number=number, article=article_of(quote, title=title), quote=quote, start=0, end=len(quote), verified="exact",
            )
            for number, (quote, title) in enumerate(zip(quotes, titles, strict=True), start=1)
        ]  # fmt: skip

    return cite


@pytest.mark.parametrize(
    ("question", "quotes", "told"),
    [
        (LONGER, ("The Skarv tunnel is 4,100 metres long.", "The tunnel at Varby measures 3,870 metres."),
         "4,100 metres [1] is more than 3,870 metres [2]."),
        (LONGER, ("The tunnel at Varby measures 3,870 metres.", "Skarv: 4,100 metres of tunnel, dug in 3 years."),
         "4,100 metres [2] is more than 3,870 metres [1]."),
        ("Did Norlink or Fjordline sell more tickets?", ("Norlink sold 12,000 tickets.", "Fjordline sold 12,000 tickets in May."),
         "Both are the same: 12,000 tickets [1][2]."),
        ("Is the bridge or the tunnel more expensive?", ("The bridge cost $640 million.", "The tunnel cost $1.2 billion."),
         "$1.2 billion [2] is more than $640 million [1]."),
        ("Was growth higher in May or in June?", ("In May it was 3 percent.", "It came to 2.5 percent in June."),
         "3 percent [1] is more than 2.5 percent [2]."),
    ],
)  # fmt: skip
def test_two_plain_figures_are_compared(
    cited: Callable[..., list[Citation]], question: str, quotes: tuple[str, str], told: str
) -> None:
    """The larger one is named first, each with the source that holds it."""
    assert conclusion(question, cited(*quotes)) == told


@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        ("How long are the Skarv and the Varby tunnel?", ("The Skarv tunnel is 4,100 metres long.", "Varby's is 3,870 metres.")),
        (LONGER, ("The Skarv tunnel is 4,100 metres long.", "The tunnel at Varby measures 3.9 kilometres.")),
        (LONGER, ("The Skarv tunnel is 4,100 metres long.", "The tunnel at Varby took 3 years.")),
        (LONGER, ("The Skarv tunnel is more than 4,100 metres long.", "The tunnel at Varby measures 3,870 metres.")),
        (LONGER, ("The Skarv tunnel is 4,100 metres long and 90 metres deep.", "The tunnel at Varby measures 3,870 metres.")),
        (LONGER, ("The Skarv tunnel is 4,100 metres long.",)),
        (LONGER, ("The Skarv tunnel, 4,100 metres, beats Varby's with 3,870 metres.",)),
        (LONGER, ("A tunnel of 4,100 metres opened.", "The tunnel at Varby measures 3,870 metres.")),
        ("Which tunnel is longer?", ("The Skarv tunnel is 4,100 metres long.", "The tunnel at Varby measures 3,870 metres.")),
        ("Did Norlink or Fjordline sell more tickets?", ("Norlink sold another 12,000 seats.", "Fjordline sold 9,000 seats.")),
        ("Is the bridge or the tunnel more expensive?", ("The bridge cost $640 million.", "The tunnel cost 1.2 billion crowns.")),
        (LONGER, ()),
    ],
)  # fmt: skip
def test_whatever_leaves_a_doubt_is_not_compared(
    cited: Callable[..., list[Citation]], question: str, quotes: tuple[str, ...]
) -> None:
    """Other units, bounds, several figures, one side alone, no comparison: nothing is said."""
    assert conclusion(question, cited(*quotes)) is None


def test_a_side_may_stand_in_the_title(cited: Callable[..., list[Citation]]) -> None:
    """A quote that says `it` is about what its article is about."""
    found = cited(
        "It is 4,100 metres long.", "It is 3,870 metres long.", titles=("The Skarv tunnel opens", "Varby digs its tunnel")
    )
    assert conclusion(LONGER, found) == "4,100 metres [1] is more than 3,870 metres [2]."

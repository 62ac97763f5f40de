"""Articles from before the year that is asked about cannot answer."""

from collections.abc import Callable
from datetime import date

import pytest

from index.types import Article, Hit, Passage
from rag.anachronism import those_that_can_know

TODAY = date(2025, 11, 22)


@pytest.fixture
def hits(article_of: Callable[..., Article]) -> list[Hit]:
    made = []
    for text, day in (
        ("Ida Strand won the final.", "2022-07-10"),
        ("Mara Lind won the final.", "2025-07-13"),
        ("The final of 2025 will be played in Varby.", "2022-12-01"),
        ("Pekka Salmi won the final.", None),
    ):
        article = article_of(text, day=day)
        passage = Passage(article_id=article.article_id, start=0, end=len(text), text=text)
        made.append(Hit(passage=passage, article=article, score=1, similarity=0.5, ranks={}))
    return made


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Who won the final in 2025?", [1, 2, 3]),
        ("Who won the 2022 and the 2025 final?", [0, 1, 2, 3]),
        ("Who won the final?", [0, 1, 2, 3]),
        ("Who won the final in 2019?", [0, 1, 2, 3]),
        ("Who will win the final in 2027?", [0, 1, 2, 3]),
        ("Who won 2,025 kroner?", [0, 1, 2, 3]),
        ("Who won $2025 in the final?", [0, 1, 2, 3]),
    ],
)
def test_a_year_leaves_out_what_came_before_it(hits: list[Hit], question: str, left: list[int]) -> None:
    """Unless the article names the year itself, or has no date, or the year is still to come."""
    assert those_that_can_know(question, TODAY, hits) == [hits[place] for place in left]


def test_a_year_to_come_is_judged_from_the_day_of_the_question(hits: list[Hit]) -> None:
    """Asked in 2022, every article may tell what is planned for 2025."""
    assert those_that_can_know("Who plays the final in 2025?", date(2022, 12, 31), hits) == hits

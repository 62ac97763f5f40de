"""The note on the newest source: only for questions about the latest, as precise as the source."""

from collections.abc import Callable

import pytest

from index.types import Article
from rag.newest import newest_note
from rag.types import Citation

LATEST = "What is the latest figure for the harvest?"


@pytest.fixture
def citing(article_of: Callable[..., Article]) -> Callable[..., list[Citation]]:
    def make(*days: str | None) -> list[Citation]:
        """Cite one article of each day."""
        articles = [article_of(f"Apples, report {number}.", title="Apples", day=day) for number, day in enumerate(days)]
        return [
            Citation(number=number, article=article, quote=article.text, start=0, end=len(article.text), verified="exact")
            for number, article in enumerate(articles, start=1)
        ]

    return make


@pytest.mark.parametrize(
    ("days", "note"),
    [
        (["2025-03-04", "2025-03-03"], "The newest source is of 4 March 2025."),
        (["2025-03-03", None, "2025-03-04"], "The newest source is of 4 March 2025."),
        (["2025-03"], "The newest source is of March 2025."),
        (["2025"], "The newest source is of 2025."),
        ([None], None),
        ([], None),
    ],
)
def test_the_newest_day_is_told(citing: Callable[..., list[Citation]], days: list[str | None], note: str | None) -> None:
    """The latest date counts, printed no more precisely than its article does; without a date nothing is told."""
    assert newest_note(LATEST, citing(*days)) == note


def test_other_questions_have_no_note(citing: Callable[..., list[Citation]]) -> None:
    """Who does not ask for the latest is not told how new the answer is."""
    assert newest_note("How large was the harvest of 2019?", citing("2025-03-04")) is None
    assert newest_note("How large is the harvest now?", citing("2025-03-04")) is not None

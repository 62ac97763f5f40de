"""Leaves out articles that cannot know what a question asks about: those from before a year that it names."""

import re
from collections.abc import Sequence
from datetime import date

from index.types import Hit

_YEAR = re.compile(r"(?<![\w$€£.,-])(?:19|20)\d\d(?![\w%-]|[.,]\d)")


def those_that_can_know(question: str, asked_on: date, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without articles dated before every past year that the question names, unless they name one of them, too.

    `Who won the 2025 final?` is not answered by a report of the final of 2022; a forecast for 2025, made in 2024, names the
    year. Undated articles stay. What is planned for a year to come, every article may tell.
    """
    years = {year for year in map(int, _YEAR.findall(question)) if year <= asked_on.year}
    if not years:
        return list(hits)
    first = min(years)
    return [
        hit
        for hit in hits
        if hit.article.dated is None
        or hit.article.dated.day.year >= first
        or any(str(year) in hit.article.text or str(year) in hit.article.title for year in years)
    ]

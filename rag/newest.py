"""Tells how new an answer is when its question asks for the latest."""

from collections.abc import Sequence

from rag.printed_date import printed_date
from rag.types import Citation
from rag.windows import wants_latest


def newest_note(question: str, citations: Sequence[Citation]) -> str | None:
    """Return a sentence with the date of the newest cited article, as precise as printed.

    None if the question does not ask for the latest (`rag.windows.wants_latest`), or no cited article is dated.
    """
    if not wants_latest(question):
        return None
    dates = [citation.article.dated for citation in citations if citation.article.dated]
    return f"The newest source is of {printed_date(max(dates, key=lambda dated: dated.day))}." if dates else None

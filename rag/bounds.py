"""What a question may be: how long, how many passages, which days."""

from rag.errors import InvalidQuestion
from rag.types import Question

MAX_QUESTION_CHARACTERS = 2_000
MAX_K = 100


def check(question: Question) -> None:
    """Refuse a question that cannot be used.

    Raises:
        InvalidQuestion: names the field and what is wrong with it.
    """
    text = question.text
    if not text.strip():
        raise InvalidQuestion("question", "is empty; ask something")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise InvalidQuestion("question", f"has {len(text):,} characters; at most {MAX_QUESTION_CHARACTERS:,} are allowed")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidQuestion("question", "holds half of a character (a lone surrogate); send valid Unicode")
    if not 1 <= question.k <= MAX_K:
        raise InvalidQuestion("k", f"is {question.k}; it must be between 1 and {MAX_K}")
    if question.since and question.until and question.since > question.until:
        raise InvalidQuestion("from", f"{question.since} is after to, {question.until}; swap them")

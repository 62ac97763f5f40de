"""Gold questions: what is asked and what the right answer is. Reads and checks the file; knows no given answers."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.fields import Fields
from eval.datasets.reading import read_lines

UNANSWERABLE = "unanswerable"
"""The kind of the questions whose right answer is to abstain; what follows a slash says why (`unanswerable/near-miss`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuestion:
    """A question with its right answers and where they stand."""

    id: str
    question: str
    kind: str
    """`number`, `person`, `list` … as the file says; questions are reported by it."""
    answers: tuple[str, ...]
    """Any one of them counts. Without answers and `all_of`, an answer is not judged by its words."""
    all_of: tuple[tuple[str, ...], ...] = ()
    """The parts of the answer: each must be said, in any one of its forms."""
    evidence: tuple[str, ...]
    """Verbatim strings of the sources that hold the answer."""
    relevant: Mapping[str, int] = field(default_factory=dict)
    """The documents of the dataset that help to answer, by id, with a grade above 0. Empty: not known."""
    history: tuple[str, ...] = ()
    """What was asked before in the same conversation, oldest first."""
    publisher: str | None
    """The outlet to be named; several are joined by `; ` and any one is right. None: not judged."""
    author: str | None
    """The author to be named; several are joined by `; ` and any one is right. None: not judged."""
    date: dt.date | None
    """The day on which the source was published or updated. None: not judged."""
    as_of: dt.date | None
    """The day on which the question is asked; None for now."""
    source: str | None
    """The file of the source, for people."""
    answerable: bool | None
    """Whether the sources hold the answer. False: the right answer is to abstain. None: not known, so neither answers nor
    abstentions are judged."""


def load_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """Return the questions of a JSONL file, in order; it may be compressed with gzip. Unknown keys are ignored.

    Raises:
        GoldError: the file cannot be read, holds no question, or a line is not a gold question.
    """
    return tuple(unique(_questions(path), path, "questions"))


def _questions(path: Path) -> Iterator[tuple[Fields, str, GoldQuestion]]:
    for fields in read_lines(path):
        question = _question(fields)
        yield fields, question.id, question


def _question(fields: Fields) -> GoldQuestion:
    kind = fields.text("kind")
    question = GoldQuestion(
        id=fields.text("id"),
        question=fields.text("question"),
        kind=kind,
        answers=fields.texts("answers", optional="all_of" in fields.values),
        all_of=fields.text_lists("all_of"),
        evidence=fields.texts("evidence", optional="relevant" in fields.values),
        relevant=fields.grades("relevant"),
        history=fields.texts("history", optional=True),
        publisher=fields.optional_text("publisher"),
        author=fields.optional_text("author"),
        date=fields.day("date"),
        as_of=fields.day("as_of"),
        source=fields.optional_text("source"),
        answerable=kind != UNANSWERABLE and not kind.startswith(f"{UNANSWERABLE}/"),
    )
    if question.answerable and not question.answers and not question.all_of:
        raise fields.wrong(f'"answers" is empty, and so is "all_of". List what is right, or make the kind "{UNANSWERABLE}".')
    if not question.answerable and (question.answers or question.all_of):
        raise fields.wrong(f'an {UNANSWERABLE} question has "answers" or "all_of". Empty the list, or change the kind.')
    return question

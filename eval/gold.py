"""Gold questions: what is asked and what the right answer is. Reads and checks the file; knows no given answers."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eval.datasets.fields import Fields
from eval.datasets.reading import line_object, raw_lines
from eval.errors import GoldError

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
    fault: str | None = None
    """What is wrong with its line in the file, so that it cannot be asked and counts as wrong. None: nothing."""


def load_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """Return the questions of a JSONL file, in order; it may be compressed with gzip. Unknown keys are ignored.

    A line that is no gold question, or has the id of one before, becomes a question with a `fault` and the id `line 17`: one
    bad line costs one question, not the run.

    Raises:
        GoldError: the file cannot be read, or no line of it is a gold question; then it says what is wrong with the first.
    """
    questions: dict[str, GoldQuestion] = {}
    lines: dict[str, int] = {}
    faults: list[GoldError] = []
    for number, line in raw_lines(path):
        values: Mapping[str, object] = {}
        try:
            fields = line_object(line, path, number)
            values = fields.values
            question = _question(fields)
            if question.id in questions:
                raise fields.wrong(f"the id {question.id!r} is that of line {lines[question.id]}. Give each its own.")
        except GoldError as fault:
            faults.append(fault)
            question = _unusable(values, number, fault, taken=questions)
        questions[question.id] = question
        lines[question.id] = number
    if not questions:
        raise GoldError(path, None, "holds no questions. docs/eval.md shows how they are written.")
    if len(faults) == len(questions):
        raise faults[0]
    return tuple(questions.values())


def _unusable(values: Mapping[str, object], number: int, fault: GoldError, taken: Collection[str]) -> GoldQuestion:
    """Return what can be told of a line that is no question, under an id that no question before has."""
    identity = f"line {number}"
    while identity in taken:
        identity += "*"
    kind, question = (value.strip() if isinstance(value := values.get(key), str) else "" for key in ("kind", "question"))
    return GoldQuestion(
        id=identity, question=question, kind=kind or "unusable", answers=(), evidence=(), publisher=None, author=None, date=None,
        as_of=None, source=None, answerable=_answerable(kind), fault=f"line {number} of the gold file: {fault.problem}",
    )  # fmt: skip


def _answerable(kind: str) -> bool:
    return kind != UNANSWERABLE and not kind.startswith(f"{UNANSWERABLE}/")


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
        answerable=_answerable(kind),
    )
    if question.answerable and not question.answers and not question.all_of:
        raise fields.wrong(f'"answers" is empty, and so is "all_of". List what is right, or make the kind "{UNANSWERABLE}".')
    if not question.answerable and (question.answers or question.all_of):
        raise fields.wrong(f'an {UNANSWERABLE} question has "answers" or "all_of". Empty the list, or change the kind.')
    return question

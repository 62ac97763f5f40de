"""Gold questions: what is asked and what the right answer is. Reads and checks the file; knows no given answers."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from eval.errors import GoldError
from eval.matching import normalised

UNANSWERABLE = "unanswerable"
"""The kind of the questions whose right answer is to abstain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuestion:
    """A question with its right answers and where they stand."""

    id: str
    question: str
    kind: str
    """`number`, `person`, `list` … as the file says; `unanswerable` when the archive does not hold the answer."""
    answers: tuple[str, ...]
    """Any one of them counts. Empty exactly when the question is unanswerable."""
    evidence: tuple[str, ...]
    """Verbatim strings of the source that hold the answer. Without them retrieval cannot be judged."""
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

    @property
    def answerable(self) -> bool:
        """Whether the archive holds the answer."""
        return self.kind != UNANSWERABLE


def load_gold(path: Path) -> tuple[GoldQuestion, ...]:
    """Return the questions of a JSONL file, in order. Empty lines and unknown keys are ignored.

    Raises:
        GoldError: the file cannot be read, holds no question, or a line is not a gold question.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise GoldError(path, None, f"cannot be read ({error.strerror}). Name a JSONL file of gold questions.") from error
    except UnicodeDecodeError as error:
        raise GoldError(path, None, f"is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    questions: list[GoldQuestion] = []
    lines: dict[str, int] = {}
    # Not splitlines: a string may hold U+2028, which would end the line there.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            question = _question(path, number, line)
            first = lines.setdefault(question.id, number)
            if first != number:
                raise GoldError(path, number, f"the id {question.id!r} is line {first}'s. Give every question its own id.")
            questions.append(question)
    if not questions:
        raise GoldError(path, None, "holds no questions. Write one JSON object a line; docs/eval.md shows the keys.")
    return tuple(questions)


def _question(path: Path, number: int, line: str) -> GoldQuestion:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise GoldError(path, number, f"is not JSON ({error}). Write one JSON object on one line.") from error
    if not isinstance(values, dict):
        raise GoldError(path, number, f"is {_called(values)}. Write one JSON object a line.")
    fields = _Fields(path=path, line=number, values=values)
    question = GoldQuestion(
        id=fields.text("id"),
        question=fields.text("question"),
        kind=fields.text("kind"),
        answers=fields.texts("answers"),
        evidence=fields.texts("evidence"),
        publisher=fields.optional_text("publisher"),
        author=fields.optional_text("author"),
        date=fields.day("date"),
        as_of=fields.day("as_of"),
        source=fields.optional_text("source"),
    )
    if question.answerable and not question.answers:
        raise fields.wrong(f'"answers" is empty. List at least one, or make the kind "{UNANSWERABLE}".')
    if not question.answerable and question.answers:
        raise fields.wrong(f'an {UNANSWERABLE} question has "answers". Empty the list, or change the kind.')
    return question


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The values of one line, read with their types checked."""

    path: Path
    line: int
    values: dict[str, object]

    def wrong(self, problem: str) -> GoldError:
        return GoldError(self.path, self.line, problem)

    def text(self, key: str) -> str:
        if key not in self.values:
            raise self.wrong(f'"{key}" is missing. Add it, as a string.')
        value = self.values[key]
        if not isinstance(value, str):
            raise self.wrong(f'"{key}" is {_called(value)}. Write a string.')
        if not value.strip():
            raise self.wrong(f'"{key}" is blank. Fill it in.')
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(f'"{key}" is {_called(value)}. Write a string, or null.')
        return (value or "").strip() or None

    def texts(self, key: str) -> tuple[str, ...]:
        if key not in self.values:
            raise self.wrong(f'"{key}" is missing. Add it, as a list of strings; it may be empty.')
        values = self.values[key]
        if not isinstance(values, list):
            raise self.wrong(f'"{key}" is {_called(values)}. Write a list of strings.')
        for value in values:
            if not isinstance(value, str):
                raise self.wrong(f'"{key}" holds {_called(value)}. Write strings only.')
            if not normalised(value):
                raise self.wrong(f'"{key}" holds {value!r}, which has no word to match. Write words or numbers.')
        return tuple(values)

    def day(self, key: str) -> dt.date | None:
        value = self.optional_text(key)
        if value is None:
            return None
        problem = f'"{key}" is {value!r}, which is no day. Write it as 2025-09-19, or null.'
        try:
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise self.wrong(problem) from error
        # fromisoformat takes week dates and dates without hyphens, too.
        if day.isoformat() != value:
            raise self.wrong(problem)
        return day


def _called(value: object) -> str:
    """Name a JSON value as its writer would."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"

"""Asks the gold questions one after the other, as a user would, and keeps what came back. Judges nothing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from eval.errors import RunError
from eval.gold import GoldQuestion
from rag.errors import AnsweringError
from rag.types import Answer, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A gold question and the answer that was given."""

    gold: GoldQuestion
    answer: Answer
    wall_ms: float | None
    """From asking to the whole answer; None for the first question, which pays for warming up."""


async def run(questions: Sequence[GoldQuestion], ask: Callable[[Question], Awaitable[Answer]], *, k: int) -> tuple[Record, ...]:
    """Ask every question in order, one at a time, each with the `k` best passages retrieved and as of its own day.

    Raises:
        RunError: a question could not be asked; those before it are lost.
    """
    records: list[Record] = []
    for gold in questions:
        started = perf_counter()
        try:
            answer = await ask(Question(text=gold.question, as_of=gold.as_of, k=k))
        except AnsweringError as error:
            raise RunError(gold.id, str(error)) from error
        wall_ms = (perf_counter() - started) * 1000
        records.append(Record(gold=gold, answer=answer, wall_ms=wall_ms if records else None))
    return tuple(records)

"""Asking the questions."""

import asyncio
from collections.abc import Callable
from datetime import date

import pytest

from eval.errors import RunError
from eval.gold import GoldQuestion
from eval.runner import run
from rag.errors import InvalidQuestion
from rag.types import Answer, Question

AnswerOf = Callable[..., Answer]
GoldOf = Callable[..., GoldQuestion]


def test_questions_are_asked_in_order_as_a_user_would(answer_of: AnswerOf, gold_of: GoldOf) -> None:
    """Each question is asked once, with its own day and the given k; only the first is not timed."""
    asked: list[Question] = []

    async def ask(question: Question) -> Answer:
        asked.append(question)
        return answer_of(text=question.text)

    gold = [gold_of(id="a", question="A?", as_of=date(2025, 9, 19)), gold_of(id="b", question="B?")]
    records = asyncio.run(run(gold, ask, k=10))
    assert asked == [Question(text="A?", as_of=date(2025, 9, 19), k=10), Question(text="B?", k=10)]
    assert [record.answer.text for record in records] == ["A?", "B?"]
    assert records[0].wall_ms is None
    assert records[1].wall_ms is not None
    assert records[1].wall_ms > 0


def test_a_question_that_cannot_be_asked_is_named(gold_of: GoldOf) -> None:
    """What stops the run is told with the id of the question."""

    async def ask(_: Question) -> Answer:
        raise InvalidQuestion("question", "is too long")

    with pytest.raises(RunError, match="Question 'q1' could not be asked: question: is too long"):
        asyncio.run(run([gold_of()], ask, k=10))

"""Deciding whether the evidence can answer: by hand, and on the sample articles."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from index.protocols import PassageStore
from rag.abstention import ANSWERABLE_FROM, answerable
from rag.pipeline import Pipeline
from rag.relevance import assess
from rag.types import Answer, Evidence, Question

EvidenceOf = Callable[..., list[Evidence]]


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


@pytest.fixture(scope="module")
def ask(samples: PassageStore, build_pipeline_over: Callable[..., Pipeline]) -> Callable[[str], Answer]:
    pipeline = build_pipeline_over(samples)
    return lambda question: asyncio.run(pipeline.answer(Question(text=question)))


def likely(evidence_of: EvidenceOf, question: str, text: str, similarity: float = 0.6) -> float:
    return answerable(assess(question, evidence_of(text, similarity=similarity), alike))


def test_without_sentences_nothing_is_answerable() -> None:
    """No evidence is below the bound."""
    assert answerable(assess("Do ferries sail?", [], alike)) < ANSWERABLE_FROM


@pytest.mark.parametrize(
    ("text", "similarity"),
    [
        ("At Norlink trains sail, all 14 of them.", 0.6),
        ("At Norlink ferries sail, all of them.", 0.6),
        ("At Seabird ferries sail, all 14 of them.", 0.6),
        ("At Norlink ferries sail, all 14 of them.", 0.2),
    ],
)
def test_what_is_missing_lowers_the_likelihood(evidence_of: EvidenceOf, text: str, similarity: float) -> None:
    """A missing word, a missing number, a missing name and a distant passage each count against the evidence."""
    question = "How many ferries of Norlink sail?"
    full = likely(evidence_of, question, "At Norlink ferries sail, all 14 of them.")
    assert 0 < likely(evidence_of, question, text, similarity) < full < 1


def test_a_missing_name_weighs_more_than_a_missing_word(evidence_of: EvidenceOf) -> None:
    """An answer about another name is no answer, one in other words may be."""
    question = "Did the ferries of Norlink sail?"
    without_name = likely(evidence_of, question, "The ferries of Seabird did sail.")
    without_word = likely(evidence_of, question, "The vessels of Norlink did sail.")
    assert without_name < without_word


@pytest.mark.parametrize(
    "question",
    [
        "Who won the football world cup in 1998?",
        "best pizza recipe with pineapple",
        "What is the capital of Peru?",
        "How do I reset the password of my router?",
        "asdf qwer zxcv",
    ],
)
def test_off_topic_questions_are_not_answered(ask: Callable[[str], Answer], question: str) -> None:
    """A question about another world abstains for a low score and shows the three nearest passages."""
    answer = ask(question)
    assert answer.abstained is not None
    assert answer.abstained.reason == "low_score"
    assert answer.nearest == answer.hits[:3]
    assert len(answer.nearest) == 3


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who operates the WEST tokamak?", "CEA"),
        ("Which laboratory built the Rubin camera?", "SLAC"),
        ("When is the next total eclipse of the Sun?", "August 12, 2026"),
        ("How many gigawatts of solar power were added in 2024?", "452"),
        ("At what rate will the Bulgarian lev be converted into euros?", "1.95583"),
        ("Who won the 2025 Nobel Prize in Chemistry?", "Kitagawa"),
    ],
)
def test_answerable_questions_are_answered(ask: Callable[[str], Answer], question: str, expected: str) -> None:
    """A question that the archive answers is answered, with the fact in the answer."""
    answer = ask(question)
    assert answer.abstained is None
    assert expected in answer.text


def test_the_bound_lies_between_the_two(evidence_of: EvidenceOf) -> None:
    """Evidence that repeats the question passes, evidence on another matter does not."""
    question = "How many ferries does Norlink sell?"
    assert likely(evidence_of, question, "Norlink sells 14 ferries.") > ANSWERABLE_FROM
    assert likely(evidence_of, question, "Hail fell.", similarity=0.1) < ANSWERABLE_FROM

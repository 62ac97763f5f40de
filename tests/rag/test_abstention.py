"""Deciding whether the evidence can answer: by hand, and on the sample articles."""

import asyncio
import math
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


def test_the_likelihood_is_the_fitted_curve(evidence_of: EvidenceOf) -> None:
    """All words in the sentence, cosine 0.6: 1 / (1 + e^-(-1.6 + 1.85 + 2.9·0.6 - 1.2)) = 0.688."""
    likelihood = answerable(assess("Do ferries sail?", evidence_of("Ferries sail."), alike), 100)
    assert likelihood == pytest.approx(1 / (1 + math.exp(-0.79)))


def test_without_sentences_nothing_is_answerable() -> None:
    """No evidence makes the likelihood 0."""
    assert answerable(assess("Do ferries sail?", [], alike), 100) == 0


def test_what_is_missing_lowers_the_likelihood(evidence_of: EvidenceOf) -> None:
    """A missing word, a wrong kind of answer and a distant passage each count against the evidence."""

    def likely(question: str, text: str, similarity: float = 0.6) -> float:
        return answerable(assess(question, evidence_of(text, similarity=similarity), alike), 100)

    full = likely("How many ferries sail?", "Ferries sail, all 14 of them.")
    assert likely("How many ferries sail?", "Trains sail, all 14 of them.") < full
    assert likely("How many ferries sail?", "Ferries sail, all of them.") < full
    assert likely("How many ferries sail?", "Ferries sail, all 14 of them.", similarity=0.2) < full


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
        ("When does the High Seas Treaty enter into force?", "January 17, 2026"),
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
    assert answerable(assess(question, evidence_of("Norlink sells 14 ferries."), alike), 100) > ANSWERABLE_FROM
    assert answerable(assess(question, evidence_of("Hail fell.", similarity=0.1), alike), 100) < ANSWERABLE_FROM

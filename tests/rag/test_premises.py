"""False premises: what contradicts a question is told, and only where nothing else may be meant."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from api.schemas import answer_body
from api.terminal import print_answer
from index.protocols import PassageStore
from index.types import Article
from rag.pipeline import Pipeline
from rag.premises import find_contradiction
from rag.question import read_question
from rag.types import Evidence, Question

Tell = Callable[..., str | None]
CUT = "Harbour Bank cut its key rate to 3 percent on Tuesday."
LAYOFFS = "Torvik Mills announced 2,000 layoffs before Anna Berg left."
FINAL = "Sandholm won the final against Orlanda by three goals to one."


@pytest.fixture
def told(evidence_of: Callable[..., list[Evidence]], article_of: Callable[..., Article]) -> Tell:
    def tell(question: str, *texts: str, day: str = "2025-03-11") -> str | None:
        """Return what is said of a question's premise when these texts are the evidence, all of one day."""
        dated = article_of("Any.", day=day).published
        evidence = [
            replace(item, hit=replace(item.hit, article=replace(item.hit.article, published=dated)))
            for item in evidence_of(*texts)
        ]
        words = read_question(question).words
        found = find_contradiction(question, evidence, dict.fromkeys(words, 3.0))
        return None if found is None else str(found)

    return tell


@pytest.mark.parametrize(
    ("question", "text", "note"),
    [
        ("Why did Harbour Bank raise its key rate in March?", CUT, "“cut”, not “raise”"),
        (
            "Why did Harbour Bank raise its key rate?",
            "Harbour Bank kept its key rate unchanged.",
            "“kept its key rate unchanged”",
        ),
        ("Who replaced Anna Berg after the 3,000 layoffs at Torvik Mills?", LAYOFFS, "“2,000”, not “3,000”"),
        ("When did Orlanda win the final against Sandholm?", FINAL, "“Sandholm won the final against Orlanda”"),
        ("When did Orlanda beat Sandholm?", "Orlanda was beaten by Sandholm on Sunday.", "not “Orlanda beat Sandholm”"),
        ("When did the ferry Lorna sink?", "The ferry Lorna did not sink in the storm.", "“did not sink”, not “sink”"),
        ("How many people were killed on the ferry Lorna?", "Nobody was killed on the ferry Lorna.", "“Nobody was killed”"),
        ("Why was the Orrby bridge opened on 4 May?", "The Orrby bridge was opened on 9 June.", "“9 June”, not “4 May”"),
    ],
)
def test_what_contradicts_a_question_is_told(told: Tell, question: str, text: str, note: str) -> None:
    """Opposite verbs, what stayed as it was, numbers, swapped sides, denials, nobody, and days."""
    found = told(question, text)
    assert found is not None
    assert note in found


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("Did Harbour Bank raise its key rate in March?", [CUT]),
        ("Why did Harbour Bank cut its key rate in March?", [CUT]),
        ("Why did Harbour Bank not raise its key rate?", [CUT]),
        ("Why did Harbour Bank raise its key rate in June?", [CUT]),
        ("Why did Ferrow Bank raise its key rate in March?", [CUT]),
        ("Why did Harbour Bank raise its key rate?", ["Harbour Bank may cut its key rate soon."]),
        ("Why did Harbour Bank raise its key rate?", ["Critics claim that Harbour Bank cut its key rate."]),
        ("Why did Harbour Bank raise its key rate?", ["Unlike Harbour Bank, Ferrow Bank cut its key rate on Tuesday."]),
        ("Why did Harbour Bank raise its key rate?", [CUT, "In the end Harbour Bank raised its key rate again."]),
        ("Who replaced Anna Berg after the 3,000 layoffs at Torvik Mills?", [LAYOFFS, "Torvik Mills has made 3,000 layoffs."]),
        ("Who replaced Anna Berg after the 2,000 layoffs at Torvik Mills?", [LAYOFFS]),
        ("Who replaced Anna Berg after the 3,000 layoffs at Torvik Mills?", ["Anna Berg owns 2,000 sheep at Torvik Mills."]),
        ("When did Sandholm win the final against Orlanda?", [FINAL]),
        ("When did Orlanda beat Sandholm?", ["Sandholm beat Orlanda in 2019.", "Orlanda beat Sandholm on Sunday."]),
        ("How many people were killed on the ferry Lorna?", ["Nobody was killed on the ferry Petra."]),
        ("Why did prices rise?", ["Prices fell on Tuesday."]),
    ],
)
def test_what_may_be_true_is_not_contradicted(told: Tell, question: str, texts: list[str]) -> None:
    """Yes-or-no questions, other times and subjects, plans, claims, and premises that another article confirms."""
    assert told(question, *texts) is None


@pytest.fixture
def bank(build_archive: Callable[[Iterable[Article]], PassageStore], article_of: Callable[..., Article]) -> PassageStore:
    texts = (
        f"{CUT} Governor Ilse Brandt cited weak demand for homes and a mild winter.",
        "The lighthouse of Skarv has a new lamp, and visitors may climb its tower on Sundays.",
    )
    return build_archive(
        article_of(text, title=title, publisher="Harbour Gazette", day="2025-03-11")
        for text, title in zip(texts, ("A cheaper loan", "Light on Skarv"), strict=True)
    )


def test_the_contradicting_sentence_is_the_answer(
    bank: PassageStore, build_pipeline_over: Callable[..., Pipeline], scripted: type[Any]
) -> None:
    """It is quoted and cited without asking the configured generator, and the note is in the answer's body."""
    model = scripted("It raised its rate because demand was weak. [S1]")
    pipeline = build_pipeline_over(bank, model)
    answer = asyncio.run(pipeline.answer(Question(text="Why did Harbour Bank raise its key rate in March?")))
    assert model.calls == 0
    assert answer.generator == "extractive"
    assert answer.abstained is None
    assert answer.text == f"{CUT} [1]"
    assert answer.citations[0].quote == CUT
    assert answer_body(answer).premise == "The archive says otherwise: “cut”, not “raise”."
    console = Console(record=True, width=200)
    print_answer(answer_body(answer), console)
    assert "The archive says otherwise: “cut”, not “raise”." in console.export_text()


def test_a_true_premise_has_no_note(
    bank: PassageStore, build_pipeline_over: Callable[..., Pipeline], scripted: type[Any]
) -> None:
    """The configured generator answers as ever."""
    model = scripted(f"{CUT} [S1]")
    answer = asyncio.run(
        build_pipeline_over(bank, model).answer(Question(text="Why did Harbour Bank cut its key rate in March?"))
    )
    assert model.calls == 1
    assert answer.premise is None

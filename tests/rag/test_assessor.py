"""Assessing once for all who need it: with the real embedder."""

from collections.abc import Callable, Sequence

import pytest

from index.protocols import Embedder
from rag.assessor import Assessor
from rag.nearness import Known
from rag.types import Evidence

EvidenceOf = Callable[..., list[Evidence]]
KnownOf = Callable[[Sequence[Evidence]], Known]
QUESTION = "Why are travellers unhappy?"


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


def twice(words: Sequence[str]) -> list[float]:
    """Every word is rarer."""
    return [2.0] * len(words)


@pytest.fixture
def evidence(evidence_of: EvidenceOf) -> list[Evidence]:
    return evidence_of("The island has two harbours. Passengers complain about late boats.")


def test_what_was_assessed_is_recalled(embedder: Embedder, evidence: list[Evidence], known_of: KnownOf) -> None:
    """The generator gets the very assessment that the pipeline decided by, with its rarities."""
    assessor = Assessor(embedder, alike, known_of(evidence))
    made = assessor.assess(QUESTION, evidence, embedder.embed_question(QUESTION), twice)
    assert assessor.recall(QUESTION, evidence) is made
    assert set(made.weights.values()) == {2.0}


def test_the_newest_assessment_counts(embedder: Embedder, evidence: list[Evidence], known_of: KnownOf) -> None:
    """The archive may have grown since, so every question is assessed anew."""
    assessor = Assessor(embedder, alike, known_of(evidence))
    embedded = embedder.embed_question(QUESTION)
    assessor.assess(QUESTION, evidence, embedded, twice)
    newest = assessor.assess(QUESTION, evidence, embedded, alike)
    assert assessor.recall(QUESTION, evidence) is newest


def test_without_one_it_is_made(embedder: Embedder, evidence: list[Evidence], known_of: KnownOf, evidence_of: EvidenceOf) -> None:
    """Other evidence or another question is assessed when it is recalled, by meaning too."""
    assessor = Assessor(embedder, alike, known_of(evidence))
    assessor.assess("Where do boats land?", evidence, embedder.embed_question("Where do boats land?"), twice)
    recalled = assessor.recall(QUESTION, evidence)
    assert recalled.question == QUESTION
    assert recalled.candidates[0].text == "Passengers complain about late boats."
    assert assessor.recall(QUESTION, evidence_of("Boats are fast.")).candidates[0].text == "Boats are fast."


def test_old_assessments_are_forgotten(embedder: Embedder, evidence: list[Evidence], known_of: KnownOf) -> None:
    """Memory is bounded: after many other questions it is made again, with the same result."""
    assessor = Assessor(embedder, alike, known_of(evidence))
    embedded = embedder.embed_question(QUESTION)
    first = assessor.assess(QUESTION, evidence, embedded, alike)
    for number in range(64):
        assessor.assess(f"Question {number}?", evidence, embedded, alike)
    again = assessor.recall(QUESTION, evidence)
    assert again is not first
    assert again == first

"""Sentences of articles and of models are not chosen by us: whatever repeats in them, they are read at once."""

import time

import pytest

from rag.answer_kinds import WantedKind
from rag.draft_support import measure
from rag.premise_roles import roles
from rag.question import read_question

# As much as a passage may have. Some of these took minutes.
CHARACTERS = 8_000
SECONDS = 3.0


@pytest.mark.parametrize("repeated", ["1", "1,", "1 ", "A", "A. ", "Aa ", "the Aa ", " ", '"', "[", "[ ", "x "])
def test_one_thing_repeated_is_read_at_once(repeated: str) -> None:
    """As the sentence of an article that may answer, as one that may contradict the question, and as a model's draft."""
    text = repeated * (CHARACTERS // len(repeated))
    started = time.process_time()
    for question in ("How much did the bridge cost?", "How long did the strike last?", "How high is the tower?"):
        WantedKind(question, read_question(question)).fit(text)
    roles(text)
    measure(text, [])
    assert time.process_time() - started < SECONDS

"""Answer metrics: the words of the answer, not its markers."""

from collections.abc import Callable

import pytest

from eval.answers import answer_scores, length_in_words, spoken_text
from rag.types import Answer, Citation, Sentence

AnswerOf = Callable[..., Answer]
CitationOf = Callable[..., Citation]


def test_markers_are_no_part_of_the_answer(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """Citation markers go, wherever they stand; a bracketed number that cites nothing stays."""
    citations = (citation_of(1, "one"), citation_of(2, "two"))
    answer = answer_of(text="It lasted 403 seconds [1][2]. “In [2021] more.” [1, 2]", citations=citations)
    assert spoken_text(answer) == "It lasted 403 seconds. “In [2021] more.”"
    assert length_in_words(answer) == 7


def test_a_marker_is_not_an_answer(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """An accepted `1` is not found in the marker `[1]`."""
    answer = answer_of(Sentence(text="Nobody knows.", citations=(1,)), citations=(citation_of(1, "Nobody knows."),))
    assert answer.text == "Nobody knows. [1]"
    assert answer_scores(answer, ("1",))["contains"] == 0


def test_the_best_accepted_answer_counts(answer_of: AnswerOf) -> None:
    """Any one accepted answer is enough: `11 million kronor` scores 1 against itself although another is longer."""
    answer = answer_of(text="11 million kronor")
    accepted = ("eleven million Swedish kronor", "11 million kronor")
    assert answer_scores(answer, accepted) == {"contains": 1, "em": 1, "f1": 1}


def test_a_sentence_contains_but_does_not_equal(answer_of: AnswerOf) -> None:
    """`It was 403 seconds.` contains `403 seconds`, EM 0, F1 2·2/(4+2) = 2/3."""
    scores = answer_scores(answer_of(text="It was 403 seconds."), ("403 seconds",))
    assert scores == {"contains": 1, "em": 0, "f1": pytest.approx(2 / 3)}


def test_an_abstention_scores_nothing(abstention_of: AnswerOf) -> None:
    """Abstaining on an answerable question is 0, even if the refusal holds an accepted word."""
    assert answer_scores(abstention_of(), ("archive",)) == {"contains": 0, "em": 0, "f1": 0}

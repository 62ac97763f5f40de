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
    assert answer_scores(spoken_text(answer), abstained=False, answers=("1",))["contains"] == 0


def test_the_best_accepted_answer_counts() -> None:
    """Any one accepted answer is enough: `11 million kronor` scores 1 against itself although another is longer."""
    accepted = ("eleven million Swedish kronor", "11 million kronor")
    assert answer_scores("11 million kronor", abstained=False, answers=accepted) == {"contains": 1, "em": 1, "f1": 1}


def test_a_sentence_contains_but_does_not_equal() -> None:
    """`It was 403 seconds.` contains `403 seconds`, EM 0, F1 2·2/(4+2) = 2/3."""
    scores = answer_scores("It was 403 seconds.", abstained=False, answers=("403 seconds",))
    assert scores == {"contains": 1, "em": 0, "f1": pytest.approx(2 / 3)}


@pytest.mark.parametrize("all_of", [(), (("archive",),)])
def test_an_abstention_scores_nothing(all_of: tuple[tuple[str, ...], ...]) -> None:
    """Abstaining on an answerable question is 0, even if the refusal holds an accepted word."""
    scores = answer_scores("The archive does not say.", abstained=True, answers=("archive",), all_of=all_of)
    assert scores == {"contains": 0, "em": 0, "f1": 0}


PARTS = (("Ostermoor",), ("Kelp Bay", "the bay of kelp"), ("6 villages",))


def test_every_part_must_be_said() -> None:
    """Each part counts in any of its forms, in any order; one part missing is as wrong as all."""
    said = "Six villages beside the bay of kelp joined Ostermoor."
    assert answer_scores(said, abstained=False, answers=(), all_of=PARTS)["contains"] == 1
    assert answer_scores("Kelp Bay joined Ostermoor.", abstained=False, answers=(), all_of=PARTS)["contains"] == 0


def test_parts_decide_over_whole_answers() -> None:
    """With parts, an accepted answer counts for EM and F1 only: said alone it does not contain all parts."""
    scores = answer_scores("Ostermoor", abstained=False, answers=("Ostermoor",), all_of=PARTS)
    assert scores == {"contains": 0, "em": 1, "f1": 1}


def test_parts_without_whole_answers_are_compared_with_their_first_forms() -> None:
    """EM and F1 compare with `Ostermoor, Kelp Bay, 6 villages`: five words, of which two are said here."""
    full = answer_scores("Ostermoor, Kelp Bay, 6 villages", abstained=False, answers=(), all_of=PARTS)
    half = answer_scores("Kelp Bay", abstained=False, answers=(), all_of=PARTS)
    assert full == {"contains": 1, "em": 1, "f1": 1}
    assert half == {"contains": 0, "em": 0, "f1": pytest.approx(2 * 2 / (2 + 5))}


def test_without_accepted_answers_nothing_can_be_judged() -> None:
    """Neither a question without answers nor a part without forms is scored 0 or 1."""
    with pytest.raises(ValueError, match="leave it out"):
        answer_scores("403 seconds", abstained=False, answers=())
    with pytest.raises(ValueError, match="has no form"):
        answer_scores("403 seconds", abstained=True, answers=("403",), all_of=(("403",), ()))

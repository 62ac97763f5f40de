"""SQuAD: answers are spans of paragraphs, or there is none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.datasets.squad import load_squad
from eval.errors import GoldError

Write = Callable[..., Path]
CONTEXT = " The Marrow bridge was built in 1871. It carries four tracks over the Tarn. It was painted in 1990."


def span(text: str, shift: int = 0) -> dict[str, object]:
    return {"text": text, "answer_start": CONTEXT.index(text) + shift}


def squad(*paragraphs: dict[str, Any], title: object = "Marrow_bridge") -> dict[str, Any]:
    return {"version": "v2.0", "data": [{"title": title, "paragraphs": list(paragraphs)}]}


def asked(**fields: object) -> dict[str, object]:
    return {"id": "q1", "question": "How many tracks are there?", "answers": [span("four"), span("four tracks")]} | fields


def paragraph(*questions: dict[str, object], context: object = CONTEXT) -> dict[str, Any]:
    return {"context": context, "qas": list(questions)}


def test_the_evidence_is_the_sentence_that_holds_the_answer(write: Write) -> None:
    """Each accepted answer stands once; the paragraph is the relevant document, titled by its article."""
    answers = [span("four"), span("four"), span("four tracks")]
    path = write("dev.json.gz", squad(paragraph(context="Nothing."), paragraph(asked(answers=answers))))

    dataset = load_squad(path)

    (question,) = dataset.questions
    assert question.answers == ("four", "four tracks")
    assert question.evidence == ("It carries four tracks over the Tarn.",)
    assert (question.kind, question.answerable) == ("span", True)
    assert (question.relevant, question.source) == ({"Marrow_bridge/2": 1}, "Marrow_bridge/2")
    assert dataset.documents is not None
    assert [document.record for document in dataset.documents()] == [
        {"id": "Marrow_bridge/1", "title": "Marrow bridge", "text": "Nothing."},
        {"id": "Marrow_bridge/2", "title": "Marrow bridge", "text": CONTEXT.strip()},
    ]


def test_an_answer_without_a_word_is_left_out(write: Write) -> None:
    """A sign cannot be compared; the question stays, with the sentence that holds the sign as evidence."""
    text = "One gives \u20ac 5. The other gives nothing."
    answers = [{"text": "\u20ac", "answer_start": 10}]
    (question,) = load_squad(write("dev.json", squad(paragraph(asked(answers=answers), context=text)))).questions
    assert (question.answers, question.evidence) == ((), ("One gives \u20ac 5.",))


def test_an_answer_over_two_sentences_has_both_as_evidence(write: Write) -> None:
    """Neither of them holds it alone. Space around an answer is not part of it."""
    path = write("dev.json", squad(paragraph(asked(answers=[span(" the Tarn. It was painted ")]))))
    (question,) = load_squad(path).questions
    assert question.answers == ("the Tarn. It was painted",)
    assert question.evidence == ("It carries four tracks over the Tarn. It was painted in 1990.",)


def test_an_impossible_question_is_to_be_abstained_from(write: Write) -> None:
    """What would be plausible is no answer."""
    path = write("dev.json", squad(paragraph(asked(answers=[], plausible_answers=[span("1871")], is_impossible=True))))
    (question,) = load_squad(path).questions
    assert (question.kind, question.answerable, question.answers) == ("unanswerable", False, ())
    assert (question.evidence, question.relevant) == ((), {})


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (["data"], "dev.json: has no list of articles"),
        ({"data": {}}, "dev.json: has no list of articles"),
        ({"data": []}, "dev.json: holds no questions"),
        ({"data": ["Marrow"]}, "dev.json, article 1: is a string. Write an object"),
        (squad(title=None) | {"data": [{"title": "T"}]}, 'article 1: "paragraphs" is missing'),
        (squad(paragraph(asked()), title=""), 'article 1: "title" is blank'),
        (squad(paragraph(asked(), context=None)), 'article 1, paragraph 1: "context" is null'),
        (squad({"context": CONTEXT, "qas": 3}), 'article 1, paragraph 1: "qas" is a number. Write a list of objects'),
        (squad(paragraph(asked(question=""))), 'article 1, paragraph 1, question 1: "question" is blank'),
        (squad(paragraph(asked(answers=[]))), 'question 1: "answers" is empty. List one, or set "is_impossible"'),
        (squad(paragraph(asked(answers=[span("four", 1)]))), "question 1, answer 1: 'four' does not stand at 50"),
        (squad(paragraph(asked(answers=[{"text": "four", "answer_start": -1}]))), '"answer_start" is a number (-1)'),
        (squad(paragraph(asked(), asked())), "question 2: the id 'q1' is that of article 1, paragraph 1, question 1"),
        ({"data": [*squad(paragraph(asked()))["data"], *squad(paragraph())["data"]]}, "the id 'Marrow_bridge/1' is that of"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused(write: Write, data: object, problem: str) -> None:
    """Each fault is refused with the article, paragraph and question."""
    with pytest.raises(GoldError) as refused:
        load_squad(write("dev.json", json.dumps(data)))
    assert problem in str(refused.value)

"""RGB: snippets that hold the answer among snippets that do not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.datasets.rgb import load_rgb
from eval.errors import GoldError

Write = Callable[..., Path]
ROW = {"id": 4, "query": "Who won the Tarn regatta?", "answer": "Ostley", "positive": ["Ostley won."], "negative": ["It rained."]}


@pytest.mark.parametrize(
    ("answer", "answers", "all_of"),
    [
        ("Ostley", ("Ostley",), ()),
        ([["Ostley", "Ostley RC"]], ("Ostley", "Ostley RC"), ()),
        (["Ostley", "2031"], (), (("Ostley",), ("2031",))),
        ([["Ostley", "Ostley RC"], "2031"], (), (("Ostley", "Ostley RC"), ("2031",))),
    ],
)
def test_every_part_of_an_answer_must_be_said_in_any_of_its_forms(
    write: Write, answer: object, answers: object, all_of: object
) -> None:
    """A list is of parts, a list in it is of forms; an answer of one part is an ordinary one."""
    (question,) = load_rgb(write("en.json", ROW | {"answer": answer})).questions
    assert (question.answers, question.all_of, question.answerable) == (answers, all_of, True)


def test_every_snippet_is_a_document(write: Write) -> None:
    """Those that hold the answer are relevant."""
    dataset = load_rgb(write("en.json", ROW))
    assert (dataset.questions[0].id, dataset.questions[0].kind) == ("4", "noise robustness")
    assert dataset.questions[0].relevant == {"4/positive/1": 1}
    assert dataset.documents is not None
    assert [document.record for document in dataset.documents()] == [
        {"id": "4/positive/1", "text": "Ostley won."},
        {"id": "4/negative/1", "text": "It rained."},
    ]


def test_an_integration_set_has_snippets_for_each_part(write: Write) -> None:
    """All of them are relevant."""
    (question,) = load_rgb(write("en_int.json", ROW | {"positive": [["Ostley won.", "Ostley again."], ["In 2031."]]})).questions
    assert question.kind == "information integration"
    assert list(question.relevant) == ["4/positive/1/1", "4/positive/1/2", "4/positive/2/1"]


def test_altered_snippets_of_a_counterfactual_set_are_documents_but_not_relevant(write: Write) -> None:
    """They say something else than the answer."""
    dataset = load_rgb(write("en_fact.json", ROW | {"fakeanswer": "Marrowby", "positive_wrong": ["Marrowby won."]}))
    assert dataset.questions[0].kind == "counterfactual robustness"
    assert dataset.questions[0].relevant == {"4/positive/1": 1}
    assert dataset.documents is not None
    assert [document.document_id for document in dataset.documents()] == ["4/positive/1", "4/positive_wrong/1", "4/negative/1"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": None}, '"id" is null'),
        ({"query": ""}, '"query" is blank'),
        ({"answer": []}, '"answer" is empty'),
        ({"answer": None}, '"answer" holds null. Write strings only'),
        ({"answer": ["Ostley", []]}, '"answer" holds an empty list'),
        ({"answer": "…"}, "has no word to match"),
        ({"positive": []}, '"positive" is empty'),
        ({"positive": "Ostley won."}, '"positive" is missing or no list'),
        ({"negative": [3]}, '"negative" holds something else than a snippet'),
        ({"negative": [[""]]}, '"negative" holds something else than a snippet'),
        ({"id": "3"}, "the id '3' is that of line 1"),
    ],
)
def test_a_faulty_line_is_refused(write: Write, change: dict[str, object], problem: str) -> None:
    """Each fault is refused with its line."""
    with pytest.raises(GoldError) as refused:
        load_rgb(write("en.json", ROW | {"id": 3}, ROW | change))
    assert problem in str(refused.value)
    assert refused.value.line == 2

"""RealTimeQA: quizzes with silver labels."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from eval.datasets.realtimeqa import load_realtimeqa
from eval.errors import GoldError

Write = Callable[..., Path]
QUIZ = {"id": "q1", "question": "Which town flooded?", "answer": "Marrowby", "date": "2031-02-07", "relevant": ["a1", "a2"]}
ARTICLES = [
    {"id": "a1", "title": "Marrowby under water", "published": "2031-02-05", "text": "The Tarn flooded Marrowby."},
    {"id": "a2", "title": "After the flood", "url": "https://example.org/2", "text": "Marrowby dries."},
]


def test_a_quiz_is_asked_as_of_its_day_of_the_articles_that_hold_its_answer(write: Write, tmp_path: Path) -> None:
    """The articles are documents as they are."""
    write("questions.jsonl", QUIZ | {"evidence": "Prose of the quiz itself.", "choices": ["Marrowby", "Ostley"]})
    write("articles.jsonl.gz", *ARTICLES)

    dataset = load_realtimeqa(tmp_path)

    (question,) = dataset.questions
    assert (dataset.name, question.id, question.kind, question.answerable) == (tmp_path.name, "q1", "quiz", True)
    assert (question.answers, question.as_of, question.relevant) == (("Marrowby",), date(2031, 2, 7), {"a1": 1, "a2": 1})
    assert question.evidence == ()
    assert dataset.documents is not None
    assert [(document.document_id, document.record) for document in dataset.documents()] == [
        ("a1", ARTICLES[0]),
        ("a2", ARTICLES[1]),
    ]


@pytest.mark.parametrize(
    ("change", "known"),
    [({}, True), ({"relevant": []}, None), ({"answer": "Yes"}, None), ({"answer": "Four"}, True)],
)
def test_without_a_sure_article_it_is_not_known_whether_there_is_an_answer(
    write: Write, tmp_path: Path, change: dict[str, object], known: object
) -> None:
    """No article holds the words, or the answer is so short that its words stand anywhere: the answer itself is kept."""
    write("questions.jsonl", QUIZ | change)
    write("articles.jsonl", *ARTICLES)

    (question,) = load_realtimeqa(tmp_path).questions

    assert (question.answerable, bool(question.relevant)) == (known, bool(known))
    assert question.kind == ("quiz" if known else "quiz, no article known")
    assert question.answers == ((QUIZ | change)["answer"],)


@pytest.mark.parametrize(
    ("quizzes", "articles", "problem"),
    [
        ([QUIZ | {"relevant": ["a1", "a9"]}], ARTICLES, "questions.jsonl, line 1: the document 'a9' is not in articles.jsonl"),
        ([QUIZ, QUIZ], ARTICLES, "questions.jsonl, line 2: the id 'q1' is that of line 1. Give each its own"),
        ([QUIZ | {"question": " "}], ARTICLES, 'questions.jsonl, line 1: "question" is blank'),
        ([QUIZ | {"answer": None}], ARTICLES, '"answer" is null. Write a string'),
        ([QUIZ | {"date": "7 Feb 2031"}], ARTICLES, "Write it as 2025-09-19"),
        ([QUIZ | {"relevant": "a1"}], ARTICLES, '"relevant" is no list of document ids'),
        ([], ARTICLES, "questions.jsonl: holds no questions"),
        ([QUIZ], [], "articles.jsonl: holds no documents"),
        ([QUIZ], [*ARTICLES, ARTICLES[0]], "articles.jsonl, line 3: the id 'a1' is that of line 1"),
        ([QUIZ], [{"text": "No id."}], 'articles.jsonl, line 1: "id" is missing'),
        ([QUIZ], ["{"], "articles.jsonl, line 1: is not JSON"),
    ],
)  # fmt: skip
def test_a_faulty_folder_is_refused(
    write: Write, tmp_path: Path, quizzes: list[object], articles: list[object], problem: str
) -> None:
    """Each fault is refused with file and line when the questions are loaded."""
    write("questions.jsonl", *quizzes)
    write("articles.jsonl", *articles)
    with pytest.raises(GoldError) as refused:
        load_realtimeqa(tmp_path)
    assert problem in str(refused.value)

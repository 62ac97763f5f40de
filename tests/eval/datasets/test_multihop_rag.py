"""MultiHop-RAG: questions over several articles, some without an answer in them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.datasets.multihop_rag import load_multihop_rag
from eval.errors import GoldError

Write = Callable[..., Path]
CORPUS = [
    {"title": "Dues rise", "author": None, "source": "The Ostley Ledger", "published_at": "2031-02-07T12:00:00+00:00",
     "category": "business", "url": "https://example.org/dues", "body": "The port raised its dues."},
    {"title": "Ships leave", "source": "Marrowby Herald", "published_at": "2031-03-01T12:00:00+00:00", "body": "Ships left."},
]  # fmt: skip
FIRST = {
    "title": "Dues rise",
    "url": "https://example.org/dues",
    "source": "The Ostley Ledger",
    "fact": "The port raised its dues.",
}
SECOND = {"title": "Ships leave", "url": "https://example.org/moved", "source": "Marrowby Herald", "fact": "Ships left."}
MOVED = FIRST | {"url": "https://example.org/other"}
GONE = {"title": "Gone"}
QUERY = {
    "query": "Did ships leave after dues rose?",
    "answer": "Yes",
    "question_type": "temporal_query",
    "evidence_list": [FIRST, SECOND],
}
NULL = {"query": "Who owns the port?", "answer": "Insufficient information.", "question_type": "null_query", "evidence_list": []}


def test_a_question_has_the_articles_and_facts_of_its_evidence(write: Write, tmp_path: Path) -> None:
    """Articles are found by address, else by title; any of their outlets may be named. Questions are numbered."""
    write("corpus.json", CORPUS)
    write("MultiHopRAG.json.gz", [QUERY, QUERY | {"question_type": "comparison_query", "evidence_list": [MOVED, MOVED]}])

    dataset = load_multihop_rag(tmp_path)

    first, second = dataset.questions
    assert (first.id, first.kind, first.answers, first.answerable) == ("1", "temporal", ("Yes",), True)
    assert first.relevant == {"https://example.org/dues": 1, "Ships leave": 1}
    assert first.evidence == ("The port raised its dues.", "Ships left.")
    assert first.publisher == "The Ostley Ledger; Marrowby Herald"
    assert (second.id, second.kind, second.evidence, second.publisher) == (
        "2",
        "comparison",
        first.evidence[:1],
        "The Ostley Ledger",
    )
    assert second.relevant == {"https://example.org/dues": 1}
    assert dataset.documents is not None
    assert [document.record for document in dataset.documents()] == [
        CORPUS[0] | {"id": "https://example.org/dues"},
        CORPUS[1] | {"id": "Ships leave"},
    ]


def test_a_null_query_is_to_be_abstained_from(write: Write, tmp_path: Path) -> None:
    """The words for it that the data has as its answer are no answer."""
    write("corpus.json", CORPUS)
    write("MultiHopRAG.json", [NULL])
    (question,) = load_multihop_rag(tmp_path).questions
    assert (question.kind, question.answerable, question.answers) == ("unanswerable/null", False, ())


@pytest.mark.parametrize(
    ("corpus", "questions", "problem"),
    [
        (CORPUS, [QUERY, QUERY | {"query": ""}], 'MultiHopRAG.json, question 2: "query" is blank'),
        (CORPUS, [QUERY | {"question_type": None}], 'question 1: "question_type" is null'),
        (CORPUS, [QUERY | {"evidence_list": [FIRST, GONE]}], "1, evidence 2: the article 'Gone' is not in corpus.json"),
        (CORPUS, [QUERY | {"evidence_list": [{"fact": "So."}]}], 'evidence 1: has neither "url" nor "title"'),
        (CORPUS, [QUERY | {"evidence_list": None}], 'question 1: "evidence_list" is null'),
        (CORPUS, [3], "MultiHopRAG.json, question 1: is a number. Write an object"),
        (CORPUS, {}, "MultiHopRAG.json: is an object. MultiHop-RAG is a list of questions"),
        (CORPUS, [], "MultiHopRAG.json: holds no questions"),
        ([], [QUERY], "corpus.json: holds no articles"),
        ([{"body": "Nameless."}], [QUERY], 'corpus.json, article 1: "title" is missing'),
        ([CORPUS[0], CORPUS[0]], [QUERY], "corpus.json, article 2: the id 'https://example.org/dues' is that of article 1"),
    ],
)  # fmt: skip
def test_a_faulty_folder_is_refused(write: Write, tmp_path: Path, corpus: object, questions: object, problem: str) -> None:
    """Each fault is refused with the number of the question or article."""
    write("corpus.json", corpus)
    write("MultiHopRAG.json", questions)
    with pytest.raises(GoldError) as refused:
        load_multihop_rag(tmp_path)
    assert problem in str(refused.value)

"""Judged topics as JSON Lines."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.datasets.judged_topics import load_judged_topics
from eval.errors import GoldError

Write = Callable[..., Path]
TEXTS = [{"id": 1, "published": "1963-01-04", "text": "BARGES ON THE TARN ."}, {"id": "2", "text": "A STRIKE AT OSTLEY ."}]


def test_only_retrieval_can_be_judged_of_a_topic(write: Write, tmp_path: Path) -> None:
    """Numbers are ids, too; a list of documents means grade 1, an object has grades, 0 being none."""
    write("docs.jsonl", *TEXTS)
    write(
        "queries.jsonl",
        {"id": 7, "query": "BARGES", "relevant": ["1"]},
        {"id": 8, "query": "STRIKES", "relevant": {"1": 0, "2": 3}},
    )

    dataset = load_judged_topics(tmp_path)

    assert [(topic.id, topic.question, topic.relevant) for topic in dataset.questions] == [
        ("7", "BARGES", {"1": 1}),
        ("8", "STRIKES", {"2": 3}),
    ]
    assert all((topic.answerable, topic.answers, topic.kind) == (None, (), "topic") for topic in dataset.questions)
    assert dataset.documents is not None
    assert [(document.document_id, document.record["id"]) for document in dataset.documents()] == [("1", "1"), ("2", "2")]


@pytest.mark.parametrize(
    ("topics", "problem"),
    [
        ([{"id": "1", "query": "BARGES", "relevant": ["3"]}], "queries.jsonl, line 1: the document '3' is not in docs.jsonl"),
        ([{"id": "1", "query": "BARGES", "relevant": {"1": "high"}}], "\"1\" is a string ('high'). Write a whole number"),
        ([{"id": "1", "query": "BARGES", "relevant": {"1": -1}}], "Write a whole number, 0 or more"),
        ([{"id": True, "query": "BARGES"}], '"id" is true or false. Write a string'),
        ([{"id": "1", "relevant": []}], '"query" is missing'),
        ([], "queries.jsonl: holds no topics"),
    ],
)
def test_a_faulty_topic_is_refused(write: Write, tmp_path: Path, topics: list[object], problem: str) -> None:
    """An unknown document, a grade that is none, a topic without text, and none at all."""
    write("docs.jsonl", *TEXTS)
    write("queries.jsonl", *topics)
    with pytest.raises(GoldError) as refused:
        load_judged_topics(tmp_path)
    assert problem in str(refused.value)

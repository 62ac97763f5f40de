"""BEIR: corpus, queries and judgements of a split."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.datasets.beir import load_beir
from eval.errors import GoldError

Write = Callable[..., Path]
HEADER = "query-id\tcorpus-id\tscore"
CORPUS = [
    {"_id": "d1", "title": "Tides", "text": "Tides follow the moon."},
    {"_id": "d2", "title": "Salt", "text": "", "metadata": {}},
]
QUERIES = [{"_id": "1", "text": "why are there tides"}, {"_id": "2", "text": "of another split"}, {"_id": "3", "text": "salt"}]


@pytest.fixture
def folder(write: Write, tmp_path: Path) -> Path:
    write("corpus.jsonl", *CORPUS)
    write("queries.jsonl", *QUERIES)
    return tmp_path


@pytest.mark.parametrize("name", ["qrels/test.tsv", "qrels/test.tsv.gz", "qrels/dev.tsv", "qrels.tsv"])
def test_the_queries_that_were_judged_are_asked(write: Write, folder: Path, name: str) -> None:
    """Grades above 0 are kept; a text that is only a title is searched by it, as in BEIR."""
    write(name, HEADER, "3\td2\t1", "1\td1\t2", "1\td2\t0")

    dataset = load_beir(folder)

    assert [(question.id, question.question, question.relevant) for question in dataset.questions] == [
        ("1", "why are there tides", {"d1": 2}),
        ("3", "salt", {"d2": 1}),
    ]
    assert dataset.questions[0].answerable is None
    assert dataset.documents is not None
    assert [document.record for document in dataset.documents()] == [
        {"id": "d1", "title": "Tides", "text": "Tides follow the moon."},
        {"id": "d2", "title": "Salt", "text": "Salt"},
    ]


def test_the_test_split_comes_first(write: Write, folder: Path) -> None:
    """With several splits, only that of the test is asked."""
    write("qrels/dev.tsv", HEADER, "2\td1\t1")
    write("qrels/test.tsv", HEADER, "1\td1\t1")
    assert [question.id for question in load_beir(folder).questions] == ["1"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([HEADER, "9\td1\t1"], "test.tsv, line 2: the topic '9' is not in queries.jsonl. Add it there, or drop the row"),
        ([HEADER, "1\td1\t1", "1\td9\t1"], "test.tsv, line 3: the document 'd9' is not in corpus.jsonl"),
        ([HEADER, "1\td1\t1", "1\td1\t2"], "test.tsv, line 3: 'd1' had another grade for this topic above"),
        ([HEADER, "1\td1\thigh"], "the grade 'high' is no whole number"),
        ([HEADER, "1\td1"], "has 2 columns. Write topic, 0, document and grade"),
        ([HEADER, "1\t\t1"], "has an empty column"),
        ([HEADER], "test.tsv: holds no judgements"),
    ],
)
def test_a_faulty_judgement_is_refused(write: Write, folder: Path, rows: list[str], problem: str) -> None:
    """Each is refused with its line."""
    write("qrels/test.tsv", *rows)
    with pytest.raises(GoldError) as refused:
        load_beir(folder)
    assert problem in str(refused.value)


def test_a_document_that_is_judged_not_relevant_need_not_be_there(write: Write, folder: Path) -> None:
    """Collections are published without some of what was judged."""
    write("qrels.tsv", HEADER, "1\td1\t1", "1\tgone\t0")
    assert load_beir(folder).questions[0].relevant == {"d1": 1}


def test_a_large_corpus_is_not_read_to_load_the_questions(write: Write, folder: Path) -> None:
    """More than 100 MB would take minutes; the documents come one at a time when they are asked for."""
    write("qrels.tsv", HEADER, "1\td9\t1")
    with (folder / "corpus.jsonl").open("ab") as corpus:
        corpus.truncate(100_000_001)

    dataset = load_beir(folder)

    assert dataset.questions[0].relevant == {"d9": 1}
    assert dataset.documents is not None
    assert next(dataset.documents()).document_id == "d1"


def test_a_split_must_be_clear(write: Write, folder: Path) -> None:
    """No judgements, or two splits of which none is the test."""
    with pytest.raises(GoldError, match=r"holds no qrels\.tsv"):
        load_beir(folder)
    write("qrels/readme.txt")
    with pytest.raises(GoldError, match=r"holds no \.tsv file, and no test\.tsv"):
        load_beir(folder)
    write("qrels/dev.tsv", HEADER)
    write("qrels/train.tsv", HEADER)
    with pytest.raises(GoldError, match=r"holds dev\.tsv, train\.tsv, and no test\.tsv. Keep one file"):
        load_beir(folder)


@pytest.mark.parametrize(
    ("name", "row", "problem"),
    [
        ("queries.jsonl", {"_id": "1", "text": ""}, 'queries.jsonl, line 1: "text" is blank'),
        ("queries.jsonl", "", "queries.jsonl: holds no queries"),
        ("corpus.jsonl", {"text": "No id."}, 'corpus.jsonl, line 1: "_id" is missing'),
        ("corpus.jsonl", {"_id": "1", "text": 3}, 'corpus.jsonl, line 1: "text" is a number'),
        ("corpus.jsonl", "", "corpus.jsonl: holds no documents"),
    ],
)
def test_faulty_queries_and_documents_are_refused(write: Write, folder: Path, name: str, row: object, problem: str) -> None:
    """Their line is named."""
    write("qrels.tsv", HEADER, "1\td1\t1")
    write(name, row)
    with pytest.raises(GoldError) as refused:
        load_beir(folder)
    assert problem in str(refused.value)

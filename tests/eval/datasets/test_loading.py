"""The form of test data is recognised, and what cannot be is refused with the forms that can."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.datasets.loading import load_dataset
from eval.errors import GoldError

Write = Callable[..., Path]
GOLD = {"id": "g", "question": "How long?", "kind": "number", "answers": ["403 seconds"], "evidence": []}
PARAGRAPH = {"context": "It is.", "qas": [{"id": "s", "question": "Is it?", "is_impossible": True}]}
SQUAD = {"version": "v2.0", "data": [{"title": "T", "paragraphs": [PARAGRAPH]}]}
RGB = {"id": "r", "query": "Is it?", "answer": "It is", "positive": ["It is."], "negative": []}
FILES: dict[str, dict[str, object]] = {
    "gold": {"any.jsonl.gz": GOLD},
    "squad": {"any.json.gz": SQUAD},
    "squad, spread over lines": {"any.json": json.dumps({"data": SQUAD["data"]}, indent=2)},
    "rgb": {"any.json": RGB},
    "realtimeqa": {
        "articles.jsonl.gz": {"id": "a", "text": "It is."},
        "questions.jsonl.gz": {"id": "q", "question": "Is it?", "answer": "It is", "date": "2031-02-07", "relevant": ["a"]},
    },
    "judged topics": {
        "docs.jsonl": {"id": "d", "text": "It is."},
        "queries.jsonl": {"id": "j", "query": "it", "relevant": ["d"]},
    },
    "beir": {"corpus.jsonl": {"_id": "d", "text": "It is."}, "queries.jsonl": {"_id": "b", "text": "it"}, "qrels.tsv": "b\td\t1"},
    "multihop-rag": {
        "corpus.json": [{"title": "T", "body": "It is."}],
        "MultiHopRAG.json": [{"query": "Is it?", "answer": "It is", "question_type": "null_query"}],
    },
    "trec": {"Topics.1-1": "1\tit", "Qrels.1-1": "1 0 d 1"},
}  # fmt: skip
IDS = dict(zip(FILES, ("g", "s", "s", "r", "q", "j", "b", "1", "1"), strict=True))


def put(write: Write, files: dict[str, object]) -> list[Path]:
    return [write(name, content) for name, content in files.items()]


@pytest.mark.parametrize("form", FILES)
def test_each_form_is_recognised(write: Write, tmp_path: Path, form: str) -> None:
    """By the names in a folder; a single file by how it begins, whether it or its folder is named."""
    paths = put(write, FILES[form])
    write("LICENSE", "None.")

    for path in [tmp_path, *(paths if len(paths) == 1 else [])]:
        dataset = load_dataset(path)
        assert [question.id for question in dataset.questions] == [IDS[form]]
        assert dataset.name == (paths[0] if len(paths) == 1 else tmp_path).name
        assert (dataset.documents is None) == (form in {"gold", "trec"})


def test_a_folder_that_could_be_two_things_is_refused(write: Write, tmp_path: Path) -> None:
    """To choose one would be to guess."""
    put(write, FILES["judged topics"] | FILES["beir"])
    with pytest.raises(GoldError, match=r"has the files of judged topics and BEIR. Keep those of one in it\."):
        load_dataset(tmp_path)


def test_of_several_files_one_must_be_named(write: Write, tmp_path: Path) -> None:
    """RGB's own folder holds six sets."""
    write("en.json", RGB)
    write("zh.json", RGB)
    with pytest.raises(GoldError, match=r"holds en\.json, zh\.json, .* Name one of them\. Known are"):
        load_dataset(tmp_path)


@pytest.mark.parametrize("content", ["Some words.", "[1, 2]", '{"name": "something else"}', ""])
def test_what_is_no_known_form_is_refused_with_the_forms(write: Write, content: str) -> None:
    """The message says what could be there instead."""
    with pytest.raises(GoldError) as refused:
        load_dataset(write("any.json", content))
    assert "is no known form. Known are" in refused.value.problem
    for form in ("gold questions", "SQuAD", "RGB", "RealTimeQA", "judged topics", "BEIR", "MultiHop-RAG", "TREC"):
        assert form in refused.value.problem


def test_a_folder_without_data_is_refused_with_the_forms(write: Write, tmp_path: Path) -> None:
    """So is one with half of a form."""
    write("articles.txt", "Nothing.")
    with pytest.raises(GoldError, match="is no known form"):
        load_dataset(tmp_path)


def test_what_ends_in_jsonl_is_read_as_gold_questions(write: Write) -> None:
    """So that a broken first line is refused with its place, not with a list of forms."""
    with pytest.raises(GoldError, match=r"gold\.jsonl, line 1: is not JSON"):
        load_dataset(write("gold.jsonl", "{"))


@pytest.mark.parametrize("name", ["none", "n" * 300])
def test_what_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    """A missing file, and a name that the file system does not take."""
    with pytest.raises(GoldError, match="cannot be read"):
        load_dataset(tmp_path / name)


def test_a_file_that_is_cut_off_is_refused(write: Write) -> None:
    """Before its form is known, and after."""
    path = write("any.json.gz", *(RGB | {"id": str(number)} for number in range(5000)))
    whole = path.read_bytes()
    for size in (30, len(whole) - 20):
        path.write_bytes(whole[:size])
        with pytest.raises(GoldError, match="is cut off"):
            load_dataset(path)

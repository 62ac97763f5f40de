"""Gold files: what is read, and that every fault is named with its line and its remedy."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from eval.errors import GoldError
from eval.gold import load_gold

EXAMPLES = Path(__file__).parents[2] / "examples" / "gold.jsonl"
GOOD = {"id": "q1", "question": "How long?", "kind": "number", "answers": ["403 seconds"], "evidence": ["403 seconds"]}


def written(folder: Path, *lines: object) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_the_sample_questions_load() -> None:
    """The gold file that comes with the project is a valid one."""
    questions = load_gold(EXAMPLES)
    assert {question.answerable for question in questions} == {True, False}
    assert questions[0].date == date(2025, 1, 21)


def test_order_is_kept_and_unknown_keys_and_empty_lines_are_ignored(tmp_path: Path) -> None:
    """Questions come in the file's order; a key of tomorrow and an empty line harm nothing."""
    path = written(tmp_path, GOOD | {"id": "b", "difficulty": 3}, "", GOOD | {"id": "a", "as_of": "2025-09-19"}, "")
    assert [(question.id, question.as_of) for question in load_gold(path)] == [("b", None), ("a", date(2025, 9, 19))]


def test_a_string_may_hold_a_line_separator(tmp_path: Path) -> None:
    """U+2028 inside a string does not end the line, and a byte order mark does not spoil the first one."""
    path = written(tmp_path, "\ufeff" + json.dumps(GOOD | {"question": "How\u2028long?"}, ensure_ascii=False))
    assert load_gold(path)[0].question == "How\u2028long?"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{'id': 1}", "is not JSON"),
        ("[1]", "is a list. Write one JSON object"),
        ({key: GOOD[key] for key in GOOD if key != "kind"}, '"kind" is missing'),
        ({key: GOOD[key] for key in GOOD if key != "evidence"}, '"evidence" is missing'),
        (GOOD | {"id": 7}, '"id" is a number. Write a string'),
        (GOOD | {"question": " "}, '"question" is blank'),
        (GOOD | {"answers": "403 seconds"}, '"answers" is a string. Write a list'),
        (GOOD | {"answers": [403]}, '"answers" holds a number'),
        (GOOD | {"evidence": ["…"]}, "has no word to match"),
        (GOOD | {"publisher": ["Reuters"]}, '"publisher" is a list. Write a string, or null'),
        (GOOD | {"date": "19 September 2025"}, "Write it as 2025-09-19"),
        (GOOD | {"as_of": "20250919"}, "Write it as 2025-09-19"),
        (GOOD | {"answers": []}, '"answers" is empty, and so is "all_of"'),
        (GOOD | {"answers": [], "all_of": []}, '"answers" is empty, and so is "all_of"'),
        ({key: GOOD[key] for key in GOOD if key != "answers"}, '"answers" is missing'),
        (GOOD | {"kind": "unanswerable"}, 'an unanswerable question has "answers" or "all_of"'),
        (GOOD | {"kind": "unanswerable/near-miss", "answers": [], "all_of": [["5"]]}, 'has "answers" or "all_of"'),
        (GOOD | {"all_of": ["403 seconds"]}, '"all_of" is no list of lists'),
        (GOOD | {"all_of": {"part": ["5"]}}, '"all_of" is no list of lists'),
        (GOOD | {"all_of": [["5"], []]}, '"all_of" holds an empty list'),
        (GOOD | {"all_of": [[5]]}, '"all_of" holds a number'),
        (GOOD | {"all_of": [["–"]]}, "has no word to match"),
        (GOOD | {"relevant": "a1"}, '"relevant" is no list of document ids'),
        (GOOD | {"relevant": ["a1", 2]}, '"relevant" is no list of document ids'),
        (GOOD | {"relevant": {"a1": 0.5}}, '"a1" is a number (0.5). Write a whole number'),
        (GOOD | {"relevant": {"a1": True}}, '"a1" is true or false'),
        (GOOD | {"history": "When?"}, '"history" is a string. Write a list of strings'),
        (GOOD | {"id": "q0"}, "the id 'q0' is that of line 1"),
    ],
)
def test_a_faulty_line_is_refused(tmp_path: Path, line: object, problem: str) -> None:
    """A line that is no gold question is refused with file, line, what is wrong and what to write."""
    path = written(tmp_path, GOOD | {"id": "q0"}, line)
    with pytest.raises(GoldError) as refused:
        load_gold(path)
    assert refused.value.line == 2
    assert str(refused.value).startswith(f"{path}, line 2: ")
    assert problem in str(refused.value)


def test_what_a_line_may_hold_besides(tmp_path: Path) -> None:
    """An answer of several parts needs no other, graded documents need no evidence, and earlier questions are kept in order."""
    rest = {"all_of": [["Ostley", "Ostley RC"], ["2031"]], "relevant": {"a1": 2, "a2": 0}, "history": ["Who won?", "And when?"]}
    (question,) = load_gold(written(tmp_path, {key: GOOD[key] for key in ("id", "question", "kind")} | rest))
    assert (question.answers, question.evidence) == ((), ())
    assert question.all_of == (("Ostley", "Ostley RC"), ("2031",))
    assert (question.relevant, question.history) == ({"a1": 2}, ("Who won?", "And when?"))


@pytest.mark.parametrize(
    ("kind", "answers"),
    [("unanswerable", []), ("unanswerable/false-premise", []), ("unanswerables", ["5"]), ("number/unanswerable", ["5"])],
)
def test_the_kind_says_whether_there_is_an_answer(tmp_path: Path, kind: str, answers: list[str]) -> None:
    """What follows the slash says why not."""
    (question,) = load_gold(written(tmp_path, GOOD | {"kind": kind, "answers": answers}))
    assert question.answerable is bool(answers)


def test_a_compressed_file_loads(tmp_path: Path) -> None:
    """By its content, whatever its name."""
    path = written(tmp_path, GOOD)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert load_gold(path)[0].id == "q1"


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    """A file of empty lines would make a report about nothing."""
    with pytest.raises(GoldError, match="holds no questions"):
        load_gold(written(tmp_path, "", ""))


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    """A missing file and a folder are refused as a whole, text that is not UTF-8 with its line."""
    (tmp_path / "latin.jsonl").write_bytes('{"id": "é"}'.encode("latin-1"))
    for path, problem, line in (
        (tmp_path / "none", "cannot be read", None),
        (tmp_path, "cannot be read", None),
        (tmp_path / "latin.jsonl", "UTF-8", 1),
    ):
        with pytest.raises(GoldError, match=problem) as refused:
            load_gold(path)
        assert refused.value.line == line

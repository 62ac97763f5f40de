"""Gold files: what is read, and that every fault is named with its line and its remedy."""

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
        (GOOD | {"answers": []}, '"answers" is empty'),
        (GOOD | {"kind": "unanswerable"}, 'an unanswerable question has "answers"'),
        (GOOD | {"id": "q0"}, "the id 'q0' is line 1's"),
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


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    """A file of empty lines would make a report about nothing."""
    with pytest.raises(GoldError, match="holds no questions"):
        load_gold(written(tmp_path, "", ""))


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a file that is not UTF-8 are refused as a whole."""
    (tmp_path / "latin.jsonl").write_bytes('{"id": "é"}'.encode("latin-1"))
    for path, problem in (
        (tmp_path / "none", "cannot be read"),
        (tmp_path, "cannot be read"),
        (tmp_path / "latin.jsonl", "UTF-8"),
    ):
        with pytest.raises(GoldError, match=problem) as refused:
            load_gold(path)
        assert refused.value.line is None

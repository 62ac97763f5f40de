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
def test_a_faulty_line_costs_one_question(tmp_path: Path, line: object, problem: str) -> None:
    """It becomes a question with a fault: its line, what is wrong and what to write; the questions around it are as they were."""
    before, faulty, after = load_gold(written(tmp_path, GOOD | {"id": "q0"}, line, GOOD | {"id": "q2"}))
    assert (before.id, before.fault, after.id, after.fault) == ("q0", None, "q2", None)
    assert faulty.id == "line 2"
    assert faulty.fault is not None
    assert faulty.fault.startswith("line 2 of the gold file: ")
    assert problem in faulty.fault
    assert (faulty.answers, faulty.evidence) == ((), ())


def test_a_line_that_is_not_utf_8_costs_one_question(tmp_path: Path) -> None:
    """The others are read; the number of the line counts empty ones too."""
    path = tmp_path / "gold.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b"\n\n" + '{"id": "é"}'.encode("latin-1") + b"\n")
    good, faulty = load_gold(path)
    assert (good.fault, faulty.id) == (None, "line 3")
    assert faulty.fault == "line 3 of the gold file: is not UTF-8 text (byte 8 of the line). Save the file as UTF-8."


def test_what_can_be_read_of_a_faulty_line_is_kept(tmp_path: Path) -> None:
    """People see the question, and its kind says what would have been right."""
    path = written(
        tmp_path, GOOD, {"question": " Who left? ", "kind": "unanswerable/near-miss"}, "{", {"question": 7, "kind": []}
    )
    told = [(question.question, question.kind, question.answerable) for question in load_gold(path)[1:]]
    assert told == [("Who left?", "unanswerable/near-miss", False), ("", "unusable", True), ("", "unusable", True)]


def test_the_id_of_a_faulty_line_is_no_other_questions(tmp_path: Path) -> None:
    """Even if somebody calls his questions `line 2`."""
    ids = [question.id for question in load_gold(written(tmp_path, GOOD | {"id": "line 2"}, "{", GOOD | {"id": "line 2*"}))]
    assert ids == ["line 2", "line 2*", "line 3"]


def test_a_file_with_no_usable_line_is_refused_with_its_first_fault(tmp_path: Path) -> None:
    """It is something else, named by mistake, and a report would be about nothing."""
    path = written(tmp_path, "", "name,age", "Ann,7")
    with pytest.raises(GoldError, match="is not JSON") as refused:
        load_gold(path)
    assert refused.value.line == 2


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

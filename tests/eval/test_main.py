"""The command line: what it refuses, and how."""

from pathlib import Path

import pytest

from eval.__main__ import main

EXAMPLES = Path(__file__).parents[2] / "examples" / "gold.jsonl"


def test_a_faulty_gold_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unusable gold file ends with status 2, its line and the remedy on stderr, and nothing on stdout."""
    gold = tmp_path / "gold.jsonl"
    gold.write_text("[]\n", encoding="utf-8")
    assert main(["run", "--gold", str(gold), "--data", str(tmp_path / "archive")]) == 2
    printed = capsys.readouterr()
    assert printed.err == f"{gold}, line 1: is a list. Write one JSON object a line.\n"
    assert printed.out == ""
    assert not (tmp_path / "archive").exists()


def test_a_report_folder_that_is_a_file_is_refused_before_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What could not be written in the end is refused before a question is asked."""
    (tmp_path / "taken").touch()
    arguments = ["--gold", str(EXAMPLES), "--data", str(tmp_path / "archive"), "--report", str(tmp_path / "taken")]
    assert main(["run", *arguments]) == 2
    assert "Choose another folder with --report." in capsys.readouterr().err
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "COMMAND"),
        (["run"], "--gold"),
        (["run", "--gold", str(EXAMPLES), "--k", "0"], "'0' is not a number of passages"),
        (["run", "--gold", str(EXAMPLES), "--k", "ten"], "'ten' is not a number of passages"),
    ],
)
def test_wrong_usage_is_status_two(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing command, a missing gold file and an impossible number are refused with a hint."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert problem in capsys.readouterr().err

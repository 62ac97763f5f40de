"""The command line, from the arguments to the files: real archive, real model; what it refuses, and how."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from eval.__main__ import main

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "gold.jsonl"
ARTICLES = (
    {"id": "d1", "title": "Bridge opens", "published": "2025-03-05",
     "text": "The Sandholm bridge opened on Monday. It cost 640 million crowns and is 2,870 metres long."},
    {"id": "d2", "title": "Ferries sold", "published": "2025-04-10",
     "text": "Norlink has sold its two ferries to a yard in Vestby. Director Ida Strand named no price."},
)  # fmt: skip
QUESTIONS = (
    {"id": "1", "question": "How much did the Sandholm bridge cost?", "answer": "640 million crowns", "date": "2025-03-06",
     "evidence": "", "relevant": ["d1"]},
    {"id": "2", "question": "Who is the director of Norlink?", "answer": "Ida Strand", "date": "2025-04-11",
     "evidence": "", "relevant": ["d2"]},
    {"id": "3", "question": "Who won the quiz?", "answer": "Nobody did", "date": "2025-04-11", "evidence": "", "relevant": []},
)  # fmt: skip


@pytest.fixture(scope="module")
def quiz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of the quiz form with an archive of its documents beside it, made by the command itself."""
    folder = tmp_path_factory.mktemp("quiz")
    for name, records in (("articles.jsonl", ARTICLES), ("questions.jsonl", QUESTIONS)):
        (folder / name).write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    command = [sys.executable, "-m", "eval", "ingest", "--gold", str(folder), "--data", str(folder / "archive")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "2 accepted\n"), done.stderr
    return folder


def run(quiz: Path, *more: str) -> int:
    return main(["run", "--gold", str(quiz), "--data", str(quiz / "archive"), *more])


def test_a_run_is_written_gone_on_with_and_compared(quiz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run leaves its folder; resuming it asks nothing again; compared with itself nothing differs."""
    folder = tmp_path / "run"
    assert run(quiz, "--report", str(folder)) == 0
    assert "3 questions of" in capsys.readouterr().out
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in report["questions"]] == ["1", "2", "3"]
    assert report["retrieval"]["hit@10"]["value"] == 1
    assert report["answers"]["contains"]["n"] == 2
    answers = (folder / "answers.jsonl").read_text(encoding="utf-8")
    assert run(quiz, "--report", str(folder)) == 2
    assert "--resume" in capsys.readouterr().err
    assert run(quiz, "--report", str(folder), "--resume") == 0
    assert (folder / "answers.jsonl").read_text(encoding="utf-8") == answers
    capsys.readouterr()
    assert main(["compare", str(folder), str(folder)]) == 0
    assert "no metric differs on any question" in capsys.readouterr().out
    assert main(["compare", str(folder), str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shared"] == 3


def test_the_gate_ends_with_one_and_its_words(quiz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missed stands on stderr; a gate that is met ends with 0."""
    (tmp_path / "high.toml").write_text("[at_least]\nanswers.em = 0.9\n", encoding="utf-8")
    (tmp_path / "low.toml").write_text('[at_most]\nerrors = 0\n[at_least]\nretrieval."hit@10" = 1.0\n', encoding="utf-8")
    assert run(quiz, "--gate", str(tmp_path / "high.toml")) == 1
    assert "gate: answers.em is 0, must be at least 0.9\n" in capsys.readouterr().err
    assert run(quiz, "--gate", str(tmp_path / "low.toml")) == 0
    assert "gate: passed" in capsys.readouterr().err


def test_a_sweep_prints_and_writes_every_combination(quiz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two questions cannot show that one is the best, and it says so."""
    varied = ["--vary", "recency_strength=0,2", "--vary", "k=1,2", "--by", "retrieval.hit@1", "--report", str(tmp_path)]
    assert main(["sweep", "--gold", str(quiz), "--data", str(quiz / "archive"), *varied]) == 0
    assert "no combination is significantly the best in retrieval.hit@1" in capsys.readouterr().out
    written = json.loads((tmp_path / "sweep.json").read_text(encoding="utf-8"))
    assert [trial["changed"] for trial in written] == [
        {"recency_strength": strength, "k": k} for strength in (0.0, 2.0) for k in (1, 2)
    ]
    assert not any(trial["significantly_best"] for trial in written)
    assert written[0]["figures"]["retrieval.hit@1"]["n"] == 2


def test_a_calibration_asks_with_and_without_the_answer(quiz: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without its article each answerable question is less sure of itself; what nobody can judge is left out."""
    arguments = ["calibrate", "--gold", str(quiz), "--data", str(quiz / "archive"), "--withhold"]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["answerable"], found["others"], found["unjudged"], found["auroc"]) == (2, 2, 1, 1.0)
    assert main(arguments) == 0
    assert "2 answerable questions, 2 that the archive does not answer, 1 left out" in capsys.readouterr().out
    assert main(["calibrate", "--gold", str(quiz), "--data", str(quiz / "nothing")]) == 2
    assert "The archive holds no articles" in capsys.readouterr().err


def test_a_faulty_gold_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unusable gold file ends with status 2, its line and the remedy on stderr, and nothing on stdout."""
    gold = tmp_path / "gold.jsonl"
    gold.write_text("[]\n", encoding="utf-8")
    assert main(["run", "--gold", str(gold), "--data", str(tmp_path / "archive")]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"{gold}, line 1: is a list. Write one JSON object a line")
    assert printed.out == ""
    assert not (tmp_path / "archive").exists()


def test_gold_without_documents_cannot_be_ingested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its articles are the user's own."""
    assert main(["ingest", "--gold", str(EXAMPLES), "--data", str(tmp_path)]) == 2
    assert "holds questions only. Ingest the articles that they are about" in capsys.readouterr().err


def test_in_an_empty_archive_every_question_is_reported_and_the_gate_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run finishes and leaves its folder; each question says how to fill the archive."""
    (tmp_path / "gate.toml").write_text("[at_most]\nerrors = 0\n", encoding="utf-8")
    folder = tmp_path / "run"
    written = ["--report", str(folder), "--gate", str(tmp_path / "gate.toml")]
    assert main(["run", "--gold", str(EXAMPLES), "--data", str(tmp_path / "archive"), "--sample", "5", *written]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("error: The archive holds no articles. Fill it with: dateline ingest SOURCE") == 5
    assert "gate: errors is 5, must be at most 0" in printed.err
    assert len((folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == 5
    assert "The archive holds no articles." in (folder / "report.html").read_text(encoding="utf-8")


def test_a_report_folder_that_is_a_file_is_refused(quiz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What could not be written in the end is refused before a question is asked."""
    (tmp_path / "taken").touch()
    assert run(quiz, "--report", str(tmp_path / "taken")) == 2
    assert "Choose another folder with --report." in capsys.readouterr().err


def test_a_faulty_gate_is_refused_before_anything_is_asked(
    quiz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after an hour of asking."""
    (tmp_path / "gate.toml").write_text("[at_least]\nanswers.contans = 1\n", encoding="utf-8")
    assert run(quiz, "--gate", str(tmp_path / "gate.toml"), "--report", str(tmp_path / "run")) == 2
    assert "names 'answers.contans'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_runs_that_share_no_question_are_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is a folder that holds none."""
    assert main(["compare", str(tmp_path), str(tmp_path)]) == 2
    assert "it holds no run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "COMMAND"),
        (["run"], "--gold"),
        (["run", "--gold", str(EXAMPLES), "--k", "0"], "'0' is not a number from 1 on"),
        (["run", "--gold", str(EXAMPLES), "--k", "ten"], "'ten' is not a number from 1 on"),
        (["run", "--gold", str(EXAMPLES), "--price", "1", "free"], "'free' is not a price"),
        (["run", "--gold", str(EXAMPLES), "--resume", "--overwrite"], "not allowed with"),
        (["compare", "one"], "RUN_B"),
    ],
)
def test_wrong_usage_is_status_two(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing command, a missing argument and an impossible number are refused with a hint."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert problem in capsys.readouterr().err


def test_wrong_use_of_options_is_said(quiz: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--resume without a folder, and a sweep of nothing."""
    assert run(quiz, "--resume") == 2
    assert "--resume needs the folder" in capsys.readouterr().err
    assert main(["sweep", "--gold", str(quiz), "--data", str(quiz / "archive")]) == 2
    assert "nothing is varied" in capsys.readouterr().err


def test_help_needs_no_model() -> None:
    """`--help` loads neither torch nor the charts."""
    loaded = "import sys; from eval.__main__ import _parser; _parser(); print({'torch', 'rich', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"

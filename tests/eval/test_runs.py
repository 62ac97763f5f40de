"""Runs as folders: what is written, going on, and what is refused."""

import json
from pathlib import Path

import ir_measures
import pytest

from eval.errors import ReportError, RunFolderError
from eval.runs import RunFolder, load_report, load_scores
from tests.eval.made_rows import CONFIG, report, row

RETRIEVED = {"retrieval": {"ndcg@10": 0.63, "mrr@10": 0.5}}


def finished(folder: Path) -> RunFolder:
    run = RunFolder.open(folder, CONFIG, resume=False, overwrite=False)
    rows = [row("q 1", RETRIEVED, ranked=["a2", "a1"]), row("q_1", RETRIEVED, ranked=["a2", "a1"])]
    for one in rows:
        run.keep(one)
    run.finish(report(rows))
    return run


def test_half_a_character_does_not_stop_a_run(tmp_path: Path) -> None:
    """A lone surrogate in a question is kept as an escape."""
    run = RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=False)
    rows = [row("q1", question="What is \ud83d?")]
    run.keep(rows[0])
    run.finish(report(rows))
    assert load_report(tmp_path)["questions"][0]["question"] == "What is \ud83d?"


def test_a_run_leaves_all_its_parts(tmp_path: Path) -> None:
    """Conditions, answers, TREC files, scores and both reports are there, and can be read again."""
    finished(tmp_path / "run")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "answers.jsonl", "config.json", "qrels.trec", "report.html", "report.json", "run.trec", "scores.json",
    ]  # fmt: skip
    assert load_report(tmp_path / "run") == load_report(tmp_path / "run" / "report.json")
    assert load_scores(tmp_path / "run")["scores"] == {"q 1": RETRIEVED, "q_1": RETRIEVED}
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_trec_files_give_the_same_figures_elsewhere(tmp_path: Path) -> None:
    """Another program reads run and qrels and finds what the report says; ids with spaces stay one column."""
    finished(tmp_path)
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec")))
    found = list(ir_measures.read_trec_run(str(tmp_path / "run.trec")))
    assert {entry.query_id for entry in found} == {"q%201", "q_1"}
    assert ir_measures.calc_aggregate([ir_measures.RR @ 10], qrels, found) == {ir_measures.RR @ 10: 0.5}


def test_what_is_not_judged_is_not_in_the_trec_files_and_what_is_missing_counts_there(tmp_path: Path) -> None:
    """So that another tool divides by as many questions as the report does."""
    nothing = row("x")["expected"] | {"relevant": {}}
    rows = [row("q1", RETRIEVED, expected=nothing), row("q2", {"answers": {"contains": 1.0}})]
    RunFolder(tmp_path).finish(report(rows))
    assert (tmp_path / "qrels.trec").read_text(encoding="utf-8") == "q1 0 not-in-the-archive 1\n"


def test_a_folder_that_holds_a_run_is_not_overwritten_by_chance(tmp_path: Path) -> None:
    """It is refused with what to do; --overwrite starts over."""
    finished(tmp_path)
    with pytest.raises(RunFolderError, match=r"--resume.*--overwrite"):
        RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=False)
    assert RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=True).rows == {}
    assert not (tmp_path / "report.json").exists()
    assert not (tmp_path / "answers.jsonl").exists()


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    """Whole lines are kept, the last one that was cut off is asked again; another day and concurrency do not matter."""
    run = RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=False)
    run.keep(row("q1"))
    with (tmp_path / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "q2", "ki')
    again = RunFolder.open(tmp_path, CONFIG | {"date": "2026-02-02", "concurrency": 4}, resume=True, overwrite=False)
    assert list(again.rows) == ["q1"]
    again.keep(row("q2"))
    lines = (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["q1", "q2"]


def test_to_resume_in_a_new_folder_is_to_begin(tmp_path: Path) -> None:
    """So that one command line serves for the first time and for going on."""
    assert RunFolder.open(tmp_path / "new", CONFIG, resume=True, overwrite=False).rows == {}


def test_answers_under_other_conditions_are_not_mixed(tmp_path: Path) -> None:
    """Resuming with another archive or setting is refused, and what differs is named."""
    RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=False)
    other = CONFIG | {"settings": {"recency_strength": 0.0}, "archive": CONFIG["archive"] | {"fingerprint": "beef"}}
    with pytest.raises(RunFolderError, match=r"other conditions \(archive, settings\)"):
        RunFolder.open(tmp_path, other, resume=True, overwrite=False)


def test_a_broken_line_in_the_middle_is_not_passed_over(tmp_path: Path) -> None:
    """Only the end of the file can have been cut off by stopping; anything else is damage."""
    run = RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=False)
    (tmp_path / "answers.jsonl").write_text("{broken\n", encoding="utf-8")
    run.keep(row("q1"))
    for line in (b"{broken\n", b"5\n", b"{}\n", b'{"id": "\xe2\x80'):
        (tmp_path / "answers.jsonl").write_bytes(line.rstrip() + b'\n{"id": "q1"}\n')
        with pytest.raises(RunFolderError, match=r"answers\.jsonl, line 1 is no row of a run"):
            RunFolder.open(tmp_path, CONFIG, resume=True, overwrite=False)


def test_a_line_cut_inside_a_character_is_asked_again(tmp_path: Path) -> None:
    """As a full disk leaves it."""
    run = RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=False)
    run.keep(row("q1", question="“Why?”"))
    with (tmp_path / "answers.jsonl").open("ab") as file:
        file.write(b'{"id": "q2", "question": "\xe2\x80')
    assert list(RunFolder.open(tmp_path, CONFIG, resume=True, overwrite=False).rows) == ["q1"]


def test_conditions_that_an_older_version_did_not_write_differ(tmp_path: Path) -> None:
    """What is not known to be the same is not taken for the same."""
    RunFolder.open(tmp_path, {}, resume=False, overwrite=False)
    with pytest.raises(RunFolderError, match="other conditions"):
        RunFolder.open(tmp_path, CONFIG, resume=True, overwrite=False)


def test_what_is_no_finished_run_cannot_be_loaded(tmp_path: Path) -> None:
    """An empty folder, an unfinished run, broken JSON and another JSON file are told apart."""
    with pytest.raises(RunFolderError, match="holds no run"):
        load_report(tmp_path)
    RunFolder.open(tmp_path, CONFIG, resume=False, overwrite=False)
    with pytest.raises(RunFolderError, match="not finished"):
        load_report(tmp_path)
    for text, problem in (("{", "is not JSON"), ("[]", "not a JSON object"), ("{}", "no report")):
        (tmp_path / "report.json").write_text(text, encoding="utf-8")
        with pytest.raises(RunFolderError, match=problem):
            load_report(tmp_path)
    (tmp_path / "scores.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"no scores\.json"):
        load_scores(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """What could not be written in the end is refused before a question is asked."""
    (tmp_path / "taken").touch()
    with pytest.raises(ReportError, match="Choose another folder"):
        RunFolder.open(tmp_path / "taken", CONFIG, resume=False, overwrite=False)

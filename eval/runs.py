"""A run as a folder: written question by question, so that it can be gone on with, and read again to compare.

config.json     under which conditions the run is made
answers.jsonl   one row a question, in the order in which they were answered
run.trec        which articles were found for each question, qrels.trec which are right: for any TREC tool
scores.json     the scores alone, small enough to be kept as a baseline
report.json     everything, for programs; report.html the same for people
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from eval.conditions import same_run
from eval.errors import ReportError, RunFolderError
from eval.html_report import html_report
from eval.rows import Row

_CONFIG, _ANSWERS, _SCORES, _REPORT = "config.json", "answers.jsonl", "scores.json", "report.json"
# Half a character, which UTF-8 cannot hold, becomes its JSON escape.
_ESCAPED = "backslashreplace"
_ROW_KEYS = frozenset({"id", "question", "answer", "failure", "scores"})
_PARTS = (_CONFIG, _ANSWERS, _SCORES, _REPORT, "report.html", "run.trec", "qrels.trec")


class RunFolder:
    """The artefacts of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, Row] = {}
        """What is answered so far, by question id."""

    @classmethod
    def open(cls, folder: Path, config: Mapping[str, Any], *, resume: bool, overwrite: bool) -> Self:
        """Return the folder, ready for rows.

        Raises:
            ReportError: it cannot be written.
            RunFolderError: it holds a run already, or one to resume that was made under other conditions.
        """
        run = cls(folder)
        begun = (folder / _CONFIG).exists()
        if begun and resume:
            run._go_on(config)
        elif begun and not overwrite:
            raise RunFolderError(folder, "it holds a run already. Go on with it: --resume. Replace it: --overwrite")
        else:
            run._begin(config)
        return run

    def keep(self, row: Row) -> None:
        """Add one answered question to the folder at once.

        Raises:
            ReportError: it cannot be written.
        """
        self.rows[row["id"]] = row

        def append(path: Path) -> None:
            with path.open("a", encoding="utf-8", errors=_ESCAPED) as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

        self._write(_ANSWERS, append)

    def finish(self, report: Mapping[str, Any]) -> None:
        """Write everything that is made from the rows.

        Raises:
            ReportError: it cannot be written.
        """
        rows = report["questions"]
        texts = {
            _REPORT: _json(report),
            _SCORES: _json(scores_of(report), indent=None),
            "run.trec": "".join(_run_lines(rows)),
            "qrels.trec": "".join(_qrels_lines(rows)),
            "report.html": html_report(report),
        }
        for name, text in texts.items():
            self._write(name, lambda path, text=text: path.write_text(text, encoding="utf-8", errors=_ESCAPED))  # type: ignore[misc]

    def _begin(self, config: Mapping[str, Any]) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for part in _PARTS:
                (self.folder / part).unlink(missing_ok=True)
        except OSError as error:
            raise ReportError(self.folder, error.strerror or str(error)) from error
        self._write(_CONFIG, lambda path: path.write_text(_json(config), encoding="utf-8"))

    def _go_on(self, config: Mapping[str, Any]) -> None:
        before = _read_json(self.folder / _CONFIG)
        other = same_run(before, config)
        if other:
            differing = ", ".join(other)
            raise RunFolderError(self.folder, f"its run was made under other conditions ({differing}). Start over: --overwrite")
        self.rows = {row["id"]: row for row in _answered(self.folder / _ANSWERS)}
        # Without a last line that was cut off when the run ended; through another file, so that none is lost if this ends now.
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows.values())

        def replace(path: Path) -> None:
            made = path.with_suffix(".new")
            made.write_text(lines, encoding="utf-8", errors=_ESCAPED)
            made.replace(path)

        self._write(_ANSWERS, replace)

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        try:
            write(self.folder / name)
        except OSError as error:
            raise ReportError(self.folder, error.strerror or str(error)) from error


def load_report(folder: Path) -> dict[str, Any]:
    """Return the report of a finished run; `folder` may be the folder or its report.json.

    Raises:
        RunFolderError: it holds no finished run.
    """
    path = folder / _REPORT if folder.is_dir() else folder
    if not path.exists():
        what = "its run is not finished; finish it with: run … --resume" if (folder / _CONFIG).exists() else "it holds no run"
        raise RunFolderError(folder, what)
    report = _read_json(path)
    questions, config = report.get("questions"), report.get("config")
    whole = isinstance(questions, list) and all(isinstance(q, dict) and q.keys() >= _ROW_KEYS for q in questions)
    if not whole or not isinstance(config, dict) or "archive" not in config:
        raise RunFolderError(folder, f"{path.name} is no report of `python -m eval run`")
    return report


def load_scores(path: Path) -> dict[str, Any]:
    """Return `{"config": …, "scores": {question id: {group: {metric: value}}}}` of a run folder or its scores.json.

    Raises:
        RunFolderError: it cannot be read.
    """
    file = path / _SCORES if path.is_dir() else path
    if not file.exists():
        raise RunFolderError(path, "there is no baseline. Make it with: python -m eval run --report FOLDER")
    scores = _read_json(file)
    per_question = scores.get("scores")
    whole = isinstance(per_question, dict) and all(
        isinstance(groups, dict) and all(isinstance(values, dict) for values in groups.values())
        for groups in per_question.values()
    )
    if not whole or not isinstance(scores.get("config"), dict):
        raise RunFolderError(path, f"{file.name} is no scores.json of `python -m eval run`")
    return scores


def scores_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a baseline needs of a report."""
    return {"config": report["config"], "scores": {row["id"]: row["scores"] for row in report["questions"]}}


def _answered(path: Path) -> list[Row]:
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if isinstance(row, dict) and isinstance(row.get("id"), str):
                rows.append(row)
            elif number < len(lines):
                raise RunFolderError(path.parent, f"{path.name}, line {number} is no row of a run. Start over: --overwrite")
    return rows


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunFolderError(path.parent, f"{path.name} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise RunFolderError(path.parent, f"{path.name} is not JSON ({error}). Make the run again") from error
    if not isinstance(value, dict):
        raise RunFolderError(path.parent, f"{path.name} is not a JSON object. Make the run again")
    return value


def _run_lines(rows: Sequence[Row]) -> list[str]:
    """Scores fall by one a rank: ranking, not score, is what was decided."""
    return [
        f"{_word(row['id'])} Q0 {article_id} {rank} {len(row['ranked']) - rank + 1} dateline\n"
        for row in rows
        for rank, article_id in enumerate(row["ranked"], start=1)
    ]


def _qrels_lines(rows: Sequence[Row]) -> list[str]:
    return [
        f"{_word(row['id'])} 0 {article_id} {grade}\n"
        for row in rows
        if "retrieval" in row["scores"]
        # A question whose article is not in the archive counts as not found elsewhere too.
        for article_id, grade in (row["expected"]["relevant"] or {"not-in-the-archive": 1}).items()
    ]


def _word(question_id: str) -> str:
    """TREC files are columns: an id must not hold a space, and two ids must not become one."""
    return re.sub(r"[\s%]", lambda match: quote(match[0]), question_id)


def _json(value: object, indent: int | None = 2) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent) + "\n"

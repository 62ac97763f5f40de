"""What can go wrong while measuring. Messages say what happened, where, and what to do.

EvalError
├ GoldError(path, position)   a file of gold questions or of a dataset cannot be used
├ RunFolderError(folder)      a folder does not hold the run that is asked for, or holds one already
├ GateError(path)             a gate cannot be used
├ JudgeError                  the judge cannot be used (not installed, wrong URL, key or model); `eval.judge_model`
├ SweepError                  what is to be varied cannot be
└ ReportError(folder)         the report could not be written
"""

from pathlib import Path


class EvalError(Exception):
    """The root of what the eval package raises on purpose."""


class GoldError(EvalError):
    """A file of gold questions or of a dataset cannot be used."""

    def __init__(self, path: Path, position: int | str | None, problem: str) -> None:
        """Say where the fault is and how it should be: a line number, words such as `question 17`, None for the whole file."""
        self.path = path
        self.line = position if isinstance(position, int) else None
        self.problem = problem
        place = f"line {position}" if isinstance(position, int) else position
        super().__init__(f"{path}: {problem}" if place is None else f"{path}, {place}: {problem}")


class RunFolderError(EvalError):
    """A folder does not hold the run that is asked for, or holds one already."""

    def __init__(self, folder: Path, problem: str) -> None:
        """Name the folder, and say what is in it or missing and what to do."""
        super().__init__(f"{folder}: {problem}")
        self.folder = folder
        self.problem = problem


class GateError(EvalError):
    """A gate cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        """Name the file, and say what is wrong with it."""
        super().__init__(f"The gate {path} {problem}.")
        self.path = path
        self.problem = problem


class SweepError(EvalError):
    """What is to be varied cannot be."""


class ReportError(EvalError):
    """The report could not be written."""

    def __init__(self, folder: Path, problem: str) -> None:
        """Name the folder, and say what is in the way."""
        super().__init__(f"The report cannot be written to {folder}: {problem}. Choose another folder with --report.")
        self.folder = folder

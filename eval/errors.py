"""What can go wrong while measuring. Messages say what happened, where, and what to do.

EvalError
├ GoldError(path, line)       a file of gold questions cannot be used
├ RunError(question_id)       a question could not be asked
└ ReportError(folder)         the report could not be written
"""

from pathlib import Path


class EvalError(Exception):
    """The root of what the eval package raises on purpose."""


class GoldError(EvalError):
    """A file of gold questions cannot be used."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        """Name the file, the line (None: the file as a whole), and say what is wrong and how it should be."""
        super().__init__(f"{path}: {problem}" if line is None else f"{path}, line {line}: {problem}")
        self.path = path
        self.line = line
        self.problem = problem


class RunError(EvalError):
    """A question could not be asked."""

    def __init__(self, question_id: str, problem: str) -> None:
        """Name the question, and say why it was not answered."""
        super().__init__(f"Question {question_id!r} could not be asked: {problem}")
        self.question_id = question_id


class ReportError(EvalError):
    """The report could not be written."""

    def __init__(self, folder: Path, problem: str) -> None:
        """Name the folder, and say what is in the way."""
        super().__init__(f"The report cannot be written to {folder}: {problem}. Choose another folder with --report.")
        self.folder = folder

"""What can go wrong while answering. Messages say what happened and what to do.

AnsweringError
├ InvalidQuestion(field)      the question or one of its limits cannot be used
└ GeneratorError              the generator could not write an answer
  └ GeneratorBusy(wait)       the same, but asking again may help
"""


class AnsweringError(Exception):
    """The root of what the rag package raises on purpose."""


class InvalidQuestion(AnsweringError):  # noqa: N818 - reads as what it is
    """The question, or one of its limits, cannot be used."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field as the caller knows it, and say what is wrong with it."""
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class GeneratorError(AnsweringError):
    """The generator could not write an answer."""


class GeneratorBusy(GeneratorError):  # noqa: N818 - reads as what it is
    """The generator cannot write now; asking again may help."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        """Say what happened; `wait` is in how many seconds the server asked to be asked again, if it did."""
        super().__init__(message)
        self.wait = wait

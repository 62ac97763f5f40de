"""What can go wrong while answering. Messages say what happened and what to do.

AnsweringError
├ InvalidQuestion(field)      the question or one of its limits cannot be used
└ GeneratorError              the generator could not write an answer
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

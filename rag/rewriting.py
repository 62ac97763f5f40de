"""Has a language model make a follow-up a question of its own, and takes what it writes only where the conversation holds it.

Rules (`rag.conversation`) know English and the forms that follow-ups have most often; a model knows other languages and forms.
What it writes decides what is looked for, so it may bring in nothing that nobody said: a model that answers, guesses a name,
drops half of the question or obeys an article that was quoted to it is not followed.
"""

import re
from collections.abc import Sequence

from rag.bounds import MAX_QUESTION_CHARACTERS
from rag.language import content_words, names, numbers, stem, stems
from rag.phrasing import WH
from rag.prompts import is_refusal
from rag.types import Turn

TURNS = 6
"""How many of the last turns a model is shown: three questions with their answers; older ones are another topic."""
TURN_CHARACTERS = 600
"""How much of each: the beginning of an answer is what people refer to."""
MOST_CHARACTERS = 600
"""Where a model has written more than a question."""
PART_OF_DEADLINE = 1 / 4
"""How long it may take, of the time that an answer has: that still has to be written."""
# Models also put in words that join: `Where did the fire that destroyed the mill start?` of `Where did it start?`.
_NEW = 1 / 3
# `And who bought them?` may come back as `Who purchased the ferries?`, not as the question before it.
_KEPT = 1 / 2
_LABEL = re.compile(r"^(?:standalone |rewritten )?question\s*:\s*", re.IGNORECASE)
_QUOTES = "\"'“”‘’«»„`* "
# Scripts without spaces: each character is looked for alone.
_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff])")


def shown_turns(earlier: Sequence[Turn]) -> list[Turn]:
    """Return the turns that a model is shown, oldest first, each cut to its beginning."""
    return [Turn(turn.role, " ".join(turn.text.split())[:TURN_CHARACTERS]) for turn in earlier[-TURNS:] if turn.text.strip()]


def accepted(completion: str, question: str, earlier: Sequence[Turn]) -> str | None:
    """Return the question that a model wrote, None if it is none that may be asked instead.

    It must be one line, keep the names, numbers and question word of the question and half of its other words, bring in no name
    and no number that neither the question nor the earlier turns print, and few other words.

    Args:
        completion: as the model wrote it.
        question: as asked.
        earlier: the turns that the model was shown.
    """
    lines = [line for line in completion.splitlines() if line.strip()]
    if len(lines) != 1 or is_refusal(lines[0]):
        return None
    text = _LABEL.sub("", lines[0].strip(_QUOTES)).strip(_QUOTES)
    if not text or len(text) > MAX_QUESTION_CHARACTERS:
        return None
    asked, made, said = (_spaced(part) for part in (question, text, "\n".join([question, *(turn.text for turn in earlier)])))
    if not (numbers(made) <= numbers(said) and names(made) <= stems(said)):
        return None
    if not (numbers(asked) <= numbers(made) and names(asked) <= stems(made) and _same_kind(asked, made)):
        return None
    kept, new = _share(asked, made), 1 - _share(made, said)
    return text if content_words(made) and kept >= _KEPT and new <= _NEW else None


def _spaced(text: str) -> str:
    return _UNSPACED.sub(r" \1 ", text)


def _same_kind(asked: str, made: str) -> bool:
    """Return whether a question word of the question, if it has one, still stands in what was made of it."""
    words = WH & set(asked.casefold().split())
    return not words or bool(words & set(made.casefold().split()))


def _share(text: str, of: str) -> float:
    """Return the part of a text's content words that another holds, 1 if it has none."""
    words, known = content_words(text), stems(of)
    return sum(stem(word) in known for word in words) / len(words) if words else 1.0

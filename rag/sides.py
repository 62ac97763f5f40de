"""Finds the sides of a question that asks for several things: `A or B`, `in June and in July`, `from April to July`."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.sentences import sentence_spans
from rag.language import content_words, is_name, stem, tokens

_OR = re.compile(r"\s(?:or|versus|vs\.?)\s", re.IGNORECASE)
_AND = re.compile(r"\sand\s", re.IGNORECASE)
# What may stand between `and` and the name: `in May and in the June of …`.
_LEAD = frozenset("in on at by of for from to the that during after before".split())
_ASKING = frozenset("who whom whose what which when where why how".split())
_FROM_TO = re.compile(r"\bfrom\s(?P<left>[^,;?]+?)\sto\s(?P<right>[^,;?]+)", re.IGNORECASE)
_ANOTHER_QUESTION = re.compile(
    r",?\s(?:and|but)\s(?=(?:in |on |at |by |to |for )?(?:who|what|when|where|why|how|which)\b)", re.IGNORECASE
)
_ORDINAL = re.compile(
    r"(?:fir|second|third|(?:four|fif|six|seven|eigh|nin|ten|eleven|twelf|\w+teen)th|\w+tieth)(?:st)?", re.IGNORECASE
)
# Where the first side begins, if it has no comma before it.
_STOPS = re.compile(r"[,;:]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of several things that a question asks about."""

    own: frozenset[str]
    """The stems that only this side has."""
    question: str | None = None
    """The side as a question of its own, where it is one: `who ended it` in `When did it begin, and who ended it?`."""


@lru_cache(maxsize=1024)
def sides_of(question: str) -> tuple[Side, ...]:
    """Return the two sides of a question's last sentence, none if it asks about one thing.

    `or` and `from … to …` always part. `and` parts names, dates and numbers only: `in May and in June`, not `goods and
    services`. A second question word parts two questions.
    """
    spans = sentence_spans(question)
    question = question[slice(*spans[-1])] if spans else ""
    if parted := _ANOTHER_QUESTION.search(question):
        left, right = question[: parted.start()], question[parted.end() :]
        return _sides(content_words(left), content_words(right), questions=(left, right))
    for between, any_words in ((_OR, True), (_AND, False)):
        for match in between.finditer(question):
            left = _STOPS.split(question[: match.start()])[-1]
            right = _STOPS.split(question[match.end() :])[0]
            found = _sides(_last(left), _first(right))
            if not found and any_words:
                asked = content_words(right)
                found = _sides(content_words(left)[-len(asked) :], asked)
            if found:
                return found
    span = _FROM_TO.search(question)
    return _sides(tuple(tokens(span["left"])), _first(span["right"])) if span else ()


def _last(text: str) -> tuple[str, ...]:
    """Return the names that `text` ends with."""
    words = tokens(text)
    run = list(itertools.takewhile(_names, reversed(words)))
    # The first word of a question is printed like a name.
    return tuple(reversed(run[: len(words) - 1]))


def _first(text: str) -> tuple[str, ...]:
    """Return the names that `text` begins with, behind prepositions and articles."""
    words = itertools.dropwhile(lambda word: word.casefold() in _LEAD, tokens(text))
    return tuple(itertools.takewhile(_names, words))


def _names(word: str) -> bool:
    return (is_name(word) and word.casefold() not in _ASKING) or _ORDINAL.fullmatch(word) is not None


def _sides(
    left: Sequence[str], right: Sequence[str], *, questions: tuple[str | None, str | None] = (None, None)
) -> tuple[Side, ...]:
    one, other = frozenset(map(stem, left)), frozenset(map(stem, right))
    if not (one - other and other - one):
        return ()
    return Side(own=one - other, question=questions[0]), Side(own=other - one, question=questions[1])

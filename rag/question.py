"""Reads a question: the words to look for, the names it insists on, and what kind of answer it wants."""

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

from rag.language import content_words, is_name, stem, tokens
from rag.types import AnswerType

# Tried in this order; the first that fits decides.
_ASKS: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    (
        "date",
        re.compile(
            r"\bwhen\b|\b(?:what|which|by what|on what|on which) (?:date|day|month|year|time)\b|\bhow long ago\b",
            re.IGNORECASE,
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|long|old|big|large|high|fast|far|often|tall|deep|heavy|wide|expensive)\b|\bby how much\b"
            r"|\b(?:what|which) (?:\w+ ){0,3}(?:percentage|percent|share|proportion|number|amount|rate|level|price|cost|sum"
            r"|total|value|size|figure|ratio|temperature|speed)\b|\bwhat (?:do|does|did|will|would) .+ cost\b"
            r"|\bwhat (?:is|are|was|were) .{0,60}\b(?:revenues?|profits?|turnover|budget|price|costs?|population|salary|fine"
            r"|score|percentage|share|rate|number|value|speed|temperature)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "person",
        re.compile(
            r"^(?:and |but |so )?who\b|\bwho(?:se|m)\b|\b(?:which|what) (?:\w+[ -]){0,2}(?:person|man|woman|executive|president"
            r"|vice-president|director|dean|professor|minister|official|analyst|expert|researcher|scientist|founder|chairman"
            r"|chairwoman|ceo|officer|author|reporter|spokesperson|leader|head|senator|lawmaker)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "place",
        re.compile(
            r"\bwhere\b|\b(?:in|at|to|from) which (?:city|country|province|place|state|town|region)\b"
            r"|\b(?:which|what) (?:city|country|province|town)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(?:which|what)\b(?! (?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|must|should|happened"
            r"|happens)\b)",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a question looks for."""

    words: tuple[str, ...]
    """The words that carry meaning, as typed."""
    names: frozenset[str]
    """The stems of words typed as names or numbers: an answer about other names is no answer."""
    wants: AnswerType
    compares: bool
    """Whether it is about several things, which several articles may tell of."""
    things: tuple[str, ...]
    """What is counted or chosen among: `users` in `how many users`, `innovation forum` in `which innovation forum`."""
    phrases: tuple[str, ...] = ()
    """What stands in double quotes, without them: words that are looked for in this order."""


_COMPARES = re.compile(r"\b(?:or|than|versus|vs|both|compared?|differ|between)\b", re.IGNORECASE)
# An inch mark opens and closes nothing: before an opening quote and after a closing one stands no letter or digit.
_PHRASE = re.compile(r"""(?<!\w)["“„«]([^"“”„«»]*)["“”»](?!\w)|「([^「」]*)」""")
_THINGS = re.compile(
    r"\b(?:which|what|how many|how much)\s+(?:more\s+|other\s+|of the\s+)?((?:[\w.'’-]+\s+){0,2}[\w.'’-]+)",
    re.IGNORECASE,
)
_NOT_THINGS = frozenset(
    "is are was were do does did has have had will would can could must should may might be been being the a an of in on at to"
    " for from by with".split()
)


@lru_cache(maxsize=1024)
def read_question(text: str) -> Reading:
    """Return what the question looks for. Operators have no meaning: a question is words, some of them quoted."""
    words = content_words(text)
    typed = tokens(text)
    first = stem(typed[0]) if typed else ""
    # In a question typed all in small or all in large letters no word can be told to be a name.
    mixed = any(c.islower() for c in text) and any(c.isupper() for word in typed[1:] for c in word)
    named = {stem(w) for w in words if any(c.isdigit() for c in w) or (mixed and is_name(w) and stem(w) != first)}
    wants: AnswerType = next((kind for kind, pattern in _ASKS if pattern.search(text)), "other")
    return Reading(
        words=tuple(words),
        names=frozenset(named),
        wants=wants,
        compares=bool(_COMPARES.search(text)),
        things=_things(text),
        phrases=_phrases(text),
    )


def _phrases(text: str) -> tuple[str, ...]:
    found = ((match[1] or match[2] or "").strip() for match in _PHRASE.finditer(text))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))


def _things(text: str) -> tuple[str, ...]:
    match = _THINGS.search(text)
    words = tokens(match[1]) if match else []
    return tuple(itertools.takewhile(lambda word: word.casefold() not in _NOT_THINGS, words))

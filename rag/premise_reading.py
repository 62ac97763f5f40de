"""Reads what a question takes for granted: `the bank raised its rate` of `Why did the bank raise its rate in March?`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.language import content_words, is_name, stem, tokens
from rag.phrasing import AUXILIARIES, VERBS
from rag.premise_verbs import base, opposite_to

# The first word of a question that asks whether something is so, and so takes nothing for granted.
_WHETHER = AUXILIARIES | {"whether", "if"}
_GIVEN = re.compile(
    r"\b(?:why|when|where|how|by how much|(?:to|for|at|in|from) (?:what|which) \w+|how (?:much|far|long|quickly|fast|soon)"
    r"|how (?:much|many) (?P<counted>[a-z]+(?: [a-z]+)?)|what (?:was|is) the reason)\b\s+"
    r"(?P<aux>did|does|do|has|have|had|was|were|is|are)\s+(?P<rest>.+)",
    re.IGNORECASE,
)
_CAUSED = re.compile(r"\bwhat (?:made|led|caused|prompted|forced|drove)\s+(?P<rest>.+)", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:when|after|because|although|since|before|as|even though)\s+(?P<rest>[^?,]+)", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\bhow many (?P<subject>[\w ]+?) (?:was|were|have been|had been|are|has been) (?P<verb>\w+)", re.IGNORECASE
)
_PHRASE_ENDS = frozenset(
    "in on at by for from with to about after before during since until over against between into through when while because"
    " as despite than amid and or but that which who".split()
)
_CLAUSE_BEGINS = frozenset("that which who when while because as than and or but".split())
_NOT_A_VERB_BEHIND = frozenset("the a an its their his her our this that these those of first second third last next".split())
# A question with these says itself that things are not simply so.
_DENIES = re.compile(
    r"\b(?:not|never|no|nobody|none|without|instead|or|whether|if|would|could|should|might|(?-i:may)|will|can|rather than)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
MONTHS = frozenset(
    stem(month) for month in "January February March April May June July August September October November December".split()
)
"""The stems of the months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premise:
    """A clause that a question takes for true."""

    subject: tuple[str, ...]
    """The stems of the content words before the verb."""
    verb: str
    """Its verb as `rag.premise_verbs.base` returns it."""
    printed: str
    """The verb as typed."""
    target: tuple[str, ...]
    """The stems of the content words behind the verb, up to the first preposition."""
    others: frozenset[str]
    """The stems of the names behind that: against whom, where."""
    passive: bool = False
    counted: bool = False
    """Whether its object is what the question counts: `jobs` in `How many jobs did it cut?`."""
    nobody: bool = False
    """Whether it takes for granted only that somebody was: `How many people were killed?`."""


def takes_for_granted(question: str) -> bool:
    """Return whether a question takes anything for granted at all: not one that can be answered with yes or no."""
    typed = tokens(question)
    return bool(typed) and typed[0].casefold() not in _WHETHER and _DENIES.search(question) is None


def premises(question: str) -> list[Premise]:
    """Return the clauses that a question takes for true. What cannot be taken apart is left out."""
    if not takes_for_granted(question):
        return []
    found = []
    for pattern in (_GIVEN, _CAUSED, _CLAUSE):
        for match in pattern.finditer(question):
            counted = _stems((match.groupdict().get("counted") or "").split())
            passive = (match.groupdict().get("aux") or "").casefold() in {"was", "were", "is", "are"}
            clauses = _clauses(match["rest"].rstrip("?. "), passive=passive, finite=pattern is _CLAUSE)
            found += [replace(clause, target=counted, counted=True) if counted else clause for clause in clauses]
    if many := _HOW_MANY.search(question):
        found.append(
            Premise(
                subject=_stems(many["subject"].split()), verb=base(many["verb"]), printed=many["verb"], target=(),
                others=frozenset(), passive=True, nobody=True,
            )
        )  # fmt: skip
    return list(dict.fromkeys(found))


def _clauses(text: str, *, passive: bool, finite: bool) -> Iterator[Premise]:
    """Yield the clause that a text begins with, once for each word that may be its verb: only one of them will be met again."""
    words = tokens(text)
    for i, word in enumerate(words):
        low = word.casefold()
        if i and (low in _CLAUSE_BEGINS or (low in _PHRASE_ENDS and finite)):
            return
        if not i or low in AUXILIARIES or words[i - 1].casefold() in _NOT_A_VERB_BEHIND:
            continue
        known = base(low) in _KNOWN or bool(opposite_to(base(low), timed=True)) or low.endswith("ed")
        if is_name(word) or not known or low.endswith("ing") or not _stems(words[:i]):
            continue
        # Of `the owner of the ship` the owner acts.
        head = next((n for n, w in enumerate(words[:i]) if n and w.casefold() in _PHRASE_ENDS), i)
        behind = words[i + 1 :]
        stop = next((n for n, w in enumerate(behind) if w.casefold() in _PHRASE_ENDS), len(behind))
        yield Premise(
            subject=_stems(words[:head]), verb=base(low), printed=word, target=_stems(behind[:stop]),
            others=frozenset(stem(w) for w in behind[stop:] if w[0].isupper() and stem(w) not in MONTHS),
            passive=passive or words[i - 1].casefold() in {"was", "were", "is", "are", "been"},
        )  # fmt: skip


_KNOWN = frozenset(base(verb) for verb in VERBS | {"sink", "beat", "defeat", "replace", "succeed", "acquire", "declare", "adopt"})


def _stems(words: list[str]) -> tuple[str, ...]:
    return tuple(stem(word) for word in content_words(" ".join(words)))

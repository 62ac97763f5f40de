"""Which words of a sentence are denied: `did not raise rates` denies raising and rates. Knows grammar of the simplest kind."""

import re

from rag.language import content_words, stem

_DENIES = re.compile(
    r"\b(?:not|no|never|nor|neither|without|cannot|denie[sd]|deny|denying|refuse[sd]?|refusing|fail(?:s|ed)? to|rejects?|rejected"
    r"|rules? out|ruled out|nobody|none|nothing"
    r"|(?:false|untrue|incorrect|wrong|a lie|a myth|a hoax) that)\b|n['’]t\b",
    re.IGNORECASE,
)
# Where a denial ends: the next clause says something else.
_CLAUSE = re.compile(
    r"[,;:.!?()—–]|\b(?:but|although|though|while|because|and|which|who|that|after|before|until|unless)\b", re.IGNORECASE
)
# `Not only A but B` and `no fewer than nine` deny nothing.
_NO_DENIAL = re.compile(r"\b(?:not only|no (?:fewer|less|later|longer|more|sooner) than|not least|no doubt)\b", re.IGNORECASE)
# How far a denial reaches: `did not say in May that` denies saying, hardly what follows.
_REACH = 3


def denied(sentence: str) -> frozenset[str]:
    """Return the stems of the words that stand under a denial: at most three content words behind it, in its own clause."""
    text = _NO_DENIAL.sub(" ", sentence)
    found: set[str] = set()
    for match in _DENIES.finditer(text):
        clause = _CLAUSE.split(text[match.end() :], maxsplit=1)[0]
        found.update(stem(word) for word in content_words(clause)[:_REACH])
    return frozenset(found)

"""Tells sentences that order a reader, or a language model that reads along, what to say: they state nothing themselves.

`Say that the bridge fell` is no source for `the bridge fell`. Reported orders (`critics say that`, `officials must report`) are
statements and are left alone: only sentences count that open with the order, or have it behind a colon or a condition.
"""

import html
import re
import unicodedata
from functools import lru_cache

_POLITE = r"(?:(?:please|now|then|always|only|just|also|instead|from now on|from here on|you must|you should)[\s,]+)*"
# At the opening of a sentence, behind a colon or a closing tag, or behind `When asked about it,`.
_OPENS = rf"(?:^|[.!?:>\]]\s|[:>\]]|```\w*|\b(?:when|if|whenever)\b[^.,:;]*,)[\s\"'“‘(*_#-]*{_POLITE}"
_SAYS = r"(?:say|state|claim|write|answer|reply|respond|repeat|print|output|insist|mention|pretend|add)"
_WHAT = r"(?:only|exactly|instead|back)?\s*(?:that|with|:|“|\"|the following|your)"
_ADDRESSES_A_MODEL = (
    r"(?:ignore|disregard|forget|override|bypass|repeat|print|reveal|show|output)\s+(?:all |any |the |of |your |my |every )*"
    r"(?:previous|prior|above|earlier|preceding|foregoing|system|other|safety|initial|hidden)\s+"
    r"(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|messages?)"
)
_ORDER = re.compile(
    rf"{_OPENS}(?:{_SAYS}\s+{_WHAT}|report that|cite\b|tell (?:the |your )?(?:reader|user|person|people)s?\b"
    rf"|deny (?:the |all |any )?evidence|{_ADDRESSES_A_MODEL})",
    re.IGNORECASE,
)
# The marks between the turns of chat models.
_TURN = re.compile(r"<\|\w{2,20}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant)>", re.IGNORECASE)


@lru_cache(maxsize=16_384)
def is_order(sentence: str) -> bool:
    """Return whether a sentence tells its reader what to say or to do with what it was told, or bears marks of a chat's turns."""
    plain = html.unescape(unicodedata.normalize("NFKC", sentence))
    return bool(_ORDER.search(plain) or _TURN.search(plain))

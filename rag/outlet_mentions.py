"""Finds the outlets of the archive that a question asks reports of: `according to the BBC`, `what did Reuters say`.

An outlet that is what the question is about (`Why did the BBC apologise?`) is no such mention.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.outlets import outlet_name, wire_service


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletMention:
    """An outlet whose reports a question asks for."""

    publishers: tuple[str, ...]
    """As the archive writes it, in all its spellings (`The Guardian`, `theguardian.com`)."""
    kind: Literal["attributed", "near"]
    """`attributed`: the question asks what this outlet reported, so others cannot answer it. `near`: its report is only
    mentioned (`told Reuters`, `the Guardian's interview`), so others may have it too."""
    words: str
    """The name as the question has it."""


# Labels of web domains that are no names.
_NOT_A_NAME = frozenset("www com co org net news info gov edu ac uk de fr es it cn in au ca jp eu us tv nl be at ch io".split())
_LEADING_THE = re.compile("^the(?=.)")
_PARTS = re.compile(r"[^\w\s.&'’-]|['’]s |[.] ")
_LETTERS = re.compile(r"[^\W_]+")
_SMALL_WORDS = frozenset("the of and for de der die das le la les el und et y &".split())
# `BBC News` is the BBC; `Sky News` is not the sky.
_STATIONS = frozenset("abc ard bbc cbc cbs cnbc cnn itv nbc npr orf pbs rai rte rtl srf tf1 zdf".split())
# Initials of two letters are too often something else (`PM`, `EU`).
_SHORTEST_INITIALS = 3
_LONGEST_NAME = 6
_NAME = r"(?:(?:the |The )?(?:newspaper |paper |magazine |broadcaster |news agency |agency |outlet |site )?)"
_SAY = (
    r"(?:say|report|write|claim|publish|print|quote|cover|describe|mention|note|reveal|have to say"
    r"|tell (?:us|its readers|readers)"
    r"|reported|said|written|wrote|published|covered|described|reporting|saying|writing|claiming|quoted|claimed|revealed|noted)"
)
# What an outlet says of itself is about it: `Did the BBC say it was sorry?`
_ITSELF = r"(?!,? (?:that )?(?:it|its|itself|they|their|sorry|a correction|an apology|a book|his|her|(?:about|of) its(?:elf)?)\b)"
_ADVERB = r"(?:also |first |really |actually |originally |exactly |recently |just |yesterday |today |last week )?"
_BEFORE = [
    re.compile(
        rf"\b(?:[Aa]ccording to|[Aa]s (?:reported|told|quoted|written|published|cited) (?:by|in)|[Ll]aut|[Ss]elon|[Ss]egún)"
        rf" {_NAME}$"
    ),
    re.compile(
        r"\b(?:reported|published|printed|written|carried|quoted|covered|described|cited|appeared|reports?|articles?"
        rf"|story|stories|editorial|headlines?|coverage|dispatch(?:es)?|read|[Nn]ews) (?:by|in|from|of) {_NAME}$"
    ),
]
# `Reuters and the BBC` are asked for together.
_AND = re.compile(r",? (?:and |or |und |et |y )?(?:the )?|, ?")
_AS = re.compile(rf"\b[Aa]s {_NAME}$")
_AS_AFTER = re.compile(r"^ (?:reported|reports|says|said|writes|wrote|put it|puts it|has it)\b")
_ASKED = re.compile(rf"\b(?:did|does|do|has|have|had|is|was|are|were|hat|a|ha)(?:n't|n’t)? {_NAME}$", re.IGNORECASE)
_ASKED_AFTER = re.compile(
    rf"^ {_ADVERB}(?:{_SAY}|berichtet|geschrieben|gemeldet|rapporté|écrit|informado|dit)\b{_ITSELF}", re.IGNORECASE
)
_SAYS_AFTER = re.compile(rf"^ {_ADVERB}(?:reported|reports|said|says|wrote|writes)\b{_ITSELF}")
_SUBJECT = re.compile(rf"(?:^|[,:;] |\bthat |\bwhich |\bwhat ){_NAME}$", re.IGNORECASE)
_NEAR_BEFORE = re.compile(
    rf"\b(?:told|tells?|interview (?:with|by|in)|spoke to|speaking to|talking to|leaked to|statement to"
    rf"|(?:wrote|writing|write) in|(?:seen|obtained|reviewed|verified) by|in) {_NAME}$"
)
_NEAR_AFTER = re.compile(
    r"^(?:['’]s?)? (?:(?:\w+ )?(?:interview|report|article|story|coverage|account|correspondents?|reporters?|editorial|analysis"
    r"|review|obituary|investigation)|reporting)\b"
)
# In these the outlet is what is asked about, whatever stands beside its name.
_TOPIC = re.compile(
    r"\b(?:criticis|criticiz|accus|sued|sue |sues|suing|lawsuit|bought|buy|acquir|owns?\b|owner|editor"
    r"|journalists? (?:of|at)|staff|layoffs?|shares? (?:in|of)|work(?:s|ed)? (?:for|at|in)"
    r"|invest(?:s|ed|ors?|ments?)?\b|apologi|resign|fired\b|banned?\b|strike|subscri|retract"
    r"|founded|funding|suspended)",
    re.IGNORECASE,
)


def mentioned_outlets(question: str, known: Collection[str]) -> tuple[OutletMention, ...]:
    """Return the outlets whose reports a question asks for, in its order, each once.

    Names match without `The`, without blanks and case, by their web domain (`usatoday.com` is `USA Today`), by the
    abbreviations that `index.outlets` knows (AP, AFP) and by initials of three letters or more (NYT). A name must be printed
    with its capitals, so that `in time` is no magazine; in a question all in small letters only where it is no everyday word.

    Args:
        question: as asked.
        known: publishers and agencies of the archive, in any case; no other is ever returned.
    """
    small = _is_small(question)
    named = _named(question, frozenset(known))
    found: dict[tuple[str, ...], OutletMention] = {}
    for at, (start, end, publishers) in enumerate(named):
        first, last = at, at
        while first and _AND.fullmatch(question, named[first - 1][1], named[first][0]):
            first -= 1
        while last + 1 < len(named) and _AND.fullmatch(question, named[last][1], named[last + 1][0]):
            last += 1
        kind = _kind(question[: named[first][0]], question[named[last][1] :], small=small)
        if kind is not None and (publishers not in found or kind == "attributed"):
            found[publishers] = OutletMention(publishers=publishers, kind=kind, words=question[start:end])
    return tuple(found.values())


def names_an_outlet(question: str, known: Collection[str]) -> bool:
    """Return whether a question names any of these outlets, be it as a source, in passing or as its topic."""
    return bool(_named(question, frozenset(known)))


def _is_small(question: str) -> bool:
    return not any(character.isupper() for character in question[1:])


def _kind(before: str, after: str, *, small: bool) -> Literal["attributed", "near"] | None:
    if any(pattern.search(before) for pattern in _BEFORE):
        return "attributed"
    if _AS.search(before) and _AS_AFTER.search(after):
        return "attributed"
    if _ASKED.search(before) and _ASKED_AFTER.search(after):
        return "attributed"
    if _TOPIC.search(before + after):
        return None
    if _SUBJECT.search(before) and _SAYS_AFTER.search(after):
        return "attributed"
    # In small letters `in time` and `in nature` cannot be told from names.
    return "near" if not small and (_NEAR_BEFORE.search(before) or _NEAR_AFTER.search(after)) else None


# Each question is asked twice: whose reports it wants, and whether it names anybody.
@lru_cache(maxsize=64)
def _named(question: str, known: frozenset[str]) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """Return where known outlets are named, from left to right; of names that share words the one with the most."""
    spellings, small = _spellings(known), _is_small(question)
    words = list(_LETTERS.finditer(question))
    found: list[tuple[int, int, tuple[str, ...]]] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            start, end = words[at].start(), words[at + length - 1].end()
            printed = question[start:end]
            if not (small or printed[0].isupper() or "." in printed) or _PARTS.search(printed):
                continue
            publishers = spellings.get(_key(printed)) or spellings.get(_key(outlet_name(printed)))
            if publishers and not (printed[0].islower() and _may_be_a_word(printed)):
                found.append((start, end, publishers))
                at += length - 1
                break
        at += 1
    return tuple(found)


def _may_be_a_word(printed: str) -> bool:
    """Return whether a name in small letters can be taken for an everyday word, as `time` and `nature` can."""
    name = re.sub("^the ", "", printed)
    return not {" ", "."} & set(name) and wire_service(name) is None and name not in _STATIONS


@lru_cache(maxsize=8)
def _spellings(known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return publishers by every spelling that a question may use; a spelling that two outlets share is of neither."""
    owners: dict[str, dict[str, set[str]]] = {}
    for publisher in known:
        full = outlet_name(publisher)
        for spelling in _spelled(full):
            owners.setdefault(spelling, {}).setdefault(_key(full), set()).add(publisher)
    return {
        spelling: tuple(sorted(next(iter(outlets.values()))))
        for spelling, outlets in owners.items()
        if len(outlets) == 1 and spelling
    }


def _spelled(full: str) -> set[str]:
    """Return the keys under which a question may name this outlet."""
    found = {_key(full)}
    words = [word for word in full.casefold().split() if word not in _SMALL_WORDS]
    if words[1:] == ["news"] and words[0] in _STATIONS:
        found.add(words[0])
    initials = "".join(word[0] for word in words)
    if len(initials) >= _SHORTEST_INITIALS:
        found.add(initials)
    return found


def _key(name: str) -> str:
    """Return a name without case, blanks, signs, a leading `the` and the end of a web domain."""
    if " " not in name and "." in name:
        labels = name.casefold().split(".")
        known = [label for label in labels if label not in _NOT_A_NAME]
        name = known[-1] if known else name
    words = _LETTERS.findall(name.casefold())
    return _LEADING_THE.sub("", "".join(words))

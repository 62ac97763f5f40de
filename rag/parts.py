"""Splits a question that asks several things into questions that stand alone, and merges what is found for them."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from index.types import Hit
from rag.comparisons import sides
from rag.conversation import inlined
from rag.phrasing import (
    AUXILIARIES,
    PREPOSITIONS,
    PRONOUNS,
    WH,
    content_of,
    is_auxiliary,
    is_function,
    is_word,
    mentions,
    words_of,
)

AT_MOST = 4
"""More parts would leave each fewer than two of the eight passages that an answer is made from by default."""
_LONGEST = 600
_QUOTED = re.compile(r"(?<!\w)'[^']{1,400}'(?!\w)|[“\"„«‘][^“”\"„«»’]{1,400}[”\"»’](?!\w)|\([^()]*\)")
_PAIR = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
_JOINT = re.compile(r"(?:\s*[,;])?\s+(?P<and>and|but|or)(?: also| then)?\s+|\s*[,;]\s+", re.IGNORECASE)
_TWO_ASKED = re.compile(r"(when|where|why|how) and (when|where|why|how) (?=(\w+))", re.IGNORECASE)
# Behind these, `when it opened and who built it` is what was said or is to be told, not asked.
_EMBEDDING = WH | frozenset(["whether", "if", "that", "because"])
# `That of the ninth` and `the one in Paris` stand for what the other part names.
_LEANS = re.compile(r"\b(?:that|those) of\b|\bthe ones? (?:in|at|of|from|on|by|with)\b", re.IGNORECASE)
# A part that ends with a verb left over, or names nothing, was cut wrongly.
_BROKEN = re.compile(
    r"\b(?:did|do|does) .+ (?:is|are|was|were|did|does|\w+ed)\?$|\b(?:is|was|are|were) .+ (?:is|are|was|were)\?$"
    r"|^How (?:many|much) after\b",
    re.IGNORECASE,
)
_DEGREES = frozenset("many much long old big large high far often fast tall deep soon well likely".split())
_MOST_ASKED_WORDS = 4


def parts(question: str) -> tuple[str, ...]:
    """Return the questions that a question is made of, at most four, each standing alone; one that asks one thing, unchanged.

    `Who leads the port and when did it open?` gives `Who leads the port?` and `When did the port open?`; a comparison gives one
    question for each side. What is not surely several questions is one: an unsplit question is still answered.
    """
    if len(question) > _LONGEST or not question.strip():
        return (question,)
    hidden = _QUOTED.sub(lambda match: re.sub(r"\W", "\0", match[0]), question)
    found = _sentences(question, hidden) or _asked_twice(question) or _clauses(question, hidden)
    # A title such as “Peace or War” is one thing.
    if not found and not _has_clauses(question, hidden) and not any(map(_PAIR.search, _QUOTED.findall(question))):
        found = sides(question)
    if not 1 < len(found) <= AT_MOST or any(_LEANS.search(part) or _BROKEN.search(part) for part in found):
        return (question,)
    return found


def interleaved(found: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """Return the best `k` passages of several lists, each list's first before any list's second, every passage once.

    Scores of different questions cannot be compared, so only places count. So that scores still fall from first to last, a hit
    keeps its own at most up to the one before it. One list is returned as it is.
    """
    if len(found) == 1:
        return list(found[0][:k])
    merged: dict[str, Hit] = {}
    for place in range(max(map(len, found), default=0)):
        for hits in found:
            if place < len(hits):
                merged.setdefault(hits[place].passage.passage_id, hits[place])
    kept: list[Hit] = []
    for hit in list(merged.values())[:k]:
        kept.append(replace(hit, score=min(hit.score, kept[-1].score)) if kept else hit)
    return kept


def _sentences(question: str, hidden: str) -> tuple[str, ...]:
    """Read several sentences, each with its question mark; what else is said between them may matter to all, so it stays."""
    ends = [match.end() for match in re.finditer(r"\?+(?=\s|$)", hidden)]
    if len(ends) < 2 or hidden[ends[-1] :].strip():  # noqa: PLR2004 - two sentences
        return ()
    pieces = [question[start:end].strip() for start, end in zip([0, *ends], ends, strict=False)]
    if any(re.search(r"\w{3}[.!] ", piece) for piece in pieces) or not all(map(_is_clause, pieces)):
        return ()
    split = [part for piece in _stand_alone(pieces) for part in _clauses(piece, piece) or (piece,)]
    return tuple(split)


def _asked_twice(question: str) -> tuple[str, ...]:
    """Read `When and where did the port open?`."""
    match = _TWO_ASKED.match(question)
    if match is None or match[1].casefold() == match[2].casefold() or match[3].casefold() not in AUXILIARIES:
        return ()
    return tuple(f"{asked.capitalize()} {question[match.end() :]}" for asked in match.group(1, 2))


def _clauses(question: str, hidden: str) -> tuple[str, ...]:
    """Read questions joined by `and`; a comma joins only where an `and` does, too."""
    text = question.rstrip("?!. ")
    cuts = _cuts(text, hidden)
    if not any(match["and"] for match in cuts):
        return ()
    starts = [0, *(match.end() for match in cuts)]
    ends = [*(match.start() for match in cuts), len(text)]
    pieces = [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    if not _is_clause(pieces[0]) or not content_of(words_of(pieces[0])):
        return ()
    for before, after in itertools.pairwise(pieces):
        if not _is_inverted(after) and (_embeds(before) or words_of(before)[0].low in AUXILIARIES):
            return ()
    return _stand_alone([_asked(piece) for piece in pieces])


def _asked(piece: str) -> str:
    return f"{piece[:1].upper()}{piece[1:]}" + ("" if re.search(r"\?[\"'”’»]?$", piece) else "?")


def _cuts(text: str, hidden: str) -> list[re.Match[str]]:
    return [match for match in _JOINT.finditer(hidden, 0, len(text)) if _is_clause(text[match.end() :])]


def _has_clauses(question: str, hidden: str) -> bool:
    text = question.rstrip("?!. ")
    return any(match["and"] for match in _cuts(text, hidden))


def _stand_alone(pieces: Sequence[str]) -> tuple[str, ...]:
    """Return the questions with what they leave to those before them; nothing if one of them cannot be told apart."""
    whole = [pieces[0]]
    for piece in pieces[1:]:
        made = inlined(piece, whole)
        if made is None or not _says_something(made):
            return ()
        whole.append(made)
    return tuple(whole)


def _says_something(question: str) -> bool:
    """Return whether a question names what it is about: `How many came?` does not."""
    return bool(mentions(question)) or len(content_of(words_of(question))) > 1


def _is_clause(text: str) -> bool:
    """Return whether a question of its own begins here: a question word with its verb, or an auxiliary with its subject."""
    words = words_of(text)
    if words and words[0].low in PREPOSITIONS and len(words) > 1 and words[1].low in WH:
        words = words[1:]
    if len(words) < 3:  # noqa: PLR2004 - `who leads it`
        return False
    if is_auxiliary(words[0]):
        subject = words[1]
        return is_word(subject) and (
            subject.low in PRONOUNS
            or subject.low in {"the", "a", "an", "its", "their", "his", "her"}
            or subject.text[0].isupper()
        )
    if words[0].low in {"who", "what", "which", "whose"} or [word.low for word in words[:2]] == ["how", "many"]:
        return _is_inverted(text) or (not is_function(words[1]) and words[2].text not in ",;")
    return _is_inverted(text)


def _is_inverted(text: str) -> bool:
    """Return whether an auxiliary stands first or right behind the question word and its noun: `how many ships did`."""
    words = words_of(text)
    if words and words[0].low in PREPOSITIONS and len(words) > 1 and words[1].low in WH:
        words = words[1:]
    if not words:
        return False
    if is_auxiliary(words[0]):
        return True
    if words[0].low not in WH:
        return False
    if words[0].low in {"who", "whom", "when", "where", "why"}:
        return len(words) > 1 and is_auxiliary(words[1])
    if words[0].low == "how" and len(words) > 1 and not (is_auxiliary(words[1]) or words[1].low in _DEGREES):
        return False
    at = next((i for i, word in enumerate(words) if is_auxiliary(word)), len(words))
    return at <= _MOST_ASKED_WORDS and not any(is_function(word) and word.low not in _DEGREES for word in words[1:at])


def _embeds(text: str) -> bool:
    words = words_of(text)
    opening = 2 if words and words[0].low in PREPOSITIONS else 1
    return any(word.low in _EMBEDDING for word in words[opening:])

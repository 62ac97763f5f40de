"""Joins printed lines into running text and undoes the hyphens that only the end of a line made."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A typesetter who breaks words ends one line in five to thirty with a hyphen; where words are not broken, compounds that
# happen to meet the end of a line are fewer than this share of the lines.
_BREAKS_WORDS = 0.03
_LONGEST_WORD = 80
_HYPHENS = "-\u2010\u00ad"
_BEFORE = re.compile(rf"(?P<token>[\w-]*\w)[{_HYPHENS}]$")
_TOKEN = re.compile(rf"\w+(?:-\w+)*(?:[{_HYPHENS}]$)?")
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_DASH = re.compile(r"\w[—–]$")

# `short- and long-term`, and the same in German.
_SUSPENDING = frozenset(("and", "or", "to", "und", "oder", "bis"))
_NAME_PREFIXES = frozenset(("Mc", "Mac"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What a text shows of its own spelling and of its typesetter."""

    words: Counter[str]
    """How often each word stands whole inside a line, in lower case, with its hyphens."""
    breaks_words: bool
    """Lines end with hyphens so often that most of them are the typesetter's."""


def read_vocabulary(lines: Iterable[str]) -> Vocabulary:
    """Return the vocabulary of a text from its printed lines in reading order."""
    words: Counter[str] = Counter()
    count = hyphens = 0
    broken = False
    for line in lines:
        tokens = _TOKEN.findall(line.casefold())
        whole = tokens[1:] if broken else tokens
        broken = ends_broken(line)
        words.update(whole[:-1] if broken else whole)
        count += 1
        hyphens += broken
    return Vocabulary(words=words, breaks_words=hyphens > _BREAKS_WORDS * count)


def ends_broken(line: str) -> bool:
    """Return whether the line ends with a letter and a hyphen."""
    return len(line) > 1 and line[-1] in _HYPHENS and line[-2].isalpha()


def join_lines(lines: Sequence[str], vocabulary: Vocabulary) -> str:
    """Return the lines as one, without the hyphens that only the end of a line made.

    A hyphen stays where the text prints the compound elsewhere, beside figures and before capitals, between the words of a
    longer compound, and everywhere in a text whose lines hardly ever end with one. It goes where the text prints the whole
    word elsewhere, and otherwise.
    """
    parts = list(lines[:1])
    for before, line in itertools.pairwise(lines):
        broken = _BEFORE.search(before[-_LONGEST_WORD:])
        if broken and line.split(maxsplit=1)[0] in _SUSPENDING:
            parts.append(" ")
        elif broken and line[:1].isalnum():
            parts[-1] = parts[-1][:-1] + ("-" if _keeps_hyphen(broken["token"], line, before[-1], vocabulary) else "")
        elif not (_DASH.search(before[-2:]) or (_CJK.match(before[-1:]) and _CJK.match(line[:1]))):
            parts.append(" ")
        parts.append(line)
    return "".join(parts)


def _keeps_hyphen(first: str, line: str, hyphen: str, vocabulary: Vocabulary) -> bool:
    found = re.match(r"[\w-]+", line)
    second = found[0] if found else ""
    if hyphen == "\u00ad":
        return False  # Unicode's soft hyphen says that it is not part of the word
    whole = vocabulary.words[(first + second).casefold()]
    compound = vocabulary.words[f"{first}-{second}".casefold()]
    if whole != compound:
        return compound > whole
    if hyphen == "\u2010":
        return False  # programs that break words print this one; writers type the other
    if not second[:1].islower() or not first[-1].isalpha():
        return first not in _NAME_PREFIXES
    if "-" in first + second:
        # `back-to-` and `-of-the-art` break where a word ends, `fabric-cov-` does not.
        met = first.rpartition("-")[2] if "-" in first else second.partition("-")[0]
        return vocabulary.words[met.casefold()] > 0
    return not vocabulary.breaks_words

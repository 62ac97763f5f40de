"""Words, names and numbers of English text, for matching questions with sentences. Knows no scores and no archive."""

import re
import threading
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

from index.stop_words import STOP_WORDS
from rag.irregular_verbs import BASES


class _Stemmers(threading.local):
    """A stemmer for each thread: it keeps the word that it works on in itself, so two threads would cut each other's words."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_STEMMERS = _Stemmers()
# `Series A` and `Vitamin D` name one thing, so the letter stays with its word; `U.S.`, `50-60` and `GLM-4.5V` are one each.
_TOKEN = re.compile(r"[A-Z][a-z]{3,} [A-HJ-Z](?![\w.'’-])|[^\W_](?:[^\W_]|[-.,'’&/](?=[^\W_]))*%?|\$(?=\d)")
_PARTS = re.compile(r"[-.,'’&/ ]")
_POSSESSIVE = re.compile(r"['’]s?$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\.?")
_CAPITALISED_RUN = re.compile(r"\b[A-Z][\w’'-]*(?:\s+(?:(?:and|of|the|for|de|&)\s+)*[A-Z][\w’'-]*)+")
_SHORTEST_ACRONYM, _LONGEST_ACRONYM = 2, 6
# Fewer letters than this begin too many words to tell a common root.
_ROOT = 4
_NUMBER = re.compile(r"(?<!\w)[-−](?=\d)\d[\d,]*(?:\.\d+)?|\d[\d,]*(?:\.\d+)?")
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions"
    " billion billions trillion dozen dozens half third quarter double twice triple once first second".split()
)
_MONTHS_AND_DAYS = re.compile(
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?"
    r"|Dec(?:ember)?|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|today|yesterday|tomorrow|spring|summer|autumn|winter)\b"
    r"|\b(?:1[6-9]|20)\d\d\b|\b(?:last|next|this|each|every) (?:year|month|week|quarter|decade)\b"
    r"|\b(?:years?|months?|weeks?|decades?) ago\b"
    r"|\b(?:annually|yearly|monthly|weekly|daily|biennially|biannually|decade|mid-\w+)\b"
)


def tokens(text: str) -> list[str]:
    """Return the words and numbers of `text` in order, as printed; `50-60`, `U.S.` and `GLM-4.5V` are one each."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the form under which a word is compared: small letters, no possessive, stemmed (Porter 2).

    `U.S.` is `US`; `left` is `leave`, and `Rose` is a name.
    """
    plain = _POSSESSIVE.sub("", word.casefold())
    if word.islower():
        plain = BASES.get(plain, plain)
    if _DOTTED.fullmatch(plain):
        plain = plain.replace(".", "")
    return str(_STEMMERS.english.stemWord(plain.replace(",", "") if plain[:1].isdigit() else plain))


@lru_cache(maxsize=16_384)
def stems(text: str) -> frozenset[str]:
    """Return the stems of all words of `text`, of hyphenated words also the parts."""
    found = set()
    for token in tokens(text):
        found.add(stem(token))
        if not token[0].isdigit():
            found.update(stem(part) for part in _PARTS.split(token) if part)
    return frozenset(found | acronyms(text))


def acronyms(text: str) -> set[str]:
    """Return the abbreviations of runs of capitalised words, in small letters: `ap` for `Associated Press`."""
    found: set[str] = set()
    for run in _CAPITALISED_RUN.finditer(text):
        initials = "".join(word[0] for word in run[0].split() if word[0].isupper()).casefold()
        found.update(
            initials[start:end]
            for start in range(len(initials))
            for end in range(start + _SHORTEST_ACRONYM, min(len(initials), start + _LONGEST_ACRONYM) + 1)
        )
    return found


def content_words(text: str) -> list[str]:
    """Return the words that carry meaning, each once, in order; `WHO` and `IT` do, unless all of the text is in capitals."""
    shouted = text.isupper()
    words = (word for word in tokens(text) if (not shouted and _is_acronym(word)) or not _is_stop(word))
    return list({stem(word): word for word in words}.values())


def _is_acronym(word: str) -> bool:
    # News rarely prints which country it is in: insisting on `US` refuses right answers.
    return len(word) > 1 and word.isalpha() and word.isupper() and word != "US"


def _is_stop(word: str) -> bool:
    return _POSSESSIVE.sub("", word.casefold().replace("’", "'")) in STOP_WORDS


def is_name(word: str) -> bool:
    """Return whether a word is printed as a name: a capital or digit in it; the first word of a question is the caller's care."""
    return any(c.isupper() or c.isdigit() for c in word)


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of `text`, without thousands separators."""
    return frozenset(number.replace(",", "").replace("−", "-").rstrip(".") for number in _NUMBER.findall(text))


def names(text: str) -> frozenset[str]:
    """Return the stems of words printed as names, without those that only open a sentence or a quotation."""
    found = set()
    for match in _TOKEN.finditer(text):
        word = match[0]
        end = match.start()
        while end and text[end - 1] in " \n\"'“”‘’(":
            end -= 1
        opens = not end or text[end - 1] in ".!?:"
        if word[0].isalpha() and any(c.isupper() for c in (word[1:] if opens else word)):
            found.add(stem(word))
    return frozenset(found)


def has_number(text: str) -> bool:
    """Return whether a quantity is printed, in digits or words."""
    return bool(_NUMBER.search(text)) or any(word.casefold() in _NUMBER_WORDS for word in tokens(text))


def has_date(text: str) -> bool:
    """Return whether a date, a day, a season or a period is printed."""
    return bool(_MONTHS_AND_DAYS.search(text))


def shares_root(word: str, found: frozenset[str]) -> bool:
    """Return whether a stem is among others, or begins like one of them, as `iranian` and `iran` do."""
    if word in found:
        return True
    root = word[: max(_ROOT, len(word) - 3)]
    return len(word) > _ROOT and any(
        len(other) >= _ROOT and (other.startswith(root) or word.startswith(other)) for other in found
    )


def of_one_root(words: Iterable[str], vocabulary: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return for each stem which stems of a vocabulary it shares its root with, by the rule of `shares_root`."""
    by_root: dict[str, list[str]] = {}
    for other in vocabulary:
        by_root.setdefault(other[:_ROOT], []).append(other)
    # Two stems of one root begin with the same letters, at least so many as make a root.
    return {
        word: frozenset(other for other in by_root.get(word[:_ROOT], ()) if shares_root(word, frozenset((other,))))
        for word in words
    }

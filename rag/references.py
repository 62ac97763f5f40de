"""Finds pronouns that point out of a question, and what earlier questions and answers they can mean. English only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.phrasing import (
    AUXILIARIES,
    COPULAS,
    DATE,
    DETERMINERS,
    PREPOSITIONS,
    REQUESTS,
    WH,
    Word,
    content_of,
    is_function,
    is_word,
    mentions,
    words_of,
)

PERSONAL = frozenset("he she him her his hers".split())
PLURAL = frozenset("they them their theirs".split())
NEUTRAL = frozenset("it its".split())
_LEADS = frozenset("and but or so then ok okay also ,".split())
_POSSESSIVE = frozenset("its his her their".split())
_POINTING = frozenset("that this these those".split())
_THIRD = PERSONAL | PLURAL | NEUTRAL
_SUBJECTS = frozenset("i you he she it we they".split())
_OBJECTS = frozenset("it him her them that this these those".split())
# `this year` is told from today, not from what was said before.
_TIMES = frozenset(
    "year month week day morning afternoon evening night weekend summer autumn fall winter spring quarter season decade century"
    " time january february march april may june july august september october november december".split()
)
_WEATHER = frozenset("raining snowing late early dark time".split())
# `How long does it take to learn …`, `Is it legal to …`, `What is it like to …`: `it` is what follows.
_NO_VERBS_OF_IT = (
    "able similar due equal going close closest compare relate lead contribute respond apply belong refer happen want have"
    " need try seem amount come go get mean"
).replace(" ", "|")
_EXPLAINED_LATER = re.compile(
    r"it (?:(?:ever|really|still|so|too|not|now|become|be|been|have) )*"
    r"(?:(?:take|cost|mean|require|feel|matter|pay|hurt|help|harm)s?(?: \w+){0,3}? to [a-z]+"
    rf"|(?!\w+ed\b|(?:{_NO_VERBS_OF_IT}) )[a-z]+ (?:(?:or|and) \w+ )?(?:for \w+(?: \w+)? )?to [a-z]+"
    r"|(?:\w+ )?(?:that|who|if|when|whether|how|why|what)\b)",
    re.IGNORECASE,
)
_ANYBODY = re.compile(r"\bdo (?:they|you) (?:call|say)\b", re.IGNORECASE)
_LONGEST_CLAUSE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A word of a question that points at something said before."""

    word: Word
    possessive: bool
    """Whether it stands for a genitive: `its budget`."""
    event: bool
    """Whether it is `that` or the like, which can mean a whole sentence."""


def references(question: str) -> list[Reference]:
    """Return the pronouns that nothing in the question itself can be meant by, left to right.

    A doubtful one is not returned: a question that stands alone must never be touched.
    """
    words = words_of(question)
    while words and words[0].low in _LEADS:
        words = words[1:]
    found = []
    for at, word in enumerate(words):
        low = word.low
        if low not in _THIRD | _POINTING or not _open(question, words, at):
            continue
        noun = at + 1 < len(words) and not is_function(words[at + 1])
        possessive = low in _POSSESSIVE and noun and not (low == "her" and _is_object(words, at))
        found.append(Reference(word=word, possessive=possessive, event=low in _POINTING))
    return found


def _open(question: str, words: Sequence[Word], at: int) -> bool:
    """Return whether the pronoun at this place can mean nothing in its own question."""
    low = words[at].low
    auxiliary = next((i for i, word in enumerate(words) if word.low in AUXILIARIES), len(words))
    if (
        _said_in_an_earlier_sentence(words, at)
        or (low == "it" and _explained(question, words, at))
        or _ANYBODY.search(question)
        or _named_behind(question, words, at)
        or (low in _POINTING and not _points_back(words, at))
        or (at > auxiliary and _clause_before(words[:auxiliary]))
    ):
        return False
    # `Which bank did it buy?`: the subject cannot be what is asked for.
    return at == auxiliary + 1 or _nothing_before(words, at) or _cannot_mean_its_subject(words, at, auxiliary)


def _nothing_before(words: Sequence[Word], at: int) -> bool:
    """Return whether no noun stands before the pronoun, nor a question word that a possessive could mean (`who lost his job`)."""
    before = [word for word in words[:at] if is_word(word) and word.low not in REQUESTS]
    asked = words[at].low in _POSSESSIVE and any(word.low in WH for word in before)
    return not content_of(before) and not asked and words[0].low not in DETERMINERS


def _cannot_mean_its_subject(words: Sequence[Word], at: int, auxiliary: int) -> bool:
    """Return whether it is the object of the clause: `Why did Norlink sell it?` (principle B of binding: Chomsky, 1981)."""
    low = words[at].low
    if low in _POSSESSIVE and not _is_object(words, at):
        # `What is the reason for its …`: the reason is not what `its` means.
        opens = [word.low for word in words[:3]]
        what_is = at > len(opens) and opens[0] == "what" and opens[1] in COPULAS and opens[2] in {"the", "a"}
        return what_is and words[at - 1].low in PREPOSITIONS and _only_a_subject(words, at, auxiliary)
    return low in _OBJECTS and _is_object(words, at) and _only_a_subject(words, at, auxiliary)


def _said_in_an_earlier_sentence(words: Sequence[Word], at: int) -> bool:
    ends = [i for i in range(at) if words[i].text in ".!?:;"]
    return bool(ends) and bool(content_of(words[: ends[-1]]))


def _explained(question: str, words: Sequence[Word], at: int) -> bool:
    following = words[at + 1].low if at + 1 < len(words) else ""
    asked = at > 0 and words[at - 1].low in AUXILIARIES
    # `Whose idea was it to …`, `How far is it from …`; but `Who wanted it to …`.
    return (
        bool(_EXPLAINED_LATER.match(question, words[at].start))
        or following in _WEATHER
        or (asked and following in {"to", "from"})
    )


def _named_behind(question: str, words: Sequence[Word], at: int) -> bool:
    """Return whether the pronoun may stand before what it means: `In his speech, what did …`, `how many of its ships did …`."""
    ahead = question[words[at].end :]
    auxiliary = next((i for i, word in enumerate(words) if word.low in AUXILIARIES), len(words))
    in_front = at < auxiliary < len(words)
    return bool(mentions(ahead)) and (in_front or "," in ahead)


def _points_back(words: Sequence[Word], at: int) -> bool:
    """Return whether `that` and the like is a pronoun or points at a noun said before, not a conjunction or `this year`."""
    before = words[at - 1].low if at else ""
    following = words[at + 1] if at + 1 < len(words) and is_word(words[at + 1]) else None
    if following is None:
        return before in AUXILIARIES | PREPOSITIONS or (at > 0 and not is_function(words[at - 1]))
    if following.low in _TIMES and words[at].low == "this":
        return False
    if before in AUXILIARIES:
        return not following.text[0].isupper() and (following.low not in {"there", "the", "a", "they", "he", "she", "of"})
    return before in PREPOSITIONS and following.text.islower() and not is_function(following) and following.low[-3:] != "ing"


def _clause_before(words: Sequence[Word]) -> bool:
    """Return whether more than the question word and its noun stands before the auxiliary: `In cases of fire how are …`."""
    asks = next((i for i in reversed(range(len(words))) if words[i].low in WH), len(words))
    return bool(content_of(words[:asks])) or any(word.text == "," for word in words[asks:])


def _is_object(words: Sequence[Word], at: int) -> bool:
    """Return whether nothing but an adverbial follows, so that the pronoun has no verb or noun of its own."""
    if at + 1 == len(words):
        return True
    following = words[at + 1]
    pair = following.low == "and" and words[at - 1].low == "between"
    return pair or not is_word(following) or following.low in PREPOSITIONS or bool(DATE.match(following.text))


def _only_a_subject(words: Sequence[Word], at: int, auxiliary: int) -> bool:
    """Return whether all that is named before an object is the subject of the same clause: that it cannot mean."""
    if auxiliary < at:
        if content_of(words[:auxiliary]):
            return False
        clause = list(words[auxiliary + 1 : at])
    else:
        if not words or words[0].low not in {"who", "what", "which"}:
            return False
        clause = list(words[1:at])
    inner = clause[1:] if clause and clause[0].low in DETERMINERS else clause
    if inner and inner[0].low in _SUBJECTS:
        inner = inner[1:]
    if any(is_function(word) and word.low not in PREPOSITIONS for word in inner):
        return False
    lower = [word for word in inner if word.text[0].islower() and not is_function(word)]
    prepositions = [i for i, word in enumerate(inner) if word.low in PREPOSITIONS]
    # A noun of two words and a verb; a preposition only directly before the pronoun.
    return len(lower) <= _LONGEST_CLAUSE and all(i == len(inner) - 1 for i in prepositions)

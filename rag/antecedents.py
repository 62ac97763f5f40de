"""What a pronoun can mean of an earlier question and its answer."""

import re

from rag.phrasing import Mention, is_person, mentions, names_in, without_title
from rag.references import NEUTRAL, PERSONAL, PLURAL

_MALE, _FEMALE = frozenset("he him his".split()), frozenset("she her hers".split())
# `Norlink's budget`, `the budget of Norlink`: the budget or Norlink.
_TWO_THINGS = re.compile(r"\w['’]s? \w|\w of \w")
_ASKS_PERSON = re.compile(r"\bwho(?:se|m)?\b", re.IGNORECASE)
# `Which bank bought it?` names the bank in its answer; `what is Norlink` does not.
_ASKS_THING = re.compile(r"(?:(?:and|but|so|in|at|by|to|from|for) )?(?:which|what)\b(?! (?:is|are|was|were) )", re.IGNORECASE)
_MARKS = re.compile(r"\[[\d, S]+\]")
_ANSWER_CHARACTERS = 2_000


def same_kind(one: str, other: str) -> bool:
    """Return whether two pronouns can mean the same thing: `he` and `his`, not `he` and `it`."""
    return any({one, other} <= kind for kind in (_MALE, _FEMALE, NEUTRAL, PLURAL))


def meant(pronoun: str, question: str, answer: str) -> list[str] | None:
    """Return what a pronoun of a later question can mean, as words to put in its place; None if nobody could tell.

    Args:
        pronoun: in small letters.
        question: the earlier one.
        answer: what was answered to it; its names count where the question asks for one.
    """
    spoken = mentions(question)
    if pronoun in PERSONAL:
        return _persons(question, answer)
    things = [m for m in spoken if m.kind != "name" or not is_person(m.text) or pronoun in PLURAL]
    if pronoun in PLURAL:
        found = [m for m in things if m.kind == "things"] + [m for m in things if m.kind == "name"]
    else:
        found = [m for m in things if m.kind != "things"]
        if found and _ASKS_THING.match(question):
            return None
    if any(m.kind != "name" and _TWO_THINGS.search(m.text) for m in found):
        return None
    return [_described(m) for m in found]


def _persons(question: str, answer: str) -> list[str] | None:
    named = [m.text for m in names_in(question) if not _surely_no_person(m.text)]
    whole = [name for name in named if is_person(name)]
    told = persons_of(answer)
    if whole:
        return whole
    if _ASKS_PERSON.search(question):
        return told or None
    known = {name.casefold() for name in named}
    # `What did Salmi say?`: he, unless the answer speaks of others as well.
    return named if all(known & set(name.casefold().split()) for name in told) else None


def persons_of(answer: str) -> list[str]:
    """Return the names in an answer that are printed as those of people are, each once."""
    plain = _MARKS.sub("", answer[:_ANSWER_CHARACTERS])
    found = [without_title(mention.text) for mention in names_in(plain) if is_person(without_title(mention.text))]
    return list(dict.fromkeys(found))


def _surely_no_person(name: str) -> bool:
    return name.isupper() or any(c.isdigit() for c in name) or (" " in name and not is_person(name))


def _described(mention: Mention) -> str:
    """Return a noun phrase as one refers to it again: `the ferry` for `a ferry`."""
    first = mention.text.split()[0].casefold()
    return "the" + mention.text[len(first) :] if mention.kind != "name" and first in {"a", "an"} else mention.text

"""Finds the sentence of the evidence that contradicts what a question takes for granted. Silent wherever it is not sure.

`Why did the bank raise its rate?` takes for granted that it did. A sentence that says it cut the rate contradicts that, if it is
about the same bank, the same rate and the same time, and if no other sentence says that the rate was raised.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from rag.citations import without_keys
from rag.language import acronyms, content_words, names, shares_root, stem, stems, tokens
from rag.premise_evidence import Line, Subject, lines
from rag.premise_figures import other_figure, taken_figures
from rag.premise_reading import MONTHS, Premise, premises, takes_for_granted
from rag.premise_roles import roles, swapped
from rag.premise_verbs import Said, base, denied_to_happen, happened, nobody, opposite_to, same_as, unchanged
from rag.question import read_question
from rag.relevance import is_sentence
from rag.types import EXTRACTIVE, Evidence

# What stays as it was is neither raised nor cut.
_CHANGES = frozenset(base(verb) for verb in ("raise", "cut", "rise", "fall"))
_LOWER = re.compile(r"(?<!to )(?<!will )(?<!would )\blower\b")
_STANDS_FOR = frozenset("it them that this".split())
# `Fed` for `Federal Reserve`.
_SHORTEST = 3
_PRONOUNS = frozenset("it he she they".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A sentence of the evidence that contradicts a question's premise."""

    key: str
    """The evidence that it stands in."""
    text: str
    """The sentence, word for word."""
    said: str
    """The words of it that contradict."""
    asked: str
    """The words of the question that they contradict."""

    def __str__(self) -> str:
        """Return it for people: `The archive says otherwise: “cut”, not “raise”.`."""
        return f"The archive says otherwise: “{self.said}”, not “{self.asked}”."


class Quoting:
    """The generator that writes the sentence that contradicts a question; it copies the archive, as the extractive one does."""

    name = EXTRACTIVE

    def __init__(self, contradiction: Contradiction) -> None:
        self._contradiction = contradiction

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Yield the sentence with the key of its evidence."""
        yield f"{without_keys(self._contradiction.text)} [{self._contradiction.key}]"


def find_contradiction(question: str, evidence: Sequence[Evidence], rarity: Mapping[str, float]) -> Contradiction | None:
    """Return what contradicts the question's premise, mostly nothing.

    Looked for are opposite verbs, denials, other numbers and days of the same thing, and swapped roles. Questions for yes or no
    take nothing for granted. Evidence for the premise, in whatever article, leaves no contradiction.

    Args:
        question: as understood, standing alone.
        evidence: what may be cited, best first.
        rarity: the inverse document frequency of the question's words, as typed.
    """
    if not takes_for_granted(question):
        return None
    reading = read_question(question)
    subject = Subject(question, reading, rarity)
    if not subject.names:
        return None  # `Why did prices fall?` could mean anything that has a price
    taken = premises(question)
    if not taken and not roles(question) and not taken_figures(question):
        return None
    told = lines(evidence)
    found = [_of_verb(premise, subject, told) for premise in taken]
    found += [swapped(question, subject, told), other_figure(question, subject, told)]
    for line, said, asked in (one for one in found if one is not None):
        if is_sentence(line.text):
            return Contradiction(key=line.key, text=line.text, said=said, asked=asked)
    return None


def _of_verb(premise: Premise, subject: Subject, told: Sequence[Line]) -> tuple[Line, str, str] | None:
    """Return the first sentence that says the opposite of a premise, or denies it, with the words on both sides."""
    if any(_affirms(premise, subject, line) for line in told):
        return None
    opposites = (
        frozenset() if premise.counted else opposite_to(premise.verb, timed=subject.timed)
    )  # a party that won ten seats may have lost twelve
    for line in told:
        if premise.nobody:
            said = nobody(line.text, premise.verb)
        else:
            told_of = [*happened(line.text, opposites), *denied_to_happen(line.text, premise.verb)]
            if _CHANGES & same_as(premise.verb):
                told_of += unchanged(line.text)
            said = [one for one in told_of if _same_roles(premise, one, line)]
        about = subject.covered(line, without=frozenset((premise.verb, *_printed(premise))))
        if said and about and subject.same_time(line):
            return line, said[0].printed, premise.printed
    return None


def _printed(premise: Premise) -> frozenset[str]:
    return stems(premise.printed)


def _verbs(sentence: str) -> frozenset[str]:
    """Return the bases of all words of a sentence, without `lower` where it is an adjective: `demanded lower rates`."""
    return frozenset(base(word) for word in tokens(_LOWER.sub(" ", sentence)))


def _affirms(premise: Premise, subject: Subject, line: Line) -> bool:
    """Return whether a sentence may say that the premise holds; in doubt it does."""
    if not same_as(premise.verb) & _verbs(line.text) or not subject.same_time(line):
        return False
    if denied_to_happen(line.text, premise.verb) or nobody(line.text, premise.verb):
        return False
    here = line.found | line.before
    return any(shares_root(word, here) for word in (*premise.subject, *premise.target))


def _same_roles(premise: Premise, said: Said, line: Line) -> bool:
    """Return whether the verb is said of the premise's subject, and of its object if it has one."""
    who, what = (said.before, said.after)
    if said.passive != premise.passive:
        return False
    before = stems(who)
    known = before_names(premise)
    # `The European Central Bank` is the ECB of the question.
    short = acronyms(who) & known or any(
        word.startswith(name) for word in names(f"x {who}") for name in premise.subject if _SHORTEST <= len(name) < len(word)
    )
    strange = set() if short else {stem(word) for word in content_words(who) if word[0].isupper()} - known - MONTHS
    if strange:
        return False
    head = premise.subject[-1:]
    pronoun = [word.casefold() for word in tokens(who)][-1:] or [""]
    named = bool(short) or all(shares_root(word, before) for word in head)
    if not named and not (pronoun[0] in _PRONOUNS and all(shares_root(word, line.before) for word in premise.subject)):
        return False
    after = stems(what)
    if not stems(what) - _STANDS_FOR and premise.target and tokens(what):
        return True  # `Ireland did not want it`
    return not premise.target or any(shares_root(word, after) for word in premise.target[-1:])


def before_names(premise: Premise) -> frozenset[str]:
    """Return the stems that may stand before the verb without being another subject."""
    return frozenset(premise.subject) | frozenset(premise.target) | premise.others

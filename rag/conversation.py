"""Makes a follow-up a question of its own, from what was asked before. Rules only, English only; what is whole is not touched."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.antecedents import meant, same_kind
from rag.ellipsis import completed, fragment_of, is_bare, lead_of, replaced
from rag.phrasing import REQUESTS, content_of, is_function, words_of
from rag.references import Reference, references
from rag.types import Turn

# Who asks `and in 2024?` means one of the last questions; longer conversations change their topic.
_TURNS = 6
# Longer texts are pasted articles or programs, not questions.
_LONGEST = 600
_LONGEST_QUESTION = 2_000
"""As `rag.bounds.MAX_QUESTION_CHARACTERS`: what is made must be allowed as a question."""
_ENGLISH = frozenset(
    "the who what when where why how which did does are were has have had about tell can could would should with and for".split()
)
_NEITHER = re.compile(
    r"\W*(?:thanks?(?: you)?|ok(?:ay)?|yes|no|hi|hello|hey|great|good|please|sure|fine|cool|nice|bye)\b[\w\s,.!]{0,30}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An earlier question, made whole, with what was answered to it."""

    text: str
    base: str
    """The whole question that it began with, where follow-ups were hung on."""
    last: str
    """What was hung on last; empty if nothing was."""
    answer: str = ""
    put: Mapping[str, str] = field(default_factory=dict)
    """What was put in for which of its pronouns."""


def standalone(question: str, earlier: Sequence[Turn]) -> str:
    """Return the question with what it leaves to earlier turns; one that stands alone is returned letter by letter.

    A word is put in only where it can mean one thing. Where it can mean several, the follow-up is hung on the earlier question
    (`Who bought the ferry, and when was that?`): that loses nothing, and is itself a question that people ask.

    Args:
        question: as asked.
        earlier: the turns before it, oldest first; only the last few are read.
    """
    if not earlier or not _leans(" ".join(question.split())):
        return question
    said = _history(earlier)
    return _resolved(question, said).text if said else question


def inlined(question: str, before: Sequence[str]) -> str | None:
    """Return a question with its pronouns replaced by what the questions before it name, None if that cannot be told."""
    open_words = references(question)
    if not open_words:
        return None if is_bare(question) or fragment_of(question) is not None else question
    made = _put_in(question, open_words, [_Asked(text=text, base=text, last="") for text in before])
    return made.text if made else None


def _history(earlier: Sequence[Turn]) -> list[_Asked]:
    """Return the last questions of the user, each made whole by those before it."""
    pairs: list[tuple[str, str]] = []
    for turn in earlier[-4 * _TURNS :]:
        if turn.role == "user" and _usable(turn.text):
            pairs.append((" ".join(turn.text.split()), ""))
        elif turn.role == "assistant" and pairs:
            pairs[-1] = (pairs[-1][0], turn.text)
    said: list[_Asked] = []
    for text, answer in pairs[-_TURNS:]:
        asked = _resolved(text, said)
        said.append(replace(asked, answer=answer))
    return [asked for asked in said if _english(asked.text)]


def _usable(text: str) -> bool:
    return len(text) <= _LONGEST and bool(content_of(words_of(text))) and not _NEITHER.fullmatch(text.strip())


def _english(text: str) -> bool:
    return any(word.low in _ENGLISH for word in words_of(text)) or text.startswith("Is ")


def _leans(plain: str) -> bool:
    """Return whether a question has a form that earlier turns complete. Cheap: most questions are whole."""
    if len(plain) > _LONGEST or not words_of(plain) or _NEITHER.fullmatch(plain):
        return False
    return fragment_of(plain) is not None or is_bare(plain) or bool(references(plain))


def _resolved(question: str, said: Sequence[_Asked]) -> _Asked:
    whole = _Asked(text=question, base=question, last="")
    plain = " ".join(question.split())
    if not said or not _leans(plain):
        return whole
    before = said[-1]
    fragment = fragment_of(plain)
    open_words = references(plain)
    bare = is_bare(plain)
    made = None
    # A question that others were hung on has no single place for a fragment.
    if fragment is not None and not before.last:
        made = _made(replaced(fragment, before.text))
    elif bare and not before.last:
        made = _made(completed(plain, before.text))
    # `How many of them?` has no verb of its own, so a name in it does not make it whole.
    if made is None and open_words and fragment is None and (not bare or content_of(words_of(plain))):
        made = _put_in(plain, open_words, said)
    return made or _hung(plain, before) or whole


def _made(text: str | None) -> _Asked | None:
    return _Asked(text=text, base=text, last="") if text and len(text) <= _LONGEST_QUESTION else None


def _put_in(question: str, open_words: Sequence[Reference], said: Sequence[_Asked]) -> _Asked | None:
    """Return the question with each pronoun replaced, None if one of them can mean several things, or a whole sentence."""
    pieces, end = [], len(lead_of(question))
    put: dict[str, str] = {}
    for reference in open_words:
        name = None if reference.event else _only(reference, said)
        if name is None:
            return None
        put[reference.word.low] = name
        pieces.append(question[end : reference.word.start] + name + (_genitive(name) if reference.possessive else ""))
        end = reference.word.end
    made = "".join(pieces) + question[end:]
    text = made[:1].upper() + made[1:]
    return _Asked(text=text, base=text, last="", put=put) if len(text) <= _LONGEST_QUESTION else None


def _only(reference: Reference, said: Sequence[_Asked]) -> str | None:
    """Return the one thing that a pronoun can mean, None if there are several or none.

    What the question before called by the same pronoun comes first: a centre of attention that is a pronoun stays the centre
    (Grosz, Joshi & Weinstein, 1995).
    """
    for asked in reversed(said):
        kept = [name for pronoun, name in asked.put.items() if same_kind(pronoun, reference.word.low)]
        found = list(dict.fromkeys(kept)) or meant(reference.word.low, asked.text, asked.answer)
        if found is None or asked.last:
            return None
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _genitive(name: str) -> str:
    return "'" if name.endswith("s") else "'s"


def _hung(question: str, before: _Asked) -> _Asked | None:
    """Return the question hung on the earlier one: `Who bought the ferry, and when was that?`."""
    rest = question[len(lead_of(question)) :].strip()
    words = words_of(rest)
    if words and (is_function(words[0]) or words[0].low in REQUESTS) and words[0].text != "I":
        rest = rest[:1].lower() + rest[1:]
    text = ", and ".join(piece.rstrip("?!. ") for piece in (before.base, before.last, rest) if piece) + "?"
    return _Asked(text=text, base=before.base, last=rest) if len(text) <= _LONGEST_QUESTION else None

"""Which verbs of news say the opposite of each other, and where a sentence says that something happened. Knows no question."""

import re
from dataclasses import dataclass

from rag.asked_figure import lemma as _lemma
from rag.language import stem

# Left against right: of one subject and object only one of them can have happened at one time.
_OPPOSITES = (
    ("raise increase hike lift boost", "cut lower reduce slash trim decrease"),
    ("rise climb grow jump surge soar increase", "fall drop decline tumble plunge shrink decrease"),
    ("win", "lose"),
    ("approve accept endorse", "reject refuse veto"),
    ("support favour favor", "oppose"),
    ("succeed", "fail"),
    ("convict", "acquit"),
    ("allow permit", "ban forbid prohibit"),
    ("strengthen", "weaken"),
    ("expand", "shrink"),
    ("accelerate", "slow"),
    ("widen", "narrow"),
    ("upgrade", "downgrade"),
    ("survive", "die"),
)
# Both may have happened, one after the other: told only where the question names a time.
_IN_TURN = (
    ("open reopen", "close shut"),
    ("buy acquire", "sell"),
    ("hire appoint", "fire sack dismiss"),
    ("join", "leave quit"),
)
_FORMS = {
    form: base
    for base, forms in {
        "shrink": "shrank shrunk", "sink": "sank sunk", "forbid": "forbade forbidden", "beat": "beaten", "swim": "swam swum",
        "go": "went gone", "become": "became", "cause": "caused", "produce": "produced producing", "drop": "dropped dropping",
    }.items()
    for form in forms.split()
}  # fmt: skip
# Printed alike as nouns: `its first cut`, `a rise of 3 percent`.
_NOUNS = frozenset(
    "cut cuts rise rises fall falls drop drops increase increases hike hikes decline declines surge jump climb lift boost"
    " decrease win wins ban bans slump close open reject permit slow narrow upgrade downgrade support".split()
)
_BEFORE_A_VERB = frozenset("it he she they has have had who which also then again and but".split())
_BEHIND_A_VERB = frozenset("its his her their the a an by to from interest rates in on against for".split())
# What comes behind these has not happened, or somebody only says so.
_UNREAL = frozenset(
    "to may might could would should will can must if unless whether not never n't would-be likely".split()
    + "don't doesn't didn't won't wouldn't hasn't haven't hadn't".split()
)
_ATTRIBUTED = re.compile(
    r"\b(?:claim\w*|alleg\w*|accus\w*|denie[sd]|deny|denying|rumou?r\w*|if|unless|had (?:been )?expected|supposed(?:ly)?"
    r"|hop(?:e|ed|es)|fear\w*|whether|critics|reportedly|argue[sd]?|wrongly|falsely|initially|earlier|previously|originally|almost|nearly|instead"
    r"|would|could|might|(?-i:may)|should)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\w+(?:[-.'’&]\w+)*")
_CLAUSE = re.compile(
    r"[,;:()—–“”\"]|\b(?:but|although|though|while|whereas|because|and|which|who|that|after|before|until|when|as|since)\b",
    re.IGNORECASE,
)
_BE = frozenset("is are was were be been being".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One verb of a sentence: that it happened, or, if denied, that it did not."""

    before: str
    """Its clause up to the verb, or to the denial."""
    after: str
    """Its clause behind the verb."""
    printed: str
    """The verb as printed, with what denies it."""
    passive: bool


def base(word: str) -> str:
    """Return the form under which verbs are compared: stemmed, irregular forms as the infinitive."""
    return stem(_FORMS[word.casefold()]) if word.casefold() in _FORMS else _lemma(word)


def _pairs(rows: tuple[tuple[str, str], ...]) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for row in rows:
        sides = [frozenset(base(word) for word in side.split()) for side in row]
        for own, other in (sides, sides[::-1]):
            for word in own:
                known = found.get(word, (frozenset(), frozenset()))
                found[word] = (known[0] | own, known[1] | other)
    return found


_EXCLUDING, _TAKING_TURNS = _pairs(_OPPOSITES), _pairs(_IN_TURN)


def same_as(verb: str) -> frozenset[str]:
    """Return the bases of the verbs that say the same as the one whose `base` is given, itself among them."""
    return frozenset((verb,)) | _EXCLUDING.get(verb, (frozenset(),))[0] | _TAKING_TURNS.get(verb, (frozenset(),))[0]


def opposite_to(verb: str, *, timed: bool) -> frozenset[str]:
    """Return the bases of the verbs that say the opposite; with `timed` also of those that may follow each other."""
    none = frozenset[str]()
    return _EXCLUDING.get(verb, (none, none))[1] | (_TAKING_TURNS.get(verb, (none, none))[1] if timed else none)


def happened(sentence: str, verbs: frozenset[str]) -> list[Said]:
    """Return where a sentence says plainly that one of the verbs happened: no plan, no claim of others, no noun, no denial."""
    if _ATTRIBUTED.search(sentence):
        return []
    words = list(_TOKEN.finditer(sentence))
    found = []
    for i, match in enumerate(words):
        low = match[0].casefold()
        if base(low) not in verbs or low.endswith("ing"):
            continue
        earlier = [word[0].casefold() for word in words[max(0, i - 3) : i]]
        if not earlier or _UNREAL & set(earlier) or any(word.endswith(("n't", "n’t")) for word in earlier):
            continue
        following = words[i + 1][0].casefold() if i + 1 < len(words) else ""
        named = words[i - 1][0][0].isupper()
        if low in _NOUNS and not (following in _BEHIND_A_VERB and (named or earlier[-1] in _BEFORE_A_VERB)):
            continue
        found.append(_said(sentence, match.start(), match.end(), passive=bool(_BE & set(earlier[-2:]))))
    return found


def denied_to_happen(sentence: str, verb: str) -> list[Said]:
    """Return where a sentence says that the verb did not happen: `did not sink`, `was never opened`, `nobody was killed`."""
    if re.search(r"\bnot (?:only|just|merely|simply|yet|all|every|always)\b|\bnot until\b", sentence, re.IGNORECASE):
        return []
    found = []
    for match in _NOT.finditer(sentence):
        if base(match["verb"]) == verb and not _ATTRIBUTED.search(sentence):
            passive = match["aux"].casefold().removesuffix("n't").removesuffix("n’t") in _BE
            found.append(_said(sentence, match.start(), match.end(), passive=passive))
    if not _ATTRIBUTED.search(sentence):
        found += [
            _said(sentence, match.start(), match.end(), passive=False)
            for match in _NO_THING.finditer(sentence)
            if base(match["verb"]) == verb
        ]
    return found


def nobody(sentence: str, verb: str) -> list[Said]:
    """Return where a sentence says of a verb that it befell or was done by nobody: `nobody was killed`, `no one died`."""
    if _ATTRIBUTED.search(sentence):
        return []
    return [
        _said(sentence, match.start(), match.end(), passive=True)
        for match in _NOBODY.finditer(sentence)
        if base(match["verb"]) == verb
    ]


def unchanged(sentence: str) -> list[Said]:
    """Return where a sentence says that something was left as it was: `kept its rate unchanged`."""
    if _ATTRIBUTED.search(sentence):
        return []
    return [
        Said(before=said.before, after=said.after, printed=match[0], passive=False)
        for match in _UNCHANGED.finditer(sentence)
        for said in (_said(sentence, match.start(), match.end("verb"), passive=False),)
    ]


_UNCHANGED = re.compile(
    r"(?<!to )\b(?P<verb>left|kept|held|leaves|keeps|holds)\b(?: \w+){1,6}? "
    r"(?:unchanged|steady|where (?:it|they) (?:was|were)|as (?:it|they) (?:was|were))\b"
)
_NOT = re.compile(
    r"\b(?P<aux>did|does|do|has|have|had|was|were|is|are)(?:n['’]t| not| never)(?: \w+ly| been| yet)? (?P<verb>\w+)",
    re.IGNORECASE,
)
_NO_THING = re.compile(
    r"\b(?P<verb>\w+) no(?= (?!more|fewer|less|later|longer|sooner|doubt|one|such|other|further|new|difference|secret)\w)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"\b(?:nobody|no one|no people|no passengers?|no residents|no injuries|none(?: of (?:them|the \w+))?)"
    r"(?: (?:on board|aboard|inside))?(?: (?:was|were|is|are|has been|have been|had been))? (?P<verb>\w+)",
    re.IGNORECASE,
)


def _said(sentence: str, start: int, end: int, *, passive: bool) -> Said:
    ends = list(_CLAUSE.finditer(sentence))
    begins = max((match.end() for match in ends if match.end() <= start), default=0)
    stops = min((match.start() for match in ends if match.start() >= end), default=len(sentence))
    return Said(before=sentence[begins:start], after=sentence[end:stops], printed=sentence[start:end], passive=passive)

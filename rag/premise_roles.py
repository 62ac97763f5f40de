"""Whether a sentence says of two names what a question says of them the other way round: `Sandholm beat Orlanda`."""

import re
from collections.abc import Sequence

from rag.language import names, stem
from rag.premise_evidence import Line, Subject
from rag.premise_reading import MONTHS

_NAME = r"(?:the )?(?P<{}>[A-Z][\w.&'’-]{{0,40}}(?: (?:of |the |de )?[A-Z][\w.&'’-]{{0,40}}){{0,3}})"
# Of these verbs only one of the two directions can be true of one event, mostly.
_VERBS = (
    r"(?P<verb>beat|beats|beaten|defeat|defeats|defeated|acquire|acquires|acquired|buy|buys|bought|overtake|overtakes|overtook"
    r"|invade|invades|invaded|replace|replaces|replaced|succeed|succeeds|succeeded|outbid|thrash|thrashed|eliminate|eliminated"
    r"|annex|annexed|conquer|conquered|colonise|colonised|colonize|colonized|kill|killed|murder|murdered|shot|shoot)"
)
_ACTIVE = re.compile(rf"{_NAME.format('first')} (?:\w+ly |also )?{_VERBS} {_NAME.format('second')}")
_PASSIVE = re.compile(
    rf"{_NAME.format('second')} (?:was|were|is|has been|had been|being) (?:\w+ly )?{_VERBS}(?: [\d–-]+)? by "
    rf"{_NAME.format('first')}"
)
_WON = re.compile(rf"{_NAME.format('first')} (?P<verb>wins?|won)\b[^.;:?]{{0,40}}? (?:against|over) {_NAME.format('second')}")
_LOST = re.compile(rf"{_NAME.format('second')} (?P<verb>loses?|lost)\b[^.;:?]{{0,40}}? (?:to|against) {_NAME.format('first')}")
_SAME = {
    **dict.fromkeys(("beat", "beats", "beaten", "defeat", "defeats", "defeated", "win", "wins", "won", "lose", "loses", "lost",
                     "thrash", "thrashed", "eliminate", "eliminated"), "beat"),
    **dict.fromkeys(("buy", "buys", "bought", "acquire", "acquires", "acquired"), "buy"),
    **dict.fromkeys(("replace", "replaces", "replaced", "succeed", "succeeds", "succeeded"), "replace"),
    **dict.fromkeys(("kill", "killed", "murder", "murdered", "shot", "shoot"), "kill"),
    **dict.fromkeys(("colonise", "colonised", "colonize", "colonized", "conquer", "conquered"), "conquer"),
    "overtake": "overtake", "overtakes": "overtake", "overtook": "overtake",
}  # fmt: skip
_REAL = re.compile(
    r"\b(?:not|never|if|would|could|might|(?-i:may)|will|claim\w*|denie[sd]|almost|nearly)\b|n['’]t\b", re.IGNORECASE
)


def swapped(question: str, subject: Subject, lines: Sequence[Line]) -> tuple[Line, str, str] | None:
    """Return the sentence that tells of two names the other way round, with the words on both sides; None if there is none."""
    for asked in roles(question):
        first, second, verb, printed = asked
        others = [(line, one) for line in lines for one in roles(line.text)]
        if any(one[2] == verb and one[0] & first and one[1] & second for _, one in others):
            return None
        for line, one in others:
            turned = one[2] == verb and one[0] & second and one[1] & first and not one[0] & first and not one[1] & second
            if turned and not _REAL.search(line.text) and subject.same_time(line) and subject.covered(line, without=frozenset()):
                return line, one[3], printed
    return None


def roles(text: str) -> list[tuple[frozenset[str], frozenset[str], str, str]]:
    """Return who did what to whom: the stems of both names, the verb and the words as printed."""
    found = []
    for pattern in (_ACTIVE, _PASSIVE, _WON, _LOST):
        for match in pattern.finditer(text):
            first, second = _stems(match["first"]), _stems(match["second"])
            if first and second and not first & second:
                low = match["verb"].casefold()
                found.append((first, second, _SAME.get(low, stem(low)), match[0]))
    return found


def _stems(name: str) -> frozenset[str]:
    return (names(f"x {name}") | {stem(name.rsplit(maxsplit=1)[-1])}) - MONTHS

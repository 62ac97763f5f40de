"""Turns a question that compares things into one question for each: `Which has more users, A or B?`. English only."""

import re

from rag.phrasing import AUXILIARIES, DATE, PREPOSITIONS, WH, is_auxiliary, is_plural, is_word, mentions, names_in, words_of
from rag.verb_forms import base_of, positive_of

_WHICH = re.compile(
    r"(?:which|who|what)\b(?: one)?(?: of (?:the two|these|them))?(?P<said> .+?)\s*[,:–—-]\s+(?P<sides>[^:]+ or .+)",
    re.IGNORECASE,
)
_WHICH_OF = re.compile(r"which (?:one )?of (?P<sides>.+ (?:and|or) .+)", re.IGNORECASE)
_HOW_DIFFER = re.compile(
    r"how (?:do|does|did) (?P<sides>.+?) (?P<verb>differ|compare)(?: (?P<other>from|with|to|against) (?P<second>.+?))?"
    r"(?:,? (?:in terms of|with regard to|when it comes to|in|on|by) (?P<aspect>.+))?",
    re.IGNORECASE,
)
_COMPARE = re.compile(
    r"compare (?P<first>.+?) (?:and|with|to|against) (?P<second>.+?)"
    r"(?:,? (?:in terms of|with regard to|in|on|by) (?P<aspect>.+))?",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(r"how much (?P<degree>\w+) (?P<aux>is|are|was|were) (?P<first>.+) than (?P<second>.+)", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"how (?P<many>many|much) (?:more|fewer|less) (?P<things>.+?) (?P<aux>do|does|did|will|would|can|has|have|had) (?P<said>.+)"
    r" than (?P<second>.+)",
    re.IGNORECASE,
)
_THAN = re.compile(r"(?P<aux>\w+) (?P<said>.+) than (?P<second>.+)")
_COMPARED = re.compile(r"\b(?:more|less|fewer|most|least|first|better|worse|\w{2,}(?:er|est))\b", re.IGNORECASE)
# `more than expected`, `than in 2023`: no second thing.
_NO_SIDE = re.compile(
    r"(?:in|on|at|before|ever|expected|planned|usual|normal|average|any|all|a|an|it|he|she|they|that|this|those|what|others?|last|\d)\b",
    re.IGNORECASE,
)
# `more land in Varby than Halden`: perhaps in Halden.
_ELSEWHERE = re.compile(rf"\b(?:{'|'.join(sorted(PREPOSITIONS))}) \S+(?: \S+)?$")
_LONGEST_SIDE = 6
_WHEN = frozenset("first earlier earliest sooner soonest".split())
_THIRD = {"has": "does", "have": "do", "had": "did"}


def sides(question: str) -> tuple[str, ...]:
    """Return one question for each thing that is compared, nothing if the question compares none or is not understood."""
    plain = " ".join(question.split()).rstrip("?!. ")
    for read in (_differing, _which, _how_much, _either, _than):
        found = read(plain)
        if len(set(found)) > 1:
            return tuple(f"{made[:1].upper()}{' '.join(made[1:].split())}?" for made in dict.fromkeys(found))
    return ()


def _which(plain: str) -> list[str]:
    """Read `Which has more users, A or B` and `Which of A and B has more users`."""
    match = _WHICH.fullmatch(plain)
    if match:
        return [made for side in _listed(match["sides"], "or") if (made := _of_side(side, match["said"].strip()))]
    match = _WHICH_OF.fullmatch(plain)
    if not match:
        return []
    first, joint, rest = re.split(r" (and|or) ", match["sides"], maxsplit=1)
    second = _leading(rest)
    if second is None:
        return []
    said = rest[len(second) :].strip()
    return [made for side in _completed(_listed(f"{first} {joint} {second}", joint)) if (made := _of_side(side, said))]


def _differing(plain: str) -> list[str]:
    """Read `How do A and B differ in X`, `How does A compare with B` and `Compare A and B`."""
    match = _HOW_DIFFER.fullmatch(plain)
    if match and match["other"]:
        found = [match["sides"], match["second"]]
    elif match:
        found = _listed(match["sides"].removeprefix("both "), "and")
    else:
        match = _COMPARE.fullmatch(plain)
        found = [match["first"], match["second"]] if match else []
    # `in managing its colonies` is no property that could be asked for.
    if match is None or not all(map(_is_side, found)) or re.match(r"\w+ing\b|how\b|what\b", match["aspect"] or ""):
        return []
    return [_about(side, match["aspect"]) for side in _completed(found)]


def _about(side: str, aspect: str | None) -> str:
    if not aspect:
        return f"what {'are' if is_plural(side) and not names_in(f'of {side}') else 'is'} {side}"
    verb = "are" if is_plural(aspect) else "is"
    plain = re.sub(r"^(?:their|the|its) ", "", aspect)
    if side[0].isupper() and not re.search(r"\s(?:of|in|for|to)\s", side):
        return f"what {verb} {side}{chr(39) if side.endswith('s') else chr(39) + 's'} {plain}"
    return f"what {verb} the {plain} of {side}"


def _how_much(plain: str) -> list[str]:
    """Read `How much larger is A than B` and `How many more users does A have than B`."""
    match = _HOW_MUCH.fullmatch(plain)
    positive = positive_of(match["degree"]) if match else None
    if match and positive and _is_side(match["first"]) and _is_side(match["second"]):
        return [f"how {positive} {match['aux']} {side}" for side in (match["first"], match["second"])]
    match = _HOW_MANY.fullmatch(plain)
    first = _leading(match["said"]) if match else None
    if match is None or first is None or not _is_side(match["second"]) or _ELSEWHERE.search(match["said"]):
        return []
    rest = match["said"][len(first) :]
    return [f"how {match['many']} {match['things']} {match['aux']} {side}{rest}" for side in (first, match["second"])]


def _either(plain: str) -> list[str]:
    """Read `Did A or B grow faster`."""
    words = words_of(plain)
    if len(words) < 4 or words[0].low not in AUXILIARIES or " or " not in plain:  # noqa: PLR2004 - `Did A or B`
        return []
    first, _, rest = plain[words[1].start :].partition(" or ")
    second = _leading(rest)
    if second is None or not all(
        _is_side(side) and (_is_name(side) or side.casefold().startswith("the ")) for side in (first, second)
    ):
        return []
    said = rest[len(second) :].strip()
    found = _completed([first, second])
    return [made for side in found if (made := _asked_of(side, words[0].text, said))] if said else []


def _than(plain: str) -> list[str]:
    """Read `Does A have more users than B`."""
    match = _THAN.fullmatch(plain)
    if not match or match["aux"].casefold() not in AUXILIARIES or not _COMPARED.search(match["said"]):
        return []
    first = _leading(match["said"])
    second = re.sub(rf" (?:{'|'.join(AUXILIARIES)})$", "", match["second"])
    if first is None or _ELSEWHERE.search(match["said"]) or not _is_side(second) or _NO_SIDE.match(second) or DATE.match(second):
        return []
    if not (_is_name(second) or second.casefold().startswith("the ")):
        return []
    said = match["said"][len(first) :].strip()
    made = [_asked_of(side, match["aux"], said) for side in (first, second)]
    return [question for question in made if question] if all(made) else []


def _of_side(side: str, said: str) -> str | None:
    """Return what is asked of one side, where `said` begins with a verb: `has more users`, `is larger`, `grew faster`."""
    words = words_of(said)
    at = next((i for i, word in enumerate(words) if is_auxiliary(word) or base_of(word.text)), None)
    # `Which orchards harvested …`: the kind of thing stands before its verb.
    if (
        words
        and at == 0
        and not is_auxiliary(words[0])
        and len(words) > 1
        and is_plural(words[0].text)
        and base_of(words[1].text)
    ):
        at = 1
    if at is None:
        return None
    verb, rest = words[at], said[words[at].end :].strip()
    behind = base_of(rest.split()[0]) if rest else None
    perfect = behind is not None and behind[0] == "did"
    if verb.low in _THIRD and not perfect:
        return _asked_of(side, _THIRD[verb.low], f"have {rest}")
    if is_auxiliary(verb):
        return _asked_of(side, verb.low, rest)
    found = base_of(verb.text)
    return _asked_of(side, found[0], f"{found[1]} {rest}".strip()) if found else None


def _asked_of(side: str, auxiliary: str, said: str) -> str | None:
    """Return the question how much, how large, how fast or when, of one side; without a degree, whether."""
    aux = auxiliary.casefold()
    if aux in {"does", "do"} and not re.search(r"[A-Z]", side):
        aux = "do" if is_plural(side) else "does"
    words = words_of(said)
    for at, word in enumerate(words):
        before, after = said[: word.start].strip(), said[word.end :].strip()
        before = re.sub(r"\bthe$", "", before).strip()
        if word.low in _WHEN and (not after or words[at + 1].low in PREPOSITIONS):
            return f"when {aux} {side} {before} {after}"
        if word.low in {"more", "less", "fewer", "most", "least"}:
            return _of_amount(side, aux, before, after)
        positive = positive_of(word.text)
        if positive and (not after or words[at + 1].low in PREPOSITIONS):
            return f"how {positive} {aux} {side} {before} {after}"
    return f"{aux} {side} {said}"


def _of_amount(side: str, aux: str, before: str, after: str) -> str | None:
    """Return the question for `more users in Varby`, `more expensive` or `more`, behind the verb `before`."""
    words = words_of(after)
    ends = next((i for i, word in enumerate(words) if word.low in PREPOSITIONS or DATE.match(after, word.start)), len(words))
    things = after[: words[ends - 1].end] if ends else ""
    rest = after[len(things) :].strip()
    if not things:
        return f"how much {aux} {side} {before} {rest}"
    if not before and aux in {"is", "are", "was", "were"}:
        return f"how {things} {aux} {side} {rest}"
    return f"how {'many' if is_plural(things) else 'much'} {things} {aux} {side} {before} {rest}"


def _listed(text: str, joint: str) -> list[str]:
    """Return the members of `A, B or C`, nothing if it is no plain list."""
    pieces = re.split(rf",? {joint} ", text)
    if len(pieces) != 2:  # noqa: PLR2004 - more could belong to a name
        return []
    found = [*re.split(r", ", re.sub("^either ", "", pieces[0])), pieces[1]]
    return _completed(found) if all(map(_is_side, found)) else []


def _completed(found: list[str]) -> list[str]:
    """Give `the northern` of `the northern or the southern orchards` its noun."""
    last = found[-1].split()
    done = []
    for side in found:
        words = side.split()
        bare = side == side.lower() and found[-1] == found[-1].lower() and len(words) == len(last) - 1
        done.append(f"{side} {last[-1]}" if bare and (words[0] == last[0] or words[0] not in {"the", "a"}) else side)
    return done


def _is_side(text: str) -> bool:
    words = words_of(text)
    plain = all(is_word(word) or word.text in '“”"&$' for word in words)
    return 0 < len(words) <= _LONGEST_SIDE and plain and not any(word.low in WH or is_auxiliary(word) for word in words)


def _is_name(text: str) -> bool:
    found = names_in(f"of {text}")
    return bool(found) and found[0].start <= len("of the ")


def _leading(text: str) -> str | None:
    """Return the name or noun phrase that a text begins with, before its verb."""
    probe = f"did {text}"
    found = next((m for m in mentions(probe) if m.start == len("did ")), None)
    return found.text if found and _is_side(found.text) else None

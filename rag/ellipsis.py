"""Completes questions that leave out what an earlier one said: `And Bank of Beijing?`, `What about 2024?`, `Why?`."""

import re
from collections.abc import Sequence

from rag.phrasing import (
    AUXILIARIES,
    DATE,
    DETERMINERS,
    PREPOSITIONS,
    WH,
    Mention,
    Word,
    content_of,
    is_auxiliary,
    is_function,
    is_plural,
    is_word,
    mentions,
    names_in,
    words_of,
)

_LEAD = re.compile(r"^(?:(?:and|but|or|so|then|ok|okay|also)\b[ ,]*)+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about\s+|^(?:the )?same (?:question )?(?:for|with)\s+", re.IGNORECASE)
_TOO = re.compile(r"(?:,? (?:too|also|as well|then|instead))$", re.IGNORECASE)
_MORE = re.compile(
    r"(?:(?:can you |could you |please )*tell me |what |any(?:thing)? )?(?:more|else)(?: details)?(?: please)?",
    re.IGNORECASE,
)
# `When was that?` asks no more than `When?`.
_BARE = re.compile(
    r"(?P<wh>why|when|where|how(?: come)?)"
    r"(?: (?:was|is|were|did) (?:that|this|it)(?: happen(?:ed)?| so| the case)?)?(?: exactly)?",
    re.IGNORECASE,
)
# A fragment with more words than this says enough to be looked for as it is.
_LONGEST = 8
_LONGEST_BARE = 5
_RELATIVE = re.compile(r"(?:last|next|this) \w+|yesterday|today|tomorrow", re.IGNORECASE)


def lead_of(question: str) -> str:
    """Return the `And `, `But ` … that a question opens with, empty if none."""
    found = _LEAD.match(question)
    return found[0] if found else ""


def fragment_of(question: str) -> str | None:
    """Return the words that a question without a verb puts in the place of others: `Bank of Beijing`; None if it is whole."""
    lead = lead_of(question)
    rest = question[len(lead) :].strip().rstrip("?!. ")
    about = _ABOUT.match(rest)
    rest = _TOO.sub("", rest[about.end() :] if about else rest).strip()
    words = words_of(rest)
    if not content_of(words) and not DATE.search(rest) and not any(word.text.isdigit() for word in words):
        return None
    if len(words) > _LONGEST or any(
        is_auxiliary(word) or word.low in WH or not (is_word(word) or word.text in '“”"&') for word in words
    ):
        return None
    asks = question.rstrip().endswith("?")
    if about or (lead and asks):
        return rest
    # Without `and`, only what cannot be a topic of its own: `In 2024?`.
    if asks and len(words) <= _LONGEST_BARE and (words[0].low in PREPOSITIONS or DATE.fullmatch(rest)):
        return rest
    return None


def is_bare(question: str) -> bool:
    """Return whether a question only asks for more of what was asked before: `Why?`, `How many of them?`, `Which one?`."""
    rest = question[len(lead_of(question)) :].strip().rstrip("?!. ")
    words = words_of(rest)
    if _BARE.fullmatch(rest) or (_MORE.fullmatch(rest) and rest):
        return True
    opens = [word.low for word in words[:2]]
    if not words or not (opens[0] in WH or (opens[0] in PREPOSITIONS and opens[-1] in WH) or opens == ["since", "when"]):
        return False
    if names_in(rest) or any(c.isdigit() for c in rest) or any(is_auxiliary(word) for word in words):
        return False
    return len(content_of(words)) <= 1 and len(words) <= _LONGEST_BARE


def completed(question: str, earlier: str) -> str | None:
    """Return the earlier question with what the bare question asks (`Why did …`), None if its form does not allow that."""
    bare = _BARE.fullmatch(question[len(lead_of(question)) :].strip().rstrip("?!. "))
    words = words_of(earlier)
    if bare is None or bare["wh"].casefold() == "how come" or len(words) < 3:  # noqa: PLR2004 - less is no question
        return None
    asks = bare["wh"].capitalize()
    if words[0].low in AUXILIARIES:
        return f"{asks} {earlier[:1].lower()}{earlier[1:]}"
    if words[0].low in {"why", "when", "where", "how"} and words[1].low in AUXILIARIES:
        return asks + earlier[words[0].end :]
    return None


def replaced(fragment: str, earlier: str) -> str | None:
    """Return the earlier question with the fragment in the place of what is like it, None if two places are as likely."""
    words = words_of(fragment)
    preposition = words[0].low if words[0].low in PREPOSITIONS and len(words) > 1 else ""
    new = fragment[words[1].start :] if preposition else fragment
    if DATE.fullmatch(new):
        return _dated(new, preposition, earlier)
    places = _behind(preposition, earlier) if preposition else _like(new, words, earlier)
    if not places and preposition:
        return _appended(f"{preposition} {new}", earlier)
    if len({(place.start, place.end) for place in places}) != 1:
        return None
    return earlier[: places[0].start] + new + earlier[places[0].end :]


def _behind(preposition: str, earlier: str) -> list[Mention]:
    """Return what stands behind the same preposition: for `in Sandholm` the `Varby` of `the hospital in Varby`."""
    found = {m.start: m for m in [*names_in(earlier), *mentions(earlier)]}
    return [m for m in found.values() if earlier[: m.start].casefold().endswith(f" {preposition} ")]


def _like(new: str, words: Sequence[Word], earlier: str) -> list[Mention]:
    """Return what the fragment can replace: what shares a word with it, else a name for a name and a noun for a noun."""
    spoken = mentions(earlier)
    alike = [m for m in _all(earlier, spoken) if _shared(m.text, new)]
    if alike:
        return alike
    if names_in(f"of {new}"):
        return names_in(earlier)
    if words[0].low in {"the", "a", "an"}:
        # Of one noun phrase alone it is plain what goes.
        alone = len(spoken) == 1 and spoken[0].kind == "thing" and len(spoken[0].text.split()) == len(words)
        return spoken if alone and words_of(spoken[0].text)[0].low in DETERMINERS else []
    if words[0].low not in DETERMINERS and is_plural(new):
        return [m for m in spoken if earlier[: m.start].casefold() == "how many "]
    return []


def _all(earlier: str, spoken: list[Mention]) -> list[Mention]:
    """Return mentions, and names inside them where the whole phrase is more than the name."""
    inner = [name for name in names_in(earlier) if not any((m.start, m.end) == (name.start, name.end) for m in spoken)]
    outer = [m for m in spoken if not any(m.start <= name.start and name.end <= m.end for name in inner)]
    return sorted([*outer, *inner], key=lambda m: m.start)


def _shared(one: str, other: str) -> bool:
    def words(text: str) -> set[str]:
        return {_singular(word) for word in words_of(text) if not is_function(word) and len(word.text) > 2}  # noqa: PLR2004 - `v`

    return bool(words(one) & words(other))


def _singular(word: Word) -> str:
    return word.low.removesuffix("s")


def _dated(new: str, preposition: str, earlier: str) -> str | None:
    dates = list(DATE.finditer(earlier))
    if len(dates) > 1:
        return None
    words = new if _RELATIVE.fullmatch(new) and not preposition else f"{(preposition or _preposition(new)).lower()} {new}"
    if not dates:
        return _appended(words, earlier)
    before = earlier[: dates[0].start()]
    own = re.search(r"\b(?:in|on|during|since|before|after|by|until|of|for) (?:the )?$", before, re.IGNORECASE)
    if own is None:
        # `the 2024 Olympics`, or `last year` without a preposition: the new one takes its place as it stands.
        bare = new if _RELATIVE.fullmatch(new) or not _RELATIVE.fullmatch(dates[0][0]) else words
        return before + bare + earlier[dates[0].end() :]
    if preposition or _RELATIVE.fullmatch(new) or own[0].strip().casefold() in {"in", "on"}:
        return before[: own.start()] + words + earlier[dates[0].end() :]
    return before + new + earlier[dates[0].end() :]


def _preposition(new: str) -> str:
    return "on" if re.search(r"(?<!\d)\d{1,2}(?!\d)|day$", new) else "in"


def _appended(words: str, earlier: str) -> str:
    return f"{earlier.rstrip('?!. ')} {words}?"

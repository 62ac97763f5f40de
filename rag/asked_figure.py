"""Reads from a question which figure it asks for: of what kind, counting what, and said of it by which verb."""

import re
from dataclasses import dataclass

from rag.language import content_words, is_name, stem, tokens
from rag.printed_figures import Kind

# Forms of irregular verbs, and the words that news has for casualties; the stemmer joins the regular forms.
_SAME_VERB = {
    form: forms.split()[0]
    for forms in (
        "become became|begin began begun|break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen"
        "|draw drew drawn|fall fell fallen|find found|flee fled|grow grew grown|hold held|lead led|leave left|lose lost|meet met"
        "|pay paid|rise rose risen|run ran|see saw seen|sell sold|send sent|shoot shot|spend spent|steal stole stolen"
        "|strike struck|win won|write wrote written|kill killed killing die died dies dead death deaths dying"
        "|injure injured injuring injuries hurt wound wounded wounding"
    ).split("|")
    for form in forms.split()
}
_HOW_MANY = re.compile(r"\bhow many(?: of (?:the|its|their|these|those))? ", re.IGNORECASE)
_SHARE_OF = re.compile(
    r"\b(?:what|which) (?:percentage|percent|per cent|share|proportion)\b(?: of)?|\bhow many per ?cent\b", re.IGNORECASE
)
_SUM = re.compile(
    r"\bhow much (?:[a-z]+ ){0,2}?(?=(?:do|does|did|will|would|has|have|had|is|was|are|were|can|could)\b)"
    r"|\b(?:what|how much) (?=(?:is|was|are|were|did|does|will|would)\b.*\b(?:costs?|price|budget|fine|revenues?|profits?"
    r"|turnover|salary|value|worth|debt|loss)\b)",
    re.IGNORECASE,
)
_MONEY_WORDS = re.compile(
    r"\b(?:costs?|prices?|pay|pays|paid|revenues?|profits?|budget|worth|fined?|salary|sales|turnover|invest\w*|raised?|spend|spent"
    r"|fund\w*|loans?|deposits?|earn\w*|loss(?:es)?|debts?|donat\w+|money|sold for|sell for|charged?|borrow\w*|bid|offer\w*)\b",
    re.IGNORECASE,
)
_HOW_LARGE = re.compile(r"\bhow (?P<large>long|tall|high|deep|wide|heavy) (?:is|are|was|were|will) ", re.IGNORECASE)
_MEASURES = frozenset(
    stem(word)
    for word in (
        "metres meters m kilometres kilometers km miles feet inches yards centimetres centimeters tonnes tons kilograms kg"
    ).split()
)
_WHEN = re.compile(r"\bwhen |\b(?:on )?(?:what|which) (?:date|day) ", re.IGNORECASE)
# Asks for a change, a rate or several figures, or calls the figure in doubt.
_NOT_ONE_FIGURE = re.compile(
    r"\bby how m|\bhow many (?:more|fewer|other|additional|times|years?|months?|weeks?|days?|hours?|minutes?)\b"
    r"|\bhow much (?:more|less)\b"
    r"|\b(?:each|per|every|average|versus|vs|compared|than|between|respectively|ago|old|annually|yearly|daily|weekly|monthly)\b"
    r"|\b(?:increase|decrease|rise|rose|fall|fell|grow|grew|change|drop|dropped|jump|gain|decline|lead|margin)\w*\b",
    re.IGNORECASE,
)
_BE = frozenset("is are was were be been being".split())
_DO = frozenset("do does did has have had will would can could should may might must".split())
_STOPS = frozenset(
    "in on at during for since from by to the a an with after before when while as near into over under and or this".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFigure:
    """What figure a question asks for."""

    kind: Kind
    counted: frozenset[str]
    """The stems of the noun and its adjectives behind `how many`, or of the units that `how long` wants; empty for sums, shares
    and days."""
    verb: str
    """What is said of it, as `lemma` returns it: `injure` in `how many people were injured`, `long` in `how long`; empty for a
    mere `does it have`."""


def read_asked_figure(question: str) -> AskedFigure | None:
    """Return the one figure that a question asks for, None if it asks for none, or not for exactly one.

    Changes (`by how much`), rates (`per year`), comparisons, ages and durations are not read.
    """
    if _NOT_ONE_FIGURE.search(question):
        return None
    if large := _HOW_LARGE.search(question):
        return AskedFigure(kind="count", counted=_MEASURES, verb=lemma(large["large"]))
    kind: Kind
    if match := _HOW_MANY.search(question):
        kind = "count"
    elif match := _SHARE_OF.search(question):
        kind = "percent"
    elif (match := _SUM.search(question)) and _MONEY_WORDS.search(question):
        kind = "money"
    elif match := _WHEN.search(question):
        kind = "date"
    else:
        return None
    words = tokens(question[match.end() :])
    noun, verb = _noun_and_verb(words)
    if kind == "count" and not noun:
        return None
    counted = frozenset(stem(word) for word in noun) if kind == "count" else frozenset[str]()
    if not verb and kind != "count":
        return None  # of sums, shares and days the verb is all that tells one from another
    return AskedFigure(kind=kind, counted=counted, verb=lemma(verb) if verb else "")


def lemma(word: str) -> str:
    """Return the form under which verbs are compared: stemmed, irregular forms as the infinitive, `died` as `kill`."""
    return stem(_SAME_VERB.get(word.casefold(), word))


def _noun_and_verb(words: list[str]) -> tuple[list[str], str]:
    """Return the words before the auxiliary, and the main verb; without an auxiliary the verb ends the noun phrase."""
    small = [word.casefold() for word in words]
    auxiliary = next((i for i, word in enumerate(small) if word in _BE | _DO), None)
    stop = next((i for i, word in enumerate(small) if word in _STOPS and i > 0), len(words))
    if auxiliary is None or auxiliary > stop:
        phrase = words[:stop]
        return (phrase[:-1], phrase[-1]) if len(phrase) > 1 else (phrase, "")
    behind = words[auxiliary + 1 :]
    meant = [i for i, word in enumerate(behind) if _is_plain(word)]
    if small[auxiliary] in _BE or (set(small[auxiliary + 1 : auxiliary + 3]) & {"be", "been"}):
        return words[:auxiliary], _said_of(behind, meant)
    end = next(
        (i for i, word in enumerate(behind) if i and word.casefold() in _STOPS - {"the", "a", "an", "and", "this"}), len(behind)
    )
    if "have" in small[auxiliary + 1 : auxiliary + 1 + end]:
        return words[:auxiliary], ""  # `does it have` says nothing that a sentence would repeat
    verbs = [behind[i] for i in meant if i < end]
    return words[:auxiliary], verbs[-1] if verbs else ""


def _said_of(behind: list[str], meant: list[int]) -> str:
    """Return the participle behind a form of `be`, or the first word that carries meaning."""
    participle = next((behind[i] for i in meant if behind[i].endswith("ed") or behind[i].casefold() in _SAME_VERB), None)
    return participle or (behind[meant[0]] if meant else "")


def _is_plain(word: str) -> bool:
    return bool(content_words(word)) and not is_name(word)

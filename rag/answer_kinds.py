"""Tells whether a sentence holds the kind of answer that a question wants: a sum of money, a day, a person, a reason.

By how English news prints them. Knows no scores and no archive.
"""

import re
from dataclasses import dataclass

from rag.language import has_date, has_number, names, numbers, stem, stems, tokens
from rag.question import Reading

_SMALL = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|several|an?|half"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.?|Feb\.?|Mar\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?)"
)
_EXACT_DATE = re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}\b|\b{_MONTH}\s+\d{{1,4}}\b|\b(?:1\d|20)\d\d\b")
_PERSON = re.compile(r"\b[A-Z][\w’'-]+(?:\s+(?:[A-Z]\.|van|von|de|der|bin|al|El|of))*\s+[A-Z][\w’'-]+")
_WHY = re.compile(r"\bwhy\b|\breasons?\b|\bcause[sd]?\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|due to|since|owing to|as a result|in order to|so that|after|amid|reasons?|caused?|led to|therefore|thanks to"
    r"|citing|blam\w+|over concerns?|to (?:avoid|prevent|help|protect|reduce|improve|make|allow|keep|support))\b",
    re.IGNORECASE,
)
_COMING = re.compile(
    r"\b(?:will|would|(?:is|are|was|were|expected|set|plans?|planned|hopes?|about) to|due to (?!the\b|a\b)|scheduled|may|might"
    r"|could)\b"
)
_ASKS_WHAT_COMES = re.compile(
    r"\b(?:will|would|next|plan\w*|expect\w*|scheduled|may|might|could|should|upcoming|going to|due|wants?|hopes?|intends?"
    r"|forecast\w*)\b",
    re.IGNORECASE,
)
# What a question asks the size of, and how its answer is printed. The first that fits decides. Numbers have an end: a list of
# thousands without a blank would be tried from each of its digits.
_UNITS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(
            r"\bhow much\b.*\b(?:costs?|pay|paid|spen[dt]|money|worth|raised?|invest\w*|fund\w*|earn\w*|fine[ds]?|prize|price)\b"
            r"|\bwhat\b.*\b(?:cost|price|fine|revenue|profit|budget|salary|turnover)s?\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"[$€£¥]\s?\d|\b\d[\d,.]{0,20}\s*(?:(?:hundred|thousand|million|billion|trillion|bn|m)\s+)?(?:[A-Z][\w.]+\s+){0,2}"
            r"(?:dollars?|euros?|pounds?|yuan|yen|kron[ao]r?|crowns?|francs?|rupees?|cents?|lev|rubles?|won|pesos?|renminbi|rmb)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(r"\bhow long\b|\bhow many (?:years|months|days|hours|minutes|weeks|seconds)\b", re.IGNORECASE),
        re.compile(
            rf"\b(?:\d[\d,.]{{0,20}}|{_SMALL})[\s-]+(?:and a half[\s-]+)?"
            r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies))\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(r"\b(?:percent\w*|per cent|share|proportion|rate|what fraction)\b", re.IGNORECASE),
        re.compile(r"\d\s*(?:%|per\s?cent|percentage)|\b(?:half|third|quarter|tenth|fifth)\b", re.IGNORECASE),
    ),
    (
        re.compile(r"\bhow (?:far|high|tall|deep|wide)\b", re.IGNORECASE),
        re.compile(
            r"\b\d[\d,.]{0,20}[\s-]*(?:km|kilomet\w+|met(?:re|er)s?|miles?|feet|foot|ft|inch\w*|centimet\w+|millimet\w+|cm|mm|yards?"
            r"|acres?|hectares?|square)\b",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFit:
    """How a sentence fits the kind of answer wanted; what does not apply to the question is None."""

    kind: bool | None
    """Whether it holds a number, date or name at all that the question does not hold itself."""
    exact_date: bool | None
    """Whether it holds a day, a month with a number, or a year, and not only `on Thursday`."""
    unit: bool | None
    """Whether it holds a quantity of what is asked for: money, time, a share, a length."""
    person: bool | None
    """Whether it holds a name of two words, as persons have."""
    reason: bool | None
    """Whether it has a word that gives reasons."""
    still_to_come: bool
    """Whether it announces what the question asks for as happened."""


def counts_something(sentence: str, known: frozenset[str] = frozenset()) -> bool:
    """Return whether a sentence holds a quantity, in digits or words: a number that is no date and not among the known ones."""
    undated = _EXACT_DATE.sub(" ", sentence)
    printed = numbers(undated)
    return bool(printed - known) or (not printed and has_number(undated))


class WantedKind:
    """The kind of answer that one question wants."""

    def __init__(self, question: str, reading: Reading) -> None:
        self._wants = reading.wants
        self._numbers = numbers(question)
        self._stems = stems(question)
        self._unit = next((printed for asked, printed in _UNITS if asked.search(question)), None) if self._is("number") else None
        self._why = _WHY.search(question) is not None
        self._of_the_past = _ASKS_WHAT_COMES.search(question) is None

    def fit(self, sentence: str) -> KindFit:
        """Return how a sentence fits it."""
        return KindFit(
            kind=self._kind(sentence),
            exact_date=self._exact_date(sentence) if self._is("date") else None,
            unit=self._unit.search(sentence) is not None if self._unit else None,
            person=any(not stems(name) & self._stems for name in _PERSON.findall(sentence)) if self._is("person") else None,
            reason=_REASON.search(sentence) is not None if self._why else None,
            still_to_come=self._of_the_past and _COMING.search(sentence) is not None,
        )

    def names_the_thing(self, sentence: str, things: tuple[str, ...]) -> bool:
        """Return whether it holds `170 million U.S. users` for `how many users`, or `Pujiang Forum` for `which forum`.

        Args:
            sentence: the words to look at.
            things: the stems of `Reading.things`.
        """
        if not things:
            return False
        words = tokens(sentence)
        found = [stem(word) for word in words]
        if self._wants == "number":
            return any(
                found[i] in things[-2:]
                and any(has_number(word) and stem(word) not in self._stems for word in words[max(0, i - 4) : i])
                for i in range(len(words))
            )
        if self._wants in ("name", "place"):
            return any(found[i] == things[-1] and words[i][0].isupper() for i in range(1, len(words)))
        return False

    def _is(self, kind: str) -> bool:
        return self._wants == kind

    def _kind(self, sentence: str) -> bool | None:
        match self._wants:
            case "number":
                return counts_something(sentence, self._numbers)
            case "date":
                return has_date(sentence)
            case "person" | "name" | "place":
                return bool(names(sentence) - self._stems)
            case "other":
                return None

    def _exact_date(self, sentence: str) -> bool:
        return any(not numbers(printed) or numbers(printed) - self._numbers for printed in _EXACT_DATE.findall(sentence))

"""The sentences of the evidence with what surrounds them, and whether one is about the subject and the time of a question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.sentences import sentence_spans
from rag.language import names, shares_root, stem, stems
from rag.premise_reading import MONTHS
from rag.question import Reading
from rag.types import Evidence

# The share of the question's words, weighted by rarity, that the sentence, its title and the sentence before it hold.
_COVERED = 0.5
# `The largest fall since 1974` is not of 1974.
_COMPARED = re.compile(r"\b(?:since|than in|compared with)\b[^,.;]*")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence of the evidence."""

    key: str
    text: str
    found: frozenset[str]
    """Its stems."""
    around: frozenset[str]
    """The stems of its passage."""
    before: frozenset[str]
    """The stems of the printed title and of the sentence before it."""
    dated: frozenset[str]
    """The stems of month and year of its article."""


def lines(evidence: Sequence[Evidence]) -> list[Line]:
    """Return the sentences of the evidence, best passage first."""
    found = []
    for item in evidence:
        article = item.hit.article
        title = stems(article.title) if article.title_printed else frozenset[str]()
        day = article.dated.day if article.dated else None
        precise = day is not None and article.dated is not None and article.dated.precision != "year"
        dated = frozenset() if day is None else frozenset({str(day.year), *([stem(day.strftime("%B"))] if precise else [])})
        text, previous = item.hit.passage.text, frozenset[str]()
        for start, end in sentence_spans(text):
            here = stems(text[start:end])
            found.append(
                Line(key=item.key, text=text[start:end], found=here, around=stems(text), before=title | previous, dated=dated)
            )
            previous = here
    return found


class Subject:
    """What a question is about: its names, its other words by their weight, and its time."""

    def __init__(self, question: str, reading: Reading, rarity: Mapping[str, float]) -> None:
        self._years = frozenset(_YEAR.findall(question))
        self.months = stems(question) & MONTHS
        self.names = frozenset(name for name in reading.names if not name[0].isdigit()) - MONTHS
        rare = [rarity.get(word, 0.0) for word in reading.words]
        middle = sum(rare) / len(rare) if rare else 0.0
        self.weights = {
            stem(word): weight + middle
            for word, weight in zip(reading.words, rare, strict=True)
            if not word[0].isdigit() and stem(word) not in MONTHS
        }

    @property
    def timed(self) -> bool:
        """Whether it names a month or a year."""
        return bool(self._years or self.months)

    def covered(self, line: Line, *, without: frozenset[str], least: float = _COVERED, beside: bool = True) -> bool:
        """Return whether a sentence is about the subject: all of its names, and enough of its other words.

        Args:
            line: the sentence.
            without: the stems that do not count, as the verb that is contradicted.
            least: the share of the words' weight.
            beside: whether words of the title and of the sentence before count.
        """
        here = line.found | line.before
        if not all(shares_root(name, here | line.around) for name in self.names - without):
            return False
        counted = {word: weight for word, weight in self.weights.items() if word not in without}
        # The title alone may be about anything: something of the question stands in the sentence.
        if not counted or not any(shares_root(word, line.found) for word in counted):
            return False
        looked = here if beside else line.found
        held = sum(weight for word, weight in counted.items() if shares_root(word, looked))
        return held >= least * sum(counted.values())

    def same_time(self, line: Line) -> bool:
        """Return whether a sentence may speak of the time that the question names: by its own words, else by its article."""
        text = _COMPARED.sub(" ", line.text)
        years, months = frozenset(_YEAR.findall(text)), (names(text) | stems(text)) & MONTHS
        if self._years and not self._years & (years or line.dated):
            return False
        return not self.months or bool(self.months & (months or line.dated))

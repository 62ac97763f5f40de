"""Says which of two compared figures is larger, where a question compares and the quotes leave no doubt. English only.

The figures are named as printed and the sources by their numbers: which side is meant is for the reader to see in the sentences.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.language import stem, stems
from rag.printed_figures import Figure, read_figures
from rag.sides import Side, sides_of
from rag.types import Citation

_COMPARATIVE = re.compile(
    r"\b(?:more|less|fewer|most|least|(?!other|whether|rather|either|after|over|under|number|never|ever)\w{3,}er)\b",
    re.IGNORECASE,
)
# What can be compared as it stands; `over 100` and `up to 90` leave open by how much.
_PLAIN = ("exact", "about")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """A figure with its unit, as printed, and the source that holds it."""

    figure: Figure
    printed: str
    citation: int


def conclusion(question: str, citations: Sequence[Citation]) -> str | None:
    """Return a sentence that compares the one figure on each side of the question; None unless both are plain.

    Both sides must be cited, each by a quote that is about it and not about the other; exactly one unit must stand in both
    quotes, once in each, with figures that are no parts, changes or bounds of others.
    """
    sides = sides_of(question)
    if len(sides) != 2 or not _COMPARATIVE.search(question):  # noqa: PLR2004 - a comparison has two sides
        return None
    about = [_about(side, other, citations) for side, other in zip(sides, reversed(sides), strict=True)]
    if None in about or about[0] == about[1]:
        return None
    one, other = (_measures(citations[place]) for place in about if place is not None)
    shared = one.keys() & other.keys()
    if len(shared) != 1:
        return None
    unit = shared.pop()
    found = one[unit], other[unit]
    if any(measure is None for measure in found):
        return None
    low, high = sorted(
        (measure for measure in found if measure is not None), key=lambda measure: (measure.figure.value, measure.citation)
    )
    if low.figure.value == high.figure.value:
        return f"Both are the same: {low.printed} [{low.citation}][{high.citation}]."
    return f"{high.printed} [{high.citation}] is more than {low.printed} [{low.citation}]."


def _about(side: Side, other: Side, citations: Sequence[Citation]) -> int | None:
    """Return the place of the first citation that is about a side and not as much about the other."""
    for place, citation in enumerate(citations):
        quote, title = stems(citation.quote), stems(citation.article.title)
        held = [(len(s.own & quote), len(s.own & title)) for s in (side, other)]
        if held[0] > held[1]:
            return place
    return None


def _measures(citation: Citation) -> dict[tuple[str, str], _Measure | None]:
    """Return the figures of a quote by kind and unit; None for a unit that it has several figures of, or none to compare."""
    measures: dict[tuple[str, str], _Measure | None] = {}
    for figure in read_figures(citation.quote):
        unit = figure.currency if figure.kind == "money" else "" if figure.kind == "percent" else _unit(figure)
        if unit is None:
            continue
        key = (figure.kind, unit)
        plain = key not in measures and figure.bound in _PLAIN and not figure.partial
        counted = f" {figure.following[0]}" if figure.kind == "count" else ""
        printed = f"{citation.quote[figure.start : figure.end].strip()}{counted}"
        measures[key] = _Measure(figure=figure, printed=printed, citation=citation.number) if plain else None
    return measures


def _unit(figure: Figure) -> str | None:
    """Return what is counted, None where no word says it."""
    return stem(figure.following[0]) if figure.following and figure.following[0].isalpha() else None

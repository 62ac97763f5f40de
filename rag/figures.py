"""Numbers as values: `1.7 million`, `1,700,000` and `1.7m` are one, and `twelve` is 12. Knows no sentences and no archive."""

import re
from decimal import Decimal

_SCALES = {
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "bn": 9, "b": 9, "trillion": 12, "tn": 12,
}  # fmt: skip
_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
        " nineteen".split()
    )
}
_TENS = {word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_WORDS = "|".join((*_UNITS, *_TENS))
_FIGURE = re.compile(
    r"(?P<sign>(?<!\w)[-−])?(?P<digits>(?<![\w.])\d[\d,]*(?:\.\d+)?)(?P<glued>k|mn|m|bn|b|tn)?(?![\w])"
    r"(?:[\s-]+(?P<scale>hundred|thousand|million|billion|trillion|mn|bn|tn)\b)?"
    rf"|\b(?P<word>{_WORDS})(?:-(?P<unit>{'|'.join(_UNITS)}))?\b(?:[\s-]+(?P<times>hundred|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
# `3,200 megapixels, not 2,300`. What stands behind `instead of` may be either: `it said 2,300 instead of 3,200`.
_CONTRAST = re.compile(
    r"[,;–—]\s*(?:and |but )?not\s+(?:(?:the|about|around|some|only|just|in|on|at|by|of|to|for)\s+)*\W?", re.IGNORECASE
)
_FIRST_YEAR, _LAST_YEAR = 1800, 2100
# `one of them`, `no one`: as often no number as one.
_NO_NUMBER = frozenset({"one", "zero"})


def figures(text: str) -> dict[Decimal, str]:
    """Return the numbers of a text by their value, each with its digits or its word; units such as percent are not looked at.

    Of the words only those for whole numbers count, and `one` and `zero` only with a scale, as in `one million`.
    """
    found: dict[Decimal, str] = {}
    for match in _FIGURE.finditer(text):
        value = _value(match)
        if value is not None:
            found.setdefault(value, match["word"] or (match["sign"] or "") + match["digits"].replace(",", ""))
    return found


def contrasted_figures(text: str) -> frozenset[Decimal]:
    """Return the numbers that a text takes back, by their value: 2300 of `it has 3,200 megapixels, not 2,300`.

    Without years: `in 2025, not 2024` says nothing of what else happened in 2024.
    """
    found = (_FIGURE.match(text, contrast.end()) for contrast in _CONTRAST.finditer(text))
    values = frozenset(value for figure in found if figure and (value := _value(figure)) is not None)
    return frozenset(value for value in values if not _FIRST_YEAR <= value <= _LAST_YEAR)


def without_figures(text: str) -> str:
    """Return the text with its numbers blotted out: what is left may hold digits that are no number of their own, as `5th`."""
    return _FIGURE.sub(" ", text)


def _value(match: re.Match[str]) -> Decimal | None:
    if match["word"] is None:
        number = Decimal(match["digits"].replace(",", ""))
        scale = match["scale"] or match["glued"] or ""
        signed = -number if match["sign"] else number
        return _scaled(signed, _SCALES.get(scale.casefold(), 0))
    word, times = match["word"].casefold(), (match["times"] or "").casefold()
    if word in _NO_NUMBER and not times:
        return None
    number = Decimal(_UNITS.get(word, _TENS.get(word, 0)) + _UNITS.get((match["unit"] or "").casefold(), 0))
    return _scaled(number, _SCALES.get(times, 0))


def _scaled(number: Decimal, zeros: int) -> Decimal:
    return number.scaleb(zeros).normalize()

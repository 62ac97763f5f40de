"""Reads the figures of English sentences: how much, of what kind, and how exact. Knows no question and no archive."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from index.date_forms import printed_dates
from index.date_words import MONTHS_BY_LANGUAGE, folded
from rag.language import stem, tokens

Kind = Literal["count", "money", "percent", "date"]
Bound = Literal["exact", "about", "least", "above", "below"]

# `About 1,700` may mean anything that a reader would round to it. Chosen, not measured.
_ABOUT = Fraction(1, 10)
# A whole number of three digits or more that ends in 0 may be rounded; `10 people` and `20 people` were counted.
_ROUNDED_FROM = 100
_FOLLOWING = 5
# What is further apart is mostly a part and its whole, or two things. Chosen on the develop half of docs/adr/0027.
_APART = 5

_WORDS = {
    word: number
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
        " nineteen".split(),
        start=2,
    )
}
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "k": 10**3, "million": 10**6, "mn": 10**6, "m": 10**6,
    "billion": 10**9, "bn": 10**9, "trillion": 10**12, "tn": 10**12,
}  # fmt: skip
_CURRENCY_SIGNS = {"$": "dollar", "US$": "dollar", "€": "euro", "£": "pound", "¥": "¥", "₹": "rupe"}
_CURRENCIES = (
    r"(?:(?P<country>U\.?S\.?|Australian|Canadian|Hong Kong|Singapore|New Zealand|Swiss|Swedish|Norwegian|Danish|Czech) )?"
    r"(?P<money>dollars?|euros?|pounds?(?: sterling)?|yuan|renminbi|RMB|yen|won|rupees?|roubles?|rubles?|francs?|crowns?"
    r"|krone[rn]?|kron(?:a|or)|zloty|lira|pesos?|reais|rand|dirhams?|riyals?|shekels?)\b"
)
_UNIT_WORD = "|".join(sorted([*_WORDS, *_TENS], key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w$])(?:US\$|[$€£¥₹]) ?)?"
    r"(?:(?<![\w.,:/$€£¥₹+–—−-])|(?<=[$€£¥₹])|(?<=[$€£¥₹] ))"
    r"(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<letter>(?:bn|tn|[mk])(?!\w))?"
    rf"|(?P<word>(?i:(?:{'|'.join(_TENS)})-(?:{'|'.join(list(_WORDS)[:8])}|one)|{_UNIT_WORD}|a(?= (?:dozen|hundred|million)))))"
    r"(?:[ ](?P<scale>dozen|hundred|thousand|million|billion|trillion|mn|bn)\b)?(?P<percent> ?%| per ?cent\b)?"
    r"(?![\w:/%])(?!-)(?! ?[–—−] ?\d)(?![.,]\d)"
)
_BOUNDS: tuple[tuple[Bound, str], ...] = (
    ("least", r"at least|no (?:fewer|less) than|not less than"),
    ("above", r"(?:slightly |just |well )?(?:more than|over|above|upwards? of)|exceeding|in excess of"),
    ("below", r"(?:slightly |just )?(?:fewer than|less than|under|below)|up to|as (?:many|much) as|at most|no more than"),
    ("about", r"about|around|roughly|approximately|some|an estimated|estimated|nearly|almost|close to|circa|nearing"),
)
_BOUND = re.compile("|".join(rf"(?P<{name}>\b(?:{words}) $)" for name, words in _BOUNDS), re.IGNORECASE)
_AFTER_BOUND = re.compile(r" or (?P<least>more)\b| or (?P<about>so)\b| or (?P<below>fewer|less)\b")
# A change, a share, a rank or a part of a sum is not the sum.
_PART_BEFORE = re.compile(
    r"\b(?:another|additional|further|extra|other|first|last|next|past|remaining|top|every|each|per|from|between|up|down|plus"
    r"|minus|aged?|no\.|number|or|including|age of|one in|\w+ in (?=\d)|\d[\d,.]* (?:to|and|of|out of)(?: (?:its|their|the|all))?"
    rf"|(?:{_UNIT_WORD}) (?:to|or|of|out of)(?: (?:its|their|the|all))?)[ ]$",
    re.IGNORECASE,
)
_OF_THOSE = re.compile(r"\b[Oo]f (?:those|them|these|whom)\b[^,.;]*$")
_CHANGE_BEFORE = re.compile(
    r"\b(?:r[oi]se[ns]?|rising|gr[eo]ws?|grown|growing|fell|fall(?:s|en|ing)?|increas\w+|decreas\w+|up|down|drop\w*"
    r"|jump\w*|climb\w*|declin\w+|gain\w*|sl[ia]d\w*|surg\w+|expand\w*|shr[aiu]nk\w*|soar\w*|plung\w+|added|add|adds|adding)"
    r" (?:\w+ly )?(?:by )?$|\b(?:cut\w*|reduc\w+|trim\w*)(?: \w+){0,3} by $",
    re.IGNORECASE,
)
_PART_AFTER = re.compile(
    r"(?: \w+)? (?:more|others?|fewer|less|extra|additional|new)\b(?! than)| (?:to|or|and|in|of|out of) (?:\d|(?:"
    rf"{_UNIT_WORD})\b)"
    r"| (?:of|out of|in) (?:its|their|the|all|these|those|them|whom|which|every|his|her|our)\b| and a half\b"
    r"| percentage| times\b| (?:years?|months?|weeks?|days?) (?:old|ago)\b"
    r"|(?: \w+){0,3} (?:each|apiece|per|a (?:day|week|month|year))\b"
)
_MONTH = "|".join(sorted((w for group in MONTHS_BY_LANGUAGE["en"].split("|") for w in group.split()), key=len, reverse=True))
_DAY = re.compile(
    rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b(?!,? ?\d{{4}})"
    rf"|\b(?P<month_first>{_MONTH})\.? (?P<day_last>\d\d?)(?:st|nd|rd|th)?\b(?!,? ?\d{{4}})(?![:.]\d)"
)
_MONTHS = {word: n for n, group in enumerate(MONTHS_BY_LANGUAGE["en"].split("|"), start=1) for word in group.split()}

_LEAP_YEAR = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, a sum, a share or a day as a sentence prints it."""

    start: int
    end: int
    """`text[start:end]` is the figure as printed: with `at least`, currency and per cent, without the thing that is counted."""
    kind: Kind
    value: Fraction
    """Of a date: month and day as `100 * month + day`, plus `10000 * year` if the year is printed."""
    grain: Fraction
    """The step that the figure can be told in: of `1.7 million` 100,000."""
    bound: Bound
    currency: str = ""
    following: tuple[str, ...] = ()
    """The words directly behind it, to the next punctuation mark: what is counted."""
    partial: bool = False
    """Whether it is a change, a share of something, a rank or a rate: `another 12`, `14 of its 23`, `by 5`."""


def read_figures(text: str) -> list[Figure]:
    """Return the numbers, sums and shares of a text from left to right, without years, days, ages, ranges and ordinals."""
    days = [(day.start, day.end) for day in read_days(text)]
    found = []
    for match in _NUMBER.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in days):
            continue
        figure = _figure(match, text)
        if figure is not None:
            found.append(figure)
    return found


def read_days(text: str) -> list[Figure]:
    """Return the days of a text that are printed with their month, with or without a year, from left to right."""
    plain = folded(text)
    found = []
    for printed in printed_dates(plain):
        if printed.precision == "day":
            year, month, day = map(int, printed.value.split("-"))
            found.append(_day(printed.start, printed.end, 10_000 * year + 100 * month + day))
    taken = [(day.start, day.end) for day in found]
    for match in _DAY.finditer(plain):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            month, day = _MONTHS[match["month"] or match["month_first"]], int(match["day"] or match["day_last"])
            if 1 <= day <= _LEAP_YEAR[month - 1]:
                found.append(_day(match.start(), match.end(), 100 * month + day))
    return sorted(found, key=lambda figure: figure.start)


def agree(one: Figure, other: Figure) -> bool:
    """Return whether two figures of one kind can both be right: equal, rounded, or inside what the other leaves open.

    `At least 12` and `at least 19` do not agree: both are counts, at different times. `More than 100` and `more than 140` do.
    """
    if one.kind == "date":
        yearless = min(one.value, other.value) < 10_000  # noqa: PLR2004 - how the value is made
        return one.value % 10_000 == other.value % 10_000 if yearless else one.value == other.value
    slack = max(_slack(one), _slack(other))
    if abs(one.value - other.value) <= slack:
        return True
    if one.bound == other.bound == "least":
        return False
    low, high = (one, other) if one.value < other.value else (other, one)
    return low.bound in ("least", "above") or high.bound == "below"


def plausible(one: Figure, other: Figure) -> bool:
    """Return whether two figures can be two counts of one thing: at most five times apart. Days are always plausible."""
    if one.kind == "date":
        return True
    low, high = sorted((one.value, other.value))
    return low > 0 and high <= _APART * low


def _slack(figure: Figure) -> Fraction:
    if figure.bound in ("about", "above", "below"):
        return max(figure.value * _ABOUT, figure.grain / 2)
    return figure.grain / 2 if figure.grain > 1 or figure.value.denominator > 1 else Fraction(0)


def _day(start: int, end: int, value: int) -> Figure:
    return Figure(start=start, end=end, kind="date", value=Fraction(value), grain=Fraction(1), bound="exact")


def _figure(match: re.Match[str], text: str) -> Figure | None:
    value, grain = _value(match)
    sign, end = (match["sign"] or "").strip(), match.end()
    currency = _CURRENCY_SIGNS.get(sign, "")
    if not currency and (money := re.compile(rf"[ ]{_CURRENCIES}").match(text, end)):
        currency, end = f"{money['country'] or ''} {stem(money['money'].split()[0])}".strip().casefold(), money.end()
        currency = {"us dollar": "dollar", "u.s. dollar": "dollar", "renminbi": "yuan", "rmb": "yuan"}.get(currency, currency)
    kind: Kind = "money" if currency else "percent" if match["percent"] else "count"
    before, after = text[: match.start()], text[end:]
    plain_year = match["digits"] and not match["scale"] and re.fullmatch(r"(?:1[5-9]|20)\d\d", match["digits"])
    following = _following(after)
    if kind == "count" and plain_year and (not following or re.search(r"\b(?:in|since|of|by|until|from) $", before)):
        return None
    limit = _BOUND.search(before)
    bound: Bound = "exact"
    start = match.start()
    for name, _ in _BOUNDS:
        if limit and limit[name]:
            bound, start = name, limit.start()
    if later := _AFTER_BOUND.match(after):
        bound, end = next((name for name, _ in _BOUNDS if name in later.groupdict() and later[name]), bound), end + later.end()
        after = text[end:]
    return Figure(
        start=start, end=end, kind=kind, value=value, grain=grain, bound=bound, currency=currency, following=_following(after),
        partial=_is_partial(text[:start], after, kind),
    )  # fmt: skip


def _is_partial(before: str, after: str, kind: Kind) -> bool:
    if _PART_BEFORE.search(before) or _CHANGE_BEFORE.search(before) or _OF_THOSE.search(before):
        return True
    # A share is always one of something: `30 percent of the harvest`.
    return not (kind == "percent" and after.startswith(" of ")) and _PART_AFTER.match(after) is not None


def _value(match: re.Match[str]) -> tuple[Fraction, Fraction]:
    scale = _SCALES[(match["scale"] or match["letter"]).lower()] if match["scale"] or match["letter"] else 1
    if not match["digits"]:
        parts = match["word"].lower().split("-")
        number = sum(_WORDS.get(part, _TENS.get(part, 1)) for part in parts)
        return Fraction(number * scale), Fraction(scale)
    digits = match["digits"].replace(",", "")
    whole, _, decimals = digits.partition(".")
    grain = Fraction(1, 10 ** len(decimals)) if decimals else Fraction(1)
    if not decimals and scale == 1 and int(whole) >= _ROUNDED_FROM:
        grain = Fraction(10 ** (len(whole) - len(whole.rstrip("0"))))
    return Fraction(digits) * scale, grain * scale


def _following(after: str) -> tuple[str, ...]:
    return tuple(tokens(re.split(r"[,;:()—–\"“”.!?](?:\s|$)|\s[-–—]\s", after, maxsplit=1)[0])[:_FOLLOWING])

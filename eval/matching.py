"""Whether two pieces of text say the same words. Knows only strings: no questions, no answers, no archive.

Two normalisations stand side by side: this project's, which keeps word and number boundaries, for `contains`; and
SQuAD's, for `exact_match` and `token_f1`, so that these compare with published numbers.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

# Scripts written without spaces: every character is a word.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD_CHARACTER = rf"[^\W_{_UNSPACED}]"
_WORD = re.compile(
    # `1,700`, `1.95583`, and with what is attached: `18.3bn`, `5G`, `60th`.
    rf"(?P<whole>[0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9])|[0-9]+)(?P<fraction>\.[0-9]+)?(?P<attached>{_WORD_CHARACTER}*)"
    rf"|(?P<percent>%|per[\s‐-]*cent(?!{_WORD_CHARACTER}))"
    rf"|[{_UNSPACED}]|{_WORD_CHARACTER}+"
)
_FRACTION_SIGN = re.compile(r"(?P<whole>(?<=[0-9]))?[¼-¾⅐-⅞]")

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DIGITS = {word: str(number) for number, word in enumerate(_UNITS)}
_UNIT = rf"(?:{'|'.join(_UNITS)})"
_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_PARTS = "(?:dozen|half|halves|thirds?|quarters?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?)"
_NUMBER_WORD = re.compile(
    r"(?<!\S)(?:"
    # What is part of another number stays in words: `twenty-six`, `one hundred and six`, `two dozen`, `two-thirds`.
    rf"{_TENS} {_UNIT}|(?:{_UNIT} )?(?:hundred|thousand)(?:(?: and)? {_UNIT})?|(?:million|billion|trillion)(?: and)? {_UNIT}"
    rf"|{_UNIT} {_PARTS}|{_UNIT} and an? {_PARTS}"
    # `no one` is nobody, not `No. 1`.
    rf"|no one|(?P<alone>{_UNIT})"
    r")(?!\S)"
)
_LONE_ONE = frozenset({("1",), ("one",)})

# Passages come again with every question that finds them, in several figures.
_KEPT = 4_096

_SQUAD_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_SQUAD_PUNCTUATION = str.maketrans("", "", string.punctuation)


@lru_cache(_KEPT)
def normalised(text: str) -> tuple[str, ...]:
    """Return the words of `text` as they are compared: NFKC, case folded, without punctuation, numbers as numbers.

    `1,700`, `1700` and `1700.0` are the same word; `12` and `120` are not, nor are `5` and `5G`. `2½` is 2.5. `1.700` is
    1.7: whether its writer means 1,700 depends on a language that nobody states. `%`, `percent` and `per cent` are one word;
    `percentage` is another. Signs of currencies are dropped.
    """
    folded = unicodedata.normalize("NFKC", _FRACTION_SIGN.sub(_decimals, text)).casefold()
    return tuple(_canonical(match) for match in _WORD.finditer(unicodedata.normalize("NFKC", folded)))


def contains(text: str, sought: str) -> bool:
    """Return whether the words of `sought` stand in `text` in order, next to each other; false if `sought` has none.

    English number words from zero to twelve are the same as digits (`six` is `6`) unless they are part of a larger
    number or of a fraction. `one` by itself is not `1`: it is most often a pronoun. What remains too generous: `6` is in
    `six million`, as it is in `6 million`, and `10` in a name like the Big Ten.
    """
    return contained(text, (sought,))[0]


def contained(text: str, sought: Sequence[str]) -> tuple[bool, ...]:
    """Return `contains(text, s)` for each s of `sought`; the text is normalised only once."""
    as_written = _spaced(normalised(text))
    in_digits = _in_digits(as_written)
    return tuple(_stands_in(normalised(one), as_written, in_digits) for one in sought)


def exact_match(given: str, accepted: str) -> float:
    """Return 1 if the texts are equal under SQuAD's normalisation, else 0.

    Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016, section 6.1;
    normalised as the official script does: lower case, no ASCII punctuation, no `a`, `an`, `the`, single spaces.
    """
    return float(_squad_words(given) == _squad_words(accepted))


def token_f1(given: str, accepted: str) -> float:
    """Return the harmonic mean of precision and recall over the two bags of words, under SQuAD's normalisation.

    Rajpurkar et al., EMNLP 2016, section 6.1. Two texts without words agree (1); one without words scores 0, as in the
    official script of SQuAD 2.0.
    """
    left, right = _squad_words(given), _squad_words(accepted)
    if not left or not right:
        return float(left == right)
    shared = (Counter(left) & Counter(right)).total()
    # 2PR / (P + R) with P = shared / len(left) and R = shared / len(right).
    return 2 * shared / (len(left) + len(right))


def _decimals(fraction: re.Match[str]) -> str:
    """Write `½` as 0.5; NFKC would make `1⁄2` of it, and so `21⁄2` of `2½`."""
    decimals = f"{unicodedata.numeric(fraction[0]):.3g}"
    return decimals if fraction["whole"] is None else decimals[1:]


def _canonical(match: re.Match[str]) -> str:
    if match["percent"] is not None:
        return "percent"
    whole = match["whole"]
    if whole is None:
        return match[0]
    fraction = (match["fraction"] or "").rstrip("0").rstrip(".")
    return (whole.replace(",", "").lstrip("0") or "0") + fraction + match["attached"]


def _spaced(words: Sequence[str]) -> str:
    """Join the words, with a space at both ends, so that whole words are found as substrings."""
    return f" {' '.join(words)} "


def _in_digits(words: str) -> str:
    return _NUMBER_WORD.sub(lambda match: _DIGITS[match["alone"]] if match["alone"] else match[0], words)


def _stands_in(sought: tuple[str, ...], as_written: str, in_digits: str) -> bool:
    if not sought:
        return False
    return _spaced(sought) in as_written if sought in _LONE_ONE else _in_digits(_spaced(sought)) in in_digits


def _squad_words(text: str) -> list[str]:
    return _SQUAD_ARTICLES.sub(" ", text.lower().translate(_SQUAD_PUNCTUATION)).split()

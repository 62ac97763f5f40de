"""Whether two pieces of text say the same words. Knows only strings: no questions, no answers, no archive.

Two normalisations stand side by side: this project's, which keeps word and number boundaries, for `contains`; and
SQuAD's, for `exact_match` and `token_f1`, so that these compare with published numbers.
"""

import re
import string
import unicodedata
from collections import Counter

# Scripts written without spaces: every character is a word.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD_CHARACTER = rf"[^\W_{_UNSPACED}]"
_WORD = re.compile(
    # `1,700`, `1.95583`, and with what is attached: `18.3bn`, `5G`, `60th`.
    rf"(?P<whole>[0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9])|[0-9]+)(?P<fraction>\.[0-9]+)?(?P<attached>{_WORD_CHARACTER}*)"
    rf"|[{_UNSPACED}]|{_WORD_CHARACTER}+"
)
_SQUAD_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_SQUAD_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> tuple[str, ...]:
    """Return the words of `text` as they are compared: NFKC, case folded, without punctuation, numbers as numbers.

    `1,700`, `1700` and `1700.0` are the same word; `12` and `120` are not, nor are `5` and `5G`.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return tuple(_canonical(match) for match in _WORD.finditer(folded))


def contains(text: str, sought: str) -> bool:
    """Return whether the words of `sought` stand in `text` in order, next to each other; false if `sought` has none."""
    words = normalised(sought)
    return bool(words) and f" {' '.join(words)} " in f" {' '.join(normalised(text))} "


def exact_match(given: str, accepted: str) -> float:
    """Return 1 if the texts are equal under SQuAD's normalisation, else 0.

    Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016, section 6.1;
    normalised as the official script does: lower case, no ASCII punctuation, no `a`, `an`, `the`, single spaces.
    """
    return float(_squad_words(given) == _squad_words(accepted))


def token_f1(given: str, accepted: str) -> float:
    """Return the harmonic mean of precision and recall over the two bags of words, under SQuAD's normalisation.

    Rajpurkar et al., EMNLP 2016, section 6.1. Two texts without words agree (1); one without words scores 0.
    """
    left, right = _squad_words(given), _squad_words(accepted)
    if not left or not right:
        return float(left == right)
    shared = (Counter(left) & Counter(right)).total()
    # 2PR / (P + R) with P = shared / len(left) and R = shared / len(right).
    return 2 * shared / (len(left) + len(right))


def _canonical(match: re.Match[str]) -> str:
    whole = match["whole"]
    if whole is None:
        return match[0]
    fraction = (match["fraction"] or "").rstrip("0").rstrip(".")
    return (whole.replace(",", "").lstrip("0") or "0") + fraction + match["attached"]


def _squad_words(text: str) -> list[str]:
    return _SQUAD_ARTICLES.sub(" ", text.lower().translate(_SQUAD_PUNCTUATION)).split()

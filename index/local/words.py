"""Turns text into the terms of the word index, by the rules of its language. Knows no index and no scores.

Compounds (`50-60`, `GLM-4.5V`, `3.5`) become the terms of their parts, one after the other; who looks for one whole looks for
those terms in a row (docs/adr/0018).
"""

import hashlib
import re
import unicodedata
from functools import cache, lru_cache
from importlib.metadata import version

from tantivy import Document, Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

ENGLISH = "en"
# The languages that Tantivy can stem. A text in any other, or in none known, is treated as English: names and words of other
# scripts pass the English stemmer unchanged.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
_SAME = {"nb": "no", "nn": "no"}
LANGUAGES = tuple(sorted(_STEMMERS))
"""The languages with rules of their own."""
# Here å, ö or ő is another letter than a or o, and nobody leaves the marks out; elsewhere many do.
_LETTERS_OF_THEIR_OWN = frozenset({"da", "fi", "hu", "no", "sv", "tr"})
# Here an apostrophe stands between two words (`l'eau`); elsewhere it stands inside one (`O'Brien`).
_ELIDING = frozenset({"fr", "it"})
# Here a full stop separates thousands, and a comma decimals.
_STOP_IN_THOUSANDS = frozenset({"da", "de", "el", "es", "it", "nl", "no", "pt", "ro", "tr"})

# Each pattern begins with the character it is about, which lets `re` leap from one to the next: archives are large.
_THOUSANDS = re.compile(r",(?<=\d,)(?<!\d{4},)(?=\d{3}(?!\d))")
_THOUSANDS_BY_STOP = re.compile(r"\.(?<=\d\.)(?<!\d{4}\.)(?=\d{3}(?!\d))")
_THOUSANDS_BY_SPACE = re.compile(r"[\u202f\xa0](?<=\d.)(?<!\d{4}.)(?=\d{3}(?!\d))")
_APOSTROPHE = re.compile(r"['’ʼ](?<=[\w.].)(?:[sS](?!\w)|(?=[^\W\d_]))")
_STOP_IN_ABBREVIATION = re.compile(r"\.(?<=\b[^\W\d_]\.)(?=[^\W\d_]\b)")
_UNITED_STATES = re.compile(r"U\.S(?<=\bU\.S)(?:\.A)?(?!\w)")
_UNITED_STATES_BARE = re.compile(r"US(?<=\bUS)(?!\w)")
_TURKISH_CAPITALS = str.maketrans("Iİ", "ıi")
_YO = str.maketrans("ёЁ", "еЕ")
# Han, kana, Hangul, Thai, Lao, Burmese and Khmer: scripts with no space between words, or (Korean) with endings grown on.
_SPACELESS_CLASS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_SPACELESS = re.compile(f"[{_SPACELESS_CLASS}]+")
_MARK = re.compile(
    r"[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece]"
)


def language_of(tag: str | None) -> str:
    """Return the language by whose rules a text with this BCP 47 tag is analysed; English unless it has rules of its own."""
    code = re.split("[-_]", (tag or "").casefold(), maxsplit=1)[0]
    code = _SAME.get(code, code)
    return code if code in _STEMMERS else ENGLISH


def english_analyzer() -> TextAnalyzer:
    """Return what the index's field must be registered with, so that `add_terms` gives the same terms as `terms`."""
    return _analyzer(ENGLISH, marks=False)


def add_terms(document: Document, field: str, text: str, language: str) -> None:
    """Add the terms of a text, with their positions, to a field of a document."""
    plain = _written_alike(text, language)
    marks = _MARK.search(plain) is not None
    if language == ENGLISH and not marks:
        # Tantivy then analyses it without handing every term through Python, in a third of the time.
        document.add_text(field, plain)
    else:
        document.add_pre_tokenized_text(field, _analyzer(language, marks=marks).pre_tokenize(plain))


@lru_cache(maxsize=16_384)
def terms(text: str, language: str) -> tuple[str, ...]:
    """Return the terms of a word or phrase in order; they are remembered."""
    return terms_of_text(text, language)


def terms_of_text(text: str, language: str) -> tuple[str, ...]:
    """Return the terms of a text in order, the same ones that `add_terms` adds."""
    plain = _written_alike(text, language)
    return tuple(_analyzer(language, marks=_MARK.search(plain) is not None).analyze(plain))


def begins_a_pair(term: str) -> bool:
    """Return whether a term is a single character of a script whose text is indexed in pairs of characters."""
    return len(term) == 1 and _SPACELESS.fullmatch(term) is not None


def _written_alike(text: str, language: str) -> str:
    """Return the text with what is written in several ways written in one, and with spaces where a term ends."""
    if not text.isascii():
        # Spaces that hold a number together would be common ones afterwards.
        text = unicodedata.normalize("NFKC", _THOUSANDS_BY_SPACE.sub("", text))
        text = _SPACELESS.sub(_pairs, text)
    text = (_THOUSANDS_BY_STOP if language in _STOP_IN_THOUSANDS else _THOUSANDS).sub("", text)
    match language:
        case "en":
            text = _UNITED_STATES.sub("USA", text)
            # In a text all in capitals nobody can tell the country from the pronoun.
            if not (text.isupper() and " " in text):
                text = _UNITED_STATES_BARE.sub("USA", text)
        case "tr":
            text = text.translate(_TURKISH_CAPITALS)
        case "ru":
            text = text.translate(_YO)
    text = _STOP_IN_ABBREVIATION.sub("", text)
    return text if language in _ELIDING else _APOSTROPHE.sub("", text)


def _pairs(run: re.Match[str]) -> str:
    """Return every two neighbouring characters as a word, which finds words without a dictionary of them."""
    text = run[0]
    return f" {' '.join(text[at : at + 2] for at in range(max(1, len(text) - 1)))} "


@cache
def _analyzer(language: str, *, marks: bool) -> TextAnalyzer:
    # Tantivy's simple tokenizer is three times as fast, but ends a word at a vowel sign.
    tokenizer = Tokenizer.regex(r"[\p{L}\p{M}\p{N}]+") if marks else Tokenizer.simple()
    builder = TextAnalyzerBuilder(tokenizer).filter(Filter.lowercase()).filter(Filter.stemmer(_STEMMERS[language]))
    return (builder if language in _LETTERS_OF_THEIR_OWN else builder.filter(Filter.ascii_fold())).build()


_FIELDS = "words-2"
"""Change it with what is put into the index beside the terms (`index.local.lexical`)."""
_PROBE = (
    "The U.S. spent $15,000 on GLM-4.5V and F-35 jets, O'Brien’s ferries’ crews don't vote; US A.M. 50–60 café naïve Örebro"
    " running nationalised studies 15.000 l'eau ёлка İzmir IŞIK 渡轮离开了 フェリー 배가 떠났다 เรือ हिन्दी बातें الأخبار Αθήνα"
    " Häuser gegangen chevaux gatti corriendo löpningen juoksevat futottak alergau"
)


@cache
def analysis_stamp() -> str:
    """Return what names this analysis: an index made under another stamp holds other terms and must not be searched.

    It is made from the terms of a probe text in all languages and from Tantivy's version, so a change shows without anyone
    having to think of it.
    """
    found = [version("tantivy"), *(" ".join(terms(_PROBE, language)) for language in LANGUAGES)]
    return f"{_FIELDS}/{hashlib.sha256(' / '.join(found).encode()).hexdigest()[:16]}"

"""Recognises the encoding of text that is not Unicode and declares none, or a wrong one.

Two ways, because one is not enough. Text in other scripts, where nearly every letter is a byte above 127, goes to
`charset_normalizer`. Text in Latin letters, where a few letters in a hundred are, is weighed here: that library often takes
West European text for Central European.
"""

import math
import re

# What news archives hold that is not Unicode; every further candidate makes the others likelier to be missed.
_CANDIDATES = [
    "gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "cp1253", "iso8859_7",
    "cp1255", "cp1256", "cp874", "cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257",
]  # fmt: skip
LATIN = frozenset(("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257"))
# For each language by encoding: the letters beyond a to z, commonest first, and how many of a hundred letters they are
# (counted over the word lists of wordfreq 3.1; ș and ț as the older ş and ţ, which these encodings have).
_LANGUAGES = {
    "cp1252": (
        ("éàèêçôùîâûœ", 3.3), ("üäöß", 1.3), ("óíáéñúü", 2.0), ("èàùòéìó", 0.8), ("ãéçáíêóúõàâô", 3.5), ("éëïèóüç", 0.1),
        ("äåö", 6.4), ("åæøé", 3.1), ("äö", 5.7), ("ðíáþæóöúéý", 13.0), ("éóàèíòçúïü", 2.5), ("éïçôèàâ", 0.1),
    ),
    "cp1250": (
        ("ęłżóąśćńź", 7.1), ("íáěžřéčšýůúďňť", 13.3), ("éáöóőüíúű", 9.5), ("ăşîţâ", 6.7), ("ážčýíšéúťľôďňóä", 10.4),
        ("čšž", 3.0), ("ščžćđ", 2.8),
    ),
    "cp1254": (("ıüşçğöâî", 10.1),),
    "cp1257": (("ėųšžąįūčę", 7.2), ("āīēšūņļžķģč", 10.3), ("õäüö", 4.0)),
}  # fmt: skip
_LANGUAGES["iso8859_2"] = _LANGUAGES["cp1250"]
_MARKS = frozenset("‘’“”„‚–—…«»‹›€£©®°·§¿¡№™•\u00a0")
# In Latin text bytes above 127 stand alone or in pairs; in other scripts in words.
_RUN = re.compile(rb"[\x80-\xff]+")
_LETTERS = re.compile(rb"[A-Za-z]+")
_TAG = re.compile(rb"<[^>]*>")
_LATIN_RUN = 1.8
# Of the bytes above 127, this share, or all but one of several, must be letters of one language or quotation marks.
_EXPLAINED, _SEVERAL = 0.9, 4
# How unlikely a letter is that the language does not have, as one more place at the end of a list of 200.
_FOREIGN = 200
# West European text in old encodings is about twenty times as common as that of any other Latin encoding.
_RARER = math.log(20)
# Other scripts than Latin are told apart by frequencies, for which this many bytes above 127 are the least.
_LEAST = 6
# Enough for every frequency to settle; the rest of the text adds nothing but time.
_SAMPLE = 16_384


def guess_encoding(content: bytes) -> str | None:
    """Return the codec that the bytes are most likely written in; None when none is likely.

    Args:
        content: Bytes that are not UTF-8. A few of them may be broken.
    """
    # A broken byte spoils the place where it stands for recognition; the next place is as good.
    places = (0, len(content) // 3, len(content) * 2 // 3)
    return next((found for place in places if (found := _guess(content, _sample(content, place)))), None)


def _guess(content: bytes, sample: bytes) -> str | None:
    runs = _RUN.findall(sample)
    high = sum(map(len, runs))
    if not runs:
        return None
    if high < _LATIN_RUN * len(runs) and (found := _latin(content, sample)):
        return found
    if high < _LEAST:
        return None
    # 20 ms to import, and nearly all text is UTF-8.
    import charset_normalizer  # noqa: PLC0415 - heavy

    best = charset_normalizer.from_bytes(sample, cp_isolation=_CANDIDATES, enable_fallback=False).best()
    if best is None:
        return None
    return _latin(content, sample) if best.encoding in LATIN else best.encoding


def is_latin_setting(content: bytes) -> bool:
    """Return whether bytes above 127 stand alone or in pairs, as they do in Latin text."""
    runs = _RUN.findall(_sample(content))
    return sum(map(len, runs)) < _LATIN_RUN * len(runs)


def _sample(content: bytes, place: int = 0) -> bytes:
    """Return the lines around the first byte above 127 behind a place, so that a head of plain ASCII does not hide the text."""
    found = _RUN.search(content, place)
    if found is None:
        return b""
    start = content.rfind(b"\n", max(0, found.start() - _SAMPLE // 4), found.start()) + 1 or found.start()
    end = start + _SAMPLE
    return content[start:] if end >= len(content) else content[start : content.rfind(b"\n", start + 1, end) + 1 or end]


def _latin(content: bytes, sample: bytes) -> str | None:
    """Return the encoding under which the letters beyond ASCII are most like those of one language."""
    best: tuple[float, str] | None = None
    words = _TAG.sub(b"", sample)
    count = sum(map(len, _LETTERS.findall(words)))
    for encoding, languages in _LANGUAGES.items():
        if not _decodes(content, encoding):
            continue
        found = [character for character in words.decode(encoding, "ignore") if character > "\x7f"]
        letters = [character.lower() for character in found if character not in _MARKS]
        for alphabet, percent in languages:
            if sum(letter not in alphabet for letter in letters) > max(len(found) >= _SEVERAL, (1 - _EXPLAINED) * len(found)):
                continue
            # The likelihood of these letters in a Poisson process: Zipf's law, the letter of rank r as common as 1 / r.
            whole = sum(1 / rank for rank in range(1, len(alphabet) + 1))
            ranks = [1 + alphabet.find(letter) or _FOREIGN for letter in letters]
            weight = sum(math.log(percent / 100 / whole / rank) for rank in ranks) - percent / 100 * (count + len(letters))
            weight -= 0 if encoding == "cp1252" else _RARER
            if best is None or weight > best[0]:
                best = weight, encoding
    return best[1] if best else None


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True

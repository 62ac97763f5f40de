"""Turns text as found into canonical text, before any offset is taken. Knows nothing of where the text came from."""

import itertools
import re
import unicodedata

# Zero-width, bidirectional, tag, filling and variation characters (Unicode's Default_Ignorable_Code_Point, and interlinear
# marks): they hide text from readers, and whole orders from people that models can read, and split words for search.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What terminals obey, whole: of `ESC [8m` the `[8m` would stay.
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;:?]{0,40}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\))")
# Unicode's categories Cc, but for line ends, and Cs: halves of characters, which no file can hold.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACE = re.compile(r"[^\S\n]+")
_LIST_ITEM = re.compile(r"(?:[-*•–]|\d{1,3}[.)])\s")
_TERMINAL = re.compile(r"[.!?。！？…:;][\"'”’»)\]]*$")
# Mail and old newspaper systems wrap at 60 to 100 columns; one-paragraph-a-line text has longer lines.
_WRAPPED_AT_MOST = 100


def clean_text(raw: str) -> str:
    """Return canonical text: NFC, no invisible or control characters, wrapped lines joined, paragraphs an empty line apart."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n").replace("\f", "\n\n")
    text = unicodedata.normalize("NFC", _ESCAPE.sub("", _INVISIBLE.sub("", text)))
    text = _CONTROL.sub(" ", text)
    lines = [_SPACE.sub(" ", line).strip() for line in text.split("\n")]
    return "\n\n".join(paragraph for block in _blocks(lines) for paragraph in _unwrap(block))


def clean_line(raw: str) -> str:
    """Return one line of canonical text, for titles and names."""
    return " ".join(clean_text(raw).split())


def normalise(text: str) -> str:
    """Return text reduced to its words, for comparing: case, punctuation style and spacing do not count."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded))


def _blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _unwrap(block: list[str]) -> list[str]:
    """Join lines that a fixed width broke; keep list items and one-paragraph-a-line text apart."""
    width = max(len(line) for line in block)
    paragraphs = [block[0]]
    for before, line in itertools.pairwise(block):
        broken = width <= _WRAPPED_AT_MOST and not _LIST_ITEM.match(line)
        short = len(before) < width * 0.6
        if broken and not (short and _TERMINAL.search(before)):
            paragraphs[-1] += " " + line
        else:
            paragraphs.append(line)
    return paragraphs

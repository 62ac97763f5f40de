"""UTF-16 and UTF-32, with and without a byte order mark."""

import codecs
import re
from collections import Counter
from unicodedata import category

# UTF-32's little-endian mark begins with that of UTF-16, so it comes first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32le"), (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"),
)  # fmt: skip
_WIDTHS = {"utf-16le": 2, "utf-16be": 2, "utf-32le": 4, "utf-32be": 4}
_SAMPLE = 4096
# Read in the wrong order, text is letters of many scripts and unassigned places; read in the right one it is neither.
_PRINTABLE, _ONE_SCRIPT = 0.98, 0.7
_LEAST = 4
# Bytes that UTF-16 text holds in any script, in its spaces and line ends, and that text in other encodings does not.
_GATE = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# The first code point of each script's block, in order; what stands before the first belongs to Latin.
_BLOCKS = (
    (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, "other"), (0x0590, "hebrew"), (0x0600, "arabic"), (0x0780, "other"),
    (0x0900, "indic"), (0x0E00, "thai"), (0x0E80, "other"), (0x1E00, "latin"), (0x1F00, "greek"), (0x2000, "latin"),
    (0x2070, "other"), (0x20A0, "latin"), (0x20D0, "other"), (0x3000, "han"), (0x3100, "other"), (0x4E00, "han"),
    (0xA000, "other"), (0xAC00, "hangul"), (0xD7A4, "other"), (0xF900, "han"), (0xFB00, "other"), (0xFF00, "han"),
    (0xFFF0, "other"), (0x1F300, "latin"), (0x20000, "han"), (0x32000, "other"),
)  # fmt: skip


def byte_order_mark(content: bytes) -> str | None:
    """Return the encoding that a byte order mark names; None without one, and for UTF-8's."""
    found = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if found == "utf-32le" and (len(content) % 4 or not _decodes(content[: _SAMPLE * 4], found)):
        return "utf-16le"
    return found


def looks_wide(content: bytes) -> str | None:
    """Return the encoding of UTF-16 or UTF-32 text without a byte order mark; None when the bytes are not such text."""
    head = content[:_SAMPLE]
    if len(head) < _LEAST or not _GATE.search(head):
        return None
    return next((name for name in ("utf-32le", "utf-32be", "utf-16le", "utf-16be") if _is_text(head, name)), None)


def decode_wide(content: bytes, encoding: str) -> tuple[str | None, str | None]:
    """Return (text, note); text is None when so much of it is broken that it is not text in this encoding."""
    width = _WIDTHS[encoding]
    odd = len(content) % width
    body = content[: len(content) - odd]
    notes = []
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        text = body.decode(encoding, "replace")
        broken = text.count("\ufffd")
        if broken > 1 + len(text) // 100:
            return None, f"byte {error.start:,} and {broken - 1:,} more"
        notes.append(f"{broken} broken {'character' if broken == 1 else 'characters'} replaced by U+FFFD")
    if odd:
        notes.append("half a character at the end dropped")
    text = text.removeprefix("\ufeff")
    if nuls := text.count("\0"):
        text = text.replace("\0", "")
        notes.append(f"{nuls} NUL {'character' if nuls == 1 else 'characters'} dropped")
    return text, "; ".join(notes) or None


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_text(head: bytes, encoding: str) -> bool:
    """Return whether the bytes read as printable characters, most of them of one script."""
    text = head[: len(head) - len(head) % 4].decode(encoding, "replace")
    printable = sum(c in "\t\r\n" or category(c)[0] in "LMNPSZ" for c in text.replace("\ufffd", "\0"))
    if printable < _PRINTABLE * len(text):
        return False
    scripts = Counter(_script(c) for c in text)
    ascii_share = sum(c.isascii() for c in text) / len(text)
    (first, count), *_ = scripts.most_common(1)
    # Latin text in wide letters is mostly ASCII; ASCII read two bytes at a time is Chinese by chance, but holds no line end.
    if first == "latin":
        return ascii_share > _ONE_SCRIPT
    return first != "other" and count + scripts["latin"] >= _ONE_SCRIPT * len(text) and any(c in " \n\u3000、。，" for c in text)


def _script(character: str) -> str:
    found = "latin"
    for start, name in _BLOCKS:
        if ord(character) < start:
            break
        found = name
    return found

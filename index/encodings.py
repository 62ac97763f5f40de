"""Decodes bytes to text without guessing in silence: what was done beside the plain case is said in a note.

Everything here happens before any offset is taken. Names of encodings are those of the WHATWG Encoding Standard, whose
reading of old labels (`iso-8859-1` means windows-1252, `gb2312` means gb18030) is followed, because pages are made for browsers.
"""

import codecs
import re
from dataclasses import dataclass, replace

from index.encoding_guess import LATIN, guess_encoding, is_latin_setting
from index.wide_encodings import byte_order_mark, decode_wide, looks_wide

# Python's codec for each label, where it is not the one that Python has under that name.
_BROWSERS = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip
_LABELS = {
    "x-sjis": "shift_jis", "x-gbk": "gbk", "x-euc-jp": "euc_jp", "windows-949": "cp949", "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman", "dos-874": "cp874", "windows-874": "cp874", "iso-8859-8-i": "iso8859_8", "x-user-defined": "cp1252",
    "utf8mb4": "utf-8",
}  # fmt: skip
_NAMES = {
    "cp932": "shift_jis", "cp949": "euc-kr", "big5hkscs": "big5", "cp874": "windows-874", "cp866": "ibm866", "euc_jp": "euc-jp",
    "iso2022_jp_ext": "iso-2022-jp", "iso2022_kr": "iso-2022-kr", "mac_roman": "macintosh",
}  # fmt: skip
# Codecs that turn bytes into text and are no encodings of printed text.
_NOT_TEXT = frozenset(("utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem"))
_ADVICE = "convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE"
_HEAD = 1 << 16
# A text has at most this many NUL bytes by accident: two, and one in a thousand.
_FEW_NULS, _NUL_SHARE = 2, 0.001
# Other control characters that no text needs: more than this share of the head is a picture, an archive, a program.
_CONTROLS = bytes(set(range(1, 32)) - set(b"\b\t\n\f\r\x1b")) + b"\x7f"
_CONTROL_SHARE = 0.02
_STRAY = re.compile("[\udc80-\udcff]+")
_CUT = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
# Of a text's characters, so many may be broken: one in a thousand.
_BROKEN = 0.001
# Runs of stray bytes this long are words of another script, not single letters of a West European text.
_WORD = 4
_DECLARED = (
    re.compile(rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE),
    re.compile(rb"""\A\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]+)["']""", re.IGNORECASE),
)
_TWICE = re.compile("[\u00c2\u00c3][\u0080-\u00bf\u0152-\u2122]|\u00e2\u20ac[\u0080-\u2122]")
_TWICE_AT_LEAST = 3
# windows-1252 as browsers decode it: its five unused bytes are control characters.
_WINDOWS_1252 = {ord(bytes([b]).decode("cp1252", "ignore") or chr(b)): b for b in range(256)}


class UndecodableText(ValueError):  # noqa: N818
    """The bytes are not text in an encoding that could be told; the message says which byte and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text and how it was read from bytes."""

    text: str
    encoding: str
    """The encoding's name, as the WHATWG Encoding Standard writes it."""
    note: str | None = None
    """What was done that a reader should know: another encoding than declared, stray or dropped bytes. None in the plain case."""


def decode(content: bytes, *, declared: str | None = None) -> Decoded:
    """Return the bytes as text: by byte order mark, as valid UTF-8, as declared, as recognised, in this order.

    Valid UTF-8 wins over what is declared, because text in other encodings is hardly ever valid UTF-8 by chance.

    Args:
        content: The whole file or message body.
        declared: The encoding named by a header or in the text itself; unknown names are ignored.

    Raises:
        UndecodableText: the bytes are no text, or no encoding explains them.
    """
    wide = byte_order_mark(content) or looks_wide(content)
    if wide:
        text, note = decode_wide(content, wide)
        if text is None:
            raise UndecodableText(f"the bytes look like {wide.upper()} and are not ({note}); {_ADVICE}")
        return Decoded(text=text, encoding=wide, note=note)
    if is_binary(content):
        raise UndecodableText("a binary file, not text; extract its text first")
    body = content.removeprefix(codecs.BOM_UTF8)
    named = codec_of(declared)
    decoded = _utf8(body, named) or _escaped(body) or _mixed_or_declared(body, named) or _guessed(body, named)
    if decoded is None:
        raise UndecodableText(_refusal(body))
    return _without_nuls(decoded)


def is_binary(content: bytes) -> bool:
    """Return whether the bytes are no text in any encoding: many NUL or other control bytes in the first 64 kB."""
    head = content[:_HEAD]
    if byte_order_mark(head) or looks_wide(head):
        return False
    if head.count(0) > _FEW_NULS + _NUL_SHARE * len(head):
        return True
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls > _FEW_NULS + _CONTROL_SHARE * len(head)


def declared_in_markup(head: bytes) -> str | None:
    """Return the encoding that a page's `<meta>` or an XML declaration names; None when there is none.

    Args:
        head: The beginning of the page; browsers look at its first 1,024 bytes, Dateline at 2,048.
    """
    head = re.sub(rb"<!--.*?(?:-->|\Z)", b"", head[:2048], flags=re.DOTALL)
    found = next((match[1].decode("ascii", "ignore") for pattern in _DECLARED if (match := pattern.search(head))), None)
    # Who reads this as ASCII does not read UTF-16 (WHATWG HTML, "prescan a byte stream").
    return "utf-8" if found and found.casefold().startswith("utf-16") else found


def codec_of(label: str | None) -> str | None:
    """Return Python's codec for a label, as browsers understand it; None for an unknown one."""
    name = (label or "").strip().strip("\"'").casefold()
    try:
        found = codecs.lookup(_LABELS.get(name, name)).name if name else ""
        b"a".decode(found or "utf-8", "ignore")
    except (LookupError, ValueError):
        return None
    if not found or found in _NOT_TEXT or found.startswith(("utf-16", "utf-32")):
        return None
    return _BROWSERS.get(found, found)


def _name(codec: str) -> str:
    if codec in _NAMES:
        return _NAMES[codec]
    return re.sub(r"^cp(?=125\d$)", "windows-", codec).replace("iso8859", "iso-8859").replace("_", "-")


def _note(codec: str, named: str | None) -> str | None:
    if named is None:
        return f"no encoding declared; read as {_name(codec)}"
    return None if named == codec else f"decoded as {_name(codec)}, not as the declared {_name(named)}"


def _utf8(content: bytes, named: str | None) -> Decoded | None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if text.isascii():
        return None if b"\x1b$" in content else Decoded(text=text, encoding="utf-8")
    note = None if named in (None, "utf-8") else _note("utf-8", named)
    once = _decoded_once(text)
    if once is not None:
        return Decoded(text=once, encoding="utf-8", note="was UTF-8 read as windows-1252 and saved again; put right")
    return Decoded(text=text, encoding="utf-8", note=note)


def _decoded_once(text: str) -> str | None:
    """Return what a text says that was decoded as windows-1252 and encoded again; None unless all of it was."""
    if len(_TWICE.findall(text, 0, _HEAD)) < _TWICE_AT_LEAST:
        return None
    try:
        once = codecs.charmap_encode(text, "strict", _WINDOWS_1252)[0].decode()
    except UnicodeError:
        return None
    return once


def _escaped(content: bytes) -> Decoded | None:
    """Decode ISO-2022 text, which is all ASCII bytes: escape sequences switch to other letters."""
    if b"\x1b$" not in content or not content.isascii():
        return None
    codec = "iso2022_kr" if b"\x1b$)C" in content else "iso2022_jp_ext"
    try:
        return Decoded(text=content.decode(codec), encoding=_name(codec))
    except UnicodeDecodeError:
        return Decoded(text=content.decode("ascii"), encoding="utf-8", note="holds escape sequences of no known encoding")


def _mixed_or_declared(content: bytes, named: str | None) -> Decoded | None:
    """Decode as declared, unless that is an encoding in which every byte means something and another is far likelier."""
    if named in (None, "utf-8"):
        return _mixed(content)
    if len(b"\xe4".decode(named, "ignore")) == 0:  # two bytes a letter: not every text is valid in it
        return _as(content, named, None) or _mixed(content)
    if mixed := _mixed(content):
        return mixed
    if named in LATIN and not is_latin_setting(content) and (likelier := guess_encoding(content)) and likelier not in LATIN:
        return _as(content, likelier, _note(likelier, named))
    decoded = _as(content, named, None)
    return None if decoded and re.search("[\u0080-\u009f]", decoded.text) else decoded


def _as(content: bytes, codec: str, note: str | None) -> Decoded | None:
    """Decode with this codec; None when more than one character in a thousand is broken."""
    try:
        return Decoded(text=content.decode(codec), encoding=_name(codec), note=note)
    except UnicodeDecodeError:
        text = content.decode(codec, "replace")
    broken = text.count("\ufffd")
    if broken > _BROKEN * len(text) or codec in LATIN:
        return None
    note = f"{note}; " if note else ""
    note += f"{broken} broken {'character' if broken == 1 else 'characters'} replaced by U+FFFD"
    return Decoded(text=text, encoding=_name(codec), note=note)


def _mixed(content: bytes) -> Decoded | None:
    """Decode what is mostly UTF-8: the lines that are not, by themselves."""
    if paired := _surrogates(content):
        return paired
    text = content.decode("utf-8", "surrogateescape")
    stray = sum(map(len, _STRAY.findall(text)))
    valid = len(text) - len(text.encode("ascii", "ignore")) - stray
    if valid < stray:
        return None
    cut = _CUT.search(content[-4:])
    if cut and len(cut[0]) == stray:
        return Decoded(text=text[:-stray], encoding="utf-8", note="half a character at the end dropped")
    lines = content.split(b"\n")
    odd = b"\n".join(line for line in lines if not _decodes(line, "utf-8"))
    words = max(map(len, _STRAY.findall(text))) >= _WORD
    other = guess_encoding(odd) if words else None
    return Decoded(
        text="\n".join(_odd_line(line, other or "cp1252") for line in lines),
        encoding="utf-8",
        note=f"{stray} stray {'byte' if stray == 1 else 'bytes'} of another encoding in UTF-8 text,"
        f" read as {_name(other or 'cp1252')}",
    )


def _surrogates(content: bytes) -> Decoded | None:
    """Decode CESU-8, which writes characters beyond the first 65,536 as two halves of three bytes each."""
    try:
        halves = content.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        return None
    text = halves.decode("utf-16-le", "replace")
    lost = text.count("\ufffd") - content.count(b"\xef\xbf\xbd")
    note = "characters written as two halves (CESU-8) put together"
    return Decoded(
        text=text, encoding="utf-8", note=f"{note}; {lost} without the other half replaced by U+FFFD" if lost else note
    )


def _odd_line(line: bytes, other: str) -> str:
    """Decode a line of UTF-8 text: whole if it is UTF-8 or wholly another encoding, else its stray bytes as windows-1252."""
    text = line.decode("utf-8", "surrogateescape")
    runs = _STRAY.findall(text)
    if not runs:
        return text
    stray = sum(map(len, runs))
    valid = len(text) - len(text.encode("ascii", "ignore")) - stray
    if 2 * valid < stray and _decodes(line, other):
        return line.decode(other)
    return _STRAY.sub(lambda run: run[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace"), text)


def _guessed(content: bytes, named: str | None) -> Decoded | None:
    if codec := guess_encoding(content):
        return _as(content, codec, _note(codec, named))
    strange = len(content) - len(content.decode("ascii", "ignore"))
    if strange > _BROKEN * len(content):
        return None
    note = f"{strange} {'byte' if strange == 1 else 'bytes'} of no known encoding replaced by U+FFFD"
    return Decoded(text=content.decode("ascii", "replace"), encoding="utf-8", note=note)


def _without_nuls(decoded: Decoded) -> Decoded:
    nuls = decoded.text.count("\0")
    if not nuls:
        return decoded
    note = f"{nuls} NUL {'byte' if nuls == 1 else 'bytes'} dropped"
    note = f"{decoded.note}; {note}" if decoded.note else note
    return replace(decoded, text=decoded.text.replace("\0", ""), note=note)


def _refusal(content: bytes) -> str:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 text (byte {error.start:,}), and no other encoding explains it; {_ADVICE}"
    return f"escape sequences of no known encoding; {_ADVICE}"


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True

"""Bytes become text, or are refused; what was done beside the plain case is said."""

import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.encodings import Decoded, UndecodableText, declared_in_markup, decode, is_binary
from tests.index.encoded_news import NEWS, WRITTEN


@pytest.mark.parametrize(("language", "codec", "name"), WRITTEN, ids=[f"{n}-{c}" for n, c, _ in WRITTEN])
def test_undeclared_text_is_recognised_and_the_guess_is_noted(language: str, codec: str, name: str) -> None:
    """Some sentences are enough to tell the encoding; the note says that nothing declared it."""
    decoded = decode(NEWS[language].encode(codec))
    assert decoded.text == NEWS[language]
    assert decoded.encoding == name
    assert decoded.note == (None if name == "iso-2022-jp" else f"no encoding declared; read as {name}")


@pytest.mark.parametrize(("language", "codec", "name"), WRITTEN, ids=[f"{n}-{c}" for n, c, _ in WRITTEN])
def test_declared_text_is_read_as_declared(language: str, codec: str, name: str) -> None:
    """A true declaration is followed and needs no note."""
    assert decode(NEWS[language].encode(codec), declared=codec) == Decoded(text=NEWS[language], encoding=name)


@pytest.mark.parametrize(
    ("label", "codec"),
    [("iso-8859-1", "cp1252"), ("us-ascii", "cp1252"), (" 'Latin1' ", "cp1252"), ("x-user-defined", "cp1252")],
)
def test_old_labels_mean_what_browsers_take_them_for(label: str, codec: str) -> None:
    """Pages that declare ISO-8859-1 hold the curly quotes of windows-1252."""
    assert decode(NEWS["en"].encode(codec), declared=label) == Decoded(text=NEWS["en"], encoding="windows-1252")


@pytest.mark.parametrize(
    ("label", "language", "codec", "name"),
    [("gb2312", "zh", "gbk", "gb18030"), ("Shift_JIS", "ja", "cp932", "shift_jis"), ("ks_c_5601-1987", "ko", "cp949", "euc-kr")],
)
def test_asian_labels_mean_their_larger_sets(label: str, language: str, codec: str, name: str) -> None:
    """The small sets are declared, the large ones are written."""
    text = NEWS[language] + {"zh": "喆镕", "ja": "①㈱", "ko": "똠방각하"}[language]
    assert decode(text.encode(codec), declared=label) == Decoded(text=text, encoding=name)


def test_valid_utf8_wins_over_what_is_declared() -> None:
    """Pages keep the declaration of the encoding that they were once in."""
    decoded = decode(NEWS["zh"].encode(), declared="gb2312")
    assert decoded == Decoded(text=NEWS["zh"], encoding="utf-8", note="decoded as utf-8, not as the declared gb18030")
    assert decode(NEWS["zh"].encode(), declared="utf8").note is None
    assert decode(b"plain", declared="gb2312").note is None


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1250"])
def test_a_wrong_declaration_is_noticed(declared: str) -> None:
    """Chinese text that a server declares as something else is read as what it is, and the note says so."""
    decoded = decode(NEWS["zh"].encode("gb18030"), declared=declared)
    assert decoded.text == NEWS["zh"]
    assert decoded.note is not None
    assert decoded.note.startswith("decoded as gb18030, not as the declared ")


@pytest.mark.parametrize("label", ["nonsense", "hex", "zlib", "utf-7", "idna", "", "unicode_escape"])
def test_unknown_labels_and_codecs_that_are_no_encodings_are_ignored(label: str) -> None:
    """Python knows codecs that no text declares; they are never run."""
    assert decode(NEWS["ru"].encode("cp1251"), declared=label).note == "no encoding declared; read as windows-1251"
    assert decode(b"a +AGI- \\u0041", declared=label).text == "a +AGI- \\u0041"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("language", ["en", "ru", "zh", "ko"])
def test_wide_text_is_read_with_and_without_a_mark(language: str, codec: str) -> None:
    """UTF-16 and UTF-32 are told by their mark, or by their spaces and line ends."""
    text = f"{NEWS[language]}\n{NEWS[language]}\n"
    decoded = decode(text.encode(codec))
    assert decoded.text == text
    assert decoded.encoding == (codec if codec[-2:] in ("le", "be") else f"{codec}le").replace("-le", "le").replace("-be", "be")
    assert decoded.note is None
    assert not is_binary(text.encode(codec))


def test_a_utf8_mark_is_no_part_of_the_text() -> None:
    """The mark is dropped once; one inside the text is left to cleaning."""
    assert decode(b"\xef\xbb\xbfhi") == Decoded(text="hi", encoding="utf-8")


def test_broken_wide_text_is_repaired_with_a_note_or_refused() -> None:
    """A cut file loses half a character; a file that only begins like UTF-16 is refused."""
    assert decode("hi there".encode("utf-16") + b"x").note == "half a character at the end dropped"
    text = "x" * 500
    assert decode(text.encode("utf-16") + b"\x00\xd8" + text.encode("utf-16-le")) == Decoded(
        text=f"{text}\ufffd{text}", encoding="utf-16le", note="1 broken character replaced by U+FFFD"
    )
    with pytest.raises(UndecodableText, match="byte 2 and 49 more"):
        decode(b"\xff\xfe" + b"\x00\xd8" * 50)


def test_stray_bytes_in_utf8_are_read_as_windows_1252_and_counted() -> None:
    """Two lines pasted from another program do not spoil the file, and no character is lost."""
    content = "The café in Example Town, naïve, reopened.\n".encode() * 3 + "“Later”\nMañana\n".encode("cp1252")
    decoded = decode(content, declared="windows-1252")
    assert decoded.text == "The café in Example Town, naïve, reopened.\n" * 3 + "“Later”\nMañana\n"
    assert decoded.note == "3 stray bytes of another encoding in UTF-8 text, read as windows-1252"


def test_whole_lines_of_another_encoding_are_read_in_it() -> None:
    """A digest put together from files in two encodings."""
    content = f"{NEWS['ja']}\n".encode() * 4 + f"{NEWS['zh']}\n".encode("gb18030") + NEWS["ja"].encode()
    decoded = decode(content)
    assert decoded.text == f"{NEWS['ja']}\n" * 4 + f"{NEWS['zh']}\n" + NEWS["ja"]
    assert decoded.note is not None
    assert decoded.note.endswith("stray bytes of another encoding in UTF-8 text, read as gb18030")


def test_a_file_cut_inside_a_character_loses_only_that() -> None:
    """Half a character at the end is no letter of another encoding."""
    assert decode(NEWS["zh"].encode()[:-1]) == Decoded(
        text=NEWS["zh"][:-1], encoding="utf-8", note="half a character at the end dropped"
    )


def test_surrogates_written_as_utf8_are_put_together() -> None:
    """Some databases write an emoji as two halves of three bytes; a half alone cannot be read."""
    halves = "\ud83d\ude00".encode("utf-8", "surrogatepass")
    assert decode(b"ferry " + halves) == Decoded(
        text="ferry \U0001f600", encoding="utf-8", note="characters written as two halves (CESU-8) put together"
    )
    lone = decode(b"ferry " + halves[:3] + b" left")
    assert lone.text == "ferry \ufffd left"
    assert lone.note is not None
    assert lone.note.endswith("1 without the other half replaced by U+FFFD")


def test_text_encoded_twice_is_put_right_only_when_all_of_it_was() -> None:
    """`â€™` for an apostrophe, all through the text; one quoted example of it is left alone."""
    twice = "“It’s the café".encode().decode("cp1252").encode()
    note = "was UTF-8 read as windows-1252 and saved again; put right"
    assert decode(twice) == Decoded(text="“It’s the café", encoding="utf-8", note=note)
    example = "Pages show â€™ for ’ and Ã© for é and Ã¨ for è."
    assert decode(example.encode()) == Decoded(text=example, encoding="utf-8")


def test_a_few_nul_bytes_are_dropped_and_noted() -> None:
    """A NUL here and there is a fault of the exporter."""
    assert decode(b"one\0 two\0") == Decoded(text="one two", encoding="utf-8", note="2 NUL bytes dropped")


def test_a_broken_byte_in_declared_text_does_not_lose_the_rest() -> None:
    """One character in thousands is replaced, and counted."""
    content = NEWS["zh"].encode("gb18030") * 30
    decoded = decode(content + b"\xff\n" + content, declared="gbk")
    assert decoded.text == NEWS["zh"] * 30 + "\ufffd\n" + NEWS["zh"] * 30
    assert decoded.note == "1 broken character replaced by U+FFFD"


@pytest.mark.parametrize(("content", "text"), [(b"", ""), (b"a", "a"), ("é".encode(), "é"), (b"\n", "\n"), (b"\0", "")])
def test_the_shortest_texts_are_read(content: bytes, text: str) -> None:
    """Nothing, and one character."""
    assert decode(content).text == text


def test_what_no_encoding_explains_is_refused_with_the_place_and_a_remedy() -> None:
    """One byte that may be anything is not guessed at."""
    with pytest.raises(UndecodableText, match=r"not UTF-8 text \(byte 3\), and no other encoding explains it; convert it"):
        decode(b"abc\xff\xfd\xff")


def test_a_byte_that_means_nothing_does_not_lose_a_plain_text() -> None:
    """In a thousand characters of ASCII, one byte that no encoding explains is replaced and counted."""
    decoded = decode(b"The harbour reopened. " * 50 + b"\xff" + b" Two ferries left.")
    assert decoded.text == "The harbour reopened. " * 50 + "\ufffd Two ferries left."
    assert decoded.note == "1 byte of no known encoding replaced by U+FFFD"


def test_binary_files_are_refused() -> None:
    """Programs, pictures and compressed data are no text, whatever is declared."""
    compressed = zlib.compress("".join(NEWS.values()).encode() * 3)
    for content in (bytes(range(256)) * 40, b"\x7fELF\x02\x01\x01" + bytes(200), compressed):
        assert is_binary(content)
        with pytest.raises(UndecodableText, match="a binary file"):
            decode(content, declared="windows-1252")


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "cp932", "koi8_r", "iso2022_jp"])
def test_text_is_not_binary(codec: str) -> None:
    """No encoding of text uses the bytes that programs and pictures are full of."""
    assert not is_binary((NEWS["ru"] if codec == "koi8_r" else NEWS["ja"]).encode(codec))
    assert not is_binary(b"")
    assert not is_binary(b"a line\twith\ttabs\x0c\r\nand \x1b[1mcolours\x1b[0m")


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b'<html><head><meta charset="gb2312">', "gb2312"),
        (b"<META http-equiv=Content-Type content='text/html; charset=Shift_JIS'>", "Shift_JIS"),
        (b'\n<?xml version="1.0" encoding="iso-8859-2"?><rss>', "iso-8859-2"),
        (b'<meta charset="utf-16">', "utf-8"),
        (b'<!-- <meta charset="big5"> --><meta name="charset" content="x">', None),
        (b"<p>charset=koi8-r</p>", None),
        (b" " * 3000 + b'<meta charset="big5">', None),
    ],
)
def test_markup_declares_its_encoding(head: bytes, label: str | None) -> None:
    """A `<meta>` or XML declaration near the beginning counts; comments and text do not."""
    assert declared_in_markup(head) == label


def test_a_large_file_is_decoded_fast() -> None:
    """20 MB of UTF-8 take a fraction of a second."""
    content = (NEWS["zh"] + "\n").encode() * (20_000_000 // len((NEWS["zh"] + "\n").encode()))
    start = time.process_time()
    decoded = decode(content)
    assert time.process_time() - start < 1.5
    assert decoded.note is None


@given(
    st.text(st.characters(categories=("L", "N", "P", "Z", "S"), include_characters="\n\t")),
    st.sampled_from(["gbk", "latin1", None]),
)
def test_any_printable_utf8_text_comes_back_as_it_was(text: str, declared: str | None) -> None:
    """Whatever is declared, valid UTF-8 is not changed."""
    assert decode(text.encode(), declared=declared).text == text


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "gb18030", "windows-1252", "koi8-r", "iso-2022-jp", "euc-jp"]))
def test_any_bytes_become_clean_text_or_are_refused(content: bytes, declared: str | None) -> None:
    """No byte leads to another error, and what is returned can be stored as UTF-8."""
    try:
        decoded = decode(content, declared=declared)
    except UndecodableText:
        return
    decoded.text.encode()
    assert "\0" not in decoded.text

"""Canonical text: what is taken out, what is joined, and that cleaning twice changes nothing."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.cleaning import clean_line, clean_text, normalise

AWKWARD = "aé\x1b[]m.\n\r\t \u00a0\u00ad\u0301\u0327\u1100\u1161\u200b\u200d\u202e\u2028\u2029\u2066\u0085\f\x00\ufeff\ud800-1)*"
TEXTS = st.one_of(st.text(max_size=80), st.text(alphabet=AWKWARD, max_size=60))
WORDS = st.lists(st.text(alphabet="abcdefgéß", min_size=1, max_size=12), min_size=1, max_size=40)


@pytest.mark.parametrize(
    "invisible",
    [
        pytest.param(chr(code), id=f"U+{code:04X}")
        for code in (
            0xAD,
            0x34F,
            0x61C,
            0x115F,
            0x180E,
            0x200B,
            0x200D,
            0x200F,
            0x202E,
            0x2060,
            0x2066,
            0x206A,
            0x3164,
            0xFE0F,
            0xFEFF,
            0xFFA0,
            0xFFF9,
            0xE0041,
            0xE0101,
        )
    ],
)
def test_invisible_characters_are_removed(invisible: str) -> None:
    """A word with a character in it that no reader sees is the word without it."""
    assert clean_text(f"har{invisible}bour") == "harbour"


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\ud800", "\t", "\u00a0", "\u3000"])
def test_control_characters_and_odd_spaces_become_spaces(control: str) -> None:
    """What a terminal or a database could stumble over separates words and does no more."""
    assert clean_text(f"the{control} {control}harbour") == "the harbour"


@pytest.mark.parametrize(
    "sequence", ["\x1b[2J", "\x1b[8m", "\x1b[38;5;196m", "\x1b]8;;https://evil.example\x07", "\x1b]0;x\x1b\\"]
)
def test_escape_sequences_go_whole(sequence: str) -> None:
    """What a terminal would obey leaves none of its letters."""
    assert clean_text(f"the {sequence}harbour") == "the harbour"


@pytest.mark.parametrize("printed", ["Café", "Cafe\u0301", "Cafe\u200b\u0301", "Cafe\ufeff\u0301"])
def test_letters_have_one_form(printed: str) -> None:
    """A letter and its accent become one code point, even with an invisible character between them."""
    assert clean_text(printed) == "Caf\u00e9"


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\r\r", "\n \t \n", "\n\n\n\n", "\f", "\u2029", "\n\u200b\n"])
def test_paragraphs_are_one_empty_line_apart(gap: str) -> None:
    """However a source ends a paragraph, the canonical text has one empty line there."""
    assert clean_text(f"\n\nFirst paragraph.{gap}Second paragraph.\n\n") == "First paragraph.\n\nSecond paragraph."


def test_wrapped_lines_are_joined() -> None:
    """Lines that a mail program broke at a fixed width become one paragraph again."""
    wrapped = (
        "The harbour of Example Town reopened on Friday after nine days of repairs to\n"
        "its northern wall. Two ferries left before noon, and a third one was waiting\n"
        "for passengers.\n"
        "Beekeepers counted 4,100 hives in the valley this summer, which is three\n"
        "hundred more than last year."
    )
    assert clean_text(wrapped) == (
        "The harbour of Example Town reopened on Friday after nine days of repairs to its northern wall. "
        "Two ferries left before noon, and a third one was waiting for passengers.\n\n"
        "Beekeepers counted 4,100 hives in the valley this summer, which is three hundred more than last year."
    )


def test_long_lines_are_paragraphs() -> None:
    """A file with one paragraph a line keeps its paragraphs, though no empty line stands between them."""
    first = "The harbour of Example Town reopened on Friday after nine days of repairs to the wall that the storm broke in May."
    second = "Two ferries left before noon."
    assert clean_text(f"{first}\n{second}") == f"{first}\n\n{second}"


def test_list_items_stay_apart() -> None:
    """Short lines that open with a number or a bullet are items, not a wrapped sentence."""
    printed = "The council named three tasks\n- mend the wall\n- dredge the harbour\n2) pay the divers"
    assert clean_text(printed) == (
        "The council named three tasks\n\n- mend the wall\n\n- dredge the harbour\n\n2) pay the divers"
    )


@given(TEXTS)
@example("e\u200b\u0301")
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    """Canonical text is a fixed point, so an article read from its own stored text keeps every offset."""
    once = clean_text(raw)
    assert clean_text(once) == once


@given(TEXTS)
def test_canonical_text_has_a_fixed_shape(raw: str) -> None:
    """Canonical text has no control or invisible characters, no double spaces, and paragraphs without white space around them."""
    text = clean_text(raw)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in text if c != "\n")
    assert not set(text) & set("\u00ad\u200b\u200d\u202e\u2066\ufeff\u2028\u2029")
    for paragraph in text.split("\n\n") if text else []:
        assert paragraph
        assert paragraph == " ".join(paragraph.split())


@given(WORDS, st.sampled_from([" ", "\n", "\n\n", "\r\n", "\t", "\u2028"]))
def test_no_word_is_lost(words: list[str], space: str) -> None:
    """Whatever stands between words, all of them are there afterwards, in order."""
    assert clean_text(space.join(words)).split() == words


def test_a_line_is_one_line() -> None:
    """Titles and names come out on one line, whatever they were printed over."""
    assert clean_line("  Ferries return\n\n to the\u200b harbour ") == "Ferries return to the harbour"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The harbour — reopened!", "the harbour reopened"),
        ("“Ferries”, it said", '"Ferries" it said'),
        ("Ｆｅｒｒｉｅｓ", "ferries"),
        ("STRASSE", "straße"),
        ("a\n\nb", "a b"),
    ],
)
def test_the_same_words_are_the_same(one: str, other: str) -> None:
    """Case, punctuation, width and spacing do not count when texts are compared."""
    assert normalise(one) == normalise(other)


def test_other_words_are_not_the_same() -> None:
    """A different number or word makes a different text."""
    assert normalise("nine days") == "nine days"
    assert normalise("9 days") != normalise("10 days")

"""Where sentences begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cleaning import clean_text
from index.sentences import sentence_spans

TEXTS = st.one_of(
    st.text(max_size=120),
    st.lists(
        st.sampled_from('The harbour reopened . ! ? Mr. U.S. 1.5 “ ” " ) 北京。 said 。” Dr. e.g. \n\n it'.split(" ")),
        max_size=40,
    ).map(" ".join),
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["The harbour reopened on Friday.", "Two ferries left before noon."],
        ["Dr. Jane Sample met Mr. Roe in the harbour office.", "They left at noon."],
        ["Sales rose 1.5 percent to $4.2 billion in August.", "Nobody knows why."],
        ["The U.S. government paid for the wall.", "It was cheap."],
        ["“Will it hold?”", "The engineer did not say."],
        ["It held!", "Nobody was hurt."],
        ['The mayor said: "We are glad."', "Then she left."],
        ["Some sentences have no end"],
        [],
    ],
)
def test_sentences_are_told_apart(parts: list[str]) -> None:
    """Full stops of abbreviations and numbers end no sentence; other stops do."""
    assert sentences(" ".join(parts)) == parts


def test_chinese_sentences_end_without_a_space() -> None:
    """A full-width stop ends a sentence, and a closing quotation mark belongs to it."""
    assert sentences("港口重新开放。“渡轮已经离开。”人们很高兴！") == ["港口重新开放。", "“渡轮已经离开。”", "人们很高兴！"]


def test_paragraphs_never_share_a_sentence() -> None:
    """An empty line ends a sentence that has no stop."""
    assert sentences("Ferries return to the harbour\n\nand nobody minds.") == [
        "Ferries return to the harbour",
        "and nobody minds.",
    ]


@given(TEXTS.map(clean_text))
def test_spans_hold_every_letter_once_and_in_order(text: str) -> None:
    """Spans follow each other, have no white space around them, and leave out nothing but white space."""
    covered = 0
    for start, end in sentence_spans(text):
        assert text[covered:start].strip() == ""
        assert text[start:end] == text[start:end].strip() != ""
        covered = end
    assert text[covered:].strip() == ""


def test_paragraphs_without_end_are_cut_between_sentences() -> None:
    """A paragraph of a hundred thousand characters has the sentences that it has in pieces; without blanks nothing is lost."""
    parts = [f"The ferry number {number} reopened on Friday with Dr. Jane Sample on board." for number in range(1500)]
    assert sentences(" ".join(parts)) == parts
    assert "".join(sentences("a1b2" * 20_000)) == "a1b2" * 20_000
    words = [f"word{number}" for number in range(9000)]
    assert " ".join(sentences(" ".join(words))) == " ".join(words)

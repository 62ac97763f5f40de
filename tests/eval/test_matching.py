"""Text matching: words, numbers and SQuAD's measures."""

import pytest

from eval.matching import contains, exact_match, normalised, token_f1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 1,700 km!", ("it", "s", "1700", "km")),
        ("1700.0", ("1700",)),
        ("0.50 and 007", ("0.5", "and", "7")),
        ("$18.3bn, 5G, the 60th", ("18.3bn", "5g", "the", "60th")),
        ("19 September 2025,100 people", ("19", "september", "2025", "100", "people")),
        ("Ｆｕｌｌ ﬁle STRASSE straße", ("full", "file", "strasse", "strasse")),
        ("北京5月", ("北", "京", "5", "月")),
        ("— … !", ()),
    ],
)
def test_normalised_keeps_words_and_numbers_only(text: str, words: tuple[str, ...]) -> None:
    """Case, punctuation and the writing of a number do not count; word boundaries do."""
    assert normalised(text) == words


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("The previous mark was 403 seconds.", "403 seconds"),
        ("more than 1,700 people", "1700"),
        ("more than 1700 people", "1,700"),
        ("the rate is 1.95583.", "1.95583"),
        ("defines ML-DSA", "ml dsa"),
        ("China’s “chief engineer”", "China's chief engineer"),
        ("他在北京工作", "北京"),
    ],
)
def test_contains_finds_the_same_words(text: str, sought: str) -> None:
    """An accepted answer is found whatever its case, punctuation, quotation marks and number style."""
    assert contains(text, sought)


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("120 people", "12"),
        ("12.5 percent", "12"),
        ("1,200 people", "200"),
        ("5G phones", "5"),
        ("the 12th of May", "12"),
        ("the category", "cat"),
        ("403 long seconds", "403 seconds"),
        ("seconds 403", "403 seconds"),
        ("", "403"),
        ("anything", "—"),
    ],
)
def test_contains_wants_whole_words_in_a_row(text: str, sought: str) -> None:
    """A part of a word or number, words apart, words in another order, and no words at all are not found."""
    assert not contains(text, sought)


def test_exact_match_ignores_what_squad_ignores() -> None:
    """Case, ASCII punctuation, articles and spacing do not count for EM, any other word does."""
    assert exact_match("The  Planck constant.", "planck constant") == 1
    assert exact_match("on the Planck constant", "Planck constant") == 0


def test_token_f1_by_hand() -> None:
    """F1 over bags of words: 2 of 4 given words and 2 of 2 accepted words make 2·(1/2)·1/(3/2) = 2/3."""
    assert token_f1("It was 403 seconds.", "403 seconds") == pytest.approx(2 / 3)
    assert token_f1("403 seconds", "403 seconds") == 1
    assert token_f1("nothing shared", "403 seconds") == 0


def test_token_f1_counts_repeated_words_once_each() -> None:
    """A word said three times matches one accepted word once: 2·1/(3+1)."""
    assert token_f1("five five five", "five") == pytest.approx(0.5)


def test_token_f1_without_words() -> None:
    """Two texts without words agree; one without words scores nothing."""
    assert token_f1("the", "a") == 1
    assert token_f1("", "403") == 0

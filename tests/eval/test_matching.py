"""Text matching: words, numbers and SQuAD's measures."""

import pytest

from eval.matching import contained, contains, exact_match, normalised, token_f1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 1,700 km!", ("it", "s", "1700", "km")),
        ("1700.0", ("1700",)),
        ("0.50 and 007", ("0.5", "and", "7")),
        ("$18.3bn, 5G, the 60th", ("18.3bn", "5g", "the", "60th")),
        ("1.700 and 15,000.00", ("1.7", "and", "15000")),
        ("25%, 25 percent, 25 per cent, ２５％", ("25", "percent") * 4),
        ("percentage points, a per-cent sign", ("percentage", "points", "a", "percent", "sign")),
        ("2½-year-old, ½, CO₂", ("2.5", "year", "old", "0.5", "co2")),
        ("six of twelve", ("six", "of", "twelve")),
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
        ("a fee of $15,000 a year", "15,000"),
        ("a fee of 15,000 a year", "$15,000"),
        ("up by 25%", "25 percent"),
        ("up by 25 percent", "25 per cent"),
        ("up by 25 per cent", "25%"),
        ("up by 25%", "25"),
        ("a 2½-year-old", "2.5 year old"),
        ("6⅓ miles", "6.333 miles"),
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
        ("25 people", "25%"),
        ("25 percentage points", "25 percent"),
        ("5.5%", "5%"),
        ("2½ hours", "21"),
        ("5½ hours", "1"),
        ("5½ hours", "5"),
        ("a price of 1.700", "1,700"),
    ],
)
def test_contains_wants_whole_words_in_a_row(text: str, sought: str) -> None:
    """A part of a word or number, words apart, words in another order, and no words at all are not found."""
    assert not contains(text, sought)


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("Six more weeks of frost, said the marmot.", "6"),
        ("6 more weeks of frost", "six more weeks"),
        ("Twelve villages, zero complaints", "12 villages 0 complaints"),
        ("six million crowns", "6 million"),
        ("a two-year-old ferry", "2-year-old"),
        ("aged five, six and seven", "6"),
        ("one person was hurt", "1 person"),
        ("It opened on day 1.", "day one"),
        ("One.", "one"),
        ("twenty-six goats", "twenty-six"),
        ("two-thirds of the council", "two thirds"),
    ],
)
def test_number_words_up_to_twelve_are_digits(text: str, sought: str) -> None:
    """A number is found whether it is written as a word or in digits, on either side."""
    assert contains(text, sought)


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("twenty-six goats", "6"),
        ("twenty six goats", "six"),
        ("one hundred and six goats", "6"),
        ("a hundred six", "6"),
        ("two thousand one hundred and six", "6"),
        ("three million and six", "6"),
        ("six hundred goats", "6"),
        ("six thousand", "6"),
        ("two dozen goats", "2"),
        ("two-thirds of the council", "2"),
        ("two and a half hours", "2"),
        ("sixty goats", "6"),
        ("sixteen goats", "6"),
        ("thirteen goats", "13"),
        ("at six", "16"),
        ("nobody, no one at all", "No. 1"),
        ("One of them left, and one another followed.", "1"),
        ("It came first, 1 to nil.", "one"),
        ("the sixth goat", "6"),
        ("six goats", "6th"),
    ],
)
def test_a_number_word_inside_another_number_is_not_that_number(text: str, sought: str) -> None:
    """Parts of larger numbers, fractions, ordinals, and the pronoun `one` do not count as small numbers."""
    assert not contains(text, sought)


def test_contained_answers_for_each_text_what_contains_does() -> None:
    """Several texts are sought at once, in their order."""
    text = "Six of 1,700 goats, or 0.35 per cent, and no one else"
    sought = ("1700 goats", "7", "6", "0.35%", "1", "", "no one")
    assert contained(text, sought) == (True, False, True, True, False, False, True)
    assert contained(text, sought) == tuple(contains(text, one) for one in sought)


def test_squad_measures_take_number_words_as_they_are() -> None:
    """EM and F1 stay comparable with published numbers: `six` is not `6` there, and `%` is nothing."""
    assert exact_match("six", "6") == token_f1("six", "6") == 0
    assert exact_match("25%", "25") == 1
    assert exact_match("25%", "25 percent") == 0


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

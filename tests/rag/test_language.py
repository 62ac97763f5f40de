"""Words, names and numbers of English text."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from rag.language import content_words, has_date, has_number, names, numbers, shares_root, stem, stems, tokens


def test_tokens_keep_what_is_printed_together() -> None:
    """Ranges, initials, model names and percentages are one token each; a dollar sign stands by itself."""
    found = tokens("The U.S. sold 50-60 GLM-4.5V units, 5% of $1,700.")
    assert found == ["The", "U.S", "sold", "50-60", "GLM-4.5V", "units", "5%", "of", "$", "1,700"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("bridges", "Bridge"), ("bridge's", "bridge"), ("bridge’s", "bridge"), ("1,700", "1700"), ("certified", "certify")],
)
def test_forms_of_a_word_are_compared_as_one(one: str, other: str) -> None:
    """Case, plural, possessive and thousands separators do not make another word."""
    assert stem(one) == stem(other)


def test_different_words_have_different_stems() -> None:
    """What is another word or another number stays another."""
    assert len({stem(word) for word in ("bridge", "bright", "17", "170", "1.7")}) == 5


def test_a_hyphenated_word_is_found_by_its_parts() -> None:
    """`high-confinement` is found by `confinement`; the number 50-60 is not found by 60."""
    assert {stem("high-confinement"), stem("confinement")} <= stems("a high-confinement plasma")
    assert "60" not in stems("50-60")


def test_an_abbreviation_with_full_stops_is_the_one_without() -> None:
    """And versions, numbers and domains keep theirs."""
    assert stem("U.S.") == stem("U.S") == stem("US") in stems("The United States agreed.")
    assert (stem("GLM-4.5V"), stem("3.5"), stem("a.com")) == ("glm-4.5v", "3.5", "a.com")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What did the US tell the WHO?", ["WHO"]),
        ("Who told us that?", []),
        ("WHAT DID IT TELL THE WHO?", []),
        ("Did I see the IT department?", ["see", "IT", "department"]),
    ],
)
def test_acronyms_are_no_function_words(text: str, words: list[str]) -> None:
    """Unless all is in capitals: then nobody can tell the country from the pronoun."""
    assert content_words(text) == words


def test_content_words_leave_function_words_out() -> None:
    """A question keeps the words to look for, each once and in order."""
    assert content_words("Who is the director of the bridge, and is the Bridge open?") == ["director", "Bridge", "open"]


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_contractions_carry_no_meaning(apostrophe: str) -> None:
    """`didn't` is no word to look for, whichever apostrophe was typed."""
    assert content_words(f"Why didn{apostrophe}t it rain in Varby?") == ["rain", "Varby"]


def test_the_pronoun_is_no_name() -> None:
    """`Series A` is one name, but `When I` and `Should I` are not: nobody looks for them."""
    assert tokens("Series A began") == ["Series A", "began"]
    assert content_words("When I ask, should I wait? Should I ask?") == ["ask", "wait"]


def test_abbreviations_stand_for_their_names() -> None:
    """`IMF` is found in a text that prints International Monetary Fund, and not in one that only has small letters."""
    assert "imf" in stems("the International Monetary Fund said")
    assert "imf" not in stems("an international monetary fund said")


def test_derived_forms_share_a_root() -> None:
    """`iranian` is met by `iran`, whichever is longer; short words and other roots are not."""
    assert shares_root("iranian", frozenset({"iran"}))
    assert shares_root("iran", frozenset({"iran"}))
    assert not shares_root("iran", frozenset({"iraq"}))
    assert not shares_root("oil", frozenset({"oilfield"}))


def test_numbers_lose_their_separators() -> None:
    """Numbers are compared without thousands separators and without the full stop after them."""
    assert numbers("In 2023 it sold 1,066,000 units at 4.5 crowns, up from 12.") == {"2023", "1066000", "4.5", "12"}


def test_a_capital_at_the_start_of_a_sentence_is_no_name() -> None:
    """Only capitals inside a sentence make a name, unless the word holds a further capital."""
    assert names("Ferries left. “Tickets sold,” said Pekka Salmi.") == {stem("Pekka"), stem("Salmi")}
    assert names("NASA waited.") == {stem("NASA")}


@pytest.mark.parametrize(
    ("text", "holds"), [("46 countries", True), ("a dozen ships", True), ("two ships", True), ("many ships", False)]
)
def test_quantities_may_be_words(text: str, holds: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """Digits and number words are quantities, `many` is none."""
    assert has_number(text) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("on 4 March", True),
        ("in 1871", True),
        ("on Thursday", True),
        ("last year", True),
        ("ten years ago", True),
        ("2,870 metres", False),
        ("marching on", False),
    ],
)
def test_days_months_and_periods_are_dates(text: str, holds: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """Days, months, years and stated periods are dates; other numbers and words are not."""
    assert has_date(text) is holds


@given(st.text(max_size=200))
def test_words_of_any_text_are_in_it(text: str) -> None:
    """Every token of any text stands in it as printed, and content words are tokens."""
    found = tokens(text)
    assert all(token in text for token in found)
    assert set(content_words(text)) <= set(found)


def test_words_are_stemmed_alike_in_several_threads() -> None:
    """Questions are computed in threads at the same time, and what one thread stems no other may spoil."""
    beginnings = ("ro", "ca", "bli", "gre", "sto", "fen", "vu", "pra")
    middles = ("lat", "min", "dor", "pet", "sul", "gan", "ric", "bol")
    words = [one + two + end for one in beginnings for two in middles for end in ("ations", "ing", "edly", "ness", "ies")]
    alone = snowballstemmer.stemmer("english")
    expected = {word: alone.stemWord(word) for word in words}
    pause = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: {word: stem.__wrapped__(word) for word in words}, range(8)))
    finally:
        sys.setswitchinterval(pause)
    assert found == [expected] * 8


@pytest.mark.parametrize(
    ("form", "base"), [("left", "leave"), ("gone", "going"), ("bought", "buying"), ("fell", "fallen"), ("won", "wins")]
)
def test_irregular_verbs_have_one_stem(form: str, base: str) -> None:
    """`Why did he leave` is answered by `he left`."""
    assert stem(form) == stem(base)


@pytest.mark.parametrize(("name", "verb"), [("Rose", "rises"), ("Drew", "draws"), ("founded", "finds")])
def test_names_and_other_verbs_keep_their_own(name: str, verb: str) -> None:
    """A word with a capital is no form of a verb, nor is one that only looks like it."""
    assert stem(name) != stem(verb)

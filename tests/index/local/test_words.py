"""The analysis of text: what is written in several ways is one term, and what differs stays apart."""

import pytest

from index.local.words import LANGUAGES, analysis_stamp, begins_a_pair, language_of, terms


@pytest.mark.parametrize(
    ("written", "otherwise", "language"),
    [
        ("ferries", "Ferry", "en"),
        ("$15,000", "15000", "en"),
        ("1,234,567 votes", "1234567 votes", "en"),
        ("the harbour’s wall", "the harbour wall", "en"),
        ("O’Brien", "O'Brien", "en"),
        ("O'Brien", "OBrien", "en"),
        ("don’t", "dont", "en"),
        ("U.S.", "US", "en"),
        ("U.S.A.", "USA", "en"),
        ("the U.S.'s plan", "the US plan", "en"),
        ("U.N.", "UN", "en"),
        ("A.I.", "AI", "en"),
        ("50–60", "50-60", "en"),
        ("F‑35", "F-35", "en"),
        ("café", "cafe", "en"),
        ("cafe\u0301", "café", "en"),
        ("ＡＩ ５０", "AI 50", "en"),
        ("15.000 Fähren", "15000 Fähre", "de"),
        ("15\u202f000 élèves", "15000 eleve", "fr"),
        ("l’été", "l'ete", "fr"),
        ("IŞIK", "ışık", "tr"),
        ("ёлки", "елка", "ru"),
    ],
)
def test_spellings_of_one_thing_are_one(written: str, otherwise: str, language: str) -> None:
    """However a writer or a keyboard puts it, the terms are the same."""
    assert terms(written, language) == terms(otherwise, language) != ()


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("US", "us", "en"),
        ("2019,200", "2019200", "en"),
        ("1,50", "150", "en"),
        ("3.5", "35", "en"),
        ("15.000", "15000", "en"),
        ("15,000", "15000", "de"),
        ("A. I agree", "AI agree", "en"),
        ("F-35", "F-16", "en"),
        ("få", "fa", "sv"),
        ("l'eau", "leau", "fr"),
    ],
)
def test_what_differs_stays_apart(one: str, other: str, language: str) -> None:
    """Nothing is folded that the language tells apart."""
    assert terms(one, language) != terms(other, language)


@pytest.mark.parametrize("name", ["50-60", "Q3", "GLM-4.5V", "AI", "U.S.", "F-35", "COVID-19", "$15,000", "3.5%", "24/7"])
def test_names_and_numbers_are_in_their_text(name: str) -> None:
    """The terms of a name stand in a row in a sentence that holds it, whatever stands around it."""
    sought = terms(name, "en")
    for sentence in (f"The report names {name} twice.", f"({name})", f"“{name}”, they said", f"{name}'s place"):
        found = terms(sentence, "en")
        assert any(found[at : at + len(sought)] == sought for at in range(len(found))), (sought, found)


def test_in_capitals_the_country_is_known_by_its_stops() -> None:
    """In a text all in capitals `US` may be a pronoun, `U.S.` is not; a question's one word `US` is the country."""
    assert "usa" not in terms("LET US VOTE", "en")
    assert "usa" in terms("THE U.S . POLICY", "en")
    assert terms("US", "en") == ("usa",)


@pytest.mark.parametrize("text", ["渡轮离开了港口", "フェリーが出た", "배가떠났다", "เรือข้ามฟาก"])
def test_text_without_spaces_is_cut_into_pairs(text: str) -> None:
    """Any word of two or more characters of such a text is found in it without a dictionary."""
    every = terms(text, "en")
    for start in range(len(text) - 1):
        for end in range(start + 2, len(text) + 1):
            assert set(terms(text[start:end], "en")) <= set(every)
    assert terms(f"GDP{text}2025", "en")[0] == "gdp"
    assert terms(f"GDP{text}2025", "en")[-1] == "2025"


def test_a_single_character_begins_a_pair() -> None:
    """Only of scripts that are cut into pairs."""
    assert [begins_a_pair(term) for term in ("法", "a", "渡轮", "é")] == [True, False, False, False]


def test_vowel_signs_do_not_end_a_word() -> None:
    """A Hindi word is one term."""
    assert terms("हिन्दी समाचार", "en") == ("हिन्दी", "समाचार")


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en-GB", "en"), ("DE", "de"), ("nb_NO", "no"), ("nn", "no"), ("pt-BR", "pt"), ("zh-Hans", "en"), ("", "en"), (None, "en")],
)
def test_a_tag_names_the_rules(tag: str | None, language: str) -> None:
    """Regions and scripts do not count; a language without rules, or none, is read by those of English."""
    assert language_of(tag) == language
    assert language in LANGUAGES


def test_every_language_stems_in_its_own_way() -> None:
    """Each language's rules bring two forms of one of its words together; English rules do not."""
    pairs = {
        "da": ("husene", "huset"), "de": ("Wahlen", "Wahl"), "es": ("ganaron", "ganar"), "fi": ("talossa", "talon"),
        "fr": ("voteront", "voter"), "hu": ("választások", "választás"), "it": ("elezioni", "elezione"),
        "nl": ("verkiezingen", "verkiezing"), "no": ("valgene", "valget"), "pt": ("votaram", "votar"),
        "ru": ("выборов", "выборы"), "sv": ("valen", "valet"), "tr": ("kitaplar", "kitap"), "ro": ("alegerile", "alegeri"),
    }  # fmt: skip
    for language, (one, other) in pairs.items():
        assert terms(one, language) == terms(other, language), language
        assert terms(one, "en") != terms(other, "en"), language


def test_the_stamp_is_stable_and_short() -> None:
    """Two processes of one version agree on it, so it is made of nothing but the analysis."""
    assert analysis_stamp() == analysis_stamp.__wrapped__()
    assert len(analysis_stamp()) < 40

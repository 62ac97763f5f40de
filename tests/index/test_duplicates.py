"""Near duplicates: newsroom edits of one story are found; other stories that share words are not."""

import random
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.duplicates import SHARED_KEYS, SKETCH_KEYS, same_story, sketch
from tests.index.made_stories import BOILERPLATE, FOLLOW_UP, LEAD, OTHER, QUOTE, STORY, market, text

WORDS = st.lists(st.text(alphabet="abcdefg", min_size=1, max_size=4), max_size=120)
TEXTS = st.one_of(WORDS.map(" ".join), st.text(max_size=200))


def found(one: str, other: str) -> bool:
    """Both steps: enough shared keys, then the comparison."""
    return len(set(sketch(one)) & set(sketch(other))) >= SHARED_KEYS and same_story(one, other).near_duplicate


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(text(*STORY[:6]), id="three quarters kept"),
        pytest.param(text(*STORY[:4]), id="half kept"),
        pytest.param(text(*STORY[:3]), id="a third kept"),
        pytest.param(text(LEAD, *STORY[1:]), id="new lead"),
        pytest.param(text(LEAD, *STORY[1:4]), id="new lead and half kept"),
        pytest.param(text(STORY[0], QUOTE, *STORY[1:5], OTHER[4], *STORY[5:]), id="local quote and background inserted"),
        pytest.param(" ".join(STORY), id="merged into one paragraph"),
        pytest.param("LOWER SAMPLE (Mock Wire) — " + text(*STORY), id="dateline"),
        pytest.param(text(*STORY, *BOILERPLATE), id="boilerplate added"),
        pytest.param(
            text(*STORY)
            .replace("on Tuesday", "yesterday").replace("Councillor Ada Fenwick", "Ms Fenwick").replace("million", "mn")
            .replace("harbour", "harbor").replace("metres", "meters").replace("nineteen", "19").replace("so that", "so")
            .replace("said the", "says the").replace("autumn", "fall").replace("lorries", "trucks"),
            id="sub-edited",
        ),
        pytest.param(
            text(LEAD, STORY[1].replace("last year", "in a year"), QUOTE, *STORY[2:5], OTHER[5]).replace("crowns", "dollars"),
            id="everything at once",
        ),
    ],
)  # fmt: skip
def test_edited_copies_are_found(copy: str) -> None:
    """What newsrooms do to agency copy does not hide it."""
    assert found(text(*STORY), copy)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(text(*STORY), text(*OTHER), id="nothing shared"),
        pytest.param(text(*STORY), text(*FOLLOW_UP[:4], *STORY[3:]), id="follow-up with shared background"),
        pytest.param(text(*STORY), text(*OTHER[:3], STORY[4], *OTHER[3:]), id="shared quote"),
        pytest.param(text(*STORY[:2], *BOILERPLATE), text(*OTHER[:2], *BOILERPLATE), id="shared boilerplate"),
        pytest.param(market(1), market(2), id="two weeks of one template"),
        pytest.param(text(*STORY[:1]), text(*STORY[:1]), id="too short to tell"),
        pytest.param("", text(*STORY), id="empty"),
        pytest.param("", "", id="both empty"),
    ],
)
def test_other_stories_are_not_found(one: str, other: str) -> None:
    """Shared quotes, background, boilerplate or a template do not make two stories one."""
    assert not same_story(one, other).near_duplicate


def test_the_reasons_are_told() -> None:
    """The figures behind the verdict say what was carried and where."""
    cut = same_story(text(*STORY), text(*STORY[:4]))
    follow_up = same_story(text(*STORY), text(*FOLLOW_UP[:4], *STORY[3:]))
    template = same_story(market(1), market(2))

    assert (cut.containment, cut.carried, cut.opening, cut.other_figures) == (1, 1, 1, 0)
    assert cut.longest_run == len(re.findall(r"\w+", text(*STORY[:4])))
    assert cut.length_ratio == pytest.approx(0.5, abs=0.1)
    assert follow_up.carried > 0.5
    assert follow_up.opening < 0.3
    assert template.carried * template.opening > 0.48
    assert template.other_figures == 1


def test_a_formula_that_comes_again_and_again_is_followed_in_order() -> None:
    """In a list of one formula every figure is compared with the one in its own place."""
    one, other = (
        " ".join(f"Lot {lot} was sold for {price + lot} crowns to a bidder who stayed unnamed." for lot in range(20))
        for price in (100, 300)
    )
    overlap = same_story(one, other)

    assert overlap.carried == 1
    assert overlap.other_figures == 0.5
    assert not overlap.near_duplicate


def test_the_opening_of_a_long_text_is_its_first_paragraphs() -> None:
    """Background that starts after 200 of 1,000 words is not what the news is."""
    numbers = [f"word{number}" for number in range(1000)]
    overlap = same_story(" ".join(numbers), " ".join([*(f"new{number}" for number in range(200)), *numbers[200:]]))

    assert overlap.carried == pytest.approx(0.8)
    assert overlap.opening == 0


def test_one_corrected_figure_does_not_make_a_template() -> None:
    """A copy in which one figure was put right is a copy."""
    corrected = text(*STORY).replace("4,310", "4,130")

    assert found(text(*STORY), corrected)
    assert same_story(text(*STORY), corrected).other_figures > 0


def test_a_figure_that_was_taken_out_is_no_other_figure() -> None:
    """A sub-editor who writes `many` for `4,310` has made no new week of a template."""
    vague = text(*STORY, OTHER[0]).replace("4,310 times", "many times").replace("6.2 million crowns", "a lot")

    assert found(text(*STORY), vague)
    assert same_story(text(*STORY), vague).other_figures == 0


def test_keys_never_change() -> None:
    """Keys are stored, so the same text has the same ones with every version of Python and of the libraries."""
    assert sketch(text(*STORY))[:4] == (6235431722147106, 26047344437739566, 27087030144796741, 69175653391939250)
    assert sketch("桥" * 4 + "".join(chr(0x4E00 + place) for place in range(100)))[:2] == (164891781853694225, 172991938088950843)


def test_keys_fit_the_database() -> None:
    """SQLite's integers have 63 bits and a sign."""
    keys = sketch(text(*STORY, *OTHER))

    assert len(keys) == SKETCH_KEYS
    assert list(keys) == sorted(set(keys))
    assert all(0 <= key < 2**63 for key in keys)


@pytest.mark.parametrize(("words", "keys"), [(59, 0), (60, SKETCH_KEYS)])
def test_short_texts_have_no_sketch(words: int, keys: int) -> None:
    """Below 60 words there is too little to tell a story from a standing phrase."""
    assert len(sketch(" ".join(f"word{number}" for number in range(words)))) == keys


def test_case_punctuation_and_paragraphs_do_not_count() -> None:
    """Only words do."""
    assert sketch(text(*STORY)) == sketch(" ".join(STORY).upper().replace(",", " –").replace("’", "'"))


def test_the_order_of_paragraphs_hardly_matters_for_the_sketch() -> None:
    """Only shingles across two paragraphs differ, so a rearranged copy is a candidate still."""
    shared = set(sketch(text(*STORY))) & set(sketch(text(*reversed(STORY))))

    assert len(shared) > 0.7 * SKETCH_KEYS


def chinese(seed: int, length: int) -> str:
    """Return characters without spaces; no sentence, but as many different shingles as one has."""
    chance = random.Random(seed)  # noqa: S311 - characters for a test
    return "".join(chr(0x4E00 + chance.randrange(800)) + ("，" if not place % 17 else "") for place in range(length))


def test_chinese_and_japanese_are_compared_by_characters() -> None:
    """Text without spaces is not one long word."""
    story, other = chinese(1, 600), chinese(2, 600)
    japanese = "".join(chr(0x3042 + ord(character) % 80) for character in story)

    assert found(story, story[:300] + other[:80])
    assert not same_story(story, other).near_duplicate
    assert found(japanese, "、".join(japanese[place : place + 40] for place in range(0, 400, 40)))


def test_a_foreign_name_does_not_change_the_script() -> None:
    """A few Chinese characters in an English story, and English names in a Chinese one, leave the way of comparing as it is."""
    english = text(*STORY[:3], "The yard’s sign reads 港口 and 占位.", *STORY[3:])
    mixed = chinese(3, 300) + " Lower Sample Herald " + chinese(4, 300)

    assert found(text(*STORY), english)
    assert found(mixed, mixed[:350])


@pytest.mark.timeout(10)
def test_a_text_of_one_repeated_phrase_is_compared_in_time() -> None:
    """Repeats do not make the comparison slow: every shingle counts once."""
    drone = same_story("la " * 20_000, "la " * 19_000)

    assert (drone.containment, drone.carried) == (1, 1)


@given(TEXTS, TEXTS)
def test_comparing_is_symmetric(one: str, other: str) -> None:
    """It does not matter which article came first."""
    assert same_story(one, other) == same_story(other, one)


@given(TEXTS)
def test_identical_texts_contain_each_other(raw: str) -> None:
    """A text is carried by itself in full, as long as it has a word."""
    overlap = same_story(raw, raw)

    assert overlap.containment == overlap.carried == overlap.length_ratio == (1.0 if re.search(r"\w", raw) else 0.0)


@given(TEXTS, TEXTS)
def test_shares_are_shares(one: str, other: str) -> None:
    """Whatever the texts, no figure leaves its range."""
    overlap = same_story(one, other)

    shares = (overlap.containment, overlap.carried, overlap.opening, overlap.other_figures, overlap.length_ratio)
    assert all(0 <= share <= 1 for share in shares)
    assert 0 <= overlap.longest_run <= max(len(one), len(other))


@given(st.integers(60, 300), st.integers(60, 300), st.integers(0, 50))
def test_texts_without_a_common_word_have_nothing_in_common(ours: int, theirs: int, repeats: int) -> None:
    """No shingle, no key, no share; also when a text repeats itself."""
    one = " ".join(f"a{place % (ours - repeats)}" for place in range(ours))
    other = " ".join(f"b{place % (theirs - repeats)}" for place in range(theirs))

    assert not set(sketch(one)) & set(sketch(other))
    assert (same_story(one, other).carried, same_story(one, other).near_duplicate) == (0, False)


def test_the_module_loads_no_heavy_library() -> None:
    """Ingest starts without numpy or scipy on account of this module."""
    code = "import sys, index.duplicates; print(sorted({'numpy', 'scipy', 'datasketch'} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"

"""Near duplicates: newsroom edits of one story are found; other stories that share words are not."""

import random
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.duplicates import SHARED_KEYS, SKETCH_KEYS, same_story, sketch


def paragraphs(printed: str) -> tuple[str, ...]:
    return tuple(" ".join(block.split()) for block in printed.split("\n\n"))


STORY = paragraphs("""
The council of Lower Sample voted on Tuesday to close the swing bridge over the Mock for eleven months, so that its two steel
leaves can be lifted out and repaired in the yard at Port Placeholder.

Councillor Ada Fenwick, who chairs the works committee, said the bridge had opened 4,310 times last year and that one of its
four bearings had failed in March, leaving a coal barge waiting in the channel for nineteen hours.

The work will cost 6.2 million crowns, of which the harbour fund pays half. The rest comes from a toll that lorries have paid
since the autumn before last and that was meant for a second tunnel.

Shopkeepers on the western bank had asked for a ferry. The council offered a bus every twelve minutes instead, and a
footbridge of scaffolding that the fire brigade must still approve.

Ned Harrow, who has sold nets beside the ramp for thirty years, said the bus would help nobody who came on foot with a
handcart. He expects to lose a third of his trade before the summer.

The engineers found cracks in the northern leaf when they drained its ballast tank in January. A diver who looked at the piers
the same week reported that the stone was sound down to the river bed.

Until the leaves are back, ships with masts taller than nine metres have to wait for the tide at the old lock, which was last
used in this way when the railway bridge was being painted.

The committee will publish the timetable of the closure at the end of the month. A vote on the price of the bus, which was put
off twice, is expected before the spring fair.
""")
OTHER = paragraphs("""
Beekeepers in the hills above Mockford lost nearly half of their colonies over the winter, a survey by the growers’ union
shows, and most of them blame a mild December followed by weeks of hard frost.

The union wrote to 212 members and heard from all but nine. Those who had moved their hives into sheds lost fewer than one in
ten, while the hives that stood in orchards were hit hardest.

Rosa Quill, a retired teacher who keeps sixty hives near the reservoir, said she had found the combs full and the bees dead on
the floor, which to her mind rules out hunger.

A laboratory in Exampleton is looking at samples from twenty places. Its head warned that a single cause was unlikely and that
the answer would not come before the lime trees flower.

Fruit growers have begun to hire colonies from the coast. The price of a hive for the three weeks of the cherry blossom has
doubled since last spring, and some farms share a lorry load between them.

The ministry promised a grant to those who start again, but it pays only for queens bred inside the country, of which there
are not enough until the middle of June.
""")
FOLLOW_UP = paragraphs("""
The footbridge of scaffolding over the Mock was shut after a single day because it swayed when a school class crossed it, the
fire brigade said on Friday.

Nobody was hurt. An officer who was standing at the ramp counted some forty children on the planks, although a sign allowed no
more than fifteen persons at a time.

The builders blamed the wind. They want to add cables on the upstream side over the weekend and to let people across again
from Monday, in one direction at a time and with a guard at both ends.

Parents who had waited on the eastern bank spoke of screams and of schoolbags in the water. One father said he would rather
walk to the old lock every morning than see his daughter on that thing again.

The mayor, who had opened the footbridge with a ribbon and a brass band, refused to answer questions in the town hall and left
by the side door, to the laughter of those who had seen it coming.
""")
BOILERPLATE = paragraphs("""
The Lower Sample Herald is owned by its readers and has no shareholders. Letters to the editor reach us by post until noon on
Wednesday; we may shorten them. Whoever copies this page needs our leave in writing. Errors are put right on page two. We are
bound by the rules of the county press council, which hears complaints that we could not settle within a month.
""")
MARKET = paragraphs("""
Herring opened at {} crowns a crate in Port Placeholder on {}, against {} the week before, as {} boats came in. Buyers from
the smokehouses took {} crates before eight and the rest went to the cannery at {} crowns.

Mackerel stood at {} crowns, cod at {} and plaice at {}. The auction closed at {} with {} lots unsold, which the harbour
master put down to the weather. Ice was {} crowns a barrow, and diesel {} a litre.
""")
WORDS = st.lists(st.text(alphabet="abcdefg", min_size=1, max_size=4), max_size=120)
TEXTS = st.one_of(WORDS.map(" ".join), st.text(max_size=200))


def text(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def market(week: int) -> str:
    chance = random.Random(week)  # noqa: S311 - figures for a test
    return text(*(re.sub(r"\{\}", lambda _: str(chance.randint(100, 999)), paragraph) for paragraph in MARKET))


def found(one: str, other: str) -> bool:
    """Both steps: enough shared keys, then the comparison."""
    return len(set(sketch(one)) & set(sketch(other))) >= SHARED_KEYS and same_story(one, other).near_duplicate


LEAD = "Traders and bargemen face a long detour: the only crossing below the old lock will be gone for most of a year."
QUOTE = "“I shall have to row my eggs to market,” said Tom Barley, who keeps hens on the island. “My wife gets seasick.”"


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

"""Words with places become lines, and columns in reading order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.columns import Column, read_columns
from index.sources.layout import Word, line_of, read_lines
from tests.index.printed_words import columns_of, paragraphs_of, row, rows, texts_of


def test_words_drawn_apart_stand_on_one_line() -> None:
    """A name in bold is drawn after the text around it."""
    plain = [*row("The mayor", 50, 100), *row("said so", 119, 100)]
    assert texts_of([*plain, *row("Jane", 96, 100, bold=True)]) == ["The mayor Jane said so"]


def test_raised_figures_stay_on_their_line() -> None:
    """A footnote's number is smaller and higher."""
    words = row("ten km", 50, 100)
    assert texts_of([*words, *row("2", words[-1].right, 97, size=6), *row("of sea", words[-1].right + 6, 100)]) == [
        "ten km 2 of sea"
    ]


def test_words_far_apart_on_one_line_are_two_lines() -> None:
    """A paper's name and the page number in its running head."""
    assert texts_of([*row("Example Gazette", 50, 40), *row("7", 500, 40)]) == ["Example Gazette", "7"]


def test_a_white_strip_through_several_lines_parts_columns() -> None:
    """Lines drawn across two columns with a narrow gutter; three lines alone may be chance."""
    lines = [("the ferries left at noon", "the council met late"), ("and came back after dark", "and named no price now")]
    words = [
        word for n in range(6) for word in [*row(lines[n % 2][0], 50, 100 + 12 * n), *row(lines[n % 2][1], 185, 100 + 12 * n)]
    ]
    assert columns_of(words) == [[lines[n % 2][0] for n in range(6)], [lines[n % 2][1] for n in range(6)]]


def test_wide_word_gaps_in_a_narrow_column_part_nothing() -> None:
    """A justified line of few words is as wide as its neighbours."""
    edges = [*rows(["the ferries went over", "the deep grey harbour", "and came back by dark"], 50, 100)]
    stretched = [*row("nobody", 50, 136), *row("knew", 143 - 8, 136)]
    right = max(word.right for word in edges)
    stretched[-1] = Word(text="knew", left=right - 20, right=right, base=136, size=10)
    assert columns_of([*edges, *stretched])[0][-1] == "nobody knew"


@pytest.mark.parametrize(("rest", "text"), [("he harbour of", "The harbour of"), ("arbours of the", "Harbours of the")])
def test_a_large_initial_belongs_to_the_line_at_its_shoulder(rest: str, text: str) -> None:
    """The lines beside it are no indented paragraphs."""
    initial = [Word(text=text[0], left=50, right=70, base=124, size=32)]
    beside = [*row(rest, 72, 100), *row("Example Town and its", 72, 112), *row("ferries were shut for", 72, 124)]
    below = rows(["nine days until the last", "of the walls stood again"], 50, 136)
    (paragraph,) = paragraphs_of([*initial, *beside, *below])
    assert paragraph == f"{text} Example Town and its ferries were shut for nine days until the last of the walls stood again"


def test_an_initial_that_is_a_word_stays_one() -> None:
    """`A ferry`, because `ferry` is a word elsewhere on the page."""
    initial = [Word(text="A", left=50, right=70, base=112, size=26)]
    words = [
        *initial,
        *row("ferry left the old", 72, 100),
        *row("harbour at noon and", 72, 112),
        *row("a ferry came back", 50, 124),
    ]
    assert paragraphs_of(words) == ["A ferry left the old harbour at noon and a ferry came back"]


LEFT = ["The first column holds", "the beginning of what", "is said on this page"]
RIGHT = ["and the second column", "holds the rest of it", "down to the last line."]


def test_columns_are_read_below_the_headline_that_spans_them_left_to_right() -> None:
    """The headline comes first though the left column is further left; it is drawn last."""
    words = [*rows(RIGHT, 200, 100), *rows(LEFT, 50, 100), *row("A headline over both of them", 50, 70, size=20)]
    assert columns_of(words) == [["A headline over both of them"], LEFT, RIGHT]


def test_a_second_headline_across_the_page_ends_the_columns_above_it() -> None:
    """Each story's columns are read together."""
    words = [*row("The first headline of two", 50, 70, size=20), *rows(LEFT, 50, 100), *rows(RIGHT, 200, 100)]
    words += [*row("The other headline below", 50, 170, size=20), *rows(LEFT, 50, 200), *rows(RIGHT, 200, 200)]
    assert columns_of(words) == [["The first headline of two"], LEFT, RIGHT, ["The other headline below"], LEFT, RIGHT]


def test_a_short_headline_rules_as_far_as_its_columns() -> None:
    """Nothing is printed beside it, and two columns begin below it: it ends the right column of the story above too."""
    words = [*row("The first headline of two", 50, 70, size=20), *rows(LEFT, 50, 100), *rows(RIGHT, 200, 100)]
    words += [*row("Short", 50, 170, size=20), *rows(LEFT, 50, 200), *rows(RIGHT, 200, 200)]
    assert columns_of(words) == [["The first headline of two"], LEFT, RIGHT, ["Short"], LEFT, RIGHT]


def test_columns_of_unequal_length_are_not_crossed() -> None:
    """The last page of an article often ends in the middle of its right column."""
    assert columns_of([*rows([*LEFT, *LEFT], 50, 100), *rows(RIGHT[:2], 200, 100)]) == [[*LEFT, *LEFT], RIGHT[:2]]


def test_a_line_over_two_columns_in_their_own_type_belongs_to_neither() -> None:
    """It is not glued to the left one."""
    spanning = "This line stands over both of the columns that follow it here"
    words = [*row(spanning, 50, 88), *rows(LEFT, 50, 100), *rows(RIGHT, 200, 100)]
    assert columns_of(words) == [[spanning], LEFT, RIGHT]


PLACED = st.builds(
    Word,
    text=st.sampled_from(["the", "Harbour", "re-", "1", "港口", "مرفأ", "—"]),
    left=st.floats(0, 600),
    right=st.floats(0, 600),
    base=st.floats(0, 800),
    size=st.sampled_from([6.0, 9.0, 10.0, 24.0, 40.0]),
    bold=st.booleans(),
)


@given(st.lists(PLACED, max_size=60))
def test_no_word_is_lost_or_doubled_wherever_it_stands(words: list[Word]) -> None:
    """Any page at all becomes columns that hold each letter once."""
    columns = read_columns(read_lines(words))
    letters = Counter("".join(word.text for column in columns for line in column.lines for word in line.words).replace(" ", ""))
    assert letters == Counter("".join(word.text for word in words))


def test_a_page_of_thousands_of_lines_is_read_in_a_moment() -> None:
    """What is no page of text is not compared line by line with itself."""
    words = [Word(text="x", left=n % 97 * 6, right=n % 97 * 6 + 3, base=n * 6.0, size=10) for n in range(20_000)]
    columns = read_columns(read_lines(words))
    assert sum(len(column.lines) for column in columns) > 5000
    assert isinstance(columns[0], Column)


def test_a_line_has_the_size_and_weight_of_most_of_its_letters() -> None:
    """One large or bold word does not make a headline."""
    line = line_of([*row("Now", 50, 100, size=14, bold=True), *row("the harbour is open", 80, 100)])
    assert (line.size, line.bold) == (10, False)

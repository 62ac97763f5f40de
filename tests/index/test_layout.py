"""Words with places become lines, columns in reading order, and paragraphs."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.columns import Column, read_columns
from index.sources.hyphens import Vocabulary, join_lines, read_vocabulary
from index.sources.layout import Line, Word, line_of, read_lines
from index.sources.paragraphs import is_credit, join_across_columns, read_paragraphs, without_running_heads


def row(text: str, left: float, base: float, *, size: float = 10, bold: bool = False, gap: float = 0.3) -> list[Word]:
    """Return the words of one printed line; letters are half as wide as they are high."""
    words = []
    for word in text.split():
        right = left + len(word) * size / 2
        words.append(Word(text=word, left=left, right=right, base=base, size=size, bold=bold))
        left = right + gap * size
    return words


def rows(texts: Sequence[str], left: float, base: float, *, size: float = 10, step: float = 12) -> list[Word]:
    return [word for number, text in enumerate(texts) for word in row(text, left, base + number * step, size=size)]


def texts_of(words: Sequence[Word]) -> list[str]:
    return [line.text for line in read_lines(words)]


def columns_of(words: Sequence[Word]) -> list[list[str]]:
    return [[line.text for line in column.lines] for column in read_columns(read_lines(words))]


def paragraphs_of(*pages: Sequence[Word]) -> list[str]:
    columns = [read_columns(read_lines(page)) for page in pages]
    vocabulary = read_vocabulary(line.text for page in columns for column in page for line in column.lines)
    return [paragraph.text for paragraph in join_across_columns(read_paragraphs(columns, vocabulary), vocabulary)]


def spelling(*words: str, breaks_words: bool = True) -> Vocabulary:
    return Vocabulary(words=Counter(words), breaks_words=breaks_words)


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


def test_paragraphs_are_told_by_indents() -> None:
    """With no white between them."""
    words = [*row("The ferries left at noon and", 50, 100), *row("came back.", 50, 112)]
    words += [
        *row("The council met late and the", 62, 124),
        *row("mayor said nothing of money", 50, 136),
        *row("that day.", 50, 148),
    ]
    assert paragraphs_of(words) == [
        "The ferries left at noon and came back.",
        "The council met late and the mayor said nothing of money that day.",
    ]


def test_paragraphs_are_told_by_white() -> None:
    """With no indents."""
    words = [
        *rows(["The ferries left at noon and", "came back before it was dark"], 50, 100),
        *rows(["The council met late."], 50, 130),
    ]
    assert paragraphs_of(words) == ["The ferries left at noon and came back before it was dark", "The council met late."]


def test_paragraphs_are_told_by_a_line_that_ends_early() -> None:
    """With neither: the next word would have stood on the line before."""
    words = rows(["The ferries left at noon and", "came back.", "The council met late and the", "mayor said nothing."], 50, 100)
    assert paragraphs_of(words) == ["The ferries left at noon and came back.", "The council met late and the mayor said nothing."]


def test_a_line_in_bold_above_a_paragraph_is_a_heading() -> None:
    """It is not the paragraph's beginning, though it is as large."""
    words = [
        *row("Nine days of work", 50, 100, bold=True),
        *rows(["The harbour of Example Town", "was shut for nine days."], 50, 112),
    ]
    assert paragraphs_of(words) == ["Nine days of work", "The harbour of Example Town was shut for nine days."]


def test_credits_are_one_line_each() -> None:
    """Name, place and date below a headline are not running text."""
    words = rows(["By Jane Sample", "Harbour Correspondent", "19 September 2025"], 50, 100)
    assert paragraphs_of(words) == ["By Jane Sample", "Harbour Correspondent", "19 September 2025"]


def test_a_date_above_a_paragraph_is_not_its_beginning() -> None:
    """Both stand in one column in one type."""
    words = rows(["Published 19 September 2025", "The ferries left at noon and", "came back before dark."], 50, 100)
    assert paragraphs_of(words) == ["Published 19 September 2025", "The ferries left at noon and came back before dark."]


def test_credits_wider_than_the_column_below_them_cut_nothing_there() -> None:
    """Beside a long line of credits every line of a narrow column would seem to end early."""
    body = ["The harbour of Example", "Town reopened on Friday", "After nine days of work"] * 3
    words = [*row("By Jane Sample and John Example, Harbour Desk", 50, 88), *rows(body, 50, 100)]
    assert paragraphs_of(words) == ["By Jane Sample and John Example, Harbour Desk", " ".join(body)]


@pytest.mark.parametrize(
    ("text", "credit"),
    [("By Jane Sample", True), ("19 September 2025", True), ("By Monday evening the ferries had left.", False),
     ("on 19 September 2025", False), ("Two ferries left the harbour", False)],
)  # fmt: skip
def test_credits_are_bylines_and_dates(text: str, credit: bool) -> None:  # noqa: FBT001 - a column of the table
    """A date inside a sentence is none."""
    assert is_credit(text) is credit


def test_a_sentence_goes_on_in_the_next_column_and_on_the_next_page() -> None:
    """A caption that stands between, in smaller type, does not part it."""
    first = [*rows(["The ferries left at noon and", "nobody on the shore knew why"], 50, 100)]
    caption = row("The harbour on Friday", 50, 140, size=8)
    second = [*row("the captain turned back.", 220, 100), *row("He said all of this to the mayor of", 220, 130)]
    page = rows(["Example Town on Monday."], 50, 100)
    assert paragraphs_of([*first, *caption, *second], page) == [
        "The ferries left at noon and nobody on the shore knew why the captain turned back.",
        "The harbour on Friday",
        "He said all of this to the mayor of Example Town on Monday.",
    ]


def test_what_does_not_go_on_is_not_joined() -> None:
    """A sentence that ends, a credit and a headline are continued by nothing."""
    credits_and_text = [*row("19 September 2025", 50, 70), *rows(["The ferries came back."], 50, 100)]
    other = rows(["and other news"], 220, 100)
    assert paragraphs_of([*credits_and_text, *other]) == ["19 September 2025", "The ferries came back.", "and other news"]


def head_and_body(number: int, body: str, *, head: str = "Example Gazette") -> list[Line]:
    return read_lines([*row(f"{head} {number}", 50, 40, size=8), *rows([body], 50, 100), *row(f"- {number} -", 300, 780, size=8)])


def test_running_heads_are_dropped_with_their_numbers() -> None:
    """Three pages with the same head; what is said below it differs."""
    pages = [head_and_body(number, body) for number, body in enumerate(["one body", "two bodies", "more bodies"], start=7)]
    assert [[line.text for line in page] for page in without_running_heads(pages)] == [
        ["one body"],
        ["two bodies"],
        ["more bodies"],
    ]


def test_heads_that_differ_are_kept() -> None:
    """A line at the top of each page that says something else each time is text."""
    pages = [head_and_body(1, "one body", head="First part"), head_and_body(2, "two bodies", head="Second part")]
    assert [page[0].text for page in without_running_heads(pages)] == ["First part 1", "Second part 2"]


def test_text_that_happens_to_repeat_inside_the_page_is_kept() -> None:
    """Only what is outermost is a head: two prices at the same height are not."""
    pages = [
        read_lines(
            [
                *row(f"An opening line that only page {word} has", 50, 40),
                *row(f"Get it for {number} crowns", 50, 60),
                *row(word, 50, 99),
            ]
        )
        for number, word in enumerate(["one", "two", "three"])
    ]
    assert [len(page) for page in without_running_heads(pages)] == [3, 3, 3]


def test_where_all_pages_are_alike_nothing_is_dropped() -> None:
    """Copies of one page are not heads without bodies."""
    pages = [read_lines(row("The harbour reopened.", 50, 40))] * 3
    assert [[line.text for line in page] for page in without_running_heads(pages)] == [["The harbour reopened."]] * 3


@pytest.mark.parametrize(
    ("lines", "vocabulary", "text"),
    [
        (["inter-", "national"], spelling(), "international"),
        (["well-", "known"], spelling("well-known"), "well-known"),
        (["well-", "known"], spelling("wellknown"), "wellknown"),
        (["well-", "known"], spelling(breaks_words=False), "well-known"),
        (["inter-", "national"], spelling("international", breaks_words=False), "international"),
        (["Anglo-", "Saxon"], spelling(), "Anglo-Saxon"),
        (["Apple-", "Skin"], spelling("appleskin"), "AppleSkin"),
        (["Mc-", "Sample"], spelling(), "McSample"),
        (["2024-", "25"], spelling(), "2024-25"),
        (["60-", "year-old"], spelling(), "60-year-old"),
        (["back-to-", "back"], spelling("to"), "back-to-back"),
        (["fabric-cov-", "ered"], spelling(), "fabric-covered"),
        (["short-", "and long-term"], spelling(), "short- and long-term"),
        (["soft\u00ad", "Hyphen"], spelling(), "softHyphen"),
        (["consid\u2010", "erable"], spelling(breaks_words=False), "considerable"),
        (["a pause –", "of a day"], spelling(), "a pause – of a day"),
        (["a pause—", "of a day"], spelling(), "a pause—of a day"),
        (["示例镇", "港口"], spelling(), "示例镇港口"),
        (["one", "two"], spelling(), "one two"),
        (["one"], spelling(), "one"),
        ([], spelling(), ""),
    ],
)
def test_lines_are_joined_and_only_the_typesetters_hyphens_go(lines: list[str], vocabulary: Vocabulary, text: str) -> None:
    """The text's own spelling decides; without it, the typesetter's habit."""
    assert join_lines(lines, vocabulary) == text


def test_the_vocabulary_leaves_out_halves_of_words() -> None:
    """`inter` and `national` at a line's end and beginning are no words; whether lines break words is counted."""
    lines = ["the inter-", "national ferry", *["a plain line of words"] * 20]
    vocabulary = read_vocabulary(lines)
    assert (vocabulary.words["inter"], vocabulary.words["national"], vocabulary.words["ferry"]) == (0, 0, 1)
    assert vocabulary.breaks_words
    assert not read_vocabulary([*lines, *["a plain line of words"] * 20]).breaks_words


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

"""Lines in columns become paragraphs: breaks, credits, running heads, hyphens."""

import pytest

from index.sources.hyphens import Vocabulary, join_lines, read_vocabulary
from index.sources.layout import Line, read_lines
from index.sources.paragraphs import is_credit, without_running_heads
from tests.index.printed_words import paragraphs_of, row, rows, spelling


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

"""Tables of article records."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sources.tables import _split, looks_like_table, read_table
from index.types import Article, NewsDate, Rejection

TABLE = """\
id,Headline,Source,Byline,Pub Date,Body
1,Ferries return,Dateline Sample Desk,By Jane Sample,2025-09-19,The harbour of Example Town reopened.
2,"Hives, counted",Dateline Sample Desk,By John Sample,"Sept. 20, 2025","Beekeepers said: ""4,100 hives""."
"""


def read(text: str) -> list[Article | Rejection]:
    return list(read_table(io.StringIO(text, newline=""), "/news/a.csv"))


def articles(text: str) -> list[Article]:
    found = read(text)
    assert not [item.reason for item in found if isinstance(item, Rejection)]
    return [item for item in found if isinstance(item, Article)]


def told(text: str) -> list[tuple[str, str]]:
    return [(item.origin.position, item.text if isinstance(item, Article) else item.reason) for item in read(text)]


def test_a_table_is_read_like_records() -> None:
    """Columns mean what fields of records mean, under any of their names, and the article says from which column."""
    first, second = articles(TABLE)
    assert (first.title, first.publisher, first.authors) == ("Ferries return", "Dateline Sample Desk", ("Jane Sample",))
    assert first.published == NewsDate(value="2025-09-19", precision="day", read_from="table")
    assert (first.origin.position, first.origin.record_id) == ("row 2", "1")
    assert first.provenance["title"] == "table column 'Headline'"
    assert (second.title, second.text) == ("Hives, counted", 'Beekeepers said: "4,100 hives".')
    assert second.published is not None
    assert second.published.value == "2025-09-20"
    assert second.origin.position == "row 3"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_delimiter_is_found(delimiter: str, ends: str, mark: str) -> None:
    """Commas, semicolons, tabs and bars, with either line end and with or without a byte order mark, give the same."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator=ends)
    writer.writerows(csv.reader(io.StringIO(TABLE)))
    assert articles(mark + written.getvalue()) == articles(TABLE)


def test_the_delimiter_is_not_the_most_frequent_character() -> None:
    """A semicolon table of texts full of commas is split at its semicolons, because there the rows agree with the header."""
    rows = "".join(f"Title, {n};One, two, three, four, five, {n}.\n" for n in range(4))
    assert [a.title for a in articles("title;text\n" + rows)] == ["Title, 0", "Title, 1", "Title, 2", "Title, 3"]


def test_the_delimiter_may_be_named() -> None:
    """Spreadsheets print it above the header, and take any character."""
    assert [a.title for a in articles("sep=^\ntitle^text\nA, B^First, second.\n")] == ["A, B"]


def test_one_column_is_a_table() -> None:
    """A table of texts alone needs no delimiter; a comma in a text still needs quotation marks."""
    assert told('text\nThe words.\n"One, two."\nOne, two.\n') == [
        ("row 2", "The words."), ("row 3", "One, two."), ("row 4", "row 4 has 2 cells, the header 1"),
    ]  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_cell_may_go_over_lines(ends: str) -> None:
    """Paragraphs inside quotation marks stay together; such a row counts once."""
    text = ends.join(["title,text", '"A","First paragraph.', "", 'Second, ""quoted"" paragraph."', "B,Third."])
    assert told(text) == [("row 2", 'First paragraph.\n\nSecond, "quoted" paragraph.'), ("row 3", "Third.")]


def test_empty_rows_are_skipped_and_counted() -> None:
    """Positions are the numbers that a spreadsheet shows, so empty rows count."""
    assert told("title,text\n\n,\nA,First.\n \nB,Second.\n") == [("row 4", "First."), ("row 6", "Second.")]


def test_rows_with_a_wrong_number_of_cells_fail_alone() -> None:
    """Too few or too many cells name the row and both counts; empty cells too many are no loss."""
    assert told("title,text,url\nA,First.\nB,Second.,,,\nC,Third.,,x\nD,Fourth.,\n") == [
        ("row 2", "row 2 has 2 cells, the header 3"),
        ("row 3", "Second."),
        ("row 4", "row 4 has 4 cells, the header 3"),
        ("row 5", "Fourth."),
    ]


@pytest.mark.parametrize("text", ["title,date,summary\nA,2025,B\n", "title;date;summary\nA;2025;B\n"])
def test_a_table_without_text_is_refused_once(text: str) -> None:
    """One row of the ledger names the columns found and the names looked for."""
    (found,) = read(text)
    assert isinstance(found, Rejection)
    assert found.origin.position == ""
    assert found.reason.startswith(
        "the table's first row names no text column (found: title, date, summary; looked for: text, body, content, "
    )
    assert ", html, " in found.reason


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_an_empty_table_is_refused(text: str) -> None:
    """A file without a header says so."""
    assert told(text) == [("", "the table is empty")]


def test_a_first_row_of_very_many_cells_is_no_header() -> None:
    """A line of a million commas is not looked at name by name."""
    assert told("text" + "," * 1_000_000 + "\n") == [("", "a first row of 1,000,001 columns; is it a table?")]


def test_a_header_alone_gives_nothing() -> None:
    """A table without rows has nothing to report."""
    assert read("title,text\n") == []


def test_an_html_column_is_read() -> None:
    """Markup in a table is read as in records."""
    (found,) = articles("title,content\nA,<p>First.</p><p>Second.</p>\n")
    assert found.text == "First.\n\nSecond."


def test_missing_values_stay_missing() -> None:
    """What databases print for a missing value is no name of an outlet."""
    first, second = articles("text,source,author\nFirst.,NULL,nan\nSecond.,\\N,None\n")
    assert (first.publisher, first.authors, second.publisher, second.authors) == (None, (), None, ())


def test_a_repeated_column_counts_once() -> None:
    """Of two columns of one name the first is read; one of another name for the same field is noted."""
    (found,) = articles("text,title,title,headline\nFirst.,A,B,C\n")
    assert found.title == "A"
    assert found.provenance["title"] == "table column 'title'; 'headline' says otherwise and was not used"


def test_an_open_quotation_mark_costs_one_row() -> None:
    """A mark that is never closed fails its row, and the rows below it are read."""
    assert told('title,text\nA,First.\n"B,Second.\nC,Third.\nD,Fourth.\n') == [
        ("row 2", "First."),
        ("row 3", "a quotation mark opens in the row and is never closed"),
        ("row 4", "Third."),
        ("row 5", "Fourth."),
    ]


def test_a_mark_that_closes_rows_later_names_its_lines() -> None:
    """Rows that an open mark ran together are lost as one, which says how many lines it took."""
    assert told('title,text\n"A,First.\nB,Second.\nC,"Third."\nD,Fourth.\n') == [
        ("row 2", "row 2 has 1 cells, the header 2, over 3 lines; is a quotation mark left open?"),
        ("row 3", "Fourth."),
    ]


def test_a_mark_inside_a_cell_is_a_character() -> None:
    """Inches and quotations in the middle of an unquoted cell are kept."""
    assert told('title,text\nA,A 5" wall and "a word" more.\nB,Second.\n') == [
        ("row 2", 'A 5" wall and "a word" more.'), ("row 3", "Second."),
    ]  # fmt: skip


def test_a_row_that_is_too_long_fails_alone() -> None:
    """Four million characters are a row's limit, on one line or over many; the rest goes on below it."""
    paragraph = "word " * 20_000 + "\n"
    assert told("title,text\nA," + "x" * 4_000_001 + '\nB,Second.\nC,"' + paragraph * 45 + '",\nD,Fourth.\n') == [
        ("row 2", "the row is longer than 4,000,000 characters; is it one article?"),
        ("row 3", "Second."),
        ("row 4", "the row is longer than 4,000,000 characters; is it one article?"),
        ("row 5", "Fourth."),
    ]


def test_an_endless_row_says_what_was_lost() -> None:
    """When a mark stays open for more than four million characters, the lines that could not be kept are counted."""
    rows = f"{'word ' * 200}\n" * 5_000
    found = told(f'title,text\n"A,First.\n{rows}')
    assert found[0][0] == "row 2"
    assert found[0][1].startswith("a quotation mark opens in the row and is never closed; ")
    assert found[0][1].endswith(" lines at the end of the file could not be read for it")
    lost = int(found[0][1].split("; ")[1].split()[0].replace(",", ""))
    assert lost + len(found) - 1 == 5_000


def test_rows_are_streamed() -> None:
    """No more lines are taken than the sample that the delimiter is chosen by and the row that is read."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for taken in range(10_000):
            yield f"T{taken},The words.\n" if taken else "title,text\n"

    rows = read_table(lines(), "/news/a.csv")
    assert next(rows).origin.position == "row 2"
    assert taken < 60
    for _ in range(500):
        last = next(rows)
    assert last.origin.position == "row 502"
    assert taken < 510


def test_lines_broken_at_other_characters_are_joined() -> None:
    """`str.splitlines` also breaks at form feeds and line separators, which belong to a cell."""
    lines = "title,text\nA,First\u2028line\x0cend.\nB,Second.\n".splitlines(keepends=True)
    assert len(lines) == 5
    assert [item.origin.position for item in read_table(lines, "/news/a.csv") if isinstance(item, Article)] == ["row 2", "row 3"]


@given(
    st.lists(st.lists(st.text(alphabet='ab ",;\n', max_size=6), min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(",;\t|"),
)
@settings(max_examples=200, deadline=None)
def test_what_the_csv_module_writes_is_split_the_same(rows: list[list[str]], delimiter: str) -> None:
    """Each row that Python's csv module writes is split into the cells that it was given."""
    for row in rows:
        written = io.StringIO()
        csv.writer(written, delimiter=delimiter, lineterminator="").writerow(row)
        # Spaces before a cell are not kept, as in tables that people write by hand.
        expected = [cell if any(c in cell for c in f'"\n{delimiter}') else cell.lstrip(" ") for cell in row]
        assert [c.lstrip(" ") for c in _split(written.getvalue(), delimiter)] == [c.lstrip(" ") for c in expected]


@given(st.text(alphabet='a ",\n', max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_to_its_end(text: str) -> None:
    """Whatever stands below the header, every line that is not empty is part of a row that is read or refused."""
    found = read("title,text\n" + text)
    assert len(found) <= text.count("\n") + 1
    assert bool(found) or not text.replace('"', "").replace(",", "").strip()


@pytest.mark.parametrize(
    ("head", "suffix", "table"),
    [
        ("anything at all", ".csv", True),
        ("anything at all", ".TSV", True),
        ("title,text\nA,B\n", "", True),
        ("\ufeffTitle;Body;Date\r\n", ".txt", True),
        ('"Headline"\t"Content"\n', "", True),
        ("title | url | body_html\n", "", True),
        ("text\nA\n", "", False),
        ("title,date,author\n", "", False),
        ("The text, the title and the date were changed.\n", "", False),
        ("Text, body\n", "", False),
        ("", "", False),
    ],
)
def test_tables_are_known_by_suffix_or_header(head: str, suffix: str, table: bool) -> None:  # noqa: FBT001
    """A header names a text column and one other field; a line of prose does not."""
    assert looks_like_table(head, suffix) is table

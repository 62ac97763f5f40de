"""Articles in PDF files: one article, columns, a newspaper page, text that is turned or scaled."""

import itertools
import textwrap

import pytest

from index.types import Article
from tests.index.made_pdf import BODY, BODY_TEXT, FRONT, SECOND, article, assemble, below, document, operators, pdf, read, stream


def test_an_article_in_one_column_is_read_with_its_headline_byline_and_date() -> None:
    """The largest type is the title; credits go where they belong; words broken at line ends are whole, compounds are kept."""
    found = article(pdf(FRONT))
    assert (found.title, found.title_printed) == ("Ferries return to the harbour", True)
    assert found.authors == ("Jane Sample",)
    assert found.published is not None
    assert (found.published.value, found.published.precision) == ("2025-09-19", "day")
    assert found.text == f"{BODY_TEXT}\n\n{' '.join(SECOND)}"
    assert (found.origin.source, found.origin.position, found.flags) == ("/news/a.pdf", "", ())


def test_a_second_headline_between_title_and_byline_stays_in_the_text() -> None:
    """The byline is found below it."""
    lines = [(72, 720, -24, "Ferries return"), (72, 700, 14, "Nine days of repairs are over"), *FRONT[1:]]
    found = article(pdf(lines))
    assert (found.title, found.authors) == ("Ferries return", ("Jane Sample",))
    assert found.text.startswith(f"Nine days of repairs are over\n\n{BODY_TEXT}")


def test_the_name_of_the_paper_is_not_the_headline() -> None:
    """A masthead is printed larger than any headline; it names the publisher."""
    found = article(pdf([(72, 760, -36, "The Example Gazette"), *FRONT]))
    assert found.title == "Ferries return to the harbour"
    assert found.publisher == "The Example Gazette"


def test_the_files_own_properties_are_believed_only_where_they_are_printed() -> None:
    """Dates never; a title that is printed wins over larger type; an author below the headline is one."""
    lines = [
        (72, 740, -30, "Special edition"),
        (72, 710, -18, "Ferries return to the harbour"),
        (72, 690, 10, "Jane Sample"),
        *FRONT[3:],
    ]
    properties = "/Title (Ferries return to the harbour) /Author (Jane Sample) /CreationDate (D:20240101120000Z)"
    found = article(pdf(lines, properties=properties))
    assert (found.title, found.authors, found.published) == ("Ferries return to the harbour", ("Jane Sample",), None)
    elsewhere = article(pdf(lines, properties="/Title (harbour_v7_FINAL.indd) /Author (John Example)"))
    assert (elsewhere.title, elsewhere.authors) == ("Special edition", ())
    assert "Jane Sample" in elsewhere.text


@pytest.mark.parametrize("across", [False, True], ids=["column by column", "line by line across the page"])
def test_two_columns_are_read_one_after_the_other(*, across: bool) -> None:
    """Whatever order the file draws them in; the sentence that the column's end breaks is joined."""
    words = (BODY_TEXT + " " + " ".join(SECOND)).replace(
        "well-known ", ""
    ) + " They will speak of ships and of nothing else that day."
    lines = textwrap.wrap(words, 40, break_on_hyphens=False)
    half = len(lines) // 2
    left, right = below(650, lines[:half]), below(650, lines[half:], left=290)
    body = [line for pair in itertools.zip_longest(left, right) for line in pair if line] if across else [*left, *right]
    found = article(pdf([*FRONT[:3], *body]))
    assert found.text == words
    assert found.authors == ("Jane Sample",)


def test_running_heads_and_page_numbers_are_dropped() -> None:
    """What repeats at the same height, but for its digits, is no text; what stands on one page only is."""
    texts = [
        "The first page of this invented story ends in",
        "the middle of a sentence, and the next one does",
        "not, because this is where all of it stops.",
    ]
    pages = [
        [(72, 770, 8, "Example Gazette Friday"), (500, 770, 8, f"No. {n}"), (72, 600, 10, text), (300, 30, 8, f"Page {n} of 3")]
        for n, text in enumerate(texts, start=1)
    ]
    pages[0].insert(2, (72, 720, -24, "A story of three pages"))
    found = article(pdf(*pages))
    assert (found.title, found.text) == ("A story of three pages", " ".join(texts))


def test_a_number_inside_the_text_is_no_page_number() -> None:
    """A last line that holds only a year stays."""
    found = article(
        pdf(
            [
                *FRONT[:3],
                *below(650, [*BODY[:3], "known engineer had found the fault in the northern wall in the summer of", "2025"]),
            ]
        )
    )
    assert found.text.endswith("in the northern wall in the summer of 2025")


def test_two_stories_with_bylines_are_two_articles() -> None:
    """A newspaper page is told by its bylines and handed on."""
    first = [(72, 720, -24, "Ferries Return to Example Harbour"), FRONT[1], *below(650, BODY)]
    other = [(72, 500, -18, "Council Votes to Close the Old Mill"), (72, 480, 10, "By John Example"), *below(460, SECOND)]
    found = read(pdf([*first, *other]))
    assert [(a.title, a.authors, a.origin.position, a.text) for a in found if isinstance(a, Article)] == [
        ("Ferries Return to Example Harbour", ("Jane Sample",), "story 1", BODY_TEXT),
        ("Council Votes to Close the Old Mill", ("John Example",), "story 2", " ".join(SECOND)),
    ]


def test_text_along_the_edge_and_across_the_page_comes_last_and_off_the_page_not_at_all() -> None:
    """A picture credit set upwards does not cut the story in two; what lies beyond the paper nobody sees."""
    content = operators([*FRONT, (700, 400, 10, "never printed")])
    sideways = b"BT /F1 8 Tf 0 1 -1 0 600 300 Tm (Photo: Ann Other) Tj ET BT /F1 40 Tf 0.7 0.7 -0.7 0.7 200 300 Tm (COPY) Tj ET"
    objects = document([stream(content + b"\n" + sideways)])
    found = article(assemble(objects))
    assert sorted(found.text.split("\n\n")[2:]) == ["COPY", "Photo: Ann Other"]
    assert found.text.startswith(BODY_TEXT)


def test_a_page_that_is_turned_reads_like_one_that_is_not() -> None:
    """Landscape pages are often drawn sideways and turned for the screen."""
    objects = document([stream(b"q 0 1 -1 0 792 0 cm\n" + operators(FRONT) + b"\nQ")])
    objects[5] = objects[5].replace(b"[0 0 612 792]", b"[0 0 792 612] /Rotate 90")
    assert article(assemble(objects)).text == article(pdf(FRONT)).text


def test_type_that_is_scaled_by_the_page_is_as_large_as_it_looks() -> None:
    """Browsers write sizes of 1 and scale the page; the headline is still the headline."""
    lines = [(left / 12, height / 12, size / 12, text) for left, height, size, text in FRONT]
    found = article(assemble(document([stream(b"12 0 0 12 0 0 cm\n" + operators(lines))])))
    assert (found.title, found.text) == ("Ferries return to the harbour", article(pdf(FRONT)).text)

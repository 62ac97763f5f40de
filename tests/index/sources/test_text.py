"""One article a file: plain text and Markdown."""

import pytest

from index.sources.text import looks_like_markdown, read_markdown, read_plain
from index.types import Article, NewsDate, Rejection

PLAIN = """\
Ferries return to the harbour

By Jane Sample
19 September 2025, 09:04 UTC

The harbour of Example Town reopened on Friday after nine days of repairs.
Two ferries left before noon.
"""
MARKDOWN = """\
---
title: "Ferries return to the harbour"
publisher: Dateline Sample Desk
authors: [Jane Sample]
published: 2025-09-19
url: https://example.org/dateline-sample/ferries
---

The harbour of Example Town **reopened** on Friday after [nine days](https://example.org) of repairs.
"""
BODY = "The harbour of Example Town reopened on Friday after nine days of repairs. Two ferries left before noon."


def plain(text: str) -> Article:
    (found,) = read_plain(text, "/news/a.txt")
    assert isinstance(found, Article)
    return found


def markdown(text: str) -> Article:
    (found,) = read_markdown(text, "/news/a.md")
    assert isinstance(found, Article)
    return found


def refusal(text: str) -> str:
    (found,) = read_markdown(text, "/news/a.md")
    assert isinstance(found, Rejection)
    return found.reason


def test_plain_text_is_read_as_documented() -> None:
    """Title, byline, date and body of the example of docs/formats.md come out where they belong."""
    article = plain(PLAIN)
    assert (article.title, article.title_printed) == ("Ferries return to the harbour", True)
    assert article.authors == ("Jane Sample",)
    assert article.published == NewsDate(value="2025-09-19T09:04+00:00", precision="minute", read_from="text")
    assert article.text == BODY
    assert (article.publisher, article.updated, article.flags) == (None, None, ())


@pytest.mark.parametrize("credit", ["By Jane Sample | Updated: 2025-09-19 09:04", "By Jane Sample, 19 September 2025"])
def test_a_credit_may_hold_names_and_dates(credit: str) -> None:
    """A byline with a date on its line gives both."""
    article = plain(f"Ferries return\n{credit}\n\n{BODY}\n")
    assert (article.title, article.authors, article.text) == ("Ferries return", ("Jane Sample",), BODY)
    assert article.published is not None
    assert article.published.day.isoformat() == "2025-09-19"


def test_without_a_title_line_the_first_sentence_is_the_title() -> None:
    """A text that begins with a sentence keeps that sentence, and its title is noted as not printed."""
    article = plain(f"{BODY}\n")
    assert article.text == BODY
    assert article.title == "The harbour of Example Town reopened on Friday after nine days of repairs."
    assert not article.title_printed


@pytest.mark.parametrize(
    "first",
    [
        "On 19 September 2025 the harbour of Example Town reopened after nine days",
        "By Monday evening the ferries of Example Town had left the harbour and",
    ],
)
def test_a_wrapped_first_line_of_the_body_is_no_credit(first: str) -> None:
    """A sentence that opens with a date or with `By` and is wrapped below stays whole."""
    article = plain(f"Ferries return\n\n{first}\nof repairs, two of them with no passengers on board.\n")
    assert article.text == f"{first} of repairs, two of them with no passengers on board."
    assert article.authors == ()


@pytest.mark.parametrize(
    ("credit_lines", "published", "updated"),
    [
        ("Published\nSept. 19, 2025", "2025-09-19", None),
        ("September 19, 2025\n10:58 AM PDT", "2025-09-19T10:58-07:00", None),
        ("By Jane Sample\n\nSeptember 19, 2025\n10:58 AM PDT", "2025-09-19T10:58-07:00", None),
        (
            "Published 9:04 AM EDT, September 19, 2025\nUpdated 1:15 PM EDT, September 19, 2025",
            "2025-09-19T09:04-04:00", "2025-09-19T13:15-04:00",
        ),
        ("September 19, 2025\nUpdated\n1 hour ago", "2025-09-19", None),
        (
            "Published Sept. 18, 2025 at 9:04 a.m. EDT | Last updated on Sept. 19, 2025 at 10:15 a.m. EDT",
            "2025-09-18T09:04-04:00", "2025-09-19T10:15-04:00",
        ),
        ("Mis à jour le 19 septembre 2025 à 10h58", "2025-09-19", "2025-09-19T10:58"),
    ],
)  # fmt: skip
def test_credits_may_take_several_lines(credit_lines: str, published: str, updated: str | None) -> None:
    """Labels, days and times on lines of their own belong together, and none of them is text."""
    article = plain(f"Ferries return to the harbour\n\n{credit_lines}\n\n{BODY}\n")
    assert article.text == BODY
    assert (article.published and article.published.value) == published
    assert (article.updated and article.updated.value) == updated


def test_a_long_byline_with_its_dates_is_a_credit() -> None:
    """However long the dates of a byline are, its names are authors and it is no text."""
    article = plain(
        "Ferries return\nBy Jane Sample, Harbour Editor, and John Sample"
        " | Published on Thursday, September 18, 2025 at 9:04 a.m. "
        f"| Updated on Friday, September 19, 2025 at 10:15 a.m.\n\n{BODY}\n"
    )
    assert (article.text, article.authors) == (BODY, ("Jane Sample", "John Sample"))
    assert (article.published and article.published.value) == "2025-09-18T09:04"
    assert (article.updated and article.updated.value) == "2025-09-19T10:15"


def test_credits_without_a_readable_date_are_kept_as_text() -> None:
    """What says nothing that can be read is not lost; a byline beside it is still read."""
    article = plain(f"Ferries return\nBy Jane Sample\nUpdated 2 hours ago\n\n{BODY}\n")
    assert article.authors == ("Jane Sample",)
    assert article.dated is None
    assert article.text == f"Updated 2 hours ago\n\n{BODY}"


def test_language_and_fetch_help_to_read_the_dates() -> None:
    """Who knows the language reads `03/04/2025`, and who knows when the text was fetched reads `2 hours ago`."""
    fetched = NewsDate(value="2025-04-03T15:30", precision="minute", read_from="HTTP")
    (article,) = read_plain(
        f"Ferries return\n03/04/2025\nUpdated 2 hours ago\n\n{BODY}\n", "/news/a.txt", language="en-GB", fetched=fetched
    )
    assert isinstance(article, Article)
    assert article.published == NewsDate(value="2025-04-03", precision="day", read_from="text")
    assert article.updated == NewsDate(value="2025-04-03", precision="day", read_from="text, relative")
    assert article.text == BODY


def test_a_headline_with_a_time_or_a_sentence_with_a_day_is_text() -> None:
    """Only credits are taken away from the text: other lines that name a time or a day stay."""
    for line in ("Ferry of 9:04 leaves early", "By Friday, 19 September 2025 the harbour had reopened and the ferries left"):
        article = plain(f"Ferries return\n\n{line}\n\n{BODY}\n")
        assert article.text == f"{line}\n\n{BODY}"
        assert article.authors == ()


def test_only_a_title_is_text() -> None:
    """A file of one line keeps that line as its text."""
    assert plain("Ferries return to the harbour\n").text == "Ferries return to the harbour"


def test_markdown_is_read_as_documented() -> None:
    """Front matter gives the fields, and the body is what a reader sees."""
    article = markdown(MARKDOWN)
    assert (article.title, article.title_printed) == ("Ferries return to the harbour", True)
    assert (article.publisher, article.authors) == ("Dateline Sample Desk", ("Jane Sample",))
    assert article.published == NewsDate(value="2025-09-19", precision="day", read_from="front matter")
    assert article.url == "https://example.org/dateline-sample/ferries"
    assert article.text == "The harbour of Example Town reopened on Friday after nine days of repairs."
    assert article.provenance == {}


def test_markdown_with_windows_line_ends_is_the_same() -> None:
    """Line ends decide nothing about front matter."""
    windows = MARKDOWN.replace("\n", "\r\n")
    assert looks_like_markdown(windows)
    assert markdown(windows) == markdown(MARKDOWN)


def test_a_top_heading_is_the_title() -> None:
    """Without front matter the heading that opens the body is the title; later headings are text."""
    article = markdown("# Ferries *return*\n\nThe harbour reopened.\n\n## Repairs\n\n- the wall\n- the light\n")
    assert (article.title, article.title_printed) == ("Ferries return", True)
    assert article.text == "The harbour reopened.\n\nRepairs\n\nthe wall\n\nthe light"


def test_a_heading_beside_a_title_is_kept() -> None:
    """A top heading with other words than the front matter's title is not lost."""
    article = markdown("---\ntitle: Ferries return\n---\n\n# A harbour at work\n\nThe wall is mended.\n")
    assert article.title == "Ferries return"
    assert article.text == "A harbour at work\n\nThe wall is mended."


def test_marks_pictures_and_html_are_not_text() -> None:
    """Links stay by their words, code by its content; pictures and HTML go."""
    body = (
        '![a ferry](f.png) The <b>old</b> [wall](https://example.org "t") `holds`.\n\n'
        "<div>menu</div>\n\n> Quoted.\n\n```\ncode\n```\n"
    )
    assert markdown(f"# T\n\n{body}").text == "The old wall holds.\n\nQuoted.\n\ncode"


def test_front_matter_takes_the_names_of_records() -> None:
    """Other names of fields are understood and noted, and an unreadable date leaves the article undated."""
    article = markdown(
        "---\nheadline: Ferries return\nauthor: Jane Sample and John Sample\ndate: 03/04/2025\n---\n\nText here.\n"
    )
    assert (article.title, article.authors, article.dated) == ("Ferries return", ("Jane Sample", "John Sample"), None)
    assert article.provenance == {
        "title": "front matter field 'headline'",
        "authors": "front matter field 'author'",
        "published": "unreadable date '03/04/2025'; left undated",
    }


@pytest.mark.parametrize(
    ("matter", "reason"),
    [
        ("title: Ferries: they return", "the front matter is not valid YAML on line 2; quote values that hold a colon"),
        ("publisher: x\ntitle: 'open", "the front matter is not valid YAML on line 3; quote values that hold a colon"),
        ("just words", "the front matter is not a list of `name: value` lines"),
        ("- a\n- b", "the front matter is not a list of `name: value` lines"),
        ("title: [a, b]", "`title` must be a string, not list"),
        ("authors: {a: b}", "`authors` must be a string, a list of strings, or objects with a `name`"),
    ],
)
def test_wrong_front_matter_is_refused_with_its_place(matter: str, reason: str) -> None:
    """What cannot be read says which line or field it is."""
    assert refusal(f"---\n{matter}\n---\n\nText here.\n") == reason


def test_deep_front_matter_is_refused() -> None:
    """Brackets without end are a reason to refuse the file, not to stop."""
    assert "front matter" in refusal(f"---\ntitle: {'[' * 5000}\n---\n\nText here.\n")


def test_a_body_without_words_is_refused() -> None:
    """Front matter alone is no article."""
    assert refusal("---\ntitle: Ferries return\n---\n\n![a ferry](f.png)\n") == "the article has no text"


@pytest.mark.parametrize(
    "credit",
    [
        "*By Jane Sample, Sandholm Standard, 19 September 2025*",
        "By Jane Sample\nSandholm Standard\n19 September 2025",
        "**Sandholm Standard** | 19 September 2025\n\n_By Jane Sample_",
        "Author: Jane Sample\nSource: Sandholm Standard\nDate: 2025-09-19",
    ],
)
def test_markdown_may_print_its_credits_below_the_heading(credit: str) -> None:
    """They are read as in plain text, and do not stay in the text."""
    article = markdown(f"# Ferries return\n\n{credit}\n\n{BODY}\n")
    assert (article.title, article.authors, article.publisher) == ("Ferries return", ("Jane Sample",), "Sandholm Standard")
    assert article.published is not None
    assert (article.published.value, article.text) == ("2025-09-19", BODY)


def test_front_matter_counts_before_printed_credits() -> None:
    """What it leaves out is taken from below the heading."""
    matter = "---\npublisher: Dateline Sample Desk\npublished: 2025-09-20\n---\n"
    article = markdown(f"{matter}# Ferries return\nBy Jane Sample, Sandholm Standard, 19 September 2025\n\n{BODY}\n")
    assert (article.publisher, article.authors) == ("Dateline Sample Desk", ("Jane Sample",))
    assert article.published is not None
    assert article.published.value == "2025-09-20"

"""Pages with many numbered items."""

from pathlib import Path

import pytest

from index.sources.credits import read_credit
from index.sources.digest import looks_like_digest, read_digest
from index.types import Article, NewsDate, Rejection

PAGE = """\
1. (Reuters) The harbour of Example Town reopened on Friday after nine days of repairs. Two ferries left
before noon.

Source: Dateline Sample Desk, by Jane Sample | Updated: 2025-09-19 09:04

0 comments

2. (Dateline Sample Desk) Beekeepers counted 4,100 hives in the valley this summer, 300 more than in 2024.

Source: By John Sample | Dateline Sample Desk | 10:58 AM PDT, September 21, 2025
"""
LONG_LINE = (
    "Dateline Sample Desk; Reporting by Jane Sample and John Sample; Additional reporting by Ann Roe in Example Town;"
    " Writing by Ben Roe; Editing by Cy Roe, Di Roe and Ed Roe   September 19, 20251:49 AM PDTUpdated 1 hour ago"
)


def articles(text: str) -> list[Article]:
    found = list(read_digest(text, "/news/page.txt"))
    assert not [item for item in found if isinstance(item, Rejection)]
    return [item for item in found if isinstance(item, Article)]


def test_the_documented_page_is_read_as_documented() -> None:
    """The example of docs/formats.md gives two articles with the names, dates and places that it prints."""
    harbour, hives = articles(PAGE)
    assert harbour.text == (
        "The harbour of Example Town reopened on Friday after nine days of repairs. Two ferries left before noon."
    )
    assert harbour.title == "The harbour of Example Town reopened on Friday after nine days of repairs."
    assert not harbour.title_printed
    assert (harbour.publisher, harbour.agency, harbour.authors) == ("Dateline Sample Desk", "Reuters", ("Jane Sample",))
    assert harbour.published == NewsDate(value="2025-09-19", precision="day", read_from="source line, printed as updated")
    assert harbour.updated == NewsDate(value="2025-09-19T09:04", precision="minute", read_from="source line")
    assert (harbour.origin.source, harbour.origin.position) == ("/news/page.txt", "item 1")
    assert hives.text == "Beekeepers counted 4,100 hives in the valley this summer, 300 more than in 2024."
    assert (hives.publisher, hives.agency, hives.authors) == ("Dateline Sample Desk", None, ("John Sample",))
    assert hives.published == NewsDate(value="2025-09-21T10:58-07:00", precision="minute", read_from="source line")
    assert hives.updated is None
    assert hives.origin.position == "item 2"
    assert harbour.flags == hives.flags == ()


@pytest.mark.parametrize(
    ("line", "publisher", "authors", "published"),
    [
        ("Dateline Sample Desk, by Jane Sample | Updated: 2025-09-19", "Dateline Sample Desk", ("Jane Sample",), "2025-09-19"),
        ("Dateline Sample Desk, Jane Sample and John Sample", "Dateline Sample Desk", ("Jane Sample", "John Sample"), None),
        ("By Jane Sample | Dateline Sample Desk | 2025-09-19", "Dateline Sample Desk", ("Jane Sample",), "2025-09-19"),
        ("By Jane Sample in Example Town | Dateline Sample Desk", "Dateline Sample Desk", ("Jane Sample",), None),
        ("By Jane Sample; Dateline Sample Desk; 2025-09-19", "Dateline Sample Desk", ("Jane Sample",), "2025-09-19"),
        ("Dateline Sample Desk by Jane Sample  Updated 2025-09-19", "Dateline Sample Desk", ("Jane Sample",), "2025-09-19"),
        (
            LONG_LINE,
            "Dateline Sample Desk", ("Jane Sample", "John Sample"), "2025-09-19T01:49-07:00",
        ),
        ("Dateline Sample Desk | By Jane Sample | Photos by Ann Roe", "Dateline Sample Desk", ("Jane Sample",), None),
        ("Dateline Sample Desk  2025-09-19 20:52:00", "Dateline Sample Desk", (), "2025-09-19T20:52"),
        ("Dateline Sample Desk\u00a0 Published: 21:49, September 19, 2025", "Dateline Sample Desk", (), "2025-09-19T21:49"),
        ("Dateline Sample Desk", "Dateline Sample Desk", (), None),
        ("AP", "Associated Press", (), None),
        ("By Jane Sample | scmp.com | 2025-09-19", "South China Morning Post", ("Jane Sample",), "2025-09-19"),
        ("By Jane Sample", None, ("Jane Sample",), None),
        ("2025-09-19", None, (), "2025-09-19"),
        ("Updated 2 hours ago", None, (), None),
        ("Sample Update Desk | 2025-09-19", "Sample Update Desk", (), "2025-09-19"),
        ("", None, (), None),
    ],
)  # fmt: skip
def test_source_lines_give_outlet_reporters_and_date(
    line: str, publisher: str | None, authors: tuple[str, ...], published: str | None
) -> None:
    """Every documented shape of a source line is read; editors, writers and photographers are no authors."""
    credit = read_credit(line)
    assert (credit.publisher, credit.authors) == (publisher, authors)
    assert (credit.published and credit.published.value) == published


def test_dates_may_stand_below_the_source_line() -> None:
    """Lines of dates right below a source line belong to it; after an empty line they do not."""
    page = """\
1. (AP) The harbour of Example Town reopened on Friday.

Source: Dateline Sample Desk, by Jane Sample, Harbour Editor
Published 9:04 AM EDT, September 19, 2025
Updated
1:15 PM EDT, September 19, 2025

2. (AP) Hives were counted.

Source: By John Sample | Dateline Sample Desk

September 22, 2025, 9:04 a.m.
"""
    first, second, footer = read_digest(page, "/news/page.txt")
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert first.authors == ("Jane Sample",)
    assert first.published == NewsDate(value="2025-09-19T09:04-04:00", precision="minute", read_from="source line")
    assert first.updated == NewsDate(value="2025-09-19T13:15-04:00", precision="minute", read_from="source line")
    assert second.dated is None
    assert isinstance(footer, Rejection)
    assert footer.reason == "too short to be an article: 'September 22, 2025, 9:04 a.m.'"


@pytest.mark.parametrize(
    ("line", "authors", "published"),
    [
        ("By Jane Sample on Friday, September 19, 2025 | Dateline Sample Desk", ("Jane Sample",), "2025-09-19"),
        ("Dateline Sample Desk, Jane Sample, 19 septembre 2025 à 10h58", ("Jane Sample",), "2025-09-19T10:58"),
        ("Dateline Sample Desk, Jane Sample, political editor, Sept. 19, 2025", ("Jane Sample",), "2025-09-19"),
        ("Dateline Sample Desk, Jane Sample | Sept. 19", ("Jane Sample",), None),
        ("Dateline Sample Desk, Jane Sample | 03/04/2025", ("Jane Sample",), None),
    ],
)
def test_no_part_of_a_date_is_a_name(line: str, authors: tuple[str, ...], published: str | None) -> None:
    """Weekdays, months of other languages and dates that cannot be read are no authors."""
    credit = read_credit(line)
    assert credit.authors == authors
    assert (credit.published and credit.published.value) == published


def test_an_item_without_a_source_line_is_kept_and_flagged() -> None:
    """What has no credits keeps its text under the outlet of its label, and says that it has none."""
    found = articles(
        "1. (AP) The harbour reopened on Friday.\n\n2. (Dateline Sample Desk) Hives were counted.\n\nSource: By A. Roe\n"
    )
    first, second = found
    assert (first.publisher, first.agency, first.flags) == ("Associated Press", "Associated Press", ("no source line",))
    assert first.provenance == {"publisher": "item label"}
    assert first.dated is None
    assert (second.publisher, second.flags) == ("Dateline Sample Desk", ())
    assert second.provenance == {"publisher": "item label"}


def test_line_ends_and_indentation_do_not_matter() -> None:
    """The same page with Windows line ends, or indented as forums do, gives the same articles."""
    plain = articles(PAGE)
    assert articles(PAGE.replace("\n", "\r\n")) == plain
    assert articles("".join(f"    {line}" for line in PAGE.splitlines(keepends=True))) == plain
    assert articles(PAGE.replace("\n\n", "\n \t\n\n")) == plain


def test_full_width_signs_and_other_stops_work() -> None:
    """`1)`, full-width parentheses and the Chinese word for source are understood."""
    first_item = "1) （Xinhua） The harbour reopened on Friday.\n\n来源：Dateline Sample Desk 2025-09-19"
    page = f"{first_item}\n\n2) （AP） Hives were counted.\n"
    first, second = articles(page)
    assert (first.text, first.publisher, first.agency) == ("The harbour reopened on Friday.", "Dateline Sample Desk", "Xinhua")
    assert second.agency == "Associated Press"


def test_numbering_may_begin_anywhere() -> None:
    """The second half of a page, from item 7 on, is a digest like the first."""
    page = PAGE.replace("1. (Reuters)", "7. (Reuters)").replace("2. (Dateline", "8. (Dateline")
    assert looks_like_digest(page)
    assert [(a.origin.position, a.authors) for a in articles(page)] == [
        ("item 7", ("Jane Sample",)),
        ("item 8", ("John Sample",)),
    ]


def test_a_numbered_list_inside_an_item_stays_inside() -> None:
    """A list that looks like items, or that counts otherwise, is text of its item."""
    page = """\
1. (Dateline Sample Desk) The council of Example Town named three tasks.

1. mend the wall
2. (as soon as possible) dredge the harbour
3. (next year) pay the divers

Source: By Jane Sample | Dateline Sample Desk | 2025-09-19

0

2. (Dateline Sample Desk) Hives were counted.

Source: By John Sample | Dateline Sample Desk | 2025-09-20

0

3. (Dateline Sample Desk) A road was closed.

Source: By Ann Roe | Dateline Sample Desk | 2025-09-21
"""
    first, second, third = articles(page)
    assert "(as soon as possible) dredge the harbour" in first.text
    assert "3. (next year) pay the divers" in first.text
    assert (first.authors, second.authors, third.authors) == (("Jane Sample",), ("John Sample",), ("Ann Roe",))
    assert (second.text, third.text) == ("Hives were counted.", "A road was closed.")


def test_the_last_source_line_of_an_item_is_its_credit() -> None:
    """The source of a chart inside the text stays in the text."""
    page = (
        "1. (Dateline Sample Desk) Hives were counted.\n\nSource: the beekeepers' club\n\nA chart shows them.\n\n"
        "Source: By Jane Sample | Dateline Sample Desk | 2025-09-19\n\n2. (AP) A road was closed.\n"
    )
    first, _ = articles(page)
    assert first.text == "Hives were counted.\n\nSource: the beekeepers' club\n\nA chart shows them."
    assert (first.publisher, first.authors) == ("Dateline Sample Desk", ("Jane Sample",))


@pytest.mark.parametrize(
    "debris",
    ["0", "12 comments", "Add a comment", "Share", "Load more", "Loading", "Loading more comments", "Sign in", "3 likes", "Reply",
     "Back to top", "ADVERTISEMENT", "[Share]", "See more"],
)  # fmt: skip
def test_page_debris_is_dropped(debris: str) -> None:
    """What pages print around articles is no text of an article, between paragraphs and at the end."""
    page = PAGE.replace("Source: By John", f"{debris}\n\nThe club was pleased.\n\nSource: By John") + f"\n{debris}\n"
    assert [a.text.split("\n\n")[1:] for a in articles(page)] == [[], ["The club was pleased."]]


def test_a_line_that_only_contains_debris_is_text() -> None:
    """A sentence about a share or a comment is kept."""
    page = PAGE.replace("\n\nSource: By John", "\n\nShare prices rose.\n\nSource: By John")
    assert articles(page)[1].text.endswith("\n\nShare prices rose.")


def test_long_loose_text_becomes_an_article_of_its_own() -> None:
    """Text outside the items that is no page furniture is kept without an outlet, an author or a date, and flagged."""
    loose = "The editors thank all readers who wrote to them about the harbour this year. " * 3
    before, harbour, after, hives = articles(f"{loose}\n\n" + PAGE.replace("0 comments", loose.replace("harbour", "valley")))
    for article, position in ((before, "before item 1"), (after, "after item 1")):
        assert article.flags == ("outside any item",)
        assert (article.publisher, article.authors, article.dated) == (None, (), None)
        assert article.origin.position == position
    assert before.text == loose.strip()
    assert (harbour.authors, hives.authors) == (("Jane Sample",), ("John Sample",))


def test_short_loose_text_is_reported() -> None:
    """Loose text of more than three words is not silently dropped."""
    found = list(read_digest("A page of many short items\n\n" + PAGE, "/news/page.txt"))
    assert isinstance(found[0], Rejection)
    assert found[0].reason == "too short to be an article: 'A page of many short items'"
    assert found[0].skipped, "it is no failure"
    assert found[0].origin.position == "before item 1"
    assert [item.origin.position for item in found[1:]] == ["item 1", "item 2"]


def test_an_empty_item_is_reported() -> None:
    """An item that holds nothing but debris is a failed row, and the other items are read."""
    first, second = read_digest("1. (AP)\n\n0\n\nSource: AP\n\n2. (AP) Hives were counted.\n", "/news/page.txt")
    assert isinstance(first, Rejection)
    assert (first.origin.position, first.reason) == ("item 1", "the item has no text")
    assert isinstance(second, Article)


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (PAGE, True),
        ("1. (AP) The harbour reopened.\n\nSource: AP\n", True),
        ("1. (AP) The harbour reopened.\n", False),
        ("1. (AP) The harbour reopened.\n\n3. (AP) Hives were counted.\n", False),
        ("1. The harbour reopened.\n2. Hives were counted.\n", False),
        ("The harbour (Reuters) reopened.\n\nSource: Reuters\n", False),
        ("", False),
    ],
)
def test_what_is_a_digest(text: str, digest: bool) -> None:  # noqa: FBT001 - a column of the table
    """Two items that count up make a digest, or one with a source line; a numbered list does not."""
    assert looks_like_digest(text) is digest


def test_the_sample_digest_gives_its_five_items(samples: Path) -> None:
    """Each item of examples/articles/evening-digest.txt has its desk, its dates and only its own words."""
    found = articles((samples / "evening-digest.txt").read_text(encoding="utf-8"))
    assert [
        (a.origin.position, a.authors, a.published and a.published.value, a.updated and a.updated.value) for a in found
    ] == [
        ("item 1", ("Economy Desk",), "2025-09-19", "2025-09-19T09:04"),
        ("item 2", (), "2025-09-04T20:52", None),
        ("item 3", ("Science Desk",), "2025-09-21", "2025-09-21T10:58-07:00"),
        ("item 4", ("World Desk", "Economy Desk"), "2025-09-21T01:49-07:00", None),
        ("item 5", (), "2025-09-12T21:49", None),
    ]  # fmt: skip
    assert {a.publisher for a in found} == {"Dateline Sample Desk"}
    assert [len(a.text.split("\n\n")) for a in found] == [3, 4, 4, 3, 4]
    assert found[0].text.startswith("The Federal Reserve lowered its policy rate")
    assert found[4].text.endswith("cut the time officials take to review a trial by half.")
    assert not any("comment" in a.text or "Loading" in a.text or "Source:" in a.text for a in found)

"""Several articles in one text, each below its own title and credits."""

import pytest

from index.sources.compilation import looks_like_compilation, read_compilation
from index.types import Article, Rejection

NUMBERED = """\
The week at the harbour, 21 September 2025

1. Ferries return to the harbour
By Jane Sample, Sandholm Standard, 19 September 2025
The harbour of Example Town reopened on Friday after nine days of repairs.

2. Hives in the valley reach a record
Valley Gazette, 20 September 2025

Beekeepers counted 4,100 hives in the valley this summer. The club names two reasons:
1. a mild winter
2. young keepers

3. Choir sings on
The choir of the old church sang two more songs before the lights went out.
"""


def articles(text: str) -> list[Article]:
    return [found for found in read_compilation(text, "/news/week.txt") if isinstance(found, Article)]


def test_numbered_articles_are_told_apart() -> None:
    """Each has its own title, outlet, author and day; a numbered list inside one is text."""
    first, second, third = articles(NUMBERED)
    assert [a.origin.position for a in (first, second, third)] == ["item 1", "item 2", "item 3"]
    assert (first.title, first.authors, first.publisher) == (
        "Ferries return to the harbour",
        ("Jane Sample",),
        "Sandholm Standard",
    )
    assert (second.publisher, second.authors) == ("Valley Gazette", ())
    assert [a.published.value for a in (first, second) if a.published] == ["2025-09-19", "2025-09-20"]
    assert "1. a mild winter" in second.text
    assert third.text.startswith("Choir sings on")


def test_what_stands_above_is_in_the_ledger() -> None:
    """The heading of the whole is no article, and not passed over in silence."""
    above = next(iter(read_compilation(NUMBERED, "/news/week.txt")))
    assert isinstance(above, Rejection)
    assert "The week at the harbour" in above.reason


@pytest.mark.parametrize("rule", ["---", "* * *", "==========", "#####", "•••"])
def test_ruled_lines_part_articles(rule: str) -> None:
    """A line of dashes, stars or the like stands between two articles."""
    text = NUMBERED.partition("\n\n")[2].replace("1. Ferries", "Ferries").replace("2. Hives", f"{rule}\nHives")
    first, second = articles(text)
    assert (first.title, second.title) == ("Ferries return to the harbour", "Hives in the valley reach a record")
    assert second.published is not None
    assert second.published.value == "2025-09-20"


def test_headings_part_articles() -> None:
    """Of one level, below a heading of the whole; emphasis and links are read as in any Markdown."""
    text = NUMBERED.replace("The week", "# The week").replace("1. Ferries", "## Ferries").replace("2. Hives", "## Hives")
    text = text.replace("3. Choir", "## Choir").replace("reopened on Friday", "**reopened** on [Friday](https://example.org)")
    first, second, third = articles(text)
    assert (first.title, first.publisher) == ("Ferries return to the harbour", "Sandholm Standard")
    assert first.text == "The harbour of Example Town reopened on Friday after nine days of repairs."
    assert (second.publisher, third.title) == ("Valley Gazette", "Choir sings on")


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Ferries return\nauthor: Jane Sample\n---\n# Ferries return\nBy Jane Sample\n\nThe harbour reopened.\n",
        "# Ferries return\nBy Jane Sample\n\nThe harbour reopened.\n\n## What is next\n\nThe bridge.\n",
        "Five things to know\n\n1. The ferry\n\nIt left at noon.\n\n2. The harbour\n\nIt reopened on Friday.\n",
        "Ferries return\nBy Jane Sample\n\nThe harbour reopened.\n\n* * *\n\nTwo ferries left before noon.\n",
        "1. Ferries return\nBy Jane Sample\n\nThe harbour reopened.\n",
    ],
)
def test_lists_and_breaks_within_one_article_part_nothing(text: str) -> None:
    """Numbered headings and stars stand in any article; only credits below them make parts articles."""
    assert not looks_like_compilation(text)


def test_a_page_of_numbers_is_told_apart_in_no_time() -> None:
    """A hundred thousand numbered lines without credits are one text."""
    assert not looks_like_compilation("\n\n".join(f"{number % 1000}. Item" for number in range(100_000)))


HEADING = "Evening round-up, 3 June 2025"
ITEMS = (
    (
        "Two held over museum theft",
        "Police arrested a man and a woman over the theft of a bronze horn from the museum in May.",
        "Varnby Post",
    ),
    (
        "Milk dispute ends",
        "Farmers lifted their blockade of the creamery after it raised the price it pays to 41 cents.",
        "Politico",
    ),
    ("Heat record at Skarholt", "The weather station measured 36.8C on Monday, the most in any June since 1951.", "Reuters"),
)


def digest(form: str, above: str = HEADING) -> str:
    """Return a digest whose items are printed in this form."""
    items = (form.format(n=number, t=title, b=body, o=outlet) for number, (title, body, outlet) in enumerate(ITEMS, start=1))
    return "\n\n".join([above, *items]) + "\n"


@pytest.mark.parametrize(
    "form",
    [
        "{n}. {t}\n{b}\nSource: {o}",
        "{n}. {t}\n\n{b}\n\nSource: {o}, Jane Sample | June {n}, 2025",
        "**{n}. {t}**\n{b}\n**Source:** {o}, June {n}, 2025",
        "### {n}. {t}\n\n{b}\n\n*Source: {o}, June {n}, 2025*",
        "{t}\n{b}\nSource: {o}, by Jane Sample | June {n}, 2025",
        "{n}. {t}\n{b}\n— {o}, June {n}, 2025",
        "{n}) {t}\n{b}\n-- Jane Sample, {o}",
        "[{n}] {t}\n{b} ({o})",
        "#{n} {t}\n{b}\n[{o}]",
        "{n}. [{o}] {t}\n{b}",
        "Item {n}: {t} ({o})\n{b}",
    ],
)
def test_items_that_say_somewhere_who_they_are_from_are_told_apart(form: str) -> None:
    """Below the text, in brackets at its end, before the title or behind it; what says it is no part of the text."""
    found = articles(digest(form))
    assert [(a.title, a.publisher, a.text) for a in found] == [(title, outlet, body) for title, body, outlet in ITEMS]
    days = ["2025-06-01", "2025-06-02", "2025-06-03"] if "June" in form else ["2025-06-03"] * 3
    assert [a.published.value for a in found if a.published] == days
    assert all(a.authors == (("Jane Sample",) if "Jane" in form else ()) for a in found)


def test_a_day_of_the_heading_says_so() -> None:
    """It is the whole's, not the article's own."""
    first, *_ = articles(digest("{n}. {t}\n{b} ({o})"))
    assert first.published is not None
    assert first.published.read_from == "heading"
    assert articles(digest("{n}. {t}\n{b} ({o})", above="Evening round-up"))[0].published is None


@pytest.mark.parametrize("form", ["{n}. {b} ({o})", "- {b} [{o}]", "* {b} ({o}).", "{n}. {b}\nSource: {o}"])
def test_items_without_titles_are_told_apart(form: str) -> None:
    """Numbered or with bullets, one below the other; the first sentence is the title."""
    found = articles(digest(form).replace("\n\n", "\n"))
    assert [(a.publisher, a.text) for a in found] == [(outlet, body) for _, body, outlet in ITEMS]
    assert not any(a.title_printed for a in found)


def test_two_parts_of_a_line_beside_a_dash_or_colon_stay_where_they_name_no_outlet() -> None:
    """`Milk dispute ends - What We Know` is a title."""
    text = digest("{n}. {t} - {o}\n{b}").replace("Politico", "What We Know")
    assert [a.title for a in articles(text)] == [
        "Two held over museum theft",
        "Milk dispute ends - What We Know",
        "Heat record at Skarholt",
    ]


def test_what_stands_behind_the_last_credits_is_kept() -> None:
    """A footer is a row in the ledger."""
    found = list(
        read_compilation(digest("{n}. {t}\n{b}\nSource: {o}") + "\nCompiled by the sample desk at night.\n", "/news/d.txt")
    )
    assert isinstance(found[-1], Rejection)
    assert found[-1].origin.position == "after item 3"


@pytest.mark.parametrize(
    "text",
    [
        digest("{n}. {t}\n{b}").replace("Politico", ""),
        (
            "Works on show\n\n1. The Quay (1903)\nIt shows the old harbour with its ships and cranes at dawn.\n\n"
            "2. The Storm (Jane Sample)\nIt shows the same harbour on the day of the great storm of 1904.\n"
        ),
        (
            "Growth\n\nThe economy grew by two per cent this year, and exports by four per cent.\nSource: Example Institute\n\n"
            "Prices\n\nThey rose by three per cent, less than in the year before and the one before.\nSource: Statistics Office\n"
        ),
        (
            "Letters\n\nSource: NPR: “We spoke to five people who knew her well, and they said the same of her.”\n\n"
            "Source: NBC News: “Dozens served in the cabinet, and four of them say he should come back.”\n"
        ),
        "- Ferries return to the harbour after nine days of repairs (two of them)\n- Hives in the valley make a record (4,100)\n",
    ],
)
def test_brackets_and_sources_within_one_article_part_nothing(text: str) -> None:
    """Years, artists, statistics below a section and quotations are not who an item is from."""
    assert not looks_like_compilation(text)


@pytest.mark.parametrize("line", ["{n}. A (", "- (Reuters", "Source: Reuters, by Jane Sample\n", "[Reuters] ", "# {n} — "])
def test_a_page_of_openings_is_one_text(line: str) -> None:
    """Two hundred thousand characters of what items begin or end with, and no words between."""
    text = "\n".join(line.format(n=number % 999) for number in range(200_000 // len(line)))
    assert not looks_like_compilation(text)

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

"""What stands above a plain text: title, people, outlet and day in the many ways in which they are printed."""

import pytest

from index.sources.text import read_plain
from index.types import Article

TITLE = "Ferries return to the harbour"
BODY = "The harbour of Example Town reopened on Friday after nine days of repairs."
DESK = "Sandholm Standard"


def plain(text: str) -> Article:
    (found,) = read_plain(text, "/news/a.txt")
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize(
    "head",
    [
        f"{TITLE}\nBy Jane Sample, {DESK}, 19 September 2025",
        f"{TITLE}\n\nBy Jane Sample | {DESK} | September 19, 2025",
        f"{TITLE}\nBy Jane Sample\n{DESK}\nSeptember 19, 2025",
        f"{TITLE}\nJane Sample\n19 September 2025, {DESK}",
        f"{TITLE}\nBy Jane Sample of the {DESK}\nPublished: Sept. 19, 2025",
        f"{DESK}\n19 September 2025\n\n{TITLE}\n\nBy Jane Sample",
        f"{DESK}\n\n{TITLE}\n\nBy Jane Sample, political editor\n19 September 2025",
        f"Title: {TITLE}\nAuthor: Jane Sample\nDate: 2025-09-19\nPublisher: {DESK}",
        f"Headline: {TITLE}\nSource: {DESK}, by Jane Sample | 2025-09-19",
        f"{TITLE}\nSource: {DESK}\nByline: Jane Sample\nDate: 19 September 2025",
        f"Ferries return\nto the harbour\nBy Jane Sample\n{DESK}, September 19, 2025",
    ],
)
def test_credits_are_read_however_they_are_arranged(head: str) -> None:
    """Title, author, outlet and day come out where they belong, and nothing of them stays in the text."""
    article = plain(f"{head}\n\n{BODY}\n")
    assert (article.title, article.authors, article.text) == (TITLE, ("Jane Sample",), BODY)
    assert article.publisher is not None
    assert article.publisher.removeprefix("the ") == DESK
    assert article.published is not None
    assert article.published.value == "2025-09-19"


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By JANE SAMPLE and JOHN SAMPLE, Associated Press", ("JANE SAMPLE", "JOHN SAMPLE")),
        ("By Jane Sample for Associated Press", ("Jane Sample",)),
        ("Jane Sample, AP", ("Jane Sample",)),
    ],
)
def test_a_wire_service_is_no_author(line: str, authors: tuple[str, ...]) -> None:
    """It is the agency, and the publisher where no other is named."""
    article = plain(f"{TITLE}\n{line}\n19 September 2025\n\n{BODY}\n")
    assert (article.authors, article.agency, article.publisher) == (authors, "Associated Press", "Associated Press")
    assert article.provenance["publisher"] == "credits"


def test_labels_give_section_and_address() -> None:
    """`Section:` and `URL:` are read; the host is the outlet where `Source:` is an address."""
    article = plain(f"{TITLE}\nSource: https://www.reuters.com/ferries\nSection: Harbour\n\n{BODY}\n")
    assert (article.url, article.publisher, article.section) == ("https://www.reuters.com/ferries", "Reuters", "Harbour")


@pytest.mark.parametrize(
    ("text", "authors", "publisher"),
    [
        # who Emily Post is cannot be told from her name
        (f"{TITLE}\nBy Jane Sample and Emily Post\n\n{BODY}", ("Jane Sample", "Emily Post"), None),
        (f"{TITLE}\nSource: a person who was there.\n\n{BODY}", (), None),
        (f"{TITLE}\n\nJane Sample\n\n{BODY}", (), None),
        (f"The ferries had left when\nBy Monday evening the harbour was empty and the\n{BODY}", (), None),
        (f"{TITLE}\n\n{BODY}\nSource: {DESK}", (), None),
    ],
)
def test_what_may_be_text_stays_text(text: str, authors: tuple[str, ...], publisher: str | None) -> None:
    """A name alone, a sentence behind a label, a line in the middle: nothing is taken for a credit on a guess, nothing lost."""
    article = plain(text)
    assert (article.authors, article.publisher) == (authors, publisher)
    shown = f"{article.title} {article.text}"
    assert all(word in shown for line in text.split("\n") if not line.startswith("By Jane") for word in line.split())


def test_a_day_that_cannot_be_read_stays_in_the_text() -> None:
    """`Date: some time ago` is no date, and not lost."""
    article = plain(f"{TITLE}\nDate: some time ago\n\n{BODY}\n")
    assert article.published is None
    assert article.text.startswith("some time ago")


def test_thousands_of_lines_above_a_text_are_read_in_no_time() -> None:
    """Blank lines and credits without end: only the first lines can be a head."""
    article = plain(f"{TITLE}\n" + "\n" * 200_000 + "19 September 2025\n" * 20_000 + BODY)
    assert article.title == TITLE
    assert article.text.count("19 September 2025") > 19_000

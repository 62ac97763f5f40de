"""The two real files that the project is for, where they lie beside it. Nothing of them is copied here."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.sources.blocks import read_blocks
from index.types import Article, Rejection

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"no seed files in {SEEDS}")
ReadFile = Callable[[Path], list[Article | Rejection]]


Seed = tuple[str, list[Article]]


def seed(number: str, read: ReadFile) -> Seed:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    found = read(path)
    assert not [item for item in found if isinstance(item, Rejection)]
    return path.read_text(encoding="utf-8"), [item for item in found if isinstance(item, Article)]


@pytest.fixture(scope="module")
def digest(read: ReadFile) -> Seed:
    return seed("004", read)


@pytest.fixture(scope="module")
def newspaper(read: ReadFile) -> Seed:
    return seed("000", read)


def test_the_digest_gives_its_ten_articles(digest: Seed) -> None:
    """Each of the ten items has the outlet, agency, dates and number of reporters that its source line prints."""
    page, found = digest
    assert [
        (a.publisher, a.agency, a.published and a.published.value, a.updated and a.updated.value, len(a.authors)) for a in found
    ] == [
        ("China Daily", None, "2025-09-19", "2025-09-19T09:04", 1),
        ("Associated Press", "Associated Press", "2025-09-21", "2025-09-21T10:58-07:00", 1),
        ("China Daily", None, "2025-09-21", "2025-09-21T14:02", 1),
        ("China Daily", None, "2025-09-19", "2025-09-19T21:45", 1),
        ("China Daily", None, "2025-09-22", "2025-09-22T10:36", 1),
        ("China Daily", None, "2025-08-18", "2025-08-18T07:34", 1),
        ("Xinhua", "Xinhua", "2025-09-04T20:52", None, 0),
        ("Reuters", "Reuters", "2025-09-21T01:49-07:00", None, 2),
        ("China Daily", None, "2025-09-19", "2025-09-19T09:09", 1),
        ("Xinhua", "Xinhua", "2025-09-12T21:49", None, 0),
    ]  # fmt: skip
    assert [a.origin.position for a in found] == [f"item {number}" for number in range(1, 11)]
    lines = [" ".join(line.split()) for line in page.splitlines() if line.strip().startswith("Source:")]
    for article, line in zip(found, lines, strict=True):
        # Every name stands behind `by` or before the ` | ` of its own line, and is a name: two words, no more.
        assert all(f"y {name}" in line or f"and {name};" in line for name in article.authors)
        assert all(len(name.split()) == 2 for name in article.authors)
        assert article.flags == ()


def test_the_digest_keeps_every_paragraph(digest: Seed) -> None:
    """All text between an item's number and its source line is in its article, and no page furniture is."""
    page, found = digest
    paragraphs = [" ".join(line.split()) for line in page.splitlines() if len(line.split()) > 6 and "Source:" not in line]
    text = "\n\n".join(a.text for a in found)
    assert all(paragraph.split(") ", 1)[-1] in text for paragraph in paragraphs)
    assert "Add a comment" not in text
    assert "Source:" not in text


def test_the_page_gives_its_five_stories(newspaper: Seed) -> None:
    """Five bylines or page marks are five stories; headlines and names are printed on the page, and no piece is left over."""
    page, found = newspaper
    assert [a.origin.position for a in found] == [f"story {number}" for number in range(1, 6)]
    assert [len(a.authors) for a in found] == [2, 1, 1, 0, 1]
    assert [a.title_printed for a in found] == [True, True, True, True, False]
    assert all(f"\n{a.title}\n" in f"\n{page}\n" for a in found if a.title_printed)
    assert all(name in page for a in found for name in a.authors)
    assert [a.flags for a in found] == [()] * 5


def test_the_page_loses_and_doubles_nothing(newspaper: Seed) -> None:
    """Every paragraph of the page is in exactly one of the stories."""
    page, found = newspaper
    paragraphs = [block.text for block in read_blocks(page) if block.kind == "paragraph"]
    assert len(paragraphs) > 40
    assert [sum(text in a.text for a in found) for text in paragraphs] == [1] * len(paragraphs)

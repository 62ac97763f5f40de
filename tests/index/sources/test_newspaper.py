"""Newspaper pages: stories put together again, and nothing under a wrong name."""

from pathlib import Path

import pytest

from index.embedding import SentenceTransformerEmbedder
from index.sources.blocks import read_blocks
from index.sources.newspaper import looks_like_newspaper, read_newspaper
from index.types import Article

DOCUMENTED = """\
Ferries Return to the Harbour

By JANE SAMPLE

The harbour of Example Town reopened on Friday after nine days of repairs. Two ferries left before noon, and the

Hives in the Valley Reach a Record

By JOHN SAMPLE

Beekeepers counted 4,100 hives in the valley this summer. Most of the new ones belong to

port authority expects the usual timetable of ferries from Monday.

young keepers who took the course in spring, the beekeepers' club says.
"""
WITH_ORPHAN = """\
Ferries Return to the Harbour

By JANE SAMPLE

The harbour of Example Town reopened on Friday after nine days of repairs. Two ferries left before noon.

and the choir of the old church sang two more songs before the lights went out.

Hives in the Valley Reach a Record

By JOHN SAMPLE

Beekeepers counted 4,100 hives in the valley this summer. The club was pleased.
"""


@pytest.fixture(scope="module")
def stories(embedder: SentenceTransformerEmbedder, samples: Path) -> list[Article]:
    """Return what is read from examples/articles/page-three.txt."""
    page = (samples / "page-three.txt").read_text(encoding="utf-8")
    return list(read_newspaper(page, "/news/page-three.txt", embedder.embed_passages))


def test_the_sample_page_gives_its_stories(stories: list[Article]) -> None:
    """The three stories come in the order of their beginnings, with headline, byline and section as printed."""
    assert [(a.origin.position, a.title, a.authors, a.section, a.flags) for a in stories] == [
        ("story 1", "Nanotechnology Patents Pass the Million Mark", ("SCIENCE Desk",), None, ()),
        ("story 2", "Battery Packs Get Cheaper Than Ever", ("TECHNOLOGY Desk",), "Field Notes", ()),
        ("story 3", "Star Mapper Sent Into Retirement", (), None, ()),
    ]
    assert all(a.title_printed and a.publisher is None and a.dated is None for a in stories)


@pytest.mark.parametrize(
    ("story", "joined"),
    [
        (0, "artificial intelligence is changing how researchers in the field go about their work."),
        (0, "to be worth 1.5 trillion dollars by the end of the year 2025, after growth"),
        (1, "cheap metals and a shift to lithium iron phosphate cells, which do without nickel"),
        (2, "push the space telescope out of its old orbit and into a path around the Sun that keeps it"),
    ],
)
def test_broken_sentences_are_joined(stories: list[Article], story: int, joined: str) -> None:
    """A sentence that a column break cut in two reads on, though other stories stand in between."""
    assert joined in stories[story].text


def test_paragraphs_keep_their_order(stories: list[Article]) -> None:
    """Each story's paragraphs stand as they follow each other, and the caption without its credit at the end."""
    openings = [[paragraph.split(",")[0].split(".")[0][:20] for paragraph in a.text.split("\n\n")] for a in stories]
    assert openings == [
        ["More than 1", "Conference chair Bai", "Sales are climbing a", "Wang Bo"],
        ["Lithium-ion packs co", "Several causes came ", "Makers could turn ou", "Battery cells wait f"],
        ["Controllers in Darms", "In its working life ", "The harvest is far f"],
    ]  # fmt: skip
    assert stories[1].text.endswith("\n\nBattery cells wait for a charging test.")


def test_no_words_of_the_page_are_lost_or_doubled(stories: list[Article], samples: Path) -> None:
    """Every paragraph's words are in exactly one story."""
    page = (samples / "page-three.txt").read_text(encoding="utf-8")
    texts = [block.text for block in read_blocks(page) if block.kind == "paragraph"]
    assert len(texts) == 14
    assert [sum(text in story.text for story in stories) for text in texts] == [1] * 14


def test_the_documented_page_is_read_as_documented(embedder: SentenceTransformerEmbedder) -> None:
    """Both stories of the example of docs/formats.md get their own second halves."""
    harbour, hives = read_newspaper(DOCUMENTED, "/news/page.txt", embedder.embed_passages)
    assert harbour.text == (
        "The harbour of Example Town reopened on Friday after nine days of repairs. Two ferries left before noon, "
        "and the port authority expects the usual timetable of ferries from Monday."
    )
    assert hives.text == (
        "Beekeepers counted 4,100 hives in the valley this summer. Most of the new ones belong to "
        "young keepers who took the course in spring, the beekeepers' club says."
    )
    assert (harbour.authors, hives.authors) == (("JANE SAMPLE",), ("JOHN SAMPLE",))
    assert harbour.flags == hives.flags == ()


def test_an_orphan_is_flagged_and_has_no_author(embedder: SentenceTransformerEmbedder) -> None:
    """A piece that continues nothing is an article of its own, without byline and title, and both stories stay clean."""
    harbour, hives, orphan = read_newspaper(WITH_ORPHAN, "/news/page.txt", embedder.embed_passages)
    assert orphan.text == "and the choir of the old church sang two more songs before the lights went out."
    assert (orphan.flags, orphan.authors, orphan.title_printed) == (("fragment",), (), False)
    assert orphan.origin.position == "story 3"
    assert harbour.text.endswith("Two ferries left before noon.")
    assert hives.text.endswith("The club was pleased.")
    assert (harbour.flags, hives.flags) == ((), ())


def test_a_story_without_its_end_says_so(embedder: SentenceTransformerEmbedder) -> None:
    """A story that breaks off, with nothing on the page that could follow, is flagged."""
    page = WITH_ORPHAN.replace("and the choir of the old church sang two more songs before the lights went out.\n\n", "")
    page = page.replace(" The club was pleased.", " Most of the new ones belong to")
    harbour, hives = read_newspaper(page, "/news/page.txt", embedder.embed_passages)
    assert (harbour.flags, hives.flags) == ((), ("ends in mid-sentence",))


def test_never_under_a_wrong_byline(embedder: SentenceTransformerEmbedder) -> None:
    """Whatever order the pieces are printed in, no piece lands in the other author's story."""
    beginning, rest = DOCUMENTED.split("port authority")
    first, second = ("port authority" + rest).strip().split("\n\n")
    for pieces in ((first, second), (second, first)):
        for article in read_newspaper(beginning + "\n\n".join(pieces), "/news/page.txt", embedder.embed_passages):
            assert not ("ferries from Monday" in article.text and article.authors == ("JOHN SAMPLE",))
            assert not ("course in spring" in article.text and article.authors == ("JANE SAMPLE",))


@pytest.mark.parametrize(
    ("text", "newspaper"),
    [
        (DOCUMENTED, True),
        (WITH_ORPHAN, True),
        ("Ferries Return to the Harbour\n\nBy JANE SAMPLE\n\nThe harbour reopened on Friday.\n", False),
        ("The harbour reopened on Friday.\n\nTwo ferries left.\n", False),
        ("Star Mapper Retires\n\nFrom page 1\n\nThe craft was sent into\n\na path around the Sun.\n", True),
        ("", False),
    ],
)
def test_what_is_a_newspaper_page(text: str, newspaper: bool) -> None:  # noqa: FBT001
    """Several bylines, or one together with a sentence broken by a column, make a page; one plain article does not."""
    assert looks_like_newspaper(text) is newspaper


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ("By JANE SAMPLE", "byline"),
        ("Opinion", "label"),
        ("From page 1", "mark"),
        ("(Continued on page A4)", "mark"),
        ("A ferry leaves the harbour. (PHOTO: SAMPLE DESK)", "caption"),
        ("Ferries Return to the Harbour", "headline"),
        ("The harbour of Example Town reopened on Friday.", "paragraph"),
        ("port authority expects the usual timetable", "paragraph"),
        ("\\$4 million *for* the Wall of the Harbour", "paragraph"),
    ],
)
def test_blocks_are_told_apart(printed: str, kind: str) -> None:
    """Each kind of printed block is known by its form."""
    (block,) = read_blocks(printed)
    assert block.kind == kind


def test_markup_of_converters_is_dropped() -> None:
    """Emphasis, heading marks and escapes that a converter left are no text."""
    (block,) = read_blocks("The *Example Courier* paid **\\$4 million** for the wall on Friday.")
    assert block.text == "The Example Courier paid $4 million for the wall on Friday."


HEADED = """\
THE SANDHOLM ARGOSY
Friday, September 19, 2025

Ferries return to the harbour
By JANE SAMPLE

The harbour of Example Town reopened on Friday after nine days of repairs.

Hives in the valley reach a record
By JOHN SAMPLE, Associated Press
September 18, 2025
Beekeepers counted 4,100 hives in the valley this summer.
"""


@pytest.mark.parametrize(
    "head",
    [
        "THE SANDHOLM ARGOSY\nFriday, September 19, 2025\n",
        "Page A3\nTHE SANDHOLM ARGOSY | Friday, September 19, 2025\n",
        "THE SANDHOLM ARGOSY\n\nVol. 12, No. 4\n\nSeptember 19, 2025\n",
    ],
)
def test_the_masthead_gives_paper_and_day(embedder: SentenceTransformerEmbedder, head: str) -> None:
    """Of all stories of the page, unless a story names another; bylines may stand right below their headlines."""
    page = head + HEADED.partition("2025\n")[2]
    assert looks_like_newspaper(page)
    ferries, hives = (a for a in read_newspaper(page, "/news/p.txt", embedder.embed_passages) if isinstance(a, Article))
    assert (ferries.title, ferries.authors, ferries.publisher) == (
        "Ferries return to the harbour", ("JANE SAMPLE",), "THE SANDHOLM ARGOSY",
    )  # fmt: skip
    assert (hives.authors, hives.publisher, hives.agency) == (("JOHN SAMPLE",), "Associated Press", "Associated Press")
    assert [(a.published.value, a.published.read_from) for a in (ferries, hives) if a.published] == [
        ("2025-09-19", "masthead"), ("2025-09-18", "text"),
    ]  # fmt: skip
    assert hives.text == "Beekeepers counted 4,100 hives in the valley this summer."


def test_a_headline_with_its_date_is_no_masthead(embedder: SentenceTransformerEmbedder) -> None:
    """Where the byline follows, the capitals are the first story's headline."""
    page = HEADED.replace(
        "THE SANDHOLM ARGOSY\nFriday, September 19, 2025\n\nFerries return to the harbour\n",
        "FERRIES RETURN\nSeptember 19, 2025\n",
    )
    first = next(a for a in read_newspaper(page, "/news/p.txt", embedder.embed_passages) if isinstance(a, Article))
    assert (first.title, first.publisher, first.published and first.published.value) == ("FERRIES RETURN", None, "2025-09-19")

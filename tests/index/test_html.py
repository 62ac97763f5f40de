"""Saved and fetched pages become articles."""

import json
import logging
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sources.html import MAX_CHARACTERS, html_text, read_html
from index.types import Article, Link, NewsDate, Origin, Rejection

ORIGIN = Origin(source="/pages/ferries.html")
URL = "https://news.example.org/local/ferries-return"
PARAGRAPHS = [
    "The harbour of Example Town reopened on Friday after nine days of repairs to its northern wall.",
    "Two ferries left before noon, and a third one was waiting for passengers from the islands, the harbour board said.",
    "“We had hoped for a week,” said Ann Roe, the mayor. “The storm of May had moved stones of two tonnes.”",
    "Divers found no damage below the water line. A survey of the sea floor is due next month.",
    "The council will vote on a second wall in the spring, and on how the islands are to share its cost.",
]
NODE: dict[str, Any] = {
    "@type": "NewsArticle", "headline": "Ferries return to Example Town", "datePublished": "2025-09-19T09:04:00+02:00",
    "author": {"name": "Jane Sample"}, "publisher": {"name": "Example Herald"},
}  # fmt: skip

PIECES = [
    "<p>", "</p>", "<div class=paywall>", "<article>", "</article>", "<h1>", "<time datetime=2>", "<table>", "<td>", "&#0;",
    *PARAGRAPHS, '<script type="application/ld+json">', "</script>", '{"@type":"NewsArticle"', "<meta name=date", ">", "<li>",
]  # fmt: skip


def html(body: str | None = None, *, node: dict[str, Any] | None = None, head: str = "", after: str = "") -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) if body is None else body
    script = json.dumps(NODE if node is None else node)
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Ferries return to Example Town | Example Herald</title>
<script type="application/ld+json">{script}</script>{head}<style>p {{ color: red }}</style></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><header><h1>Ferries return to Example Town</h1><p class="byline">By Jane Sample</p></header>{text}{after}</article>
<aside><h3><a href="/b">Council votes on bridge</a></h3></aside>
<footer><p>© 2025 Example Herald. All rights reserved.</p></footer><script>var x = "<p>no</p>";</script></body></html>"""


def one(markup: str, **known: Any) -> Article | Rejection:
    (found,) = read_html(markup, ORIGIN, **known)
    return found


def article(markup: str, **known: Any) -> Article:
    found = one(markup, **known)
    assert isinstance(found, Article), found
    return found


def rejection(markup: str, **known: Any) -> Rejection:
    found = one(markup, **known)
    assert isinstance(found, Rejection), found
    return found


def test_a_page_becomes_an_article() -> None:
    """The text is the article's paragraphs without menu, headline, byline and footer; the fields are filled."""
    fetched = NewsDate(value="2025-11-22T10:00+00:00", precision="minute", read_from="clock")
    found = article(html(), url=URL, fetched=fetched)
    assert found.text == "\n\n".join(PARAGRAPHS)
    assert (found.title, found.title_printed, found.publisher) == ("Ferries return to Example Town", True, "Example Herald")
    assert (found.authors, found.url, found.language) == (("Jane Sample",), URL, "en")
    assert found.published == NewsDate(value="2025-09-19T09:04+02:00", precision="minute", read_from="JSON-LD datePublished")
    assert (found.updated, found.fetched, found.origin) == (None, fetched, ORIGIN)
    assert found.provenance["publisher"] == "JSON-LD"
    assert (found.corrections, found.flags) == ((), ())


def test_the_same_page_gives_the_same_article() -> None:
    """Reading twice changes nothing, so ingesting a page again stores nothing new."""
    assert article(html(), url=URL) == article(html(), url=URL)


def test_what_a_feed_says_fills_the_gaps() -> None:
    """The address, title and date of the feed stand in for those that the page lacks."""
    stated = NewsDate(value="2025-09-19T07:04+00:00", precision="minute", read_from="feed published")
    link = Link(origin=Origin(source="feed"), url=URL, title="Ferries are back", authors=("Ann Roe",), published=stated)
    bare = "<html><body><div>" + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) + "</div></body></html>"
    found = article(bare, link=link)
    assert (found.title, found.authors, found.published, found.url) == ("Ferries are back", ("Ann Roe",), stated, URL)
    assert {found.provenance[name] for name in ("title", "authors")} == {"feed"}


def test_the_text_of_a_page_and_of_a_fragment() -> None:
    """`html_text` gives what `read_html` takes of a page, and all of a fragment."""
    assert html_text(html()) == "\n\n".join(PARAGRAPHS)
    assert html_text("<p>By Jane Sample</p><p>Bees left.</p>") == "By Jane Sample\n\nBees left."
    assert html_text("Bees &amp; hives") == "Bees & hives"
    assert html_text("<html><body>" + "<div>" * 3_000) == ""


def test_a_page_without_a_title_takes_it_from_the_text() -> None:
    """An untitled page is still an article; its title is marked as not printed."""
    found = article("<html><body><div>" + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) + "</div></body></html>")
    assert (found.title, found.title_printed, found.published) == (PARAGRAPHS[0], False, None)


@pytest.mark.parametrize(
    "line",
    [
        "Follow us on Facebook and Instagram", "Jane Sample covers the sea. Follow her on Twitter @jane", "Comments", "Tags: sea",
        "Sign up for our daily newsletter", "Filed under: harbours", "© 2025 Example Herald", "Have a tip? Write to us.",
        "Contact the writer at jane@herald.example.org",
    ],
)  # fmt: skip
def test_closing_lines_are_left_out(line: str) -> None:
    """What stands below the last paragraph and speaks to the reader is no text."""
    assert article(html(after=f"<p>{line}</p>")).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "line", ["Related: The storm in pictures", "READ MORE: How the wall was built", "Advertisement", "Story continues below"]
)
def test_pointers_within_the_text_are_left_out(line: str) -> None:
    """Lines between paragraphs that point elsewhere are no text."""
    parts = [f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS]
    assert article(html("".join([*parts[:2], f"<p>{line}</p>", *parts[2:]]))).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "last",
    [
        "Related costs will be paid by the islands.", "Watch officers will stay on the wall through the winter.",
        "Follow the harbour's rules or leave, the board told skippers.", "Comments are due by Friday, the council said.",
        "Contact with the third ferry was lost for an hour on Friday.", "Listen, the mayor said, to the sea.",
        "Get out of the water, the coast guard told swimmers on Friday.", "Share of the cost: two million.",
    ],
)  # fmt: skip
def test_news_that_begins_like_such_a_line_is_kept(last: str) -> None:
    """A sentence of the article that begins with the same word stays."""
    assert article(html(after=f"<p>{last}</p>")).text == "\n\n".join([*PARAGRAPHS, last])


def test_lists_tables_and_headings_are_kept() -> None:
    """Items, rows and sub-headings are lines of the text."""
    table = "<table><tr><th>Ferry</th><th>Berth</th></tr><tr><td>Heron</td><td>4</td></tr></table>"
    items = "<ul><li>mend the wall</li><li>dredge the harbour</li></ul>"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:4])
    found = article(html(f"{body}<h2>What comes next</h2>{items}{table}<p>{PARAGRAPHS[4]}</p>"))
    lines = found.text.split("\n\n")
    assert lines[4:] == [
        "What comes next",
        "- mend the wall",
        "- dredge the harbour",
        "Ferry | Berth",
        "Heron | 4",
        PARAGRAPHS[4],
    ]


def test_quoted_posts_are_kept() -> None:
    """The words of an embedded post are part of the article that speaks of them."""
    post = (
        '<div class="social-embed"><blockquote class="post"><p>The ferries are back, and so am I.</p>— Ann Roe</blockquote></div>'
    )
    parts = [f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS]
    assert "The ferries are back, and so am I." in article(html("".join([*parts[:3], post, *parts[3:]]))).text


def test_the_full_text_of_json_ld_is_used_when_the_page_shows_a_part() -> None:
    """Where the page shows the opening and `articleBody` gives the whole, the whole is taken, with its provenance."""
    whole = "".join(PARAGRAPHS * 2)
    found = article(html(f"<p>{PARAGRAPHS[0]}</p>", node={**NODE, "articleBody": whole, "isAccessibleForFree": False}))
    assert found.text == "\n\n".join(PARAGRAPHS * 2)
    assert found.provenance["text"] == "JSON-LD"
    assert found.flags == ()


def test_the_page_is_used_when_it_shows_all() -> None:
    """`articleBody` runs paragraphs together and holds captions, so the page's own text is better."""
    found = article(html(node={**NODE, "articleBody": " ".join([*PARAGRAPHS, "A ferry at the wall. (Photo: Jane Sample)"])}))
    assert found.text == "\n\n".join(PARAGRAPHS)
    assert "text" not in found.provenance


def test_a_text_cut_off_by_a_paywall_is_marked() -> None:
    """A long opening is kept, without the prompt, and flagged."""
    body = "".join(f"<p>{paragraph} ({number})</p>" for number in range(3) for paragraph in PARAGRAPHS)
    found = article(html(f"{body}<p>Subscribe to continue reading</p>"))
    assert found.flags == ("truncated",)
    assert "Subscribe" not in found.text


def test_a_page_of_another_kind_is_skipped() -> None:
    """An opening before a paywall is no article and no failure; the reason says what it is."""
    found = rejection(html(f"<p>{PARAGRAPHS[0]}</p>", node={**NODE, "isAccessibleForFree": "False"}))
    assert found == Rejection(origin=ORIGIN, reason="only the opening (17 words) is shown without a subscription", skipped=True)


def test_an_agency_at_the_end_is_told() -> None:
    """`Source: Reuters` below the text names the agency and is no text."""
    found = article(html(after="<p>Source: Reuters</p>"))
    assert (found.agency, found.provenance["agency"], found.text) == ("Reuters", "page", "\n\n".join(PARAGRAPHS))


@pytest.mark.parametrize(
    ("after", "node", "notice", "in_text"),
    [
        ("<p>Correction: The wall is nine metres high.</p>", {}, "Correction: The wall is nine metres high.", True),
        ('<div class="article-correction">The mayor is Ann Roe, not Anna.</div>', {}, "The mayor is Ann Roe, not Anna.", None),
        (
            '<footer class="footer"><p>This article was amended on 20 May.</p></footer>',
            {},
            "This article was amended on 20 May.",
            None,
        ),
        ("", {"correction": "The wall is nine metres high."}, "The wall is nine metres high.", False),
        ("", {"correction": {"@type": "CorrectionComment", "text": "The wall is <b>high</b>."}}, "The wall is high.", False),
    ],
)
def test_corrections_are_kept(after: str, node: dict[str, Any], notice: str, in_text: bool | None) -> None:  # noqa: FBT001 - a parameter
    """Notices in the text, in marked elements, in what extraction drops and in JSON-LD are all kept, once."""
    found = article(html(after=after, node={**NODE, **node}))
    assert found.corrections == (notice,)
    if in_text is not None:
        assert (notice in found.text) is in_text


@pytest.mark.parametrize(
    "decoy",
    [
        '<p><a class="correction" href="/report">Report a correction</a></p>',
        '<div class="corrections-link">Suggest a correction to us</div>',
        '<ul><li class="correction"><a href="/c">Correction: the other story was wrong</a></li></ul>',
    ],
)  # fmt: skip
def test_links_to_corrections_are_none(decoy: str) -> None:
    """Forms and links that are named after corrections say nothing of this article."""
    assert article(html(after=decoy)).corrections == ()


def test_a_page_larger_than_the_limit_fails() -> None:
    """Markup beyond the limit is refused before it is parsed, and counts as a failure."""
    found = rejection("<p>" + "x" * MAX_CHARACTERS)
    assert not found.skipped
    assert "more than 5,000,000 characters" in found.reason


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<html><body>" + "<div>" * 10_000 + "x", "nested deeper than 2,048 levels"),
        (html("<ul><li>" * 1_000 + PARAGRAPHS[0] * 9), "nested hundreds of levels deep"),
        (html("<p>x</p>" * 100_000), "more than 30,000 elements"),
        ("", "no markup"),
    ],
    ids=["divs", "lists", "paragraphs", "empty"],
)
def test_what_cannot_be_read_fails_with_its_reason(markup: str, reason: str) -> None:
    """Markup that libxml2 or trafilatura would cut off, overflow on or take minutes for is refused at once."""
    started = time.process_time()
    found = rejection(markup)
    assert reason in found.reason
    assert not found.skipped
    assert time.process_time() - started < 3


def test_deep_nesting_within_the_limit_is_read() -> None:
    """Pages of old editors nest hundreds of levels; beyond 256 libxml2 drops the rest unless told otherwise."""
    body = "<div>" * 600 + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) + "</div>" * 600
    assert article(html(body)).text == "\n\n".join(PARAGRAPHS)


def test_large_scripts_cost_little() -> None:
    """Megabytes of inline scripts and drawings are dropped before extraction."""
    heavy = "<script>" + 'var a = "<p>";' * 200_000 + "</script><svg>" + "<path d='M0 0'/>" * 5_000 + "</svg>"
    started = time.process_time()
    assert article(html(head=heavy)).text == "\n\n".join(PARAGRAPHS)
    assert time.process_time() - started < 3


def test_hidden_characters_do_no_harm() -> None:
    """NUL bytes and halves of characters, as broken decoding leaves them, do not stop the reading."""
    assert article("\x00" + html().replace("Two ferries", "Two\ud800 ferries\x00")).text == "\n\n".join(PARAGRAPHS)


def test_extraction_says_nothing_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """A page without an article is told by the rejection, not by a library's warning on the terminal."""
    with caplog.at_level(logging.INFO):
        assert rejection("<html><body><p>Contact</p></body></html>").skipped
    assert not [record for record in caplog.records if record.name.startswith("trafilatura")]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_page_is_an_exception(markup: str) -> None:
    """Whatever the page, one article or one rejection with a reason comes out."""
    found = one(f"<html><body>{markup}", url=URL)
    assert found.reason if isinstance(found, Rejection) else found.text

"""What pages say of their articles, and where each field was read."""

import pytest

from index.sources.page import read_page
from index.sources.page_metadata import PageMetadata, read_metadata
from index.types import Link, NewsDate, Origin
from tests.index.made_page import BODY, FETCHED, NODE, URL, html, ld

SITE = '<meta property="og:site_name" content="Example Herald">'


def read(markup: str, url: str | None = URL, *, link: Link | None = None) -> PageMetadata:
    return read_metadata(read_page(markup, url), fetched=FETCHED, link=link)


def test_json_ld_states_every_field() -> None:
    """Each field comes out of the node, with where it was read; dates keep minute and zone."""
    found = read(html(ld(NODE)))
    assert (found.title, found.publisher, found.authors) == ("Ferries return to Example Town", "Example Herald", ("Jane Sample",))
    assert (found.section, found.language, found.agency, found.url) == ("Local", "en-GB", None, URL)
    assert found.published == NewsDate(value="2025-09-19T09:04+02:00", precision="minute", read_from="JSON-LD datePublished")
    assert found.updated == NewsDate(value="2025-09-20T07:00+02:00", precision="minute", read_from="JSON-LD dateModified")
    assert found.provenance == {
        "title": "JSON-LD", "publisher": "JSON-LD", "authors": "JSON-LD", "section": "JSON-LD",
        "language": "JSON-LD", "url": "URL",
    }  # fmt: skip


def test_a_feed_fills_what_the_page_does_not_state() -> None:
    """Title, authors and dates of the feed are used with the provenance `feed`; its date counts above the address."""
    stated = NewsDate(value="2025-09-19T09:04+00:00", precision="minute", read_from="feed published")
    link = Link(origin=Origin(source="feed"), url=URL, title="Ferries are back", authors=("Ann Roe",), published=stated)
    bare = read(f"<html><body><div>{BODY}</div></body></html>", "https://news.example.org/2025/09/18/x", link=link)
    assert (bare.title, bare.authors, bare.published) == ("Ferries are back", ("Ann Roe",), stated)
    assert (bare.provenance["title"], bare.provenance["authors"]) == ("feed", "feed")
    full = read(html(ld(NODE)), link=link)
    assert (full.title, full.authors) == ("Ferries return to Example Town", ("Jane Sample",))
    assert full.published is not None
    assert full.published.read_from == "JSON-LD datePublished"


@pytest.mark.parametrize(
    ("head", "top", "title", "where"),
    [
        (f'<meta property="og:title" content="Ferries return - Example Herald">{SITE}', "", "Ferries return", "OpenGraph"),
        (f"<title>Ferries return | Example Herald</title>{SITE}", "", "Ferries return", "page"),
        ("<title>Ferries return &amp;amp; sail - news.example.org</title>", "", "Ferries return & sail", "page"),
        ("<title>Ferries at sea | X</title>", "<h1>Ferries <em>at</em> sea</h1>", "Ferries at sea",
         "page"),
        (ld({"@type": "Article", "headline": "Ferries return to"}), "<h1>Ferries return to sea</h1>", "Ferries return to sea",
         "page"),
        (ld({"@type": "NewsArticle", "headline": "Bees &amp; hives <i>left</i>"}), "", "Bees & hives left", "JSON-LD"),
    ],
)  # fmt: skip
def test_titles(head: str, top: str, title: str, where: str) -> None:
    """The title is the headline as printed, without the outlet's name; a shortened one is replaced by the whole."""
    found = read(html(head, top))
    assert (found.title, found.provenance["title"]) == (title, where)


@pytest.mark.parametrize(
    ("head", "url", "publisher", "where"),
    [
        ('<meta property="og:site_name" content="Example Herald | News">', URL, "Example Herald", "OpenGraph"),
        ('<meta name="application-name" content="Example Herald">', URL, "Example Herald", "meta application-name"),
        ('<meta property="og:site_name" content="AP News">', "https://apnews.com/article/x", "Associated Press", "OpenGraph"),
        ("", "https://www.scmp.com/news/ferries", "South China Morning Post", "URL"),
        ("", "https://www.herald.example.org/ferries", "herald.example.org", "URL"),
        (
            '<meta property="og:site_name" content="the guardian">',
            "https://www.theguardian.com/uk/ferries",
            "The Guardian",
            "OpenGraph",
        ),
        ('<meta property="og:site_name" content="@herald">', URL, "news.example.org", "URL"),
    ],
)
def test_publishers(head: str, url: str, publisher: str, where: str) -> None:
    """The outlet is named by the page, else by the table of domains, else by its bare host."""
    found = read(html(head), url)
    assert (found.publisher, found.provenance["publisher"]) == (publisher, where)


def test_a_page_of_unknown_address_has_no_publisher() -> None:
    """Nothing is made up for a saved page that names neither its outlet nor its address."""
    found = read(html(), None)
    assert (found.publisher, found.url, "publisher" in found.provenance) == (None, None, False)


def test_a_wire_named_as_publisher_is_the_agency() -> None:
    """Sites that carry agency copy name the agency as publisher in JSON-LD and themselves in OpenGraph."""
    node = {**NODE, "publisher": {"name": "Associated Press"}}
    found = read(html(ld(node) + '<meta property="og:site_name" content="Example Herald">'))
    assert (found.publisher, found.agency, found.provenance["agency"]) == ("Example Herald", "Associated Press", "JSON-LD")
    assert read(html(ld(node))).publisher == "Associated Press"


@pytest.mark.parametrize(
    ("head", "top"),
    [
        (ld({**NODE, "author": {"@type": "Organization", "name": "Reuters"}}), ""),
        (ld({**NODE, "author": "By Jane Sample and Reuters"}), ""),
        ('<meta name="author" content="Jane Sample (Reuters)">', ""),
        ('<meta name="source" content="Reuters">', ""),
        ("", '<p class="byline">By Reuters</p>'),
        (ld({**NODE, "author": None, "sourceOrganization": {"name": "Reuters"}}), ""),
    ],
)
def test_agencies(head: str, top: str) -> None:
    """A wire service in the credits or the source is the agency, not an author."""
    found = read(html(head, f"<h1>Ferries return to Example Town</h1>{top}"))
    assert found.agency == "Reuters"
    assert "Reuters" not in found.authors


@pytest.mark.parametrize(
    ("head", "top", "where"),
    [
        ('<meta name="author" content="Jane Sample">', "", "meta author"),
        ('<meta name="parsely-author" content="Jane Sample">', "", "meta parsely-author"),
        ('<meta name="byl" content="By Jane Sample">', "", "meta byl"),
        ('<meta name="citation_author" content="Sample, Jane">', "", "meta citation_author"),
        ('<meta property="article:author" content="https://x.example.org"><meta name="dc.creator" content="Jane Sample">', "",
         "meta dc.creator"),
        ("", '<span itemprop="author" itemscope><a itemprop="name">Jane Sample</a>, 12 posts</span>', "microdata"),
        ("", '<div class="byline">By <a href="/jane" rel="author">Jane Sample</a></div>', "page"),
        (ld({**NODE, "author": {"name": "Example Herald"}}), '<p class="author-name">Jane Sample</p>', "page"),
    ],
)  # fmt: skip
def test_authors_are_read_from_the_first_place_that_names_one(head: str, top: str, where: str) -> None:
    """Tags, microdata and the byline are asked in order; addresses and the outlet itself are no authors."""
    found = read(html(head, f"<h1>Ferries return to Example Town</h1>{top}"))
    assert (found.authors, found.provenance["authors"]) == (("Jane Sample",), where)


def test_a_comment_form_names_no_author() -> None:
    """The labels of forms and the names of commenters stand elsewhere."""
    form = '<form><p class="comment-form-author">Name</p></form><div class="comment"><b class="author">Troll</b></div>'
    assert read(html("", f"<h1>Ferries return to Example Town</h1>{BODY}{form}")).authors == ()


@pytest.mark.parametrize(
    ("link", "url", "expected"),
    [
        ("/local/ferries-return", "https://news.example.org/amp/1", "https://news.example.org/local/ferries-return"),
        ("https://www.example.org/local/x#top", "https://m.example.org/x", "https://www.example.org/local/x"),
        ("https://news.example.org/", URL, URL),
        ("https://other.example.net/story", URL, URL),
        ("https://a.co.uk/story", "https://b.co.uk/story", "https://b.co.uk/story"),
        ("javascript:alert(1)", URL, URL),
        ("file:///etc/passwd", None, None),
        ("http://[broken", URL, URL),
        ("https://news.example.org/only", None, "https://news.example.org/only"),
    ],
)
def test_canonical_addresses(link: str, url: str | None, expected: str | None) -> None:
    """The canonical address is taken when it is the page's own: on the web, of the same site, and not the front page."""
    assert read(html(f'<link rel="canonical" href="{link}">'), url).url == expected


@pytest.mark.parametrize(
    ("head", "attributes", "language", "where"),
    [
        ("", 'lang="de-AT"', "de-AT", "page"),
        ('<meta property="og:locale" content="en_US">', "", "en-US", "OpenGraph"),
        (ld({**NODE, "inLanguage": {"@type": "Language", "name": "fr"}}), 'lang="en"', "fr", "JSON-LD"),
        (ld({**NODE, "inLanguage": "English (British)"}), 'lang="en"', "en", "page"),
    ],
)
def test_languages(head: str, attributes: str, language: str, where: str) -> None:
    """The language is written as BCP 47 has it; words that are no code are passed over."""
    found = read(html(head, attributes=attributes))
    assert (found.language, found.provenance["language"]) == (language, where)


@pytest.mark.parametrize(
    ("head", "section"),
    [
        ('<meta property="article:section" content="Business">', "Business"),
        (ld({**NODE, "articleSection": ["Local", "Sea"]}), "Local"),
        ('<meta property="article:section" content="Uncategorized"><meta name="parsely-section" content="Sea">', "Sea"),
        ("", None),
    ],
)
def test_sections(head: str, section: str | None) -> None:
    """The first section that someone chose is taken."""
    assert read(html(head)).section == section

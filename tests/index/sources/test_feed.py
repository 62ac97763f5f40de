"""Feeds in RSS, RDF and Atom: which entries are articles, which are links, and which page an entry means."""

import pytest

from index.sources.feed import looks_like_feed, read_feed
from index.types import Article, Link, NewsDate, Origin, Rejection
from tests.index.sources.made_feeds import CONTENT, FEED_URL, LONG, SENTENCE, article, atom, link, one, read, rss


def test_a_feed_with_whole_articles_gives_articles() -> None:
    """`content:encoded` is the article; the entry says the rest, and the channel who publishes it in which language."""
    item = f"""<title>Ferries &amp;amp; boats return</title><link>https://post.example/harbour</link>
      <guid isPermaLink="false">post-17</guid><dc:creator>Jane Sample</dc:creator><dc:creator>John Sample</dc:creator>
      <pubDate>Fri, 19 Sep 2025 09:04:11 +0200</pubDate><category>World</category>
      <description>The harbour reopened.</description>
      <content:encoded><![CDATA[<p>{SENTENCE}</p><figure><figcaption>A ferry</figcaption></figure><p>Two ferries left.</p>
      <p>The post <a href="x">Ferries return</a> appeared first on <a href="y">The Example Post</a>.</p>]]></content:encoded>"""
    channel = (
        "<title>The Example Post - Latest news</title><language>en-GB</language><pubDate>Sat, 20 Sep 2025 01:00:00 GMT</pubDate>"
    )
    fetched = NewsDate(value="2025-09-20T12:00+00:00", precision="minute", read_from="fetch")
    (found,) = read_feed(rss(item, channel=channel).encode(), FEED_URL, fetched=fetched, url=FEED_URL)
    assert isinstance(found, Article)
    assert (found.title, found.text) == ("Ferries & boats return", f"{SENTENCE.strip()}\n\nTwo ferries left.")
    assert (found.publisher, found.agency, found.authors) == ("The Example Post", None, ("Jane Sample", "John Sample"))
    assert found.published == NewsDate(value="2025-09-19T09:04+02:00", precision="minute", read_from="feed")
    assert (found.updated, found.fetched) == (None, fetched)
    assert (found.url, found.language, found.section) == ("https://post.example/harbour", "en-GB", "World")
    assert found.origin == Origin(source=FEED_URL, position="entry 1", record_id="post-17")
    assert found.provenance == {"publisher": "feed title"}


def test_a_feed_with_summaries_gives_links() -> None:
    """An entry with a summary names its page and what it says of it."""
    item = """<title>Ferries return</title><link>/harbour?a=1&amp;b=2</link><author>jane@post.example (Jane Sample)</author>
      <pubDate>Fri, 19 Sep 2025 09:04:11 GMT</pubDate><description>The harbour reopened on Friday.</description>"""
    assert link(rss(item)) == Link(
        origin=Origin(source="/news/feed.xml", position="entry 1", record_id="https://post.example/harbour?a=1&b=2"),
        url="https://post.example/harbour?a=1&b=2",
        title="Ferries return",
        authors=("Jane Sample",),
        published=NewsDate(value="2025-09-19T09:04+00:00", precision="minute", read_from="feed"),
    )


def test_entries_keep_their_order_and_number() -> None:
    """Articles, links and what is neither come in printed order, and two entries of one guid are both given."""
    found = read(rss(
        f"<guid>a</guid><description>{LONG}</description>",
        "<guid isPermaLink='false'>a</guid><link>https://post.example/2</link>",
        "<title>Only a title</title>",
    ))  # fmt: skip
    assert [(type(item).__name__, item.origin.position, item.origin.record_id) for item in found] == [
        ("Article", "entry 1", "a"), ("Link", "entry 2", "a"), ("Rejection", "entry 3", None),
    ]  # fmt: skip


PARAGRAPH = f"<p>{LONG}</p>"
CHINESE = "港口在修理九天之后于周五重新开放。"


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (f"<content:encoded><![CDATA[<p>{SENTENCE}</p>]]></content:encoded>", True),
        (f"<description>Short.</description><content:encoded><![CDATA[<p>{SENTENCE}</p>]]></content:encoded>", True),
        (f"<description>{SENTENCE}</description><content:encoded><![CDATA[<p>{SENTENCE}</p>]]></content:encoded>", False),
        (f"<description><![CDATA[{PARAGRAPH}]]></description>", True),
        (f"<description>{SENTENCE * 6}</description>", False),
        (f"<description>{LONG}and then …</description>", False),
        (f"<description>{LONG}[…]</description>", False),
        (f"<description>{LONG}[&amp;hellip;]</description>", False),
        (f"<description>{LONG}...</description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<p><a href='x'>Continue reading</a></p>]]></description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<a href='x'>Continue reading Ferries return →</a>]]></description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<p>Read more »</p>]]></description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<p>Read the full story</p>]]></description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<p>Children should read more.</p>]]></description>", True),
        (f"<description><![CDATA[{PARAGRAPH}<p>It rained. More ferries follow on Monday.</p>]]></description>", True),
        (f"<description>{LONG}(more)</description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<p>The post A appeared first on B.</p>]]></description>", True),
        (f"<description><![CDATA[<p>{SENTENCE}</p><p>The post A appeared first on B.</p>]]></description>", False),
        (f"<content:encoded><![CDATA[<p>{SENTENCE} […]</p><p>The post A appeared first on B.</p>]]></content:encoded>", False),
        (f"<description><![CDATA[<p>{CHINESE * 20}</p>]]></description>", True),
        (f"<description><![CDATA[<p>{CHINESE * 5}</p>]]></description>", False),
        (f"<description><![CDATA[<p>{CHINESE * 20}</p><p>阅读全文</p>]]></description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<p>Weiterlesen</p>]]></description>", False),
        (f"<description><![CDATA[{PARAGRAPH}<p>Der Beitrag A erschien zuerst auf B.</p>]]></description>", True),
        ("<content:encoded><![CDATA[<p><img src='a'></p>]]></content:encoded>", False),
        ("<description></description>", False),
    ],
)
def test_only_whole_texts_are_articles(parts: str, whole: bool) -> None:  # noqa: FBT001 - a column of the table
    """Content that says more than the summary, or 120 words, and no sign that it breaks off."""
    found = one(rss(f"<link>https://post.example/1</link>{parts}"))
    assert isinstance(found, Article if whole else Link)


def test_a_long_text_that_breaks_off_and_has_no_page_is_flagged() -> None:
    """There is nowhere to read the rest, so what there is becomes an article that says so."""
    found = article(rss(f"<guid isPermaLink='false'>a</guid><description>{LONG}and …</description>"))
    assert found.flags == ("ends in mid-sentence",)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("<title>A</title><description>A teaser.</description>", "only a teaser, and no page that holds the article"),
        ("<title>A</title>", "an entry without text and without a page"),
        ("<link>javascript:alert(1)</link><description>A.</description>", "only a teaser, and no page that holds the article"),
        ("<link>ftp://post.example/1</link>", "an entry without text and without a page"),
        ("<link>http://[::1</link>", "an entry without text and without a page"),
    ],
)
def test_a_teaser_without_a_page_is_skipped(item: str, reason: str) -> None:
    """Only http and https lead to a page."""
    found = one(rss(item))
    assert isinstance(found, Rejection)
    assert (found.reason, found.skipped, found.origin.position) == (reason, True, "entry 1")


def test_atom_is_read() -> None:
    """Markup in XHTML, ids, authors of the feed, and an update that is later than the publication."""
    entry = f"""<id>tag:post.example,2025:1</id><title type="html">Ferries &lt;b&gt;return&lt;/b&gt;</title>
      <link rel="self" href="https://post.example/1.atom"/><link href="1.html"/><link rel="enclosure" href="a.mp3"/>
      <published>2025-09-19T09:04:11+02:00</published><updated>2025-09-19T12:00:00Z</updated>
      <summary>Short.</summary>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
      <p>{SENTENCE}</p><p>Two <em>ferries</em> left.</p></div></content>"""
    found = article(atom(entry, feed="<title>The Example Post</title><author><name>Jane Sample</name></author>"))
    assert (found.title, found.text) == ("Ferries return", f"{SENTENCE.strip()}\n\nTwo ferries left.")
    assert (found.url, found.origin.record_id) == ("https://post.example/feeds/1.html", "tag:post.example,2025:1")
    assert (found.authors, found.language) == (("Jane Sample",), "en")
    assert found.published is not None
    assert found.published.value == "2025-09-19T09:04+02:00"
    assert found.updated == NewsDate(value="2025-09-19T12:00+00:00", precision="minute", read_from="feed")


def test_plain_text_in_atom_is_not_markup() -> None:
    """A text that is said to be plain keeps its signs; paragraphs are empty lines."""
    found = article(atom(f"<id>a</id><content type='text'>Of 9 boats 3 &lt;b&gt; left.\n\n{SENTENCE}</content>"))
    assert found.text == f"Of 9 boats 3 <b> left.\n\n{SENTENCE.strip()}"


@pytest.mark.parametrize(
    "content", ["<content type='image/png'>aGFyYm91cg==</content>", "<content src='https://post.example/1'/>"]
)
def test_content_that_is_no_text_is_a_link(content: str) -> None:
    """Pictures and content that stands elsewhere are not read as an article."""
    assert link(atom(f"<id>a</id><link href='https://post.example/1'/>{content}")).url == "https://post.example/1"


def test_rdf_is_read() -> None:
    """RSS 1.0 puts its items beside the channel and its only date in Dublin Core."""
    feed = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {CONTENT}>
      <channel rdf:about="https://post.example/"><title>The Example Post</title><dc:date>2025-09-20</dc:date></channel>
      <item rdf:about="https://post.example/1"><title>Ferries return</title><link>https://post.example/1</link>
      <dc:date>2025-09-19T09:04:11+02:00</dc:date><dc:creator>Jane Sample</dc:creator></item></rdf:RDF>"""
    found = link(feed)
    assert (found.url, found.title, found.authors) == ("https://post.example/1", "Ferries return", ("Jane Sample",))
    assert (found.published and found.published.value, found.updated) == ("2025-09-19T09:04+02:00", None)


def test_an_empty_feed_says_so() -> None:
    """A feed without entries is no failure, and not silent."""
    found = one(rss())
    assert isinstance(found, Rejection)
    assert (found.reason, found.skipped) == ("the feed has no entries", True)


@pytest.mark.parametrize(
    ("item", "url", "identity"),
    [
        ("<guid>https://post.example/1</guid>", "https://post.example/1", "https://post.example/1"),
        ("<guid>17</guid><link>/1</link>", "https://post.example/1", "17"),
        ("<link>/1</link><guid isPermaLink='false'>17</guid>", "https://post.example/1", "17"),
        ("<link>/1</link>", "https://post.example/1", "https://post.example/1"),
    ],
)
def test_a_guid_is_the_identity_and_seldom_the_link(item: str, url: str, identity: str) -> None:
    """It stands for the link only where it is an address; without one the link is the identity."""
    found = link(rss(item))
    assert (found.url, found.origin.record_id) == (url, identity)


def test_a_guid_that_is_no_address_leads_nowhere() -> None:
    """A number is not taken for a page of the feed's site."""
    assert isinstance(one(rss("<guid>17</guid>")), Rejection)


def test_links_without_a_feed_address_must_be_absolute() -> None:
    """A feed from a file has nothing to resolve a relative link against."""
    assert isinstance(one(rss("<link>/harbour</link>"), url=None), Rejection)
    assert link(rss("<link>https://post.example/1</link>"), url=None).url == "https://post.example/1"


@pytest.mark.parametrize(
    ("head", "feed"),
    [
        ("<?xml version='1.0'?><rss version='2.0'>", True),
        ("<!-- a --><feed xmlns='http://www.w3.org/2005/Atom'>", True),
        ("<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'>", True),
        ("<rdf:RDF xmlns:rdf='a' xmlns='http://purl.org/rss/1.0/'>", True),
        ('{"version": "https://jsonfeed.org/version/1.1", "title": "A"}', True),
        ('\ufeff {"title": "A", "version" : "https:\\/\\/jsonfeed.org\\/version\\/1"}', True),
        ("<rdf:RDF xmlns:rdf='a' xmlns:skos='b'>", False),
        ("<html><link type='application/rss+xml'>", False),
        ("<nitf>", False),
        ('{"version": "2", "title": "https://jsonfeed.org/version/1"}', False),
        ("rss", False),
        ("", False),
    ],
)
def test_feeds_are_known_by_their_first_element(head: str, feed: bool) -> None:  # noqa: FBT001 - a column of the table
    """RSS, Atom, RDF with RSS in it, and JSON that says that it is a feed."""
    assert looks_like_feed(head) is feed


def test_a_year_that_no_newspaper_has_seen_is_no_date() -> None:
    """What only feedparser reads is held to the years that `index.dates` knows: otherwise it would stay the newest for ever."""
    made = article(atom(f"<title>T</title><updated>4050-09-19T09:04:00Z</updated><content>{LONG}</content>"))
    assert (made.published, made.updated) == (None, None)

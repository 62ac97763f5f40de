"""Feeds: RSS, RDF, Atom, JSON Feed."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from index.sources.feed import MAX_FEED_BYTES, looks_like_feed, read_feed
from index.types import Article, Link, NewsDate, Origin, Rejection

FEED_URL = "https://post.example/feeds/news.xml"
SENTENCE = "The harbour of Example Town reopened on Friday after nine days of repairs, the port authority said. "
LONG = SENTENCE * 8  # 136 words
CONTENT = "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'"

Item = Article | Link | Rejection


def read(feed: str | bytes, url: str | None = FEED_URL) -> list[Item]:
    return list(read_feed(feed if isinstance(feed, bytes) else feed.encode(), "/news/feed.xml", url=url))


def rss(*items: str, channel: str = "<title>The Example Post</title>") -> str:
    listed = "".join(f"<item>{item}</item>" for item in items)
    return f"<?xml version='1.0'?><rss version='2.0' {CONTENT}><channel>{channel}{listed}</channel></rss>"


def atom(*entries: str, feed: str = "<title>The Example Post</title>") -> str:
    listed = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>{feed}{listed}</feed>"


def one(feed: str | bytes, url: str | None = FEED_URL) -> Item:
    (found,) = read(feed, url)
    return found


def article(feed: str | bytes) -> Article:
    found = one(feed)
    assert isinstance(found, Article), found
    return found


def link(feed: str | bytes, url: str | None = FEED_URL) -> Link:
    found = one(feed, url)
    assert isinstance(found, Link), found
    return found


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


@pytest.mark.parametrize(
    ("dates", "published", "updated"),
    [
        ("<pubDate>Fri, 19 Sep 2025 09:04:11 EST</pubDate>", "2025-09-19T09:04-05:00", None),
        ("<pubDate>Fri, 19 Sep 25 09:04:11 GMT</pubDate>", "2025-09-19T09:04+00:00", None),
        ("<pubDate>2025-09-19</pubDate>", "2025-09-19", None),
        ("<pubDate>19 September 2025</pubDate>", "2025-09-19", None),
        ("<pubDate>Τρι, 04 Νοέ 2025 14:30:00 EET</pubDate>", "2025-11-04T14:30", None),
        ("<pubDate>Τρι, 04 Νοέ 2025 14:30:00 +0200</pubDate>", "2025-11-04T12:30+00:00", None),
        ("<dc:date>2025-09</dc:date>", "2025-09", None),
        ("<pubDate>03-04-05</pubDate>", None, None),
        ("<pubDate>yesterday</pubDate>", None, None),
        ("", None, None),
    ],
)
def test_dates_are_as_printed(dates: str, published: str | None, updated: str | None) -> None:
    """With their zone and no more precise than printed; the channel's date is never an entry's."""
    channel = "<title>A</title><pubDate>Mon, 01 Sep 2025 01:00:00 GMT</pubDate><lastBuildDate>2025-09-02</lastBuildDate>"
    found = link(rss(f"<link>https://post.example/1</link>{dates}", channel=channel))
    assert (found.published and found.published.value, found.updated and found.updated.value) == (published, updated)


@pytest.mark.parametrize(
    ("dates", "published", "updated"),
    [
        ("<updated>2025-09-19T12:00:00Z</updated>", None, "2025-09-19T12:00+00:00"),
        ("<published>2025-09-19T12:00:00Z</published><updated>2025-09-19T12:00:00Z</updated>", "2025-09-19T12:00+00:00", None),
        (
            "<published>2025-09-19T12:00:00Z</published><updated>2025-09-19T13:30:00+02:00</updated>",
            "2025-09-19T12:00+00:00",
            None,
        ),
    ],
)
def test_an_update_in_atom_is_no_publication(dates: str, published: str | None, updated: str | None) -> None:
    """An entry that states only its update leaves the publication open; an update that is not later is none."""
    found = link(atom(f"<id>a</id><link href='https://post.example/1'/>{dates}", feed="<updated>2025-09-20T00:00:00Z</updated>"))
    assert (found.published and found.published.value, found.updated and found.updated.value) == (published, updated)


def test_the_language_of_the_channel_settles_which_number_is_the_day() -> None:
    """In a British feed `03/04/2025` is in April."""
    item = "<link>https://post.example/1</link><pubDate>03/04/2025</pubDate>"
    found = link(rss(item, channel="<title>A</title><language>en-gb</language>"))
    assert found.published is not None
    assert found.published.value == "2025-04-03"


def test_an_unreadable_date_is_noted() -> None:
    """The article is kept undated and says what was printed."""
    found = article(rss(f"<pubDate>03/04/2025</pubDate><description>{LONG}</description>"))
    assert found.dated is None
    assert found.provenance["published"] == "unreadable date '03/04/2025'; left undated"


@pytest.mark.parametrize(
    ("title", "publisher"),
    [
        ("The Example Post", "The Example Post"),
        ("The Example Post - Latest news", "The Example Post"),
        ("The Example Post RSS Feed", "The Example Post"),
        ("The Example Post | Top stories | RSS", "The Example Post"),
        ("Latest news from The Example Post", "The Example Post"),
        ("The Example Post » World", "The Example Post » World"),
        ("Sample Feed Farmer", "Sample Feed Farmer"),
        ("Headlines", "Headlines"),
        ("reuters.com", "Reuters"),
    ],
)
def test_the_publisher_is_the_feed_title(title: str, publisher: str) -> None:
    """Without the words that only say that it is a feed; a section is kept, because it cannot be told from a name."""
    found = article(rss(f"<description>{LONG}</description>", channel=f"<title>{title}</title>"))
    assert (found.publisher, found.provenance["publisher"]) == (publisher, "feed title")


@pytest.mark.parametrize(
    ("named", "publisher", "agency"),
    [
        ("<source url='https://other.example/feed'>The Other Post</source>", "The Other Post", None),
        ("<source url='https://www.other.example/feed'></source>", "other.example", None),
        ("<dc:publisher>The Other Post</dc:publisher>", "The Other Post", None),
        ("<source url='https://a.example/feed'>AFP</source>", "Agence France-Presse", "Agence France-Presse"),
        ("<dc:creator>Reuters</dc:creator>", "The Example Post", "Reuters"),
    ],
)
def test_an_entry_may_name_its_outlet(named: str, publisher: str, agency: str | None) -> None:
    """Feeds that collect from several outlets name each; a wire service as the author is the agency, not a person."""
    found = article(rss(f"{named}<description>{LONG}</description>"))
    assert (found.publisher, found.agency, found.authors) == (publisher, agency, ())


@pytest.mark.parametrize(
    "broken",
    [
        rss("<link>https://post.example/1</link><title>A & B</title>"),
        rss("<link>https://post.example/1</link><title>A &nbsp; B</title>"),
        rss("<link>https://post.example/1</link><title>A <b> B</title>"),
        rss("<link>https://post.example/1</link>").removesuffix("</channel></rss>"),
        rss("<link>https://post.example/1</link><title>Ferries return</title>")[:-40],
        "\n\n" + rss("<link>https://post.example/1</link>"),
        rss("<link>https://post.example/1</link><title>\x0b</title>"),
    ],
)
def test_broken_xml_still_gives_its_entries(broken: str) -> None:
    """What breaks the rules of XML is read as far as it can be."""
    assert link(broken).url == "https://post.example/1"


@pytest.mark.parametrize("reference", ["&#xD800;", "&#x110000;", "&#99999999999999;", "&#0;"])
def test_characters_that_do_not_exist_are_replaced(reference: str) -> None:
    """A number of no character costs only itself, not the feed."""
    found = link(rss(f"<link>https://post.example/1</link><title>A {reference} B & C</title>"))
    assert (found.title or "")[:2] == "A "
    assert (found.title or "").endswith(" B & C")


def test_a_feed_that_its_parser_cannot_stand_is_refused() -> None:
    """Broken markup that makes the parser itself fail is a reason, not an error."""
    found = one(rss("<link>https://post.example/1</link><title>A</title></width>"))
    assert isinstance(found, Rejection)
    assert found.reason.startswith("the feed is too broken to be read (")


def test_half_a_character_in_json_is_replaced() -> None:
    """JSON can write half a character, which nothing can store."""
    item = {"id": "a\ud83d", "url": "https://post.example/\ud83d", "external_url": "https://post.example/1", "title": "A\ud83d"}
    found = link(json.dumps({**JSON_FEED, "items": [item]}))
    assert (found.origin.record_id, found.url, found.title) == ("a?", "https://post.example/1", "A?")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "<!DOCTYPE html><html><body>A</body></html>",
            "an HTML page, not a feed; give the feed's own address, or the page as a page",
        ),
        ("<?xml version='1.0'?>\n<HTML>", "an HTML page, not a feed; give the feed's own address, or the page as a page"),
        ("<a><b>c</b></a>", "not a feed: no RSS, Atom or JSON Feed element in it"),
        ("plain words", "not a feed: "),
        ("", "not a feed: "),
        ('{"version": "https://jsonfeed.org/version/1", "items": ', "not a JSON Feed: Expecting value"),
        ('{"version": "https://jsonfeed.org/version/1"}', "not a JSON Feed: it has no list of `items`"),
        ("{" * 5, "not a JSON Feed: "),
    ],
)
def test_what_is_no_feed_is_refused(content: str, reason: str) -> None:
    """A page, other XML and text say what they are or what the parser found."""
    found = one(content)
    assert isinstance(found, Rejection)
    assert found.reason.startswith(reason)
    assert (found.skipped, found.origin.position) == (False, "")


def test_an_empty_feed_says_so() -> None:
    """A feed without entries is no failure, and not silent."""
    found = one(rss())
    assert isinstance(found, Rejection)
    assert (found.reason, found.skipped) == ("the feed has no entries", True)


def test_content_is_never_taken_for_a_file_or_an_address(tmp_path: Path) -> None:
    """A feed whose bytes are the name of a feed file is not that file."""
    (tmp_path / "feed.xml").write_text(rss("<link>https://post.example/1</link>"), encoding="utf-8")
    for name in (os.fsencode(tmp_path / "feed.xml"), (tmp_path / "feed.xml").as_uri().encode()):
        found = one(name)
        assert isinstance(found, Rejection)
        assert found.reason.startswith("not a feed")


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", True), ("utf-8", False), ("utf-8-sig", True), ("utf-8-sig", False), ("utf-16", True), ("utf-16", False),
     ("iso-8859-1", True)],
)  # fmt: skip
def test_encodings_are_read(encoding: str, declared: bool) -> None:  # noqa: FBT001 - a column of the table
    """By the XML declaration or the byte order mark; without either it is UTF-8."""
    feed = rss("<link>https://post.example/1</link><title>Café</title>").replace("<?xml version='1.0'?>", "")
    name = encoding.removesuffix("-sig")
    feed = f"<?xml version='1.0' encoding='{name}'?>{feed}" if declared else feed
    assert link(feed.encode(encoding)).title == "Café"


def test_the_encoding_of_the_server_counts() -> None:
    """A feed that declares nothing is read as its server says."""
    feed = rss("<link>https://post.example/1</link><title>Café</title>").encode("iso-8859-1")
    (found,) = read_feed(feed, FEED_URL, charset="iso-8859-1")
    assert isinstance(found, Link)
    assert found.title == "Café"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("jane@post.example (Jane Sample)", "Jane Sample"),
        ("jane@example.org (Jane Sample)", "Jane Sample"),
        ("Jane Sample &lt;jane@post.example&gt;", "Jane Sample"),
        ("Jane Sample", "Jane Sample"),
    ],
)
def test_authors_stand_beside_their_address(author: str, name: str) -> None:
    """RSS asks for an address with the name in parentheses; only the name is the author."""
    assert link(rss(f"<link>https://post.example/1</link><author>{author}</author>")).authors == (name,)


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


def test_a_feed_that_is_too_large_is_refused_at_once() -> None:
    """Twenty megabytes are not parsed; five are."""
    begun = time.perf_counter()
    found = one(b"<rss>" + b"<item/>" * 3_000_000)
    assert time.perf_counter() - begun < 0.5
    assert isinstance(found, Rejection)
    assert found.reason == "a feed of more than 5,000,000 bytes; ask for a shorter one"
    feed = rss("<link>https://post.example/1</link>")
    assert link(feed + " " * (MAX_FEED_BYTES - len(feed))).url == "https://post.example/1"


def test_an_entity_bomb_is_harmless() -> None:
    """Entities that would unfold to 200 billion characters are not unfolded."""
    entities = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    begun = time.perf_counter()
    found = link(f"<!DOCTYPE rss [{entities}]>" + rss("<link>https://post.example/1</link><title>&e11;</title>").split("?>")[1])
    assert time.perf_counter() - begun < 2
    assert len(found.title or "") < 1_000


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    """A feed cannot make its reader open a file."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words", encoding="utf-8")
    item = "<link>https://post.example/1</link><title>A &x; B</title>"
    found = read(f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + rss(item).split("?>")[1])
    assert "secret words" not in repr(found)


def test_an_entry_of_much_nested_markup_is_read() -> None:
    """A megabyte of elements inside each other costs seconds at most, and the words in it are kept."""
    begun = time.perf_counter()
    found = article(rss(f"<content:encoded><![CDATA[{'<div>' * 190_000}<p>{SENTENCE}</p>]]></content:encoded>"))
    assert time.perf_counter() - begun < 8
    assert found.text == SENTENCE.strip()


def test_scripts_are_no_text() -> None:
    """What a browser would run or hide is not read."""
    content = f"<script>alert(1)</script><style>p {{}}</style><p>{SENTENCE}</p><p style='display:none'>Hidden.</p>"
    assert article(rss(f"<content:encoded><![CDATA[{content}]]></content:encoded>")).text == SENTENCE.strip()


JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "The Example Post",
    "language": "en",
    "authors": [{"name": "Jane Sample"}],
    "items": [
        {
            "id": "1", "url": "https://post.example/1", "title": "Ferries return",
            "content_html": f"<p>{SENTENCE}</p><p>Two.</p>",
            "date_published": "2025-09-19T09:04:11+02:00", "date_modified": "2025-09-20T09:04:11+02:00", "tags": ["World"],
        },
        {"id": 2, "external_url": "/2", "content_text": f"{SENTENCE}\n\nA <b> sign.", "authors": [{"name": "John Sample"}]},
        {"id": "3", "url": "https://post.example/3", "summary": "Short.", "author": {"name": "Ann Roe"}},
        "nothing",
    ],
}  # fmt: skip


def test_json_feeds_are_read() -> None:
    """Both versions' authors, markup and plain text, numbers as ids; what is no item is skipped."""
    first, second, third, fourth = read(json.dumps(JSON_FEED))
    assert isinstance(first, Article)
    assert (first.title, first.text) == ("Ferries return", f"{SENTENCE.strip()}\n\nTwo.")
    assert (first.publisher, first.authors, first.section, first.language) == (
        "The Example Post",
        ("Jane Sample",),
        "World",
        "en",
    )
    assert first.published is not None
    assert first.updated is not None
    assert (first.published.value, first.updated.value) == ("2025-09-19T09:04+02:00", "2025-09-20T09:04+02:00")
    assert isinstance(second, Article)
    assert second.text == f"{SENTENCE.strip()}\n\nA <b> sign."
    assert (second.url, second.origin.record_id, second.authors) == ("https://post.example/2", "2", ("John Sample",))
    assert isinstance(third, Link)
    assert (third.url, third.authors) == ("https://post.example/3", ("Ann Roe",))
    assert isinstance(fourth, Rejection)
    assert (fourth.origin.position, fourth.skipped) == ("entry 4", True)


@pytest.mark.parametrize(
    "item",
    [
        {"id": ["1"], "url": 5, "title": {"a": 1}, "content_html": [], "authors": "Jane", "tags": "a", "date_published": 7},
        {"id": None, "authors": [None, {"name": 5}], "author": "x", "tags": [5], "language": 1, "summary": {}},
    ],
)
def test_odd_json_items_are_skipped(item: dict[str, Any]) -> None:
    """Parts of a wrong type are left out, not an error."""
    found = one(json.dumps({**JSON_FEED, "items": [item]}))
    assert isinstance(found, Rejection)
    assert found.skipped


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

"""What the entries of a feed say of themselves: dates, outlets, authors."""

import pytest

from tests.index.sources.made_feeds import LONG, article, atom, link, rss


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

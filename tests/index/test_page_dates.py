"""When pages say that their articles were published and updated, and dates of other things."""

import pytest

from index.sources.page import read_page
from index.sources.page_metadata import PageMetadata, read_metadata
from index.types import NewsDate
from tests.index.made_page import BODY, FETCHED, NODE, URL, html, ld


def read(markup: str, url: str | None = URL) -> PageMetadata:
    return read_metadata(read_page(markup, url), fetched=FETCHED)


def published(
    head: str = "", top: str = "<h1>Ferries return to Example Town</h1>", *, url: str | None = URL
) -> tuple[str, str] | None:
    found = read(html(head, top), url).published
    return (found.value, found.read_from) if found else None


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('property="article:published_time" content="2025-09-19"', ("2025-09-19", "meta article:published_time")),
        ('name="parsely-pub-date" content="2025-09-19T09:04:00Z"', ("2025-09-19T09:04+00:00", "meta parsely-pub-date")),
        ('name="sailthru.date" content="2025-09-19 09:04:00"', ("2025-09-19T09:04", "meta sailthru.date")),
        ('name="DC.date.issued" content="2025-09-19"', ("2025-09-19", "meta dc.date.issued")),
        ('name="cXenseParse:recs:publishtime" content="2025-09-19"', ("2025-09-19", "meta cxenseparse:recs:publishtime")),
        ('name="citation_publication_date" content="2025/09/19"', ("2025-09-19", "meta citation_publication_date")),
        ('name="pubdate" content="Fri, 19 Sep 2025 09:04:00 GMT"', ("2025-09-19T09:04+00:00", "meta pubdate")),
        ('name="date" content="1758272640"', ("2025-09-19T09:04+00:00", "meta date")),
        ('itemprop="datePublished" content="2025-09-19"', ("2025-09-19", "microdata datePublished")),
    ],
)  # fmt: skip
def test_dates_of_tags_are_read(tag: str, expected: tuple[str, str]) -> None:
    """Each kind of tag gives the date, with the tag's name."""
    assert published(f"<meta {tag}>") == expected


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        ('<time datetime="2025-09-19T09:04:00Z">today</time>', ("2025-09-19T09:04+00:00", "time beside the headline")),
        (
            '<div class="meta">By Jane Sample <time datetime="2025-09-19">Friday</time></div>',
            ("2025-09-19", "time beside the headline"),
        ),
        ('<ul class="credits"><li>Jane Sample</li><li>19 September 2025</li></ul>', ("2025-09-19", "line beside the headline")),
        ("<p>By Jane Sample</p><p>19 September 2025, 09:04</p>", ("2025-09-19T09:04", "line beside the headline")),
        ('<span class="date">Published: 19. September 2025</span>', ("2025-09-19", "line beside the headline")),
        ("<div>Written by <a href=/jane>Jane Sample</a> on September 19, 2025</div>", ("2025-09-19", "line beside the headline")),
    ],
)
def test_dates_beside_the_headline_are_read(credit: str, expected: tuple[str, str]) -> None:
    """Credits below the headline give the date, as do those just above it."""
    headline = "<h1>Ferries return to Example Town</h1>"
    assert published("", headline + credit) == expected
    assert published("", f"<header>{credit}{headline}</header>") == expected


def test_places_are_asked_in_order() -> None:
    """JSON-LD counts above meta tags, these above the page, the page above the address."""
    url = "https://news.example.org/2025/09/18/ferries"
    meta = '<meta property="article:published_time" content="2025-09-17">'
    top = '<h1>Ferries return to Example Town</h1><time datetime="2025-09-16">x</time>'
    assert published(ld(NODE) + meta, top, url=url) == ("2025-09-19T09:04+02:00", "JSON-LD datePublished")
    assert published(meta, top, url=url) == ("2025-09-17", "meta article:published_time")
    assert published("", top, url=url) == ("2025-09-16", "time beside the headline")
    assert published("", url=url) == ("2025-09-18", "URL")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("2025/09/19/ferries", "2025-09-19"), ("2025/9/9/ferries", "2025-09-09"), ("world/2025/sep/19/ferries", "2025-09-19"),
        ("ferries-return-20250919/", "2025-09-19"), ("2025-09-19/ferries.html", "2025-09-19"), ("2025/09/ferries", "2025-09"),
        ("ferries-1758272640", None), ("ferries-20259919", None), ("story/18500919/x", None), ("2025/ferries", None),
        ("a/2025/13/45/x", None),
    ],
)  # fmt: skip
def test_dates_in_addresses(path: str, value: str | None) -> None:
    """A day or month in the path is a date; numbers that only look like one are not."""
    assert published(url=f"https://news.example.org/{path}") == ((value, "URL") if value else None)


@pytest.mark.parametrize(
    "decoy",
    [
        "<footer><p>© 2019 Example Herald</p><small>Copyright 2019</small></footer>",
        '<header class="site-header"><span class="date">Saturday, 22 November 2025</span></header>',
        '<aside><ul><li><a href="/b">Council votes</a> <time datetime="2025-01-03">3 January</time></li></ul></aside>',
        '<meta name="last-modified" content="2025-11-22T09:59:00Z"><meta http-equiv="last-modified" content="2025-11-22">',
        '<meta itemprop="copyrightYear" content="2019"><meta property="og:image" content="https://img.example.org/2018/03/02/a.jpg">',
        "<p>On 3 May 2011 the wall fell for the first time, and nobody was hurt.</p>",
        "<!-- generated 2025-11-22 10:00:00 -->",
        '<div class="comments"><div class="comment"><time datetime="2025-10-02">2 October</time> Nice!</div></div>',
    ],
)  # fmt: skip
def test_dates_of_other_things_are_left_unread(decoy: str) -> None:
    """Copyright years, the day of the visit, related stories, the running text and picture addresses give no date."""
    page = (
        f"<html><body>{decoy}<main><article><h1>Ferries return to Example Town</h1>{BODY}</article></main>{decoy}</body></html>"
    )
    found = read(page)
    assert (found.published, found.updated) == (None, None)


def test_an_ambiguous_date_needs_the_pages_language() -> None:
    """`03/04/2025` is read only when the page says whose order it is."""
    meta = '<meta name="date" content="03/04/2025">'
    assert read(html(meta)).published is None
    british = read(html(meta, attributes='lang="en-GB"')).published
    assert british is not None
    assert british.value == "2025-04-03"


@pytest.mark.parametrize("line", ["19/09/25", "19.09.25", "yesterday's story", "7 min read", "3 comments", "Room 2025"])
def test_what_is_no_sure_date_is_left_unread(line: str) -> None:
    """Two-digit years, reading times and other numbers beside the headline give no date."""
    assert published("", f'<h1>Ferries return to Example Town</h1><span class="date">{line}</span>') is None


@pytest.mark.parametrize("empty", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00", "1900-01-01"])
def test_dates_that_were_never_filled_are_none(empty: str) -> None:
    """The first day of a computer's time is not a day of news."""
    assert published(ld({**NODE, "datePublished": empty})) is None


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ('<time datetime="2025-09-18T21:24-05:00">x</time>', "2025-09-18T21:24-05:00"),
        ("<p>Sept. 18, 2025 9:24 p.m.</p>", "2025-09-18T21:24-05:00"),
        ("<p>Sept. 18, 2025 9:25 p.m.</p>", "2025-09-19T02:24+00:00"),
        ("<p>Sept. 18, 2025</p>", "2025-09-19T02:24+00:00"),
        ("<p>Updated Sept. 18, 2025 9:24 p.m.</p>", "2025-09-19T02:24+00:00"),
        ("<p>Sept. 16, 2025 9:24 p.m.</p>", "2025-09-19T02:24+00:00"),
    ],
)
def test_a_moment_in_utc_is_given_as_the_outlet_prints_it(printed: str, value: str) -> None:
    """The evening of one day is the next in UTC: the same moment is given with the clock and day that readers see."""
    found = published(ld({**NODE, "datePublished": "2025-09-19T02:24:00Z"}), f"<h1>Ferries return to Example Town</h1>{printed}")
    assert found is not None
    assert found[0] == value
    assert found[1].startswith("JSON-LD datePublished")


def test_midnight_is_a_day() -> None:
    """A program that knows the day only writes midnight; the time is not kept."""
    assert published(ld({**NODE, "datePublished": "2025-09-19T00:00:00+02:00"})) == ("2025-09-19", "JSON-LD datePublished")


def test_an_update_before_publication_is_left_out() -> None:
    """A modification before the day of publication is of a draft; what was left out is told."""
    found = read(html(ld({**NODE, "dateModified": "2025-09-18T10:00:00+02:00"})))
    assert found.updated is None
    assert (
        found.provenance["updated"] == "2025-09-18T10:00+02:00 (JSON-LD dateModified) is before the date of publication; left out"
    )


@pytest.mark.parametrize(
    ("modified", "kept"),
    [
        ("2025-09-19T07:04:30Z", False), ("2025-09-19T07:05:00Z", True), ("2025-09-19T23:00:00", True), ("2025-09-20", True),
        ("2025-09-19T08:00:00+02:00", False),
    ],
)  # fmt: skip
def test_updates_are_compared_across_time_zones(modified: str, kept: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The same moment in another zone is no update; a time without a zone is not held against one with it."""
    assert (read(html(ld({**NODE, "dateModified": modified}))).updated is not None) is kept


def test_an_update_alone_is_no_publication() -> None:
    """Of a page that states only its modification, the date of publication stays none."""
    found = read(html('<meta property="article:modified_time" content="2025-09-20T07:00:00Z">'))
    assert found.published is None
    assert found.updated == NewsDate(value="2025-09-20T07:00+00:00", precision="minute", read_from="meta article:modified_time")


def test_the_servers_date_is_only_an_update() -> None:
    """`Last-Modified` may be the moment of delivery: it never dates an article that has no other date."""
    found = read(html('<meta name="date" content="2025-09-19"><meta http-equiv="Last-Modified" content="2025-09-20">'))
    assert found.updated == NewsDate(value="2025-09-20", precision="day", read_from="meta last-modified")

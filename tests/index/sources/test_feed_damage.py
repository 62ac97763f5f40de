"""Feeds that are broken, hostile or none at all, and the encodings they come in."""

import os
import time
from pathlib import Path

import pytest

from index.sources.feed import MAX_FEED_BYTES, read_feed
from index.types import Link, Rejection
from tests.index.sources.made_feeds import FEED_URL, SENTENCE, article, link, one, read, rss


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


def test_a_feed_that_is_too_large_is_refused_at_once() -> None:
    """Twenty megabytes are not parsed; five are."""
    begun = time.process_time()
    found = one(b"<rss>" + b"<item/>" * 3_000_000)
    assert time.process_time() - begun < 0.5
    assert isinstance(found, Rejection)
    assert found.reason == "a feed of more than 5,000,000 bytes; ask for a shorter one"
    feed = rss("<link>https://post.example/1</link>")
    assert link(feed + " " * (MAX_FEED_BYTES - len(feed))).url == "https://post.example/1"


def test_an_entity_bomb_is_harmless() -> None:
    """Entities that would unfold to 200 billion characters are not unfolded."""
    entities = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    begun = time.process_time()
    found = link(f"<!DOCTYPE rss [{entities}]>" + rss("<link>https://post.example/1</link><title>&e11;</title>").split("?>")[1])
    assert time.process_time() - begun < 2
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
    begun = time.process_time()
    found = article(rss(f"<content:encoded><![CDATA[{'<div>' * 190_000}<p>{SENTENCE}</p>]]></content:encoded>"))
    assert time.process_time() - begun < 8
    assert found.text == SENTENCE.strip()


def test_scripts_are_no_text() -> None:
    """What a browser would run or hide is not read."""
    content = f"<script>alert(1)</script><style>p {{}}</style><p>{SENTENCE}</p><p style='display:none'>Hidden.</p>"
    assert article(rss(f"<content:encoded><![CDATA[{content}]]></content:encoded>")).text == SENTENCE.strip()

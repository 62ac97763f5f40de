"""NITF that is withdrawn, held back, broken or hostile, and how its root is found."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.sources.news_xml import MAX_XML_BYTES
from index.sources.nitf import body_text, looks_like_nitf, xml_root_name
from index.types import Article, Rejection
from tests.index.sources.made_nitf import article, read, reason, small


@pytest.mark.parametrize(
    ("docdata", "why"),
    [
        ('management-status="withheld"', "withheld by its provider"),
        ('management-status="canceled"', "cancelled by its provider"),
        ('management-status="embargoed"', "embargoed, and the end of the embargo is not stated"),
    ],
)
def test_withdrawn_documents_are_skipped(docdata: str, why: str) -> None:
    """What its provider withdrew, cancelled or holds back is no article, and no failure."""
    found = read(small().replace("<docdata>", f"<docdata {docdata}>"))
    assert isinstance(found, Rejection)
    assert (found.reason, found.skipped) == (why, True)


def test_a_release_that_is_to_come_is_an_embargo() -> None:
    """A document is read from its release on."""
    document = small('<date.release norm="20250921T080000Z"/>')
    found = read(document)
    assert isinstance(found, Rejection)
    assert (found.reason, found.skipped) == ("embargoed until 2025-09-21T08:00+00:00", True)
    assert isinstance(read(document, now=datetime(2025, 9, 21, 8, 0, tzinfo=UTC)), Article)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (small(body=""), "the NITF document has no text in <body.content>"),
        ("<nitf/>", "the NITF document has no text in <body.content>"),
        (small(body="<media><media-caption>A ferry.</media-caption></media>"), "the NITF document has no text in <body.content>"),
        ("<newsItem/>", "not an NITF document: its root element is <newsItem>"),
        ("<nitf><body></nitf>", "not well-formed XML: Opening and ending tag mismatch: body line 1 and nitf"),
        ("", "not well-formed XML: Document is empty"),
        ("no XML", "not well-formed XML: Start tag expected"),
        (small(body="<p>&nosuch;</p>"), "not well-formed XML: Entity 'nosuch' not defined"),
        (b'<?xml version="1.0" encoding="utf-8"?><nitf>\xe9</nitf>', "not well-formed XML: "),
        ("<nitf>" + "<a>" * 5_000, "not well-formed XML: Excessive depth"),
        ("<nitf>" + " " * MAX_XML_BYTES, "an XML document of more than 5,000,000 bytes; split it into one article a file"),
    ],
)
def test_broken_documents_are_refused(document: str | bytes, why: str) -> None:
    """Each refusal says what is wrong."""
    assert reason(document).startswith(why)


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE nitf SYSTEM "nitf.dtd">', '<!DOCTYPE nitf [<!ENTITY a "b">]>'])
def test_named_characters_are_read(doctype: str) -> None:
    """`&eacute;` is read with and without a DTD that would declare it."""
    assert (
        article(doctype + small(body="<p>caf&eacute; &amp; bar&mdash;<em>d&eacute;j&agrave;</em></p>")).text == "café & bar—déjà"
    )


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_read(encoding: str) -> None:
    """The document's own declaration says how its bytes are read."""
    document = f'<?xml version="1.0" encoding="{encoding}"?>' + small(body="<p>café</p>")
    assert article(document.encode(encoding)).text == "café"


def bomb(use: str) -> str:
    entities = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return f"<!DOCTYPE nitf [{entities}]>" + use


@pytest.mark.parametrize(
    "use", [small(body="<p>The words &e11;.</p>"), small('<doc-id id-string="&e11;"/>'), small(head="<title>&e11;</title>")]
)
def test_an_entity_bomb_is_harmless(use: str) -> None:
    """Entities that would unfold to 200 billion characters are refused or left as they stand, at once."""
    begun = time.process_time()
    found = read(bomb(use))
    assert time.process_time() - begun < 1
    assert isinstance(found, Rejection) or len(found.text) < 100


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    """A document cannot make its reader open a file: the reference stays as it is printed."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words", encoding="utf-8")
    for declaration in (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', f'<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p;'):
        found = read(f"<!DOCTYPE nitf [{declaration}]>" + small(body="<p>The words &x; end.</p>"))
        assert "secret words" not in repr(found)
    found = article(f'<!DOCTYPE nitf [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + small(body="<p>The words &x; end.</p>"))
    assert found.text == "The words &x; end."


def test_a_body_inside_another_format_is_read() -> None:
    """The text alone, whatever encoding the declaration names."""
    assert body_text('<?xml version="1.0" encoding="utf-16"?>' + small(body="<p>café</p><p>Two.</p>")) == "café\n\nTwo."


@pytest.mark.parametrize(
    ("head", "root"),
    [
        ("<nitf>", "nitf"),
        ("\ufeff<?xml version='1.0'?>\n<!-- <rss> -->\n<nitf version='3.4'>", "nitf"),
        ("<?xml-stylesheet href='a'?><n:nitf xmlns:n='urn:a'>", "nitf"),
        ("<!DOCTYPE nitf SYSTEM 'a>b.dtd'><nitf>", "nitf"),
        ('<!DOCTYPE x [<!ENTITY a "]><rss>"> <!-- ]> \' --> <!ENTITY b \'"\'>]>\n<nitf>', "nitf"),
        ("<!DOCTYPE nitf [<!ENTITY a 'b'> <!ENTITY c '", "nitf"),
        ("<!DOCTYPE html><html>", "html"),
        ("<rdf:RDF xmlns:rdf='a'>", "RDF"),
        ("<?xml version='1.0'?>", None),
        ("<!-- never closed", None),
        ("text", None),
        ("", None),
        ("<!DOCTYPE nitf [" + "<!-- a -->" * 20_000, "nitf"),
    ],
)  # fmt: skip
def test_the_root_is_found(head: str, root: str | None) -> None:
    """Behind declarations, comments and document types, however they are written, and without reading anything twice."""
    assert xml_root_name(head) == root
    assert looks_like_nitf(head) is (root == "nitf")

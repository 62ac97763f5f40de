"""Articles in NITF: what is read from each element."""

import pytest

from index.types import NewsDate, Origin
from tests.index.sources.made_nitf import article, small

DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE nitf SYSTEM "nitf-3-4.dtd">
<nitf version="-//IPTC//DTD NITF 3.4//EN" change.date="October 18, 2006" baselang="en">
  <head>
    <title>harbour-reopens</title>
    <tobject tobject.type="news"><tobject.subject tobject.subject.refnum="03000000"/></tobject>
    <docdata management-status="usable">
      <doc-id regsrc="AP" id-string="sample-20250919-harbour"/>
      <urgency ed-urg="4"/>
      <date.issue norm="20250919T070411Z"/>
      <date.release norm="20250919T071500Z"/>
      <date.expire norm="20260919T000000Z"/>
      <doc.copyright year="2025" holder="Sample Agency"/>
      <key-list><keyword key="harbour"/></key-list>
      <ed-msg info="Pictures will follow."/>
    </docdata>
    <pubdata name="The Example Post" date.publication="20250919T110000+0200" position.section="World" edition.name="late"
      ex-ref="https://post.example/harbour"/>
    <revision-history name="Ed Sample" function="editor" norm="20250919T093000Z"/>
    <revision-history name="Jane Sample" function="writer-author" norm="20250919T060000Z"/>
  </head>
  <body>
    <body.head>
      <hedline><hl1>Ferries return to the <em>harbour</em></hl1><hl2>Nine days of repairs are over</hl2></hedline>
      <byline>By <person>Jane Sample</person> and <person><name.given>John</name.given><name.family>Sample</name.family></person>
        <byttl>Staff Writers</byttl></byline>
      <distributor><org>Sample Wire</org></distributor>
      <dateline><location>EXAMPLE TOWN</location> (Reuters), <story.date>Sept. 19</story.date></dateline>
      <abstract><p>A summary of the story.</p></abstract>
    </body.head>
    <body.content>
      <block>
        <p lede="true">The harbour of <location><city>Example Town</city></location> reopened
          on <chron norm="20250919">Friday</chron>.</p>
        <media media-type="image">
          <media-reference source="ferry.jpg"/><media-caption>A ferry leaves the harbour.</media-caption>
          <media-producer>Ann Roe</media-producer>
        </media>
        <hl2>Two ferries</hl2>
        <p>Two ferries left before noon: <q>"At last,"</q> said <person><function>Mayor</function> Roe</person>.</p>
        <ul><li>the Sample Star</li><li>the Sample Moon</li></ul>
        <table><tr><th>Ferry</th><th>Guests</th></tr><tr><td>Star</td><td>210</td></tr></table>
      </block>
      <block><byline>By Somebody Else</byline><p>Beside it, a museum opened.</p></block>
    </body.content>
    <body.end><tagline>Ann Roe contributed to this story.</tagline><tagline>desk@sample.example</tagline></body.end>
  </body>
</nitf>
"""
TEXT = """Nine days of repairs are over

EXAMPLE TOWN (Reuters), Sept. 19

The harbour of Example Town reopened on Friday.

Two ferries

Two ferries left before noon: "At last," said Mayor Roe.

- the Sample Star

- the Sample Moon

Ferry | Guests

Star | 210

Beside it, a museum opened.

Ann Roe contributed to this story."""


def test_a_document_is_read_in_full() -> None:
    """Headline, people, outlets, dates, section, identity and the text in printed order; pictures and summaries are left out."""
    found = article(DOCUMENT)
    assert (found.title, found.title_printed) == ("Ferries return to the harbour", True)
    assert found.text == TEXT
    assert (found.publisher, found.agency, found.authors) == ("The Example Post", "Reuters", ("Jane Sample", "John Sample"))
    assert found.published == NewsDate(value="2025-09-19T11:00+02:00", precision="minute", read_from="NITF pubdata")
    assert found.updated == NewsDate(value="2025-09-19T09:30+00:00", precision="minute", read_from="NITF revision-history")
    assert found.origin == Origin(source="/news/a.xml", record_id="sample-20250919-harbour")
    assert (found.url, found.language, found.section) == ("https://post.example/harbour", "en", "World")
    assert found.provenance == {"publisher": "NITF pubdata"}
    assert (found.corrections, found.flags) == ((), ())


@pytest.mark.parametrize(
    "root",
    ['nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"', 'nitf xmlns="urn:example"', "nitf"],
)
def test_namespaces_do_not_matter(root: str) -> None:
    """With the standard's namespace, another or none, and with a prefix, the document is the same."""
    assert article(small('<doc-id id-string="a"/>', root=root)).origin.record_id == "a"
    prefixed = small('<n:doc-id id-string="a"/>').replace("<", "<n:").replace("<n:/", "</n:").replace("<n:n:", "<n:")
    assert article(prefixed.replace("<n:nitf>", '<n:nitf xmlns:n="http://iptc.org/std/NITF/2006-10-18/">')).text == "The words."


@pytest.mark.parametrize(
    ("norm", "value", "precision"),
    [
        ("20250919T070411Z", "2025-09-19T07:04+00:00", "minute"),
        ("20250919T070411-0500", "2025-09-19T07:04-05:00", "minute"),
        ("20250919T070411", "2025-09-19T07:04", "minute"),
        ("2025-09-19T07:04:11", "2025-09-19T07:04", "minute"),
        ("20250919000000-0500", "2025-09-19", "day"),
        ("20250919T000000Z", "2025-09-19", "day"),
        ("20250919+0100", "2025-09-19", "day"),
        ("20250919", "2025-09-19", "day"),
    ],
)
def test_dates_are_as_precise_as_they_are_written(norm: str, value: str, precision: str) -> None:
    """Basic and extended ISO 8601; a whole midnight is NITF's way to say that the time is not known."""
    found = article(small(f'<date.issue norm="{norm}"/>'))
    assert found.published is not None
    assert (found.published.value, found.published.precision, found.published.read_from) == (value, precision, "NITF date.issue")


@pytest.mark.parametrize(
    ("docdata", "head", "value"),
    [
        ('<date.issue norm="20250919"/>', '<pubdata date.publication="20250920"/>', "2025-09-20"),
        ('<date.release norm="20250918"/><date.issue norm="20250919"/>', "", "2025-09-19"),
        ('<date.release norm="20250918"/>', "", "2025-09-18"),
        ('<date.issue norm="today"/><date.release norm="20250918"/>', "", "2025-09-18"),
        ('<date.expire norm="20250918"/>', "", None),
        ("", "", None),
    ],
)
def test_the_date_is_that_of_publication(docdata: str, head: str, value: str | None) -> None:
    """Publication counts before issue, issue before release; the end of validity and the DTD's date are none."""
    found = article(small(docdata, head, root='nitf change.date="October 10, 2003"'))
    assert (found.dated and found.dated.value) == value


@pytest.mark.parametrize(
    ("document", "publisher", "agency", "where"),
    [
        (small('<doc.copyright holder="AP"/>'), "Associated Press", "Associated Press", "NITF copyright holder"),
        (
            small('<doc.copyright holder="X"/>', body_head="<distributor>Sample Wire</distributor>"),
            "Sample Wire", None, "NITF distributor",
        ),
        (
            small('<doc-id regsrc="AFP" id-string="1"/>', head='<pubdata name="The Post"/>'),
            "The Post", "Agence France-Presse", "NITF pubdata",
        ),
        (small('<doc-id regsrc="NEWSROOM7" id-string="1"/>'), None, None, None),
        (small(body_head="<byline>By Jane Sample, Reuters</byline>"), None, "Reuters", None),
    ],
)  # fmt: skip
def test_who_publishes_and_whose_copy_it_is(document: str, publisher: str | None, agency: str | None, where: str | None) -> None:
    """The publication, else the distributor, else the copyright holder; the agency is any wire service named."""
    found = article(document)
    assert (found.publisher, found.agency, found.provenance.get("publisher")) == (publisher, agency, where)


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("<byline>By Jane Sample and John Sample</byline>", ("Jane Sample", "John Sample")),
        ("<byline>By Jane Sample, <byttl>Staff Reporter</byttl></byline>", ("Jane Sample",)),
        ("<byline><person>Jane Sample</person><byttl>Sample Wire</byttl></byline>", ("Jane Sample",)),
        ("<byline>Jane Sample</byline><byline>John Sample</byline>", ("Jane Sample", "John Sample")),
        ("<byline>By The Associated Press</byline>", ()),
        ("<byline>AFP-DPA</byline>", ()),
        ("<byline/>", ()),
    ],
)
def test_who_wrote_it(byline: str, authors: tuple[str, ...]) -> None:
    """Names in or outside person elements; titles, desks and agencies are no authors."""
    assert article(small(body_head=byline)).authors == authors


def test_corrections_are_kept() -> None:
    """The element for corrections, notes to editors and notes to readers; the corrected document is named."""
    found = article(small(
        '<correction info="The harbour reopened on Friday, not Thursday." id-string="sample-1" regsrc="SW"/>'
        '<ed-msg info="Eds: CORRECTS spelling of the mayor."/><ed-msg info="Updates throughout."/>',
        body_head="<note><body.content><p>Correction: The ferry is the Star.</p></body.content></note>",
    ))  # fmt: skip
    assert found.corrections == (
        "The harbour reopened on Friday, not Thursday.",
        "Eds: CORRECTS spelling of the mayor.",
        "Correction: The ferry is the Star.",
    )  # fmt: skip
    assert found.flags == ("correction of sample-1",)
    assert found.text == "The words."


@pytest.mark.parametrize(
    ("dateline", "body", "text"),
    [
        ("EXAMPLE TOWN", "<p>The words.</p>", "EXAMPLE TOWN\n\nThe words."),
        ("EXAMPLE TOWN (AP)", "<p>EXAMPLE TOWN (AP) — The words.</p>", "EXAMPLE TOWN (AP) — The words."),
        ("Example Town,", "<p>EXAMPLE TOWN — The words.</p>", "EXAMPLE TOWN — The words."),
        ("", "<p>The words.</p>", "The words."),
    ],
)
def test_a_dateline_stands_once(dateline: str, body: str, text: str) -> None:
    """Where the story was written is kept, unless the text opens with it."""
    assert article(small(body=body, body_head=f"<dateline>{dateline}</dateline>")).text == text


def test_the_title_may_come_from_the_head() -> None:
    """Without a headline the document's own title serves, and says so."""
    found = article(small(head="<title>harbour-reopens</title>"))
    assert (found.title, found.provenance) == ("harbour-reopens", {"title": "NITF head/title"})

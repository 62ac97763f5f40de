"""News items in NewsML-G2."""

from datetime import UTC, datetime

import pytest

from index.sources.newsml import looks_like_newsml, read_newsml
from index.types import Article, NewsDate, Origin, Rejection

NOW = datetime(2025, 9, 20, 12, 0, tzinfo=UTC)
NITF = """<inlineXML contenttype="application/nitf+xml"><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body>
  <body.head><hedline><hl1>Ferries</hl1></hedline></body.head>
  <body.content><p>The harbour of Example Town reopened.</p><media><media-caption>A ferry</media-caption></media>
  <p>Two ferries left.</p></body.content></body></nitf></inlineXML>"""
TEXT = "The harbour of Example Town reopened.\n\nTwo ferries left."


def item(content: str = NITF, meta: str = "", item_meta: str = "", rights: str = "", version: str = "3") -> str:
    return f"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:sample.example:1" version="{version}"
      standard="NewsML-G2" xml:lang="en"><rightsInfo>{rights}</rightsInfo>
      <itemMeta><itemClass qcode="ninat:text"/>{item_meta}</itemMeta><contentMeta>{meta}</contentMeta>
      <contentSet>{content}</contentSet></newsItem>"""


def read(document: str) -> list[Article | Rejection]:
    return list(read_newsml(document.encode(), "/news/a.xml", now=NOW))


def article(document: str) -> Article:
    (found,) = read(document)
    assert isinstance(found, Article), found
    return found


def refusal(document: str) -> tuple[str, bool]:
    (found,) = read(document)
    assert isinstance(found, Rejection)
    return found.reason, found.skipped


def test_an_item_is_read_in_full() -> None:
    """Headline, people, outlets, dates and identity from the envelope, the text from the NITF inside it."""
    found = article(item(
        meta="""<contentCreated>2025-09-18T10:00:00Z</contentCreated><creator><name>Jane Sample</name></creator>
          <infoSource qcode="is:AP"/><language tag="en-GB"/><headline>Ferries return to the harbour</headline>
          <slugline>Harbour</slugline><by>By Jane Sample and John Sample</by><description>A summary.</description>""",
        item_meta="""<provider qcode="nprov:x"><name>Sample Wire</name></provider>
          <firstCreated>2025-09-19T07:04:11Z</firstCreated><versionCreated>2025-09-19T11:30:00+02:00</versionCreated>
          <pubStatus qcode="stat:usable"/>
          <edNote>Corrects the number of ferries.</edNote>""",
        rights="<copyrightHolder><name>Sample Holding</name></copyrightHolder>",
    ))  # fmt: skip
    assert (found.title, found.text) == ("Ferries return to the harbour", TEXT)
    assert (found.publisher, found.agency, found.authors) == ("Sample Wire", "Associated Press", ("Jane Sample", "John Sample"))
    assert found.published == NewsDate(value="2025-09-19T07:04+00:00", precision="minute", read_from="NewsML-G2 firstcreated")
    assert found.updated == NewsDate(value="2025-09-19T11:30+02:00", precision="minute", read_from="NewsML-G2 versioncreated")
    assert found.origin == Origin(source="/news/a.xml", record_id="urn:newsml:sample.example:1")
    assert (found.language, found.corrections) == ("en-GB", ("Corrects the number of ferries.",))
    assert found.provenance == {"publisher": "NewsML-G2 provider"}


@pytest.mark.parametrize(
    "content",
    [
        NITF,
        """<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>
           <body><p>The harbour of <b>Example Town</b> reopened.</p><p>Two ferries left.</p></body></html></inlineXML>""",
        """<inlineXML><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>The harbour of Example Town reopened.</h:p>
           <h:p>Two ferries left.</h:p></h:div></inlineXML>""",
        """<inlineData contenttype="text/plain">The harbour of Example Town reopened.\n\nTwo ferries left.</inlineData>""",
        """<inlineData contenttype="text/html">&lt;p&gt;The harbour of Example Town reopened.&lt;/p&gt;
           &lt;p&gt;Two ferries left.&lt;/p&gt;</inlineData>""",
    ],
    ids=["nitf", "xhtml", "prefixed", "plain", "escaped"],
)
def test_the_text_may_be_in_any_of_its_formats(content: str) -> None:
    """NITF, XHTML with and without a prefix, plain text and escaped markup give the same words."""
    assert article(item(content)).text == TEXT


def test_a_message_may_hold_several_items() -> None:
    """Each has its place and its own outcome."""
    picture = item().replace("ninat:text", "ninat:picture")
    found = read(
        f"<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><itemSet>{item()}{picture}{item('')}</itemSet></newsMessage>"
    )
    assert [(f.origin.position, f.text if isinstance(f, Article) else f.reason) for f in found] == [
        ("item 1", TEXT),
        ("item 2", "a picture, not a text"),
        ("item 3", "the news item has no body (in ninjs: `bodies`, `body_xhtml` or `body_text`)"),
    ]


@pytest.mark.parametrize(
    ("item_meta", "reason"),
    [
        ('<pubStatus qcode="stat:canceled"/>', "cancelled by its provider"),
        ('<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/withheld"/>', "withheld by its provider"),
        ("<embargoed>2025-09-21T00:00:00Z</embargoed>", "embargoed until 2025-09-21T00:00+00:00"),
        ("<embargoed/>", "embargoed, and the end of the embargo is not stated"),
    ],
)
def test_what_may_not_be_published_is_skipped(item_meta: str, reason: str) -> None:
    """Status and embargo of the envelope count, also an embargo without an end."""
    assert refusal(item(item_meta=item_meta)) == (reason, True)


def test_the_first_version_is_the_publication() -> None:
    """An item that states only when its version 1 was made was published then."""
    found = article(item(item_meta="<versionCreated>2025-09-19</versionCreated>", version="1"))
    assert (found.published and found.published.value, found.updated) == ("2025-09-19", None)


@pytest.mark.parametrize(
    ("document", "reason", "skipped"),
    [
        ("<packageItem/>", "a <packageItem> without a news item in it: it holds no text", True),
        (item("", meta="<description>A summary.</description>"), "an item with a description only, no body", True),
        (item("<inlineXML><sports-content/></inlineXML>"), "the news item has no body", False),
        ("<newsItem>", "not well-formed XML: ", False),
    ],
)
def test_what_holds_no_text_says_so(document: str, reason: str, skipped: bool) -> None:  # noqa: FBT001 - a column of the table
    """Packages, summaries, other kinds of content and broken documents."""
    found = refusal(document)
    assert found[0].startswith(reason)
    assert found[1] is skipped


@pytest.mark.parametrize(
    ("head", "newsml"),
    [("<?xml version='1.0'?><newsItem guid='a'>", True), ("<n:newsMessage xmlns:n='a'>", True), ("<nitf>", False), ("", False)],
)
def test_newsml_is_known_by_its_first_element(head: str, newsml: bool) -> None:  # noqa: FBT001 - a column of the table
    """Whatever its prefix."""
    assert looks_like_newsml(head) is newsml


def test_a_name_without_end_is_not_repeated() -> None:
    """A reason is read by people: of the name of a strange document's root its beginning is enough."""
    for length, why in ((20_000, "without a news item"), (100_000, "not well-formed XML")):
        reason, _ = refusal(f"<?xml version='1.0'?><oth{'r' * length} xmlns='http://iptc.org/std/nar/2006-10-01/'/>")
        assert why in reason
        assert len(reason) < 400

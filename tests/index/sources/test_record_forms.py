"""The forms in which exporters write records: nested fields, markup, whole pages, envelopes."""

from typing import Any

import pytest

from index.types import Article
from tests.index.sources.made_records import article, read


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        ({"source": {"id": None, "name": "The Example Post"}}, "publisher", "The Example Post"),
        ({"publisher": {"@type": "Organization", "name": "The Example Post"}}, "publisher", "The Example Post"),
        ({"publisher": [{"name": "The Example Post"}, {"name": "Other"}]}, "publisher", "The Example Post"),
        ({"source": "https://www.example-post.example/harbour/1"}, "publisher", "example-post.example"),
        ({"author": {"name": "Jane Sample"}}, "authors", ("Jane Sample",)),
        ({"author": [{"@type": "Person", "name": "Jane Sample"}, {"name": "Ann Roe"}]}, "authors", ("Jane Sample", "Ann Roe")),
        ({"authors": ["Jane Sample", {"name": "John Sample"}]}, "authors", ("Jane Sample", "John Sample")),
        ({"byline": {"original": "By Jane Sample and John Sample"}}, "authors", ("Jane Sample", "John Sample")),
        ({"authors": "['Jane Sample', \"Ann O'Sample\"]"}, "authors", ("Jane Sample", "Ann O'Sample")),
        ({"authors": ["https://social.example/jane", "Jane Sample"]}, "authors", ("Jane Sample",)),
        ({"headline": {"main": "Ferries return", "kicker": "Harbour"}}, "title", "Ferries return"),
        ({"title": {"rendered": "Ferries &amp; <i>boats</i>"}}, "title", "Ferries & boats"),
        ({"categories": ["World", "Harbours"]}, "section", "World"),
        ({"category": {"name": "World"}}, "section", "World"),
        ({"language": ["en", "fr"]}, "language", "en"),
        ({"publisher": "null", "outlet": "The Example Post"}, "publisher", "The Example Post"),
    ],
)  # fmt: skip
def test_forms_that_exporters_use(record: dict[str, Any], field: str, value: object) -> None:
    """Objects with a name, lists of them, bylines, lists that a spreadsheet printed, URLs in place of an outlet."""
    assert getattr(article({"text": "The words.", **record}), field) == value


def test_a_source_url_is_the_url_too() -> None:
    """Extractors print the page's address as the source; it stands for both, and says so."""
    found = article({"text": "The words.", "source": "https://www.example-post.example/harbour/1"})
    assert found.url == "https://www.example-post.example/harbour/1"
    assert found.provenance == {"publisher": "record field 'source', the host of its URL", "url": "record field 'source'"}


@pytest.mark.parametrize(
    "record",
    [
        {"html": "<p>The harbour &mdash; reopened.</p><p>Two ferries left.</p>"},
        {"content": "<p>The harbour — reopened.</p>\n<p>Two ferries left.</p>"},
        {"content": {"rendered": "<p>The harbour — reopened.</p>\n<p>Two ferries left.</p>"}},
        {"body": "The harbour — reopened.<br/><br/>Two ferries left.<br/>"},
        {"text": "", "body_html": "<div><script>x()</script><p>The harbour — reopened.</p><p>Two ferries left.</p></div>"},
    ],
)
def test_markup_becomes_text(record: dict[str, Any]) -> None:
    """A fragment of HTML, in its own field or in that of the text, is stored as a reader sees it, and said to be HTML."""
    found = article(record)
    assert found.text == "The harbour — reopened.\n\nTwo ferries left."
    assert found.provenance["text"].endswith(", HTML")


def test_text_counts_before_html() -> None:
    """A record that has both is read from its text; a sign of comparison is no markup."""
    found = article({"html": "<p>Other words.</p>", "text": "Of 12 ferries < 3 were late & none > 1 hour."})
    assert (found.text, found.provenance) == ("Of 12 ferries < 3 were late & none > 1 hour.", {})


PAGE = """<!DOCTYPE html><html lang="en"><head><title>Ferries return to the harbour</title>
<meta property="og:site_name" content="The Example Post"><meta property="article:published_time" content="2025-09-19T09:04:00Z">
</head><body><nav><a href="/">Home</a> <a href="/world">World</a></nav><article><h1>Ferries return to the harbour</h1>
<p>The harbour of Example Town reopened on Friday after nine days of repairs, the port authority said in a statement.</p>
<p>Two ferries left before noon with four hundred passengers, and the usual timetable is expected to hold from Monday on.</p>
<p>Divers had found the crack in the eastern wall by chance while they were looking for a lost anchor of the museum ship.</p>
</article><footer>All rights reserved</footer></body></html>"""


def test_a_whole_page_is_read_as_a_page() -> None:
    """The article is taken out of the page; what the record itself says counts before what the page says."""
    found = article({"id": "a", "html": PAGE, "publisher": "The Record Post", "url": "https://post.example/1"})
    assert found.text.startswith("The harbour of Example Town reopened on Friday")
    assert "All rights" not in found.text
    assert (found.title, found.publisher, found.url) == (
        "Ferries return to the harbour",
        "The Record Post",
        "https://post.example/1",
    )
    assert found.published is not None
    assert found.published.value == "2025-09-19T09:04+00:00"
    assert found.origin.record_id == "a"
    assert "publisher" not in found.provenance


def test_a_text_that_an_api_cut_is_flagged() -> None:
    """The mark of how many characters are missing is no text of the article."""
    found = article({"title": "Ferries", "content": "The harbour reopened on Friday after… [+1234 chars]"})
    assert (found.text, found.flags) == ("The harbour reopened on Friday after…", ("ends in mid-sentence",))


@pytest.mark.parametrize("envelope", ["_source", "fields", "attributes", "article"])
def test_envelopes_are_opened(envelope: str) -> None:
    """A record may hold its article's fields one level down; its own fields count first."""
    found = article({"_id": "7", envelope: {"_id": "8", "title": "Ferries", "body": "The words."}})
    assert (found.title, found.text, found.origin.record_id) == ("Ferries", "The words.", "7")


def test_a_line_may_be_a_ninjs_item() -> None:
    """Records and news agency items may stand in one file."""
    item = {"uri": "urn:example:1", "versioncreated": "2025-09-19T09:04:00Z", "headline": "Ferries", "body_text": "The words."}
    first, second = read({"text": "Other words."}, item)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (second.title, second.origin.record_id) == ("Ferries", "urn:example:1")

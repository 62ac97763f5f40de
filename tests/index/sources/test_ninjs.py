"""News items in IPTC ninjs."""

from typing import Any

import pytest

from index.articles import NoText
from index.sources.field_mapping import RecordError, RecordSkipped
from index.sources.ninjs import looks_like_ninjs, ninjs_article
from index.types import NewsDate, Origin
from tests.index.sources.made_ninjs import ITEM, TEXT, VERSION_1, VERSION_2, VERSION_3, article


@pytest.mark.parametrize("item", [VERSION_1, VERSION_2, VERSION_3], ids=["1.6", "2.1", "3.1"])
def test_each_version_gives_the_same_article(item: dict[str, Any]) -> None:
    """Lower case, plural and camel case name the same parts; pictures and people written about are no part of it."""
    assert looks_like_ninjs(item)
    found = article(item)
    assert (found.title, found.title_printed, found.text) == ("Ferries return to the harbour", True, TEXT)
    assert (found.publisher, found.agency, found.authors) == ("Sample Agency", "Reuters", ("Jane Sample", "John Sample"))
    assert found.published == NewsDate(value="2025-09-19T07:04+00:00", precision="minute", read_from="ninjs firstcreated")
    assert found.updated == NewsDate(value="2025-09-19T09:30+00:00", precision="minute", read_from="ninjs versioncreated")
    assert found.origin == Origin(source="/news/item.json", position="line 1", record_id=item["uri"])
    assert (found.language, found.url, found.corrections, found.flags) == ("en", None, (), ())
    assert found.provenance == {"publisher": "ninjs copyrightholder"}


@pytest.mark.parametrize(
    ("item", "ninjs"),
    [
        ({"uri": "urn:1", "versioncreated": "2025"}, True),
        ({"uri": "urn:1", "headlines": [{"value": "A"}]}, True),
        ({"standard": {"name": "ninjs"}}, True),
        ({"versionCreated": "2025", "pubStatus": "usable", "bodies": []}, True),
        ({"uri": "urn:1", "title": "A", "body": "B", "url": "https://a.example"}, False),
        ({"versioncreated": "2025", "text": "B"}, False),
        ({"title": "A", "text": "B", "standard": "none"}, False),
        ({}, False),
    ],
)
def test_what_is_a_ninjs_item(item: dict[str, Any], ninjs: bool) -> None:  # noqa: FBT001 - a column of the table
    """An item says that it is one, or has a uri beside names that only ninjs has."""
    assert looks_like_ninjs(item) is ninjs


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "picture"}, "a picture, not a text"),
        ({"type": "video"}, "a video, not a text"),
        ({"type": "audio"}, "a recording, not a text"),
        ({"type": "graphic"}, "a graphic, not a text"),
        ({"type": "event"}, "an event, not a text"),
        ({"pubstatus": "withheld"}, "withheld by its provider"),
        ({"pubstatus": "canceled"}, "cancelled by its provider"),
        ({"pubStatus": "stat:canceled"}, "cancelled by its provider"),
        ({"embargoed": "2025-09-20T12:01:00Z"}, "embargoed until 2025-09-20T12:01+00:00"),
        ({"embargoedUntil": "2025-09-20T14:01:00+02:00"}, "embargoed until 2025-09-20T14:01+02:00"),
        ({"embargoed": "2025-09-20T05:00:00"}, "embargoed until 2025-09-20T05:00"),
        ({"embargoed": "2025-09-21"}, "embargoed until 2025-09-21"),
        ({"embargoed": "noon"}, "embargoed, and the end of the embargo cannot be read ('noon')"),
        ({"type": "composite", "body_text": ""}, "an item without a body: it describes or joins other items"),
        ({"representationtype": "incomplete", "body_text": ""}, "an item without a body: it describes or joins other items"),
        ({"body_text": "", "descriptions": [{"value": "A."}]}, "an item with a description only, no body"),
    ],
)
def test_what_is_no_article_or_not_yet_free_is_skipped(changes: dict[str, Any], reason: str) -> None:
    """Pictures, withdrawn items and embargoes that last are skipped, each with its reason."""
    with pytest.raises(RecordSkipped) as refusal:
        article({**ITEM, **changes})
    assert str(refusal.value) == reason


@pytest.mark.parametrize("ended", ["2025-09-20T12:00:00Z", "2025-09-19T23:00:00", "2025-09-19", "2025-09-20T13:00:00+02:00"])
def test_an_embargo_that_has_ended_does_not_matter(ended: str) -> None:
    """From the stated moment on the item is read; without a zone, once the moment has come everywhere."""
    assert article({**ITEM, "embargoed": ended}).text == "The words."


def test_an_embargo_is_held_against_the_clock() -> None:
    """Without a given time it is the real one."""
    origin = Origin(source="/news/item.json")
    assert ninjs_article({**ITEM, "embargoed": "2020-01-01T00:00:00Z"}, origin).text == "The words."
    with pytest.raises(RecordSkipped, match="embargoed until 2098"):
        ninjs_article({**ITEM, "embargoed": "2098-01-01T00:00:00Z"}, origin)


def test_a_composite_with_a_body_is_read() -> None:
    """A story with its pictures is a story."""
    assert article({**ITEM, "type": "composite"}).text == "The words."


def test_a_partial_representation_is_flagged() -> None:
    """What the provider calls incomplete is kept and says so."""
    assert article({**ITEM, "representationType": "partial"}).flags == ("partial representation",)


@pytest.mark.parametrize(
    ("dates", "published", "updated"),
    [
        ({"versioncreated": "2025-09-19T09:30:00Z"}, None, "2025-09-19T09:30+00:00"),
        ({"versioncreated": "2025-09-19T09:30:00Z", "version": "2"}, None, "2025-09-19T09:30+00:00"),
        ({"versioncreated": "2025-09-19T09:30:00Z", "version": "1"}, "2025-09-19T09:30+00:00", None),
        ({"versioncreated": "2025-09-19T09:30:00Z", "firstcreated": "2025-09-19T09:30:10Z"}, "2025-09-19T09:30+00:00", None),
        ({"versioncreated": "2025-09-19T09:30:00Z", "firstcreated": "2025-09-19T11:30:00+02:00"}, "2025-09-19T11:30+02:00", None),
        ({"versioncreated": "2025-09-19", "contentcreated": "2025-09-18"}, "2025-09-18", "2025-09-19"),
        ({"firstpublished": "2025-09-19", "firstcreated": "2025-09-18", "contentcreated": "2025-09-17"}, "2025-09-19", None),
        ({"firstcreated": "2025-09-18", "contentcreated": "2024-01-01"}, "2025-09-18", None),
        ({"firstcreated": "soon", "contentcreated": "2025-09-17"}, "2025-09-17", None),
        ({"versioncreated": "20250919T093000+0200", "version": 1}, "2025-09-19T09:30+02:00", None),
        ({}, None, None),
    ],
)
def test_dates(dates: dict[str, Any], published: str | None, updated: str | None) -> None:
    """The first publication, the first creation or the writing is the date; a version is an update only if it is later."""
    found = article({"uri": "urn:example:1", "headlines": [], "body_text": "The words.", **dates})
    assert (found.published and found.published.value, found.updated and found.updated.value) == (published, updated)


@pytest.mark.parametrize(
    ("parts", "publisher", "agency", "where"),
    [
        ({"copyrightholder": "dpa"}, "dpa", "dpa", "ninjs copyrightholder"),
        ({"provider": "Sample Post", "copyrightholder": "AFP"}, "Sample Post", "Agence France-Presse", "ninjs provider"),
        ({"creditline": "Sample Post/AP"}, "Sample Post/AP", "Associated Press", "ninjs creditline"),
        ({"infosources": [{"name": "Reuters"}]}, "Reuters", "Reuters", "ninjs infosource"),
        ({"infosources": [{"literal": "Sample Post"}]}, "Sample Post", None, "ninjs infosource"),
        ({"provider": {"name": "Sample Post"}}, "Sample Post", None, "ninjs provider"),
        ({"by": "Jane Sample, Reuters"}, None, "Reuters", None),
        ({}, None, None, None),
    ],
)
def test_who_publishes_and_whose_copy_it_is(
    parts: dict[str, Any], publisher: str | None, agency: str | None, where: str | None
) -> None:
    """The one that carries it publishes it; the agency is the wire service among everybody that is named."""
    found = article({**ITEM, **parts})
    assert (found.publisher, found.agency, found.provenance.get("publisher")) == (publisher, agency, where)


@pytest.mark.parametrize(
    ("parts", "authors"),
    [
        ({"by": "Von Jane Sample, dpa", "language": "de"}, ("Jane Sample",)),
        ({"by": "Par Jane Sample", "language": "fr-FR"}, ("Jane Sample",)),
        ({"by": "By The Associated Press"}, ()),
        ({"by": "Sample Agency", "copyrightholder": "Sample Agency"}, ()),
        ({"byline": "Jane Sample (jane@sample.example)"}, ("Jane Sample",)),
        ({"bylines": ["Jane Sample", "John Sample"]}, ("Jane Sample", "John Sample")),
        ({"people": [{"name": "Jane Sample", "rel": "author"}, {"name": "Mayor Roe", "rel": "about"}]}, ("Jane Sample",)),
        ({"person": [{"name": "Mayor Roe", "rel": "about"}]}, ()),
    ],
)
def test_who_wrote_it(parts: dict[str, Any], authors: tuple[str, ...]) -> None:
    """Bylines of any version and language; agencies, the outlet and people written about are no authors."""
    assert article({**ITEM, **parts}).authors == authors


@pytest.mark.parametrize(
    ("parts", "title", "provenance"),
    [
        ({"headline": "A", "title": "B"}, "A", {}),
        ({"headline_main": "A", "headline_web": "C"}, "A", {}),
        ({"headlines": [{"role": "web", "value": "B"}, {"role": "", "value": "A"}]}, "A", {}),
        ({"headlines": [{"contenttype": "text/html", "value": "A <em>b</em> &amp; c"}]}, "A b & c", {}),
        ({"title": "B"}, "B", {"title": "ninjs title"}),
    ],
)
def test_headlines(parts: dict[str, Any], title: str, provenance: dict[str, str]) -> None:
    """The main headline is the title; the item's name for editors is used only without one, and said."""
    found = article({**ITEM, **parts})
    assert (found.title, found.title_printed, found.provenance) == (title, True, provenance)


NITF = "<?xml version='1.0' encoding='utf-16'?><nitf><body><body.content><p>One — é.</p><p>Two.</p></body.content></body></nitf>"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"bodies": [{"value": "One.\n\nTwo."}]}, "One.\n\nTwo."),
        ({"bodies": [{"value": "<p>One.</p><p>Two.</p>"}]}, "One.\n\nTwo."),
        ({"bodies": [{"role": "summary", "value": "No."}, {"role": "main", "value": "One."}]}, "One."),
        ({"bodies": [{"role": "summary", "value": "No."}]}, "No."),
        ({"bodies": {"value": "One."}}, "One."),
        ({"bodies": [{"contenttype": "application/nitf+xml", "value": NITF}]}, "One — é.\n\nTwo."),
        ({"bodies": [{"contenttype": "application/nitf+xml", "value": NITF}, {"role": "plain", "value": "One."}]}, "One."),
        ({"body_main": "One.", "body_web": "<p>Two.</p>"}, "Two."),
        (
            {
                "headline": "Ferries return",
                "bodies": [
                    {"contenttype": "text/html", "value": "<html><head><title>x</title></head><body><h1>Ferries return</h1>"
                     "<figure><img src='a'><figcaption>A ferry</figcaption></figure><p>One.</p></body></html>"},
                ],
            },
            "One.",
        ),
    ],
)  # fmt: skip
def test_bodies(parts: dict[str, Any], text: str) -> None:
    """Marked-up bodies count before plain ones, main ones before others; a repeated headline is not text."""
    item = {name: value for name, value in ITEM.items() if name != "body_text"}
    assert article({**item, **parts}).text == text


def test_a_correction_for_editors_is_kept() -> None:
    """A note that tells of a correction is one; what else editors are told is not for readers."""
    note = "Eds: CORRECTS the number of ferries in the second paragraph."
    assert article({**ITEM, "ednote": note}).corrections == (note,)
    assert article({**ITEM, "ednote": "Updates with quotes. Pictures will follow."}).corrections == ()


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"body_text": None}, RecordError, "the news item has no body (in ninjs: `bodies`, `body_xhtml` or `body_text`)"),
        ({"body_text": ["a"]}, RecordError, "`body_text` of a news item must be a string, not list"),
        ({"uri": 5}, RecordError, "`uri` of a news item must be a string, not int"),
        ({"headline": "a\ud83d"}, RecordError, "`headline` holds half a character (a lone surrogate)"),
        ({"body_text": " … "}, NoText, "the article has no text"),
        ({"body_text": None, "bodies": [{"contenttype": "application/xml", "value": "<x/>"}]}, RecordError,
         "no body of the news item can be read; HTML, plain text and NITF are"),
        ({"body_text": None, "bodies": [{"role": "nitf", "value": "<?xml version='1.0'?><nitf><body></nitf>"}]}, NoText,
         "not well-formed XML"),
    ],
)  # fmt: skip
def test_wrong_items_are_refused(changes: dict[str, Any], error: type[Exception], reason: str) -> None:
    """Each refusal names the part and what is wrong with it."""
    with pytest.raises(error) as refusal:
        article({**ITEM, **changes})
    assert str(refusal.value).startswith(reason)
    assert not isinstance(refusal.value, RecordSkipped)


@pytest.mark.parametrize(
    "changes",
    [
        {"headlines": "A", "bodies": 5, "infosources": None, "people": 7},
        {"headlines": [5, None, {"value": ""}], "bylines": [1, {"a": 2}], "people": [None, "x"]},
        {"altids": {"a": 1}, "urgency": "high", "renditions": 7, "genre": [[]], "subject": "none", "version": [1]},
    ],
)
def test_odd_parts_are_left_alone(changes: dict[str, Any]) -> None:
    """Parts that are not what the standard says they are do not cost the article its text."""
    assert article({**ITEM, **changes}).text == "The words."

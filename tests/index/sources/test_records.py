"""Article records: the names of fields, dates, and records that are wrong."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sources.records import FIELD_NAMES, MAX_LINE_BYTES, read_json
from index.types import Article, NewsDate, Rejection
from tests.index.sources.made_records import article, read, reason

DOCUMENTED = (
    '{"id": "ds-1", "headline": "Ferries return to the harbour", "source": "Dateline Sample Desk", "byline": "By Jane Sample and'
    ' John Sample", "date": "Sept. 19, 2025", "body": "The harbour of Example Town reopened on Friday."}'
)


def test_the_documented_record_is_read_as_documented() -> None:
    """The example of docs/formats.md gives every field it names, and says under which name it stood."""
    found = article(json.loads(DOCUMENTED))
    assert found.title == "Ferries return to the harbour"
    assert found.publisher == "Dateline Sample Desk"
    assert found.authors == ("Jane Sample", "John Sample")
    assert found.published == NewsDate(value="2025-09-19", precision="day", read_from="record")
    assert found.text == "The harbour of Example Town reopened on Friday."
    assert found.origin.record_id == "ds-1"
    assert found.origin.position == "line 1"
    assert found.provenance == {
        "title": "record field 'headline'",
        "publisher": "record field 'source'",
        "authors": "record field 'byline'",
        "published": "record field 'date'",
        "text": "record field 'body'",
    }


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in FIELD_NAMES.items() for name in names])
def test_every_name_of_a_field_is_understood(field: str, name: str) -> None:
    """A value under any documented name ends up in its field."""
    values = {"published": "2025-09-19", "updated": "2025-09-19", "url": "https://example.org/a"}
    value = values.get(field, "Example value")
    found = article({name: value} if field in ("text", "html") else {"text": "Other words.", name: value})
    got = {
        "html": found.text,
        "record_id": found.origin.record_id,
        "authors": "".join(found.authors),
        "published": found.published and found.published.value,
        "updated": found.updated and found.updated.value,
    }.get(field, getattr(found, field, None))
    assert got == value


def test_the_first_name_that_is_not_empty_wins() -> None:
    """Dateline's own name comes first, and an empty value does not hide another."""
    found = article({"text": "", "body": None, "content": "The words.", "title": "Right", "headline": "Wrong"})
    assert (found.text, found.title) == ("The words.", "Right")


def test_an_updated_date_alone_is_no_publication_date() -> None:
    """A record that states only when it was changed leaves `published` empty (docs/adr/0009)."""
    found = article({"text": "The words.", "updated": "2025-09-19T09:04:11+02:00"})
    assert found.published is None
    assert found.updated == NewsDate(value="2025-09-19T09:04+02:00", precision="minute", read_from="record")


def test_an_unreadable_date_is_noted() -> None:
    """An ambiguous date is not guessed; the article is kept undated and says why."""
    found = article({"text": "The words.", "date": "03/04/2025"})
    assert found.dated is None
    assert found.provenance == {"published": "unreadable date '03/04/2025'; left undated"}


@pytest.mark.parametrize("name", ["Pub Date", "pub-date", "PUBDATE", "pubDate", "pub_date"])
def test_names_are_compared_without_case_and_joints(name: str) -> None:
    """Spaces, underscores, hyphens and capitals make no other name; the printed one is reported."""
    found = article({"Text": "The words.", name: "2025-09-19"})
    assert found.published == NewsDate(value="2025-09-19", precision="day", read_from="record")
    assert found.provenance == {"published": f"record field {name!r}"}


def test_a_second_name_for_a_field_is_noted() -> None:
    """The first name wins; another that says something else is named, one that says the same is not."""
    found = article({"text": "The words.", "headline": "Wrong", "title": "Right", "source": "The Post", "outlet": "the post"})
    assert (found.title, found.publisher) == ("Right", "The Post")
    assert found.provenance == {
        "title": "record field 'title'; 'headline' says otherwise and was not used",
        "publisher": "record field 'source'",
    }


def test_unknown_fields_are_no_error() -> None:
    """What a record holds besides an article's fields is left alone, whatever it is."""
    found = article({"text": "The words.", "tags": [1, {"a": None}], "score": 0.5, "description": "A summary.", "": {}})
    assert (found.text, found.provenance) == ("The words.", {})


def test_numbers_are_ids_and_dates() -> None:
    """A numeric id, year or day is read like a string; nothing else may be a number."""
    found = article({"text": "The words.", "id": 17, "published": 2025, "updated": 20250919})
    assert found.origin.record_id == "17"
    assert found.published == NewsDate(value="2025", precision="year", read_from="record")
    assert found.updated == NewsDate(value="2025-09-19", precision="day", read_from="record")


@pytest.mark.parametrize(
    "moment", [1758272640, "1758272640", 1758272640.75, 1758272640123, {"$date": {"$numberLong": "1758272640123"}}]
)
def test_unix_times_are_dates(moment: object) -> None:
    """Seconds or milliseconds since 1970, as a number, a string or MongoDB's objects."""
    found = article({"text": "The words.", "published_at": moment})
    assert found.published == NewsDate(value="2025-09-19T09:04+00:00", precision="minute", read_from="record")


def test_the_language_settles_which_number_is_the_day() -> None:
    """A British record that prints `03/04/2025` means April."""
    found = article({"text": "The words.", "date": "03/04/2025", "language": "en-GB"})
    assert found.published == NewsDate(value="2025-04-03", precision="day", read_from="record")


def test_an_agency_picture_is_skipped() -> None:
    """An item that is no text is not a failure."""
    (found,) = read({"uri": "urn:example:1", "type": "picture", "pubstatus": "usable"})
    assert isinstance(found, Rejection)
    assert (found.reason, found.skipped) == ("a picture, not a text", True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"title": "No text"}, "the record has no `text` (also understood: body, content, article_body, "),
        ({"title": "No text"}, ") and no `html`"),
        ({"html": "<p> </p>"}, "the article has no text"),
        ({"text": 5}, "`text` must be a string, not int"),
        ({"text": "x", "title": 5}, "`title` must be a string, not int"),
        ({"text": "a\ud83d"}, "`text` holds half a character (a lone surrogate)"),
        ({"text": "x", "title": "a\ud83d"}, "`title` holds half a character (a lone surrogate)"),
        ({"text": "x", "author": ["a\ud83d"]}, "`author` holds half a character (a lone surrogate)"),
        ({"text": " … "}, "the article has no text"),
        ({"text": ["a"]}, "`text` must be a string, not list"),
        ({"text": True}, "`text` must be a string, not bool"),
        ({"text": 1.5}, "`text` must be a string, not float"),
        ({"text": "x", "title": {"a": 1}}, "`title` must be a string, not dict"),
        ({"text": "x", "published": ["2025-09-19"]}, "`published` must be a string, not list"),
        ({"text": "x", "authors": [1]}, "`authors` must be a string, a list of strings, or objects with a `name`"),
        ({"text": "x", "author": {"age": "y"}}, "`author` must be a string, a list of strings, or objects with a `name`"),
        ({"text": "x", "published": True}, "`published` must be a string, not bool"),
        ({"text": "x", "guid": False}, "`guid` must be a string, not bool"),
        ([{"text": "x"}], "a record must be a JSON object, not list"),
        ("text", "a record must be a JSON object, not str"),
        (b"{'text': 'x'}", "not valid JSON"),
        (b'{"text": "x"', "not valid JSON"),
        (b'{"text": "caf\xe9"}', "not UTF-8 (byte 13 of the line); convert the file to UTF-8"),
        (b"[" * 100_000, "the JSON is nested too deeply"),
        (b'{"id": ' + b"1" * 5000 + b', "text": "x"}', "not valid JSON"),
    ],
)
def test_a_wrong_record_is_refused_with_its_field(line: object, why: str) -> None:
    """Each refusal names what is wrong."""
    assert why in reason(line)


def test_a_wrong_line_costs_only_itself() -> None:
    """Lines keep their numbers, empty lines are skipped, and what is around a broken line is read."""
    found = read({"text": "First words."}, b"", b"{broken", {"text": "Last words."})
    assert [(type(item).__name__, item.origin.position) for item in found] == [
        ("Article", "line 1"), ("Rejection", "line 3"), ("Article", "line 4"),
    ]  # fmt: skip


def test_the_longest_line_is_read() -> None:
    """A line of exactly as many bytes as documented is a record, one of a byte more is not."""
    record = {"text": "The words.", "other": ""}
    fill = MAX_LINE_BYTES - len(json.dumps(record).encode())
    assert article({**record, "other": "x" * fill}).text == "The words."
    assert reason({**record, "other": "x" * (fill + 1)}) == (
        "the line is longer than 4,000,000 bytes; split it into one article a line"
    )


NAMES = st.sampled_from(
    [name for names in FIELD_NAMES.values() for name in names]
    + [
        "uri",
        "type",
        "versioncreated",
        "pubstatus",
        "bodies",
        "headlines",
        "people",
        "infosources",
        "body_xhtml",
        "standard",
        "_source",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["text", "<p>a</p>", "2025-09-19"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.sampled_from(["name", "value", "role"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
@settings(max_examples=300, deadline=None)
def test_any_object_is_an_article_or_says_why_not(record: dict[str, Any]) -> None:
    """Whatever stands in a record's fields, reading it never stops the run."""
    for found in (*read(record), *read_json(json.dumps(record), "/news/a.json")):
        assert found.text if isinstance(found, Article) else found.reason

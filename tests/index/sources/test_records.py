"""Article records."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sources.records import FIELD_NAMES, MAX_LINE_BYTES, looks_like_records, read_json, read_records
from index.types import Article, NewsDate, Rejection

DOCUMENTED = (
    '{"id": "ds-1", "headline": "Ferries return to the harbour", "source": "Dateline Sample Desk", "byline": "By Jane Sample and'
    ' John Sample", "date": "Sept. 19, 2025", "body": "The harbour of Example Town reopened on Friday."}'
)


def read(*lines: object) -> list[Article | Rejection]:
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return list(read_records([line + b"\n" for line in raw], "/news/a.jsonl"))


def reason(line: object) -> str:
    (found,) = read(line)
    assert isinstance(found, Rejection)
    return found.reason


def article(record: dict[str, Any]) -> Article:
    (found,) = read(record)
    assert isinstance(found, Article)
    return found


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


@pytest.mark.parametrize(
    ("line", "records"),
    [
        ('{"text": "x"}', True),
        (' {"text": "x"} \r', True),
        ("{", False),
        ('[{"text": "x"}]', False),
        ("text", False),
        ("", False),
    ],
)
def test_records_are_known_by_their_first_line(line: str, records: bool) -> None:  # noqa: FBT001
    """A line that is one object means records; a bracket or an object over several lines does not."""
    assert looks_like_records(line) is records


def documents(text: str) -> list[tuple[str, str]]:
    """Return the text or reason of everything in a JSON document, with its position."""
    found = read_json(text, "/news/a.json")
    return [(item.origin.position, item.text if isinstance(item, Article) else item.reason) for item in found]


ONE, TWO = {"text": "First words."}, {"text": "Last words."}
BOTH = [("record 1", "First words."), ("record 2", "Last words.")]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "document",
    [
        [ONE, TWO],
        {"articles": [ONE, TWO]},
        {"status": "ok", "totalResults": 2, "articles": [ONE, TWO]},
        {"items": [ONE, TWO]},
        {"results": [ONE, TWO]},
        {"data": [ONE, TWO]},
        {"response": {"meta": {"hits": 2}, "docs": [ONE, TWO]}},
        {"hits": {"total": 2, "hits": [{"_id": "1", "_source": ONE}, {"_id": "2", "_source": TWO}]}},
        {"articles": {"results": [ONE, TWO], "count": 2}},
    ],
)
def test_lists_of_records_are_found(document: object, indent: int | None) -> None:
    """A list, bare or under one of the names that news APIs use, gives its records in order."""
    assert documents(json.dumps(document, indent=indent)) == BOTH


def test_one_object_is_one_article() -> None:
    """A single object over several lines is the file's article and needs no position."""
    assert documents("\ufeff\n" + json.dumps(ONE, indent=2)) == [("", "First words.")]


def test_objects_may_follow_each_other() -> None:
    """What `jq` prints, objects over several lines one after the other, is read like a list."""
    assert documents(json.dumps(ONE, indent=2) + "\n" + json.dumps(TWO, indent=2) + "\n") == BOTH


def test_a_record_with_a_list_is_still_a_record() -> None:
    """An article whose other fields include a list under such a name is no wrapper."""
    assert documents(json.dumps({"text": "The words.", "items": [{"text": "No article."}]})) == [("", "The words.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[{"text": "First words."}, 5, {"title": "x"}]',
            ["First words.", "a record must be a JSON object, not int", "the record has no `text`"],
        ),
        ('{"text": "First words."} {"text": ', ["First words.", "not valid JSON: Expecting value: line 1 column 35"]),
        ('[{"text": "x"},]', ["not valid JSON"]),
        ("5", ["a record must be a JSON object, not int"]),
        ("[" * 100_000, ["the JSON is nested too deeply"]),
        ("[]", ["the file holds an empty list of articles"]),
        ('{"articles": []}', ["the file holds an empty list of articles"]),
        ('{"a": 1}', ["the record has no `text`"]),
    ],
)  # fmt: skip
def test_broken_documents_are_refused_with_their_place(text: str, expected: list[str]) -> None:
    """What can be read of a document is; the rest says what is wrong with it."""
    found = documents(text)
    assert len(found) == len(expected)
    for (_, got), wanted in zip(found, expected, strict=True):
        assert got.startswith(wanted)


def test_a_field_that_is_too_long_fails_by_itself() -> None:
    """In a document, where lines say nothing, each field is held to the size of a line."""
    first, second = documents(json.dumps([{"text": "x " * (MAX_LINE_BYTES // 2 + 1)}, TWO]))
    assert first == ("record 1", "`text` is longer than 4,000,000 characters; split it into articles")
    assert second == ("record 2", "Last words.")


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

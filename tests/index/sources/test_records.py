"""Article records."""

import json
from typing import Any

import pytest

from index.sources.records import FIELD_NAMES, MAX_LINE_BYTES, looks_like_records, read_records
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
    value = "2025-09-19" if field in ("published", "updated") else "Example value"
    found = article({"text": "Other words.", name: value} if field != "text" else {name: value})
    got = {
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


def test_whole_numbers_are_values() -> None:
    """A numeric id and a numeric year are read like strings."""
    found = article({"text": "The words.", "id": 17, "published": 2025})
    assert found.origin.record_id == "17"
    assert found.published == NewsDate(value="2025", precision="year", read_from="record")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"title": "No text"}, "the record has no `text` (also understood: body, content, article_body, articleBody)"),
        ({"html": "<p>x</p>"}, "HTML records are not supported yet"),
        ({"text": " … "}, "the article has no text"),
        ({"text": ["a"]}, "`text` must be a string, not list"),
        ({"text": True}, "`text` must be a string, not bool"),
        ({"text": 1.5}, "`text` must be a string, not float"),
        ({"text": "x", "title": {"a": 1}}, "`title` must be a string, not dict"),
        ({"text": "x", "published": ["2025-09-19"]}, "`published` must be a string, not list"),
        ({"text": "x", "authors": [1]}, "`authors` must be a string or a list of strings"),
        ({"text": "x", "author": {"name": "y"}}, "`author` must be a string or a list of strings"),
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

"""Files of records: how they are known, lists of records, and documents that are broken."""

import json

import pytest

from index.sources.records import MAX_LINE_BYTES, looks_like_records, read_json
from index.types import Article


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

"""Article records: JSON Lines, one article a line, and JSON documents that hold one article or a list of them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from index.articles import NoText, build_article
from index.sources.field_mapping import (
    FIELD_NAMES,
    MAX_FIELD_CHARACTERS,
    RecordError,
    RecordSkipped,
    field_of,
    read_fields,
    record_id,
    whole_page,
)
from index.sources.html import read_html
from index.sources.ninjs import looks_like_ninjs, ninjs_article
from index.types import Article, Origin, Rejection

__all__ = [
    "FIELD_NAMES", "MAX_LINE_BYTES", "RecordError", "RecordSkipped", "looks_like_records", "read_fields", "read_json",
    "read_records", "record_article",
]  # fmt: skip

MAX_LINE_BYTES = MAX_FIELD_CHARACTERS
# Under these names exporters and news APIs put the list of articles, and around an article its own fields.
_LISTS = ("articles", "items", "docs", "results", "data", "records", "hits", "entries", "stories", "news", "response")
_ENVELOPES = ("_source", "fields", "attributes", "article")
_LIST_DEPTH = 4
_SPACE = re.compile(r"[\s\ufeff]*")


def looks_like_records(first_line: str) -> bool:
    """Return whether the file's first line is a JSON object."""
    return first_line.lstrip().startswith("{") and first_line.rstrip().endswith("}")


def read_records(lines: Iterable[bytes], source: str) -> Iterator[Article | Rejection]:
    """Yield one article or rejection for each line that is not empty."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(line, Origin(source=source, position=f"line {number}"))


def read_json(text: str, source: str) -> Iterator[Article | Rejection]:
    """Yield the articles of a JSON document: one object, a list of them, such a list inside an object (`{"articles": […]}`),
    or several of these one after the other.

    Positions are `record 1`, `record 2` …; empty when the file is one object that is the article.
    """  # noqa: D205 - the list of shapes does not fit one line
    number = 0
    for document, alone in _documents(text):
        if isinstance(document, RecordError):
            yield Rejection(origin=Origin(source=source, position=f"record {number + 1}" if number else ""), reason=str(document))
            return
        listed = _listed(document)
        if listed == []:
            yield Rejection(origin=Origin(source=source), reason="the file holds an empty list of articles", skipped=True)
        for record in [document] if listed is None else listed:
            number += 1
            position = "" if alone and listed is None else f"record {number}"
            yield _read(record, Origin(source=source, position=position))


def record_article(record: Mapping[str, Any], origin: Origin, *, read_from: str = "record") -> Article:
    """Return the article of one record; an IPTC ninjs item is read as such. `read_from` is what its dates are said to be from.

    Raises:
        RecordSkipped: the record is no article, or may not be published.
        RecordError: a field has the wrong type, or `text` and `html` are missing.
        NoText: the text is empty.
    """
    record = _opened(record)
    if looks_like_ninjs(record):
        return ninjs_article(record, origin)
    fields = read_fields(record, read_from)
    origin = replace(origin, record_id=record_id(record) or origin.record_id)
    if fields["text"] is None:
        page = whole_page(record)
        if page is None:
            others = ", ".join(FIELD_NAMES["text"][1:])
            raise RecordError(f"the record has no `text` (also understood: {others}) and no `html`")
        return _page_article(page, fields, origin)
    return build_article(**fields, origin=origin)


def _read(record: object, origin: Origin) -> Article | Rejection:
    try:
        parsed = _parsed_line(record) if isinstance(record, bytes) else record
        if not isinstance(parsed, dict):
            raise RecordError(f"a record must be a JSON object, not {type(parsed).__name__}")
        return record_article(parsed, origin)
    except (RecordError, NoText) as error:
        return Rejection(origin=origin, reason=str(error), skipped=isinstance(error, RecordSkipped))


def _parsed_line(line: bytes) -> object:
    if len(line.rstrip(b"\r\n")) > MAX_LINE_BYTES:
        raise RecordError(f"the line is longer than {MAX_LINE_BYTES:,} bytes; split it into one article a line")
    try:
        return json.loads(line)
    except UnicodeDecodeError as error:
        raise RecordError(f"not UTF-8 (byte {error.start} of the line); convert the file to UTF-8") from error
    except ValueError as error:
        raise RecordError(f"not valid JSON: {error}") from error
    except RecursionError as error:
        raise RecordError("the JSON is nested too deeply") from error


def _documents(text: str) -> Iterator[tuple[object, bool]]:
    """Yield each JSON value of the text and whether it is the only one; in place of one that is broken, the error."""
    decoder = json.JSONDecoder()
    start = first = _end_of_space(text, 0)
    while start < len(text):
        try:
            document, end = decoder.raw_decode(text, start)
        except ValueError as error:
            yield RecordError(f"not valid JSON: {error}"), False
            return
        except RecursionError:
            yield RecordError("the JSON is nested too deeply"), False
            return
        end = _end_of_space(text, end)
        yield document, start == first and end == len(text)
        start = end


def _end_of_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _listed(document: object, depth: int = 0) -> list[object] | None:
    """Return the list of records that a document is or holds, None when it is a record itself."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict) or depth == _LIST_DEPTH or looks_like_ninjs(document):
        return None
    if any(isinstance(name, str) and field_of(name) in ("text", "html") for name in _opened(document)):
        return None
    for name in _LISTS:
        inner = document.get(name)
        if isinstance(inner, list) and (not inner or any(isinstance(record, dict) for record in inner)):
            return inner
        if isinstance(inner, dict) and (found := _listed(inner, depth + 1)) is not None:
            return found
    return None


def _opened(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the record with the fields of an envelope inside it (Elasticsearch's `_source`) beside its own."""
    for name in _ENVELOPES:
        inner = record.get(name)
        if isinstance(inner, dict):
            return {**inner, **{key: value for key, value in record.items() if key != name}}
    return record


def _page_article(page: str, fields: Mapping[str, Any], origin: Origin) -> Article:
    """Return the article of a whole HTML page; what the record says of it counts before what the page says."""
    found = next(iter(read_html(page, origin, url=fields["url"])), None)
    if not isinstance(found, Article):
        reason = f"the record's page: {found.reason}" if found else "the record's page holds no article"
        raise RecordSkipped(reason) if found and found.skipped else RecordError(reason)
    names = ("title", "publisher", "authors", "published", "updated", "url", "language", "section")
    stated = {name: fields[name] for name in names if fields[name]}
    of_page = {name: getattr(found, name) for name in names if name not in stated}
    if not found.title_printed and "title" in of_page:
        of_page["title"] = None
    provenance = {name: said for name, said in found.provenance.items() if name not in stated}
    return build_article(
        **stated, **of_page, text=found.text, origin=origin, agency=found.agency, corrections=found.corrections,
        flags=found.flags, provenance={**provenance, **fields["provenance"]},
    )  # fmt: skip

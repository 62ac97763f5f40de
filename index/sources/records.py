"""Article records: JSON Lines files, one article a line, and the field names that exporters use for the same thing."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from index.articles import NoText, build_article, split_authors
from index.dates import read_date
from index.types import Article, NewsDate, Origin, Rejection

# Dateline's name first, then what other programs call it.
FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "record_id": ("id", "article_id", "guid", "uuid"),
    "url": ("url", "link", "canonical_url", "permalink"),
    "title": ("title", "headline"),
    "publisher": ("publisher", "source", "outlet", "publication", "site_name"),
    "authors": ("authors", "author", "byline", "creator"),
    "published": ("published", "date", "published_at", "date_published", "datePublished", "pub_date", "pubDate"),
    "updated": ("updated", "updated_at", "date_modified", "dateModified", "modified"),
    "text": ("text", "body", "content", "article_body", "articleBody"),
    "language": ("language", "lang", "inLanguage"),
    "section": ("section", "category", "articleSection"),
}
# One record longer than this is not an article: about two novels.
MAX_LINE_BYTES = 4_000_000


class RecordError(ValueError):
    """A record cannot become an article; the message names the field."""


def looks_like_records(first_line: str) -> bool:
    """Return whether the file's first line is a JSON object."""
    return first_line.lstrip().startswith("{") and first_line.rstrip().endswith("}")


def read_records(lines: Iterable[bytes], source: str) -> Iterator[Article | Rejection]:
    """Yield one article or rejection for each line that is not empty."""
    for number, line in enumerate(lines, start=1):
        position = f"line {number}"
        if not line.strip():
            continue
        try:
            yield record_article(_parse(line), Origin(source=source, position=position))
        except (RecordError, NoText) as error:
            yield Rejection(origin=Origin(source=source, position=position), reason=str(error))


def record_article(record: Mapping[str, Any], origin: Origin) -> Article:
    """Return the article of one record.

    Raises:
        RecordError: a field has the wrong type, or `text` is missing.
        NoText: the text is empty.
    """
    fields = read_fields(record, "record")
    if fields["text"] is None:
        hint = "; HTML records are not supported yet" if "html" in record else ""
        raise RecordError(f"the record has no `text` (also understood: {', '.join(FIELD_NAMES['text'][1:])}){hint}")
    record_id = _text(record, _name(record, "record_id"))
    return build_article(**fields, origin=Origin(source=origin.source, position=origin.position, record_id=record_id))


def read_fields(record: Mapping[str, Any], read_from: str) -> dict[str, Any]:
    """Return `build_article`'s keywords for a record; a field of another name or an unreadable date is noted in `provenance`.

    Raises:
        RecordError: a field has the wrong type.
    """
    names = {field: _name(record, field) for field in FIELD_NAMES if field != "record_id"}
    provenance = {field: f"{read_from} field {name!r}" for field, name in names.items() if name not in (None, field)}
    fields: dict[str, Any] = {
        field: _text(record, names[field]) for field in ("url", "title", "publisher", "text", "language", "section")
    }
    fields["authors"] = _authors(record, names["authors"])
    for field in ("published", "updated"):
        fields[field], problem = _date(record, names[field], read_from)
        if problem:
            provenance[field] = problem
    fields["provenance"] = provenance
    return fields


def _parse(line: bytes) -> Mapping[str, Any]:
    if len(line.rstrip(b"\r\n")) > MAX_LINE_BYTES:
        raise RecordError(f"the line is longer than {MAX_LINE_BYTES:,} bytes; split it into one article a line")
    try:
        record = json.loads(line)
    except UnicodeDecodeError as error:
        raise RecordError(f"not UTF-8 (byte {error.start} of the line); convert the file to UTF-8") from error
    except ValueError as error:
        raise RecordError(f"not valid JSON: {error}") from error
    except RecursionError as error:
        raise RecordError("the JSON is nested too deeply") from error
    if not isinstance(record, dict):
        raise RecordError(f"a record must be a JSON object, not {type(record).__name__}")
    return record


def _name(record: Mapping[str, Any], field: str) -> str | None:
    return next((name for name in FIELD_NAMES[field] if record.get(name) not in (None, "", [])), None)


def _text(record: Mapping[str, Any], name: str | None) -> str | None:
    if name is None:
        return None
    value = record[name]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise RecordError(f"`{name}` must be a string, not {type(value).__name__}")
    if name not in FIELD_NAMES["text"] and any("\ud800" <= character <= "\udfff" for character in str(value)):
        raise RecordError(f"`{name}` holds half a character (a lone surrogate)")
    return str(value)


def _authors(record: Mapping[str, Any], name: str | None) -> tuple[str, ...]:
    if name is None:
        return ()
    value = record[name]
    if isinstance(value, list) and all(isinstance(author, str) for author in value):
        return tuple(value)
    if isinstance(value, str):
        return split_authors(value)
    raise RecordError(f"`{name}` must be a string or a list of strings")


def _date(record: Mapping[str, Any], name: str | None, read_from: str) -> tuple[NewsDate | None, str | None]:
    printed = _text(record, name)
    if printed is None:
        return None, None
    found = read_date(printed, read_from)
    return found, None if found else f"unreadable date {printed[:40]!r}; left undated"

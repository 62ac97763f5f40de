"""Which field of a record means what: Dateline's names, the names other programs use, and how their values are read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from index.articles import split_authors
from index.cleaning import normalise
from index.dates import read_date, read_timestamp
from index.sources.markup import text_of
from index.types import NewsDate

# Dateline's name first, then what other programs call it. Compared without case, spaces, `_`, `-` and `.`.
FIELD_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "record_id": ("id", "article_id", "guid", "uuid", "_id", "doc_id"),
    "url": ("url", "link", "canonical_url", "permalink", "web_url", "article_url", "page_url"),
    "title": ("title", "headline", "article_title", "web_title"),
    "publisher": ("publisher", "source", "outlet", "publication", "site_name", "source_name", "newspaper", "publication_name",
                  "source_hostname", "source_domain", "hostname", "domain"),
    "authors": ("authors", "author", "byline", "creator", "author_name", "author_names"),
    "published": ("published", "date", "published_at", "date_published", "datePublished", "pub_date", "pubDate", "publish_date",
                  "publication_date", "published_date", "date_publish", "web_publication_date", "date_time"),
    "updated": ("updated", "updated_at", "date_modified", "dateModified", "modified", "date_modify", "last_modified",
                "modified_at", "last_updated", "updated_date"),
    "text": ("text", "body", "content", "article_body", "articleBody", "main_text", "article_text", "full_text", "body_text",
             "content_text", "article"),
    "html": ("html", "body_html", "content_html", "article_html", "html_content", "html_body", "raw_html"),
    "language": ("language", "lang", "inLanguage", "language_code"),
    "section": ("section", "category", "articleSection", "section_name", "categories"),
}  # fmt: skip
# One field longer than this is not an article: about two novels.
MAX_FIELD_CHARACTERS = 4_000_000
# Names, titles, addresses and dates are never so long; what looks at them may take the square of their length.
MAX_SHORT_FIELD_CHARACTERS = 10_000

# Where exporters put the words when a value is an object: `{"name": "Example Post"}`, WordPress `{"rendered": "<p>…"}`,
# the New York Times' `{"main": …}` and `{"original": "By …"}`, MongoDB `{"$date": …}`.
_VALUE_KEYS = ("name", "title", "rendered", "main", "original", "value", "$date", "$numberLong", "$oid")
_LISTS_ALLOWED = frozenset({"publisher", "language", "section"})
_NUMBERS_ALLOWED = frozenset({"record_id"})
# What database and spreadsheet exports print for a value that is missing.
_MISSING = frozenset({"null", "nan", "none", "n/a", "nat", "\\n"})
_YEAR_OR_DAY_DIGITS = 8
_SHOWN = 5
_MARKUP = re.compile(
    r"\A\s*<(?:!--|/?(?:p|div|article|section|main|h[1-6]|br|hr|ul|ol|figure|blockquote|span|a|strong|em|b|i|img|table)\b)"
    r"|(?:</(?:p|div|li|h[1-6]|blockquote)\s*>|<br\s*/?>).*(?:</(?:p|div|ul|ol|li|h[1-6]|blockquote)\s*>|<br\s*/?>)",
    re.IGNORECASE | re.DOTALL,
)
# Content systems print titles with entities and emphasis.
_IN_TITLES = re.compile(
    r"</?(?:i|em|b|strong|span|sup|sub|a|br|q|cite)\b[^<>]*>|&(?:#\d{1,6}|#x[\da-f]{1,6}|[a-z]{2,8});", re.IGNORECASE
)
_PAGE = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
# News APIs cut long texts and print how much is missing.
_CUT = re.compile(r"\[\+\d{1,9} chars\]\s{0,9}\Z")
_CUT_CHARACTERS = 40
_PRINTED_LIST = re.compile(r"\A\s*\[(?P<items>.*)\]\s*\Z", re.DOTALL)
_QUOTED = re.compile(r"'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"")


class RecordError(ValueError):
    """A record cannot become an article; the message names the field."""


class RecordSkipped(RecordError):  # noqa: N818 - reads as what it is
    """A record is no article, or may not be published; the message says which."""


def fold(name: str) -> str:
    """Return a field's name as names are compared: without case, spaces, `_`, `-` and `.`."""
    return re.sub(r"[\s_.\-]+", "", name).casefold()


_FIELD_OF: Final = {fold(name): field for field, names in FIELD_NAMES.items() for name in names}
# Folding them anew for every row was most of the time that a table of short rows took.
_FOLDED: Final = {field: tuple(dict.fromkeys(map(fold, names))) for field, names in FIELD_NAMES.items()}


def field_of(name: str) -> str | None:
    """Return the field that a name means (`Pub Date`: `published`), None if it is unknown."""
    return _FIELD_OF.get(fold(name))


def read_fields(record: Mapping[str, Any], read_from: str) -> dict[str, Any]:
    """Return `build_article`'s keywords for a record; what was read under another name, or not at all, is in `provenance`.

    `text` is None when the record has none, and when its text is a whole HTML page (`whole_page`).

    Raises:
        RecordError: a field has the wrong type, is too long, or holds half a character.
    """
    printed = _names(record)
    label = "table column" if read_from == "table" else f"{read_from} field"
    provenance = dict(_mapped(record, printed, label))
    fields: dict[str, Any] = {
        field: _string(record, printed[field], field) for field in ("url", "title", "publisher", "language", "section")
    }
    fields["authors"] = _authors(record, printed["authors"])
    for field in ("published", "updated"):
        fields[field], problem = _date(record, printed[field], read_from, fields["language"])
        if problem:
            provenance[field] = problem
    _outlet_of_url(fields, printed["publisher"], provenance, label)
    if fields["title"] and _IN_TITLES.search(fields["title"]):
        fields["title"] = text_of(fields["title"])
    text, name, markup = _text(record, printed)
    if text is not None and markup:
        text = None if _PAGE.match(text) else text_of(text)
        provenance["text"] = f"{label} {name!r}, HTML"
    if text is not None and (cut := _CUT.search(text, max(0, len(text) - _CUT_CHARACTERS))):
        text, fields["flags"] = text[: cut.start()].rstrip(), ("ends in mid-sentence",)
    fields["text"] = text
    fields["provenance"] = provenance
    return fields


def whole_page(record: Mapping[str, Any]) -> str | None:
    """Return the record's text if it is a whole HTML page, else None.

    Raises:
        RecordError: the field has the wrong type, is too long, or holds half a character.
    """
    text, _, markup = _text(record, _names(record))
    return text if text is not None and markup and _PAGE.match(text) else None


def record_id(record: Mapping[str, Any]) -> str | None:
    """Return the identity that the record gives itself.

    Raises:
        RecordError: the field has the wrong type, is too long, or holds half a character.
    """
    return _string(record, _names(record)["record_id"], "record_id")


def _names(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the record's names for each field, in the order of `FIELD_NAMES`; fields without a value are left out."""
    by_folded: dict[str, list[str]] = {}
    for name, value in record.items():
        if isinstance(name, str) and not _missing(value):
            by_folded.setdefault(fold(name), []).append(name)
    return {field: [name for folded in names for name in by_folded.get(folded, [])] for field, names in _FOLDED.items()}


def _missing(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip() or value.strip().casefold() in _MISSING
    return value is None or value != value or value in ([], {})  # noqa: PLR0124 - JSON's NaN is not equal to itself


def _mapped(record: Mapping[str, Any], printed: Mapping[str, list[str]], label: str) -> Iterator[tuple[str, str]]:
    for field, names in printed.items():
        if not names or field in ("record_id", "html"):
            continue
        used, *others = names
        differing = [name for name in others if _words(record[name]) != _words(record[used])]
        if differing:
            listed = ", ".join(map(repr, differing[:_SHOWN]))
            yield field, f"{label} {used!r}; {listed} says otherwise and was not used"
        elif fold(used) != fold(field):
            yield field, f"{label} {used!r}"


def _words(value: object) -> str:
    return normalise(value) if isinstance(value, str) else repr(value)


def _string(record: Mapping[str, Any], names: list[str], field: str) -> str | None:
    if not names:
        return None
    value = record[names[0]]
    if isinstance(value, list) and field in _LISTS_ALLOWED:
        value = next((item for item in value if not _missing(item)), None)
    value = _unwrapped(value)
    if isinstance(value, int) and not isinstance(value, bool) and field in _NUMBERS_ALLOWED:
        value = str(value)
    if not isinstance(value, str):
        raise RecordError(f"`{names[0]}` must be a string, not {type(value).__name__}")
    return _checked(value, names[0], MAX_FIELD_CHARACTERS if field in ("text", "html") else MAX_SHORT_FIELD_CHARACTERS)


def _unwrapped(value: object) -> object:
    """Return the value inside an object such as `{"name": …}`; other values as they are."""
    for _ in _VALUE_KEYS:
        if not isinstance(value, dict):
            break
        key = next((key for key in _VALUE_KEYS if not _missing(value.get(key))), None)
        if key is None:
            break
        value = value[key]
    return value


def _checked(value: str, name: str, most: int = MAX_SHORT_FIELD_CHARACTERS) -> str:
    if len(value) > most:
        advice = "; split it into articles" if most == MAX_FIELD_CHARACTERS else ""
        raise RecordError(f"`{name}` is longer than {most:,} characters{advice}")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise RecordError(f"`{name}` holds half a character (a lone surrogate)")
    return value


def _text(record: Mapping[str, Any], printed: Mapping[str, list[str]]) -> tuple[str | None, str, bool]:
    """Return the text, its field's name, and whether it is HTML; `text` counts before `html`."""
    for field in ("text", "html"):
        value = _string(record, printed[field], field)
        if value is not None:
            return value, printed[field][0], field == "html" or bool(_PAGE.match(value) or _MARKUP.search(value))
    return None, "", False


def _authors(record: Mapping[str, Any], names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    value = record[names[0]]
    values = value if isinstance(value, list) else [value]
    authors: list[str] = []
    for item in values:
        inner = _unwrapped(item)
        if not isinstance(inner, str):
            raise RecordError(f"`{names[0]}` must be a string, a list of strings, or objects with a `name`")
        inner = _checked(inner, names[0])
        # A list names one author an item; a string may name several.
        authors.extend(_split(inner) if item is value else (inner,))
    return tuple(author for author in authors if not author.startswith(("http://", "https://")))


def _split(credit: str) -> Iterable[str]:
    """Return the names in a byline, or in a list that a spreadsheet printed: `['Jane Sample', 'John Sample']`."""
    if printed := _PRINTED_LIST.match(credit):
        return tuple(name for match in _QUOTED.finditer(printed["items"]) if (name := match["single"] or match["double"]))
    return split_authors(credit)


def _date(
    record: Mapping[str, Any], names: list[str], read_from: str, language: str | None
) -> tuple[NewsDate | None, str | None]:
    if not names:
        return None, None
    value = _unwrapped(record[names[0]])
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise RecordError(f"`{names[0]}` must be a string, not {type(value).__name__}")
    written = _checked(str(value), names[0]).strip()
    number = re.fullmatch(r"[+-]?\d+(?:\.\d+)?", written)
    # Up to eight digits are a year or a day (20250919); more are seconds or milliseconds since 1970.
    if number and len(written.partition(".")[0]) > _YEAR_OR_DAY_DIGITS:
        found = read_timestamp(written, read_from)
    else:
        found = read_date(written, read_from, language=language)
    return found, None if found else f"unreadable date {written[:40]!r}; left undated"


def _outlet_of_url(fields: dict[str, Any], names: list[str], provenance: dict[str, str], label: str) -> None:
    """Take the host for the publisher where exporters print the article's URL as its source."""
    publisher = fields["publisher"]
    if not publisher or not publisher.startswith(("http://", "https://")):
        return
    try:
        parts = urlsplit(publisher)
        host = parts.hostname
    except ValueError:
        return
    if host:
        fields["publisher"] = host.removeprefix("www.")
        provenance["publisher"] = f"{label} {names[0]!r}, the host of its URL"
        if not fields["url"] and parts.path.strip("/"):
            fields["url"] = publisher
            provenance["url"] = f"{label} {names[0]!r}"

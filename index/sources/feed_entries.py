"""Parses feeds into entries that are alike for RSS, RDF, Atom and JSON Feed. Decides nothing about them."""

import io
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import struct_time
from typing import Any
from urllib.parse import urljoin, urlsplit

from index.dates import read_date
from index.sources.markup import text_of
from index.sources.wire import later
from index.types import NewsDate

_ZONE = re.compile(r"(?:\b(?:GMT|UTC?|Z)|\d\dZ|[+-]\d\d:?\d\d)\s*(?:\([^)]*\))?\s*\Z")
# `Fri, 19 Sep 25 09:04:00 GMT`: RSS takes its dates from RFC 822, which has years of two digits.
_SHORT_YEAR = re.compile(r"\b\d{1,2}\s+[A-Za-z]{3}\s+\d\d\s+\d{1,2}:\d\d")
# The years that `index.dates` reads: an article of the year 4050 would be the newest for ever.
_YEARS = range(1800, 2100)
_DATE_CHARACTERS, _CREDIT_CHARACTERS = 100, 200
_MAILED = re.compile(r"\S+@\S+\s+\((?P<behind>[^()@]+)\)|(?P<before>[^<@]+?)\s*<\S+@\S+>")
_NUMBERED = re.compile(rb"&#([0-9]+|[xX][0-9a-fA-F]+);")
_SURROGATES, _REFERENCE_DIGITS = range(0xD800, 0xE000), 8
_TEXT_TYPES = ("text/plain", "text/html", "application/xhtml+xml")


class FeedError(ValueError):
    """The content is no feed; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a feed says of one page. Markup is text already; links are absolute and http or https."""

    identity: str | None = None
    """The entry's guid or id."""
    link: str | None = None
    title: str | None = None
    content: str = ""
    """What the feed gives as the page's content; empty when it only has a summary."""
    summary: str = ""
    credits: tuple[str, ...] = ()
    """Authors as printed."""
    source: str | None = None
    """The outlet that the entry itself names, in feeds that collect from several."""
    published: NewsDate | None = None
    updated: NewsDate | None = None
    unreadable: str | None = None
    """A date that was printed and could not be read."""
    language: str | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A parsed feed, its entries in printed order."""

    title: str | None
    language: str | None
    entries: tuple[Entry, ...]


def parse_xml_feed(content: bytes, url: str | None, charset: str | None = None) -> Feed:
    """Return the feed in RSS, RDF or Atom; broken XML is read as far as it goes.

    `charset` is the encoding that the server declares; it counts before the document's own (RFC 7303).

    Raises:
        FeedError: nothing in the content is recognised as a feed.
    """
    import feedparser  # noqa: PLC0415 - 0.1 s, and most sources are no feeds

    # Bytes would be tried as the name of a file first, and a string as an address; a stream is only read.
    media_type = f"application/xml; charset={charset}" if charset else "application/xml"
    try:
        parsed = feedparser.parse(
            io.BytesIO(_NUMBERED.sub(_character, _without_utf_16(content))),
            response_headers={"content-type": media_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as error:
        # Mutated feeds made its handlers raise KeyError, TypeError, ValueError, AttributeError and more.
        raise FeedError(f"the feed is too broken to be read ({type(error).__name__}: {str(error)[:80]})") from error
    if not parsed.entries and not parsed.get("version"):
        raise FeedError(f"not a feed: {parsed.get('bozo_exception', 'no RSS, Atom or JSON Feed element in it')}")
    channel, atom = parsed.feed, str(parsed.get("version", "")).startswith("atom")
    entries = tuple(_xml_entry(entry, channel, url, atom=atom) for entry in parsed.entries)
    return Feed(title=_markup(channel, "title"), language=channel.get("language") or None, entries=entries)


def parse_json_feed(content: bytes, url: str | None) -> Feed:
    """Return the feed in JSON Feed, versions 1 and 1.1 (https://jsonfeed.org/version/1.1).

    Raises:
        FeedError: it is not valid JSON, or has no list of items.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"not a JSON Feed: {error}") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise FeedError("not a JSON Feed: it has no list of `items`")
    entries = tuple(_json_entry(item if isinstance(item, dict) else {}, document, url) for item in items)
    return Feed(title=_word(document.get("title")), language=_word(document.get("language")), entries=entries)


def web_address(link: object, base: str | None) -> str | None:
    """Return a link as an absolute http or https address, None if it is none."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        address = urljoin(base or "", link.strip())
        parts = urlsplit(address)
        address.encode()  # half a character cannot be stored
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def _character(reference: re.Match[bytes]) -> bytes:
    """Return a numeric reference as it stands, or the replacement character's if there is no such character."""
    digits = reference[1].lower()
    code = (int(digits[1:], 16) if digits.startswith(b"x") else int(digits)) if len(digits) <= _REFERENCE_DIGITS else -1
    return reference[0] if 0 <= code < _SURROGATES.start or _SURROGATES.stop <= code <= sys.maxunicode else b"&#65533;"


def _without_utf_16(content: bytes) -> bytes:
    """Return UTF-16 with a byte order mark as UTF-8: feedparser does not know it without an XML declaration."""
    if content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return content
    return re.sub(r"\A\s*<\?xml[^>]*\?>", "", content.decode("utf-16", errors="replace")).encode(errors="replace")


def _xml_entry(entry: Any, channel: Any, url: str | None, *, atom: bool) -> Entry:
    contents = [part for part in entry.get("content", ()) if part.get("type", "text/html") in _TEXT_TYPES]
    content = max((_words(part) for part in contents), key=len, default="")
    summary = _words(entry.summary_detail) if "summary_detail" in entry else "" if contents else entry.get("summary") or ""
    source = entry.get("source") or {}
    published, updated, unreadable = _entry_dates(entry, channel.get("language"), atom=atom)
    terms = list(dict.fromkeys(tag.get("label") or tag.get("term") for tag in entry.get("tags", ())))
    spoken = [part.get("language") for part in (*contents, entry.get("title_detail") or {})]
    return Entry(
        identity=entry.get("id") or None,
        link=web_address(entry.get("feedburner_origlink"), None) or _link(entry, url),
        title=_markup(entry, "title"),
        content=content,
        summary=summary,
        credits=_credits(entry) or (_credits(channel) if atom else ()),
        source=_markup(source, "title") or _host(source.get("href")) or entry.get("publisher") or None,
        published=published,
        updated=updated,
        unreadable=unreadable,
        language=next(filter(None, spoken), None),
        section=terms[0] if len(terms) == 1 else None,
    )


def _link(entry: Any, url: str | None) -> str | None:
    # A guid stands for the link only where it is an address: `<guid>17</guid>` leads nowhere.
    guid = entry.get("guidislink") and entry.get("link") == entry.get("id")
    return web_address(entry.get("link"), None if guid else url)


def _words(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    return value if detail.get("type") == "text/plain" else text_of(value)


def _markup(parent: Mapping[str, Any], name: str) -> str | None:
    """Return a title as text."""
    detail = parent.get(f"{name}_detail")
    printed = _words(detail) if detail else str(parent.get(name) or "")
    return " ".join(printed.split()) or None


def _credits(parent: Mapping[str, Any]) -> tuple[str, ...]:
    printed = str(parent.get("author") or "")[:_CREDIT_CHARACTERS]
    # feedparser knows no endings of addresses with more than four letters.
    if len(parent.get("authors", ())) == 1 and (mailed := _MAILED.fullmatch(printed)):
        return (mailed["behind"] or mailed["before"],)
    return tuple(name for author in parent.get("authors", ()) if (name := author.get("name")))


def _host(address: object) -> str | None:
    whole = web_address(address, None)
    return (urlsplit(whole).hostname or "").removeprefix("www.") if whole else None


def _entry_dates(entry: Any, language: str | None, *, atom: bool) -> tuple[NewsDate | None, NewsDate | None, str | None]:
    """Return when the page was published, when it was updated if that is later, and a date that could not be read."""
    found = {name: _date(entry, name, language) for name in ("published", "created", "updated")}
    published = found["published"] or found["created"]
    updated = found["updated"]
    if published is None and not atom:
        # RSS and RDF have no date of change; what feedparser calls updated there is Dublin Core's plain `date`.
        published, updated = updated, None
    printed = [str(dict.get(entry, name)) for name in found if dict.get(entry, name) and found[name] is None]
    unreadable = printed[0] if printed and published is None and updated is None else None
    return published, updated if published is None or later(updated, published) else None, unreadable


def _date(entry: Any, name: str, language: str | None = None) -> NewsDate | None:
    # Only what is printed: `entry.get("updated")` falls back to `published`, with a warning.
    printed, parsed = dict.get(entry, name), dict.get(entry, f"{name}_parsed")
    if not isinstance(printed, str):
        return None
    found = read_date(printed, "feed", language=language)
    if found is not None or not isinstance(parsed, struct_time) or len(printed) > _DATE_CHARACTERS:
        return found
    # feedparser knows more languages, but also guesses: its reading counts only where the year is surely printed.
    if parsed.tm_year not in _YEARS or (str(parsed.tm_year) not in printed and not _SHORT_YEAR.search(printed)):
        return None
    moment = datetime(*parsed[:5])  # noqa: DTZ001 - the zone is added below, if printed
    # It takes names of zones that it does not know for UTC: then the time is still the printed one, and its zone unknown.
    converted = f"{moment:%H:%M}" not in printed
    zone = "+00:00" if converted or _ZONE.search(printed) else ""
    return NewsDate(value=f"{moment.isoformat(timespec='minutes')}{zone}", precision="minute", read_from="feed")


def _json_entry(item: Mapping[str, Any], document: Mapping[str, Any], url: str | None) -> Entry:
    markup, plain = _word(item.get("content_html")), _word(item.get("content_text"))
    dates = {name: read_date(printed, "feed") for name in _JSON_DATES if (printed := _word(item.get(name)))}
    published, updated = dates.get("date_published"), dates.get("date_modified")
    unread = [str(item[name]) for name, date in dates.items() if date is None]
    tags = item.get("tags")
    identity = item.get("id")
    return Entry(
        identity=_word(str(identity)) if isinstance(identity, (str, int)) else None,
        link=web_address(item.get("url"), url) or web_address(item.get("external_url"), url),
        title=_word(item.get("title")),
        content=text_of(markup) if markup else plain or "",
        summary=_word(item.get("summary")) or "",
        credits=_json_authors(item) or _json_authors(document),
        published=published,
        updated=updated if published is None or later(updated, published) else None,
        unreadable=unread[0] if unread and published is None and updated is None else None,
        language=_word(item.get("language")),
        section=_word(tags[0]) if isinstance(tags, list) and len(tags) == 1 else None,
    )


_JSON_DATES = ("date_published", "date_modified")


def _json_authors(parent: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of `authors` (version 1.1) or `author` (version 1)."""
    authors = parent.get("authors") or [parent.get("author")]
    found: Sequence[object] = authors if isinstance(authors, list) else []
    return tuple(name for author in found if isinstance(author, dict) and (name := _word(author.get("name"))))


def _word(value: object) -> str | None:
    # Half a character, which JSON can write, could not be stored.
    return value.encode(errors="replace").decode() if isinstance(value, str) and value.strip() else None

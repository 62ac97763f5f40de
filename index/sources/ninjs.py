"""News items in IPTC ninjs, the standard JSON of news agencies: versions 1.x, 2.x and 3.x (https://iptc.org/standards/ninjs/).

Version 1 names its parts in lower case and singular (`body_text`, `infosource`), version 2 in plural (`bodies`,
`infosources`), version 3 in camel case (`versionCreated`). Names are compared without case, so one reader does for all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from index.articles import NoText, build_article
from index.cleaning import clean_text, normalise
from index.sources import nitf
from index.sources.field_mapping import RecordError, RecordSkipped
from index.sources.markup import text_of
from index.sources.wire import (
    MAX_CREDIT_CHARACTERS,
    STATUS_REASONS,
    byline_authors,
    embargo,
    exchange_date,
    first_wire_service,
    later,
    noted_corrections,
)
from index.types import Article, NewsDate, Origin

# Names that ninjs has and that article records of other programs seldom have.
_MARKS: Final = frozenset(
    "versioncreated firstcreated contentcreated pubstatus representationtype bodies body_text body_xhtml headlines renditions"
    " copyrightholder copyrightnotice infosource infosources embargoed embargoeduntil altids ednote usageterms".split()
)
_WITHOUT_URI = 3
_OTHER_TYPES = {
    "picture": "a picture", "graphic": "a graphic", "video": "a video", "audio": "a recording", "event": "an event",
    "planning": "a plan of coverage",
}  # fmt: skip
_STATUS = {
    "withheld": "withheld by its provider",
    "canceled": "cancelled by its provider",
    "cancelled": "cancelled by its provider",
}
# When the item was first made public counts before when it was first made, and that before when its words were written.
_PUBLISHED: Final = ("firstpublished", "firstcreated", "contentcreated")
_AUTHOR_ROLES = frozenset({"author", "writer", "creator", "reporter", "byline"})
_HEADLINE_ROLES = ("", "main", "title", "headline", "hl1")
_BODY_ROLES = ("", "main", "body", "text", "html", "html5", "xhtml", "richtext")


def looks_like_ninjs(record: Mapping[str, Any]) -> bool:
    """Return whether a record is a ninjs item: it says so, or has a `uri` beside names that ninjs has."""
    names = {name.casefold() for name in record if isinstance(name, str)}
    standard = record.get("standard", record.get("$standard"))
    if isinstance(standard, Mapping) and str(standard.get("name", "")).casefold() == "ninjs":
        return True
    marks = len(names & _MARKS)
    return ("uri" in names and marks > 0) or marks >= _WITHOUT_URI


def ninjs_article(record: Mapping[str, Any], origin: Origin, *, now: datetime | None = None, standard: str = "ninjs") -> Article:
    """Return the article of a ninjs item.

    Args:
        record: the item.
        origin: where it stood.
        now: the time, with a zone, by which an embargo has ended or not; the clock's if not given.
        standard: what its parts are said to be parts of.

    Raises:
        RecordSkipped: the item is no text, or may not be published: withheld, cancelled, embargoed.
        RecordError: a part that is read has the wrong type, or the item has no body.
        NoText: the body is empty.
    """
    item = {name.casefold(): value for name, value in record.items() if isinstance(name, str)}
    _refuse_unusable(item, now)
    language = _string(item, "language")
    outlets = _outlets(item)
    publisher, publisher_from = next(((name, where) for where, name in outlets if where != "infosource"), (None, None))
    if publisher is None and outlets:
        publisher_from, publisher = outlets[0]
    published, updated = _dates(item, standard)
    title, title_from = _title(item, standard)
    provenance = {"title": title_from} if title_from else {}
    if publisher_from:
        provenance["publisher"] = f"{standard} {publisher_from}"
    byline = _byline(item)
    url = next((value for name in ("url", "canonicalurl") if (value := _string(item, name))), None)
    return build_article(
        text=_without_title(_body(item), title),
        origin=replace(origin, record_id=_string(item, "uri") or origin.record_id),
        title=title,
        publisher=publisher,
        agency=first_wire_service(*(name for where, name in sorted(outlets, key=lambda o: o[0] != "infosource")), byline),
        authors=byline_authors(byline, language=language, outlets=[name for _, name in outlets]),
        published=published,
        updated=updated,
        url=url,
        language=language,
        provenance=provenance,
        corrections=noted_corrections(_string(item, "ednote") or ""),
        flags=("partial representation",) if _string(item, "representationtype") in ("partial", "incomplete") else (),
    )


def _refuse_unusable(item: Mapping[str, Any], now: datetime | None) -> None:
    kind = (_string(item, "type") or "").casefold()
    if kind in _OTHER_TYPES:
        raise RecordSkipped(f"{_OTHER_TYPES[kind]}, not a text")
    status = (_string(item, "pubstatus") or "").casefold().rpartition(":")[2]
    if status in STATUS_REASONS:
        raise RecordSkipped(STATUS_REASONS[status])
    reason = embargo(_string(item, "embargoeduntil") or _string(item, "embargoed"), now)
    if reason:
        raise RecordSkipped(reason)


def _string(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise RecordError(f"`{name}` of a news item must be a string, not {type(value).__name__}")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise RecordError(f"`{name}` holds half a character (a lone surrogate)")
    return value.strip()


def _objects(item: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    """Return the objects of the first of these arrays that the item has, their names without case."""
    for name in names:
        value = item.get(name)
        if isinstance(value, Mapping):
            value = [value]
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            return [{key.casefold(): inner for key, inner in entry.items()} for entry in value if isinstance(entry, Mapping)]
    return []


def _dates(item: Mapping[str, Any], standard: str) -> tuple[NewsDate | None, NewsDate | None]:
    """Return when the item was first public, and when this version was made if that is later.

    An item that states only `versioncreated` was published then if it is version 1; of a later or unnamed version that is
    only an update.
    """
    stated = ((name, exchange_date(_string(item, name), f"{standard} {name}")) for name in _PUBLISHED)
    published = next((date for _, date in stated if date), None)
    version = exchange_date(_string(item, "versioncreated"), f"{standard} versioncreated")
    if published is None and str(item.get("version", "")).strip() == "1":
        return version, None
    return published, version if published is None or later(version, published) else None


def _title(item: Mapping[str, Any], standard: str) -> tuple[str | None, str | None]:
    headlines = _objects(item, "headlines") + _variants(item, "headline_")
    if best := _of_role(headlines, _HEADLINE_ROLES):
        return _value_text(best), None
    if printed := _string(item, "headline"):
        return printed, None
    # The standard's `title` is metadata, not for readers; it is better than none.
    return (title, f"{standard} title") if (title := _string(item, "title")) else (None, None)


def _body(item: Mapping[str, Any]) -> str:
    """Return the item's text. Marked-up bodies keep their paragraphs, so they count before plain ones, and NITF comes last."""
    bodies = _objects(item, "bodies") + _variants(item, "body_")
    with_words = [body for body in bodies if _string(body, "value")]
    if not with_words:
        partial = _string(item, "representationtype") in ("partial", "incomplete")
        if partial or _string(item, "type") in ("composite", "component"):
            raise RecordSkipped("an item without a body: it describes or joins other items")
        if "descriptions" in item or any(name.startswith("description_") for name in item):
            raise RecordSkipped("an item with a description only, no body")
        raise RecordError("the news item has no body (in ninjs: `bodies`, `body_xhtml` or `body_text`)")
    marked_up = [body for body in with_words if _is_html(body)]
    plain = [body for body in with_words if not _is_html(body) and not _is_xml(body)]
    best = _of_role(marked_up, _BODY_ROLES) or _of_role(plain, _BODY_ROLES)
    if best:
        return _value_text(best)
    for body in with_words:
        if nitf.looks_like_nitf(body["value"]):
            return nitf.body_text(body["value"])
    raise RecordError("no body of the news item can be read; HTML, plain text and NITF are")


def _variants(item: Mapping[str, Any], prefix: str) -> list[Mapping[str, Any]]:
    """Return version 1's variants of a part, which have their role in their name: `body_text`, `body_xhtml`."""
    names = sorted(name for name in item if name.startswith(prefix))
    return [{"role": name.removeprefix(prefix), "value": _string(item, name) or ""} for name in names]


def _of_role(parts: Sequence[Mapping[str, Any]], roles: Sequence[str]) -> Mapping[str, Any] | None:
    """Return the part whose role comes first in `roles`, else the first part that has a value."""
    with_value = [part for part in parts if _string(part, "value")]
    ranked = sorted(with_value, key=lambda part: _rank((_string(part, "role") or "").casefold(), roles))
    return ranked[0] if ranked else None


def _rank(role: str, roles: Sequence[str]) -> int:
    return roles.index(role) if role in roles else len(roles)


def _is_html(part: Mapping[str, Any]) -> bool:
    kind = (_string(part, "contenttype") or "").casefold()
    role = (_string(part, "role") or "").casefold()
    if "html" in kind or (not kind and "html" in role):
        return True
    return not kind and re.search(r"</(?:p|div|h\d|li|section)\s*>|<br\s*/?>", part["value"], re.IGNORECASE) is not None


def _is_xml(part: Mapping[str, Any]) -> bool:
    kind = (_string(part, "contenttype") or "").casefold()
    return ("xml" in kind or "nitf" in kind or part["value"].startswith("<?xml")) and not _is_html(part)


def _value_text(part: Mapping[str, Any]) -> str:
    value = _string(part, "value") or ""
    return text_of(value) if _is_html(part) else value


def _without_title(text: str, title: str | None) -> str:
    """Drop the headline from the top of a body that repeats it."""
    first, _, rest = clean_text(text).partition("\n\n")
    if title and rest and normalise(first) == normalise(title):
        return rest
    if not normalise(text):
        raise NoText("the article has no text")
    return text


def _outlets(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (part, name) for everybody that the item says it comes from, the ones that print it before its sources."""
    found = [(name, value) for name in ("provider", "creditline", "copyrightholder") for value in [_name(item, name)] if value]
    sources = [_string(source, "name") or _string(source, "literal") for source in _objects(item, "infosources", "infosource")]
    found += [("infosource", name) for name in sources if name]
    return [(where, name[:MAX_CREDIT_CHARACTERS]) for where, name in found]


def _name(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name)
    return _string(value, "name") if isinstance(value, Mapping) else _string(item, name)


def _byline(item: Mapping[str, Any]) -> str:
    for name in ("byline", "by", "bylines"):
        value = item.get(name)
        if isinstance(value, list):
            return ", ".join(entry for entry in value if isinstance(entry, str))
        if printed := _string(item, name):
            return printed
    people = _objects(item, "people", "person")
    roles = [((_string(p, "rel") or _string(p, "role") or "").casefold().rpartition(":")[2], _string(p, "name")) for p in people]
    return ", ".join(name for role, name in roles if name and role in _AUTHOR_ROLES)

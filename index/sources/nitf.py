"""Articles in NITF 3.x, the XML of news agencies (https://iptc.org/standards/nitf/), with or without its namespace."""

import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from index.articles import NoText, build_article
from index.cleaning import clean_text, normalise
from index.sources.news_xml import (
    XmlError,
    block_text,
    find_all,
    line_text,
    local_name,
    parse_xml,
    shown_name,
    values,
    xml_root_name,
)
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
from index.types import Article, NewsDate, Origin, Rejection

__all__ = ["body_text", "looks_like_nitf", "nitf_article", "read_nitf", "story_text", "xml_root_name"]

_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TAGLINE_WORDS = 3
_PUBLISHED = (("pubdata", "date.publication"), ("date.issue", "norm"), ("date.release", "norm"), ("story.date", "norm"))


def looks_like_nitf(head: str) -> bool:
    """Return whether a document that begins with `head` has the root element `nitf`."""
    return (xml_root_name(head) or "").casefold() == "nitf"


def read_nitf(content: bytes, source: str, *, now: datetime | None = None) -> Iterator[Article | Rejection]:
    """Yield the document's article; `now` (with a zone) decides whether its release is still to come, else the clock does."""
    origin = Origin(source=source)
    try:
        root = parse_xml(content)
        if local_name(root) != "nitf":
            yield Rejection(origin=origin, reason=f"not an NITF document: its root element is <{shown_name(root)}>")
            return
        reason = _unusable(root, now)
        yield Rejection(origin=origin, reason=reason, skipped=True) if reason else nitf_article(root, origin)
    except (XmlError, NoText) as error:
        yield Rejection(origin=origin, reason=str(error))


def nitf_article(root: etree._Element, origin: Origin) -> Article:
    """Return the article of a parsed `nitf` element.

    Raises:
        NoText: `body.content` is empty or missing.
    """
    language = root.get("baselang") or root.get(_XML_LANGUAGE) or root.get("lang")
    publisher, publisher_from, names = _outlets(root)
    bylines = [_byline(element) for head in find_all(root, "body.head") for element in find_all(head, "byline")]
    title, title_from = _title(root)
    published, updated = _dates(root)
    links = [link for link in values(root, "pubdata", "ex-ref") if link.startswith(("http://", "https://"))]
    services = [name for dateline in _datelines(root) for name in re.findall(r"\(([^)]{2,40})\)", dateline)]
    record_id = next(iter(values(root, "doc-id", "id-string")), None) or root.get("uno") or origin.record_id
    return build_article(
        text=story_text(root),
        origin=Origin(source=origin.source, position=origin.position, record_id=record_id),
        title=title,
        publisher=publisher,
        agency=first_wire_service(*services, *names, *bylines),
        authors=[name for line in bylines for name in byline_authors(line, language=language, outlets=names)],
        published=published,
        updated=updated,
        url=next(iter(links), None),
        language=language,
        section=next(iter(values(root, "pubdata", "position.section")), None),
        provenance={field: where for field, where in (("title", title_from), ("publisher", publisher_from)) if where is not None},
        corrections=_corrections(root),
        flags=[f"correction of {identity}" for identity in values(root, "correction", "id-string")],
    )


def body_text(content: str) -> str:
    """Return the text of an NITF document that stands inside another format.

    Raises:
        NoText: it cannot be parsed, or has no text.
    """
    try:
        # The declaration names the encoding of bytes that are text by now.
        return story_text(parse_xml(re.sub(r"\A\s*<\?xml[^>]*\?>", "", content).encode(errors="replace")))
    except XmlError as error:
        raise NoText(str(error)) from error


def _unusable(root: etree._Element, now: datetime | None) -> str | None:
    status = next(iter(values(root, "docdata", "management-status")), "").casefold()
    if status in STATUS_REASONS:
        return STATUS_REASONS[status]
    release = next(iter(values(root, "date.release", "norm")), None)
    if status == "embargoed" and release is None:
        return "embargoed, and the end of the embargo is not stated"
    return embargo(release, now)


def story_text(root: etree._Element) -> str:
    """Return decks, dateline and body in printed order, then the tagline; the dateline only where the body does not open with it.

    Raises:
        NoText: `body.content` is empty or missing.
    """
    bodies = [element for element in root if local_name(element) == "body"]
    # Only the body's own: notes hold a `body.content` too.
    contents = [element for body in bodies for element in body if local_name(element) == "body.content"]
    text = "\n\n".join(clean_text(block_text(content)) for content in contents).strip()
    if not normalise(text):
        raise NoText("the NITF document has no text in <body.content>")
    decks = [line_text(deck) for hedline in find_all(root, "hedline") for deck in find_all(hedline, "hl2")]
    opening = normalise(text[:200])
    datelines = [line for line in _datelines(root) if normalise(line) and not opening.startswith(normalise(line))]
    taglines = [line_text(tagline) for end in find_all(root, "body.end") for tagline in find_all(end, "tagline")]
    # Often the tagline is nothing but the desk's e-mail address.
    told = [line for line in taglines if sum("@" not in word for word in line.split()) >= _TAGLINE_WORDS]
    return "\n\n".join(filter(None, [*decks, *datelines, text, *told]))


def _datelines(root: etree._Element) -> list[str]:
    """Return the story's datelines; those of blocks inside the body belong to other stories."""
    return [line_text(element) for head in find_all(root, "body.head") for element in head if local_name(element) == "dateline"]


def _title(root: etree._Element) -> tuple[str | None, str | None]:
    headlines = [line_text(headline) for hedline in find_all(root, "hedline") for headline in find_all(hedline, "hl1")]
    if printed := next(filter(None, headlines), None):
        return printed, None
    titles = [line_text(title) for head in find_all(root, "head") for title in find_all(head, "title")]
    printed = next(filter(None, titles), None)
    return printed, "NITF head/title" if printed else None


def _byline(element: etree._Element) -> str:
    persons = [_person(person) for person in find_all(element, "person")]
    return ", ".join(persons) if persons else line_text(element).strip(" ,;|/")


def _person(element: etree._Element) -> str:
    # Given and family names may stand side by side with no space between.
    parts = [line_text(part) for name in ("name.given", "name.family") for part in find_all(element, name)]
    return " ".join(parts) if parts else line_text(element)


def _outlets(root: etree._Element) -> tuple[str | None, str | None, list[str]]:
    """Return the publisher, where it was read, and every outlet that the document names."""
    distributors = [line_text(element) for head in find_all(root, "body.head") for element in find_all(head, "distributor")]
    found = [
        *((name, "NITF pubdata") for name in values(root, "pubdata", "name")),
        *((name, "NITF distributor") for name in distributors if name),
        *((name, "NITF copyright holder") for name in values(root, "doc.copyright", "holder")),
    ]
    found = [(name[:MAX_CREDIT_CHARACTERS], where) for name, where in found]
    publisher, where = found[0] if found else (None, None)
    # Who registered the identity may be a wire service; as a publisher it is often only a code of the newsroom's system.
    return publisher, where, [*(name for name, _ in found), *values(root, "doc-id", "regsrc")]


def _dates(root: etree._Element) -> tuple[NewsDate | None, NewsDate | None]:
    """Return when it was published (else issued, released, written), and its last revision if that is later."""
    dates = (exchange_date(value, f"NITF {name}") for name, attribute in _PUBLISHED for value in values(root, name, attribute))
    published = next((date for date in dates if date), None)
    updated: NewsDate | None = None
    for value in values(root, "revision-history", "norm"):
        revision = exchange_date(value, "NITF revision-history")
        if later(revision, updated or published) or (updated or published) is None:
            updated = revision
    return published, updated


def _corrections(root: etree._Element) -> list[str]:
    notes = values(root, "ed-msg", "info")
    notes += [line_text(note) for head in find_all(root, "body.head") for note in find_all(head, "note")]
    return [*values(root, "correction", "info"), *(notice for note in notes for notice in noted_corrections(note))]

"""News items in NewsML-G2, the XML envelope of news agencies (https://iptc.org/standards/newsml-g2/), one or many a document.

An item says in XML what a ninjs item says in JSON, so it is read as one; its text is NITF, XHTML or plain text inside it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from lxml import etree

from index.articles import NoText
from index.sources import nitf
from index.sources.field_mapping import RecordError, RecordSkipped
from index.sources.markup import text_of
from index.sources.news_xml import XmlError, block_text, find_all, line_text, local_name, parse_xml, shown_name, xml_root_name
from index.sources.ninjs import ninjs_article
from index.types import Article, Origin, Rejection

_ROOTS: Final = frozenset({"newsitem", "newsmessage", "packageitem", "conceptitem", "knowledgeitem", "planningitem"})
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# The dates and notes of an item, which are named alike in ninjs but for the case.
_TEXTS = ("versionCreated", "firstCreated", "embargoed", "contentCreated", "edNote", "located")
_PARTIES = {"provider": "provider", "copyrightHolder": "copyrightholder", "creditline": "creditline"}


def looks_like_newsml(head: str) -> bool:
    """Return whether a document that begins with `head` has a root element of NewsML-G2."""
    return (xml_root_name(head) or "").casefold() in _ROOTS


def read_newsml(content: bytes, source: str, *, now: datetime | None = None) -> Iterator[Article | Rejection]:
    """Yield the article of each news item; `now` (with a zone) decides whether embargoes have ended, else the clock does.

    Positions are `item 1`, `item 2` …; empty when the document is one item.
    """
    try:
        root = parse_xml(content)
    except XmlError as error:
        yield Rejection(origin=Origin(source=source), reason=str(error))
        return
    items = [root] if local_name(root) == "newsitem" else find_all(root, "newsItem")
    if not items:
        reason = f"a <{shown_name(root)}> without a news item in it: it holds no text"
        yield Rejection(origin=Origin(source=source), reason=reason, skipped=True)
    for number, item in enumerate(items, start=1):
        origin = Origin(source=source, position=f"item {number}" if item is not root else "")
        try:
            yield ninjs_article(_as_ninjs(item), origin, now=now, standard="NewsML-G2")
        except (RecordError, NoText) as error:
            yield Rejection(origin=origin, reason=str(error), skipped=isinstance(error, RecordSkipped))


def _as_ninjs(item: etree._Element) -> dict[str, Any]:
    """Return the item's parts under their names in ninjs.

    Raises:
        RecordSkipped: it is embargoed without an end.
    """
    languages = [element.get("tag") for element in find_all(item, "language")]
    parts: dict[str, Any] = {
        "uri": item.get("guid"),
        "version": item.get("version"),
        "type": _code(item, "itemClass"),
        "pubstatus": _code(item, "pubStatus"),
        "language": next(filter(None, languages), None) or item.get(_XML_LANGUAGE),
        "headlines": [{"role": _code_of(part), "value": line_text(part)} for part in find_all(item, "headline")],
        "by": ", ".join(line_text(part) for part in find_all(item, "by")),
        "people": [{"name": _party(part), "rel": "creator"} for part in find_all(item, "creator")],
        "infosources": [{"name": _party(part) or _code_of(part)} for part in find_all(item, "infoSource")],
        "bodies": _bodies(item),
    }
    parts |= {name: line_text(found[0]) for name in _TEXTS if (found := find_all(item, name))}
    if parts.get("embargoed") == "":
        raise RecordSkipped("embargoed, and the end of the embargo is not stated")
    if summaries := [line for part in find_all(item, "description") if (line := line_text(part))]:
        parts["descriptions"] = [{"value": line} for line in summaries]
    titles = [line_text(title) for meta in find_all(item, "itemMeta") for title in find_all(meta, "title")]
    parts["title"] = next(filter(None, titles), None)
    parts |= {ours: _party(found[0]) for name, ours in _PARTIES.items() if (found := find_all(item, name))}
    return parts


def _code(item: etree._Element, name: str) -> str | None:
    """Return the code of the first element of this name, without its scheme: `ninat:text` is text."""
    return next((_code_of(element) for element in find_all(item, name)), None)


def _code_of(element: etree._Element) -> str | None:
    written = element.get("qcode") or element.get("role") or element.get("uri")
    return written.rstrip("/").replace("/", ":").rpartition(":")[2] if written else None


def _party(element: etree._Element) -> str | None:
    """Return the name of a person or outlet."""
    names = [line_text(name) for name in find_all(element, "name")]
    return next(filter(None, names), None) or element.get("literal")


def _bodies(item: etree._Element) -> Sequence[dict[str, str | None]]:
    bodies: list[dict[str, str | None]] = []
    for inline in find_all(item, "inlineXML"):
        for content in inline:
            name = local_name(content)
            if name == "nitf":
                bodies.append({"contenttype": "text/plain", "value": _nitf_text(content)})
            elif name in ("html", "body", "div", "section", "article"):
                inner = find_all(content, "body")
                bodies.append({"contenttype": "text/plain", "value": block_text(inner[0] if inner else content)})
    for inline in find_all(item, "inlineData"):
        written = "".join(str(piece) for piece in inline.itertext())
        is_html = "html" in (inline.get("contenttype") or "")
        bodies.append({"contenttype": "text/plain", "value": text_of(written) if is_html else written})
    return bodies


def _nitf_text(root: etree._Element) -> str | None:
    try:
        return nitf.story_text(root)
    except NoText:
        return None

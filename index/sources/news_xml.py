"""Parses the XML of news agencies (NITF, NewsML-G2) and reads its elements as text. Knows nothing of articles.

Nothing outside the document is read: no DTD, no external entity; entities that it declares itself stay unexpanded.
"""

import re
from html import unescape
from html.entities import html5
from typing import Final, cast

from lxml import etree
from lxml.html import HtmlElement

from index.cleaning import clean_line
from index.sources.markup import element_text

# An agency's story has some 10,000 bytes; a year's file of them is no document.
MAX_XML_BYTES = 5_000_000

_MISC = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
# Possessive: a document that ends inside its DOCTYPE is given up at once.
_DOCTYPE = re.compile(r"<!DOCTYPE\s+(?P<name>[^\s>\[]+)(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*+", re.IGNORECASE)
_SUBSET = re.compile(r"(?:\[(?:[^\]\"'<]|\"[^\"]*\"|'[^']*'|<!--(?:(?!-->).)*+-->|<(?!!--))*+\]\s*)?>", re.DOTALL)
_TAG = re.compile(r"<(?:[\w.-]+:)?(?P<name>[A-Za-z_][\w.-]*)")
_NAMED_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES: Final = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})

# NITF's own elements, by the HTML element that is read the same way. Its quotations print their own marks.
_AS_HTML = {"hl1": "h1", "hl2": "h2", "bq": "blockquote", "block": "div", "nitf-table": "div", "fn": "div", "note": "div",
            "body.content": "div", "datasource": "p", "credit": "p", "tagline": "p", "q": "span", "title": "p"}  # fmt: skip
# Pictures and their captions, and what describes a block rather than being read in it.
_LEFT_OUT: Final = frozenset(
    "media media-reference media-metadata media-object media-caption media-producer byline byttl dateline copyrite tobject"
    " key-list classifier alt-code nitf-table-metadata table-reference custom-table abstract".split()
)


class XmlError(ValueError):
    """A document cannot be parsed; the message says why."""


def xml_root_name(head: str) -> str | None:
    """Return the name, without its prefix, of an XML document's first element; the DOCTYPE's name if `head` ends before it."""
    start, named = 0, None
    head = head.removeprefix("\ufeff")
    while start < len(head):
        if match := _MISC.match(head, start):
            start = match.end()
        elif match := _DOCTYPE.match(head, start):
            named = match["name"].rpartition(":")[2]
            end = _SUBSET.match(head, match.end())
            if end is None:
                return named
            start = end.end()
        else:
            match = _TAG.match(head, start)
            return match["name"] if match else named
    return named


def parse_xml(content: bytes) -> etree._Element:
    """Return the root element of a document.

    Raises:
        XmlError: it is larger than `MAX_XML_BYTES` or not well-formed.
    """
    if len(content) > MAX_XML_BYTES:
        raise XmlError(f"an XML document of more than {MAX_XML_BYTES:,} bytes; split it into one article a file")
    try:
        return _tree(content)
    except etree.XMLSyntaxError as error:
        # `&eacute;` is declared in a DTD that is not read; the names of HTML mean one character each.
        replaced = _NAMED_ENTITY.sub(_character, content)
        if replaced == content:
            raise XmlError(f"not well-formed XML: {_beginning(error.msg)}") from error
    try:
        return _tree(replaced)
    except etree.XMLSyntaxError as error:
        raise XmlError(f"not well-formed XML: {_beginning(error.msg)}") from error


def shown_name(element: etree._Element) -> str:
    """Return the element's name for people to read: no namespace, and only the beginning of a name that is no name."""
    return _beginning(etree.QName(element).localname, 40)


def _beginning(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]} …"


def local_name(element: etree._Element) -> str:
    """Return the element's name without its namespace, in lower case."""
    return etree.QName(element).localname.casefold() if isinstance(element.tag, str) else ""


def find_all(element: etree._Element, name: str) -> list[etree._Element]:
    """Return the elements of this name under an element, in printed order."""
    wanted = name.casefold()
    return [found for found in element.iter(etree.Element) if found is not element and local_name(found) == wanted]


def values(root: etree._Element, name: str, attribute: str) -> list[str]:
    """Return the values of an attribute of every element of this name, without the empty ones."""
    return [value for element in find_all(root, name) if (value := clean_line(element.get(attribute, "")))]


def block_text(element: etree._Element) -> str:
    """Return an element's text: blocks as paragraphs one empty line apart; pictures, captions and metadata left out."""
    return element_text(_html(element))


def line_text(element: etree._Element) -> str:
    """Return an element's text on one line."""
    return clean_line(block_text(element))


def _tree(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    return etree.fromstring(content, parser)


def _character(entity: re.Match[bytes]) -> bytes:
    character = html5.get(entity[1].decode() + ";")
    if entity[1] in _XML_ENTITIES or character is None:
        return entity[0]
    return "".join(f"&#{ord(part)};" for part in character).encode()


def _html(element: etree._Element) -> HtmlElement:
    """Return a copy of an element under HTML's names, so that text is read from it as from a page."""
    new = etree.Element(_AS_HTML.get(local_name(element), local_name(element)))
    new.text = element.text
    for child in element:
        if isinstance(child, etree._Entity):  # noqa: SLF001 - lxml gives the class no public name
            # HTML's names are characters; what only the document's DTD declares stays as it is printed.
            _append_text(new, unescape(child.text or "") + (child.tail or ""))
        elif not local_name(child) or local_name(child) in _LEFT_OUT:
            _append_text(new, child.tail or "")
        else:
            inner = _html(child)
            inner.tail = child.tail
            new.append(inner)
    return cast("HtmlElement", new)


def _append_text(element: etree._Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text

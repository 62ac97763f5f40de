"""Turns HTML that is an article's body into its text, whole: no part of it is taken for boilerplate."""

import re
from html import unescape
from itertools import groupby

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

# libxml2 stops reading at this depth even when told to take large documents (`xmlParserMaxDepth` with XML_PARSE_HUGE).
MAX_DEPTH = 2_048

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figure footer form h1 h2 h3 h4 h5"
    " h6 header hgroup hr legend li main menu nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
# What a browser does not show as text. Captions describe a picture that is not here; `rt` repeats the word it stands above.
_UNSHOWN = frozenset(
    "audio button canvas embed figcaption head iframe input math noscript object option rp rt script select style svg template"
    " textarea title video".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|<!\[CDATA\[")
_DOCUMENT_TAG = re.compile(r"</?(?:html|body)(?:\s[^<>]*)?>", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|br|div|span|a|strong|em|b|i|ul|ol|li|h[1-6]|blockquote)\b", re.IGNORECASE)
# Each alternative takes the rest of the text when its end is missing, so no position is read twice.
_ANY_TAG = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|(?P<raw>script|style|noscript|svg|template)\b.*?(?:</(?P=raw)\s*>|\Z)|/?(?P<tag>[a-z][a-z0-9]*)[^>]*>?)",
    re.IGNORECASE | re.DOTALL,
)


class MarkupError(ValueError):
    """The markup cannot be parsed; the message says why."""


def text_of(fragment: str) -> str:
    """Return the text of an HTML fragment: blocks as paragraphs one empty line apart, list items as lines that begin with `- `.

    A fragment without a tag is taken as plain text. Scripts, hidden elements, form controls and captions are left out.
    """
    if not _TAG.search(fragment):
        plain = unescape(fragment)
        # Feeds escape markup once too often.
        return text_of(plain) if _ESCAPED_TAG.search(fragment) and _TAG.search(plain) else plain.strip()
    try:
        # The wrapper keeps text before the first tag in its place; what follows a `</body>` would be lost.
        return element_text(parse_markup(f"<body><div>{_DOCUMENT_TAG.sub('', fragment)}</div>"))
    except MarkupError:
        return _flat_text(fragment)


def parse_markup(markup: str) -> HtmlElement:
    """Return the tree of an HTML document; comments and processing instructions are left out.

    Raises:
        MarkupError: there is no element in it, or it is nested deeper than `MAX_DEPTH`.
    """
    # The text is decoded already: without `encoding` the parser would believe a `<meta charset>` written for the bytes.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = document_fromstring(_UNREADABLE.sub("", markup).encode(), parser=parser)
    except etree.ParserError as error:
        raise MarkupError("there is no markup in it") from error
    if any("depth" in entry.message for entry in parser.error_log if entry.level_name == "FATAL"):
        raise MarkupError(f"the markup is nested deeper than {MAX_DEPTH:,} levels")
    return tree


def element_text(element: HtmlElement) -> str:
    """Return the text of a parsed element, without the text that follows it; see `text_of`."""
    writer = _Writer()
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        tag = node.tag
        if not isinstance(tag, str):
            continue
        if event == "start":
            if tag in _UNSHOWN or "hidden" in node.attrib or _HIDDEN.search(node.get("style", "")):
                walk.skip_subtree()
            else:
                writer.open(tag, node)
        else:
            writer.close(tag)
            if node.tail and node is not element:
                writer.write(node.tail)
    return writer.text()


class _Writer:
    """Collects paragraphs; breaks, list marks and white space wait until there are words to set them before."""

    def __init__(self) -> None:
        self._paragraphs: list[str] = []
        self._words: list[str] = []
        self._mark = ""
        self._counters: list[int | None] = []
        self._preformatted = 0

    def open(self, tag: str, node: etree._Element) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag == "br":
            self._words.append("\n")
        elif tag in ("td", "th") and "".join(self._words).strip():
            self._words.append(" | ")
        elif tag in ("ol", "ul", "menu"):
            self._counters.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._mark = self._next_mark()
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "q":
            self._words.append('"')
        if node.text:
            self.write(node.text)

    def close(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag in ("ol", "ul", "menu") and self._counters:
            self._counters.pop()
        elif tag == "li":
            self._mark = ""
        elif tag == "pre":
            self._preformatted -= 1
        elif tag == "q":
            self._words.append('"')

    def write(self, text: str) -> None:
        # Only a `<br>` breaks a line outside `<pre>`.
        self._words.append(text if self._preformatted > 0 else re.sub(r"\s+", " ", text))

    def text(self) -> str:
        self._end_paragraph()
        return "\n\n".join(self._paragraphs)

    def _next_mark(self) -> str:
        if not self._counters or self._counters[-1] is None:
            return "- "
        self._counters[-1] += 1
        return f"{self._counters[-1]}. "

    def _end_paragraph(self) -> None:
        for paragraph in _paragraphs("".join(self._words)):
            self._paragraphs.append(self._mark + paragraph)
            self._mark = ""
        self._words.clear()


def _flat_text(markup: str) -> str:
    """Return the text of markup that is nested too deeply for a tree: each tag is looked at once, by itself."""

    def shown(match: re.Match[str]) -> str:
        tag = (match["tag"] or "").casefold()
        return "\n\n" if tag in _BLOCKS else "\n" if tag == "br" else ""

    return "\n\n".join(_paragraphs(unescape(_ANY_TAG.sub(shown, re.sub(r"\s+", " ", markup)))))


def _paragraphs(text: str) -> list[str]:
    """Return the runs of lines that have words, lines stripped of white space and of cell marks with nothing beside them."""
    lines = [line.strip(" |\t\xa0") for line in text.split("\n")]
    return ["\n".join(run) for worded, run in groupby(lines, key=bool) if worded]

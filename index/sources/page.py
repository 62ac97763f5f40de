"""A web page taken apart once: its tree, its JSON-LD, its meta tags, its headline and its address. No field is decided here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from index.cleaning import normalise
from index.sources.json_ld import Node, address, article_node, plain_line, read_json_ld, same_headline, text_value
from index.sources.markup import MarkupError, element_text, parse_markup

# 20 times what the largest of the 91 pages of benchmarks/extraction.py has. Extraction takes time in the square of it: 20 s here.
MAX_ELEMENTS = 30_000
# Never text of an article, and often most of a page's bytes.
_HEAVY = ("script", "style", "svg", "template")

_BAR = re.compile(r"^nav |\bnav|sticky|fixed-?bar", re.IGNORECASE)
_ASIDE = ("aside", "nav", "footer", "figure", "form")
_CREDIT_CLASS = re.compile(r"author|byline|credit|meta|date|time|publish|info", re.IGNORECASE)
_ARTICLE_BLOCK = re.compile(r"article|story|post|entry|content", re.IGNORECASE)
_MASTHEAD = re.compile(r"site-?header|masthead|top-?bar|current-?date|today|comment", re.IGNORECASE)
# How far behind the headline credits are looked for and how much one line of them may hold, in elements; from how many words
# on a paragraph is the body's.
_ELEMENTS_AFTER, _SIBLINGS_ABOVE, _CREDIT_ELEMENTS, _BODY_WORDS = 80, 5, 40, 30
_MOST_HEADINGS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A parsed page. The tree is without scripts, styles, drawings and comments."""

    markup: str
    tree: HtmlElement
    metas: Mapping[str, tuple[str, ...]]
    """What `<meta>` tags say, by their `name`, `property` or `http-equiv` in lower case."""
    nodes: Sequence[Node]
    article: Node | None
    """The JSON-LD node of the page's article."""
    headline: HtmlElement | None
    """The element that prints the headline."""
    titles: tuple[str, ...]
    """The `<title>`, then the headings of the first order."""
    url: str | None
    url_from: str

    def meta(self, *names: str) -> tuple[str, str] | None:
        """Return the (name, content) of the first of these tags that says something."""
        return next(((name, content) for name in names for content in self.metas.get(name, ()) if content), None)

    @property
    def declared_article(self) -> bool:
        """True when the page says of itself that it is an article, in JSON-LD, OpenGraph or microdata."""
        kind = self.meta("og:type", "twitter:type")
        return (
            self.article is not None
            or (kind is not None and kind[1].casefold().endswith("article"))
            or self.meta("article:published_time") is not None
            or any("Article" in (node.get("itemtype") or "") for node in self.tree.iter("article", "div", "main", "body", "html"))
        )


def read_page(markup: str, url: str | None) -> Page:
    """Return the page that was found at `url`, if that is known.

    Raises:
        MarkupError: there is no element in the markup, it is nested too deeply, or there are more than `MAX_ELEMENTS`.
    """
    tree = parse_markup(markup)
    if sum(1 for _ in islice(tree.iter(), MAX_ELEMENTS + 1)) > MAX_ELEMENTS:
        raise MarkupError(f"more than {MAX_ELEMENTS:,} elements, which is no single article")
    nodes = read_json_ld(tree)
    etree.strip_elements(tree, *_HEAVY, with_tail=False)
    metas = _metas(tree)
    printed = [words for element in tree.iter("h1") if (words := element_line(element))]
    head = [words for tag in tree.iter("title") if (words := plain_line(tag.text or ""))][:1]
    stated = [*metas.get("og:title", ()), *metas.get("twitter:title", ()), *head]
    address_of_page, url_from = _address(tree, metas, url)
    article = article_node(nodes, address_of_page, [*stated, *printed])
    if address_of_page is None and article:
        address_of_page = web_address(address(article.get("mainEntityOfPage")) or address(article.get("url")), None)
        url_from = "JSON-LD"
    stated.insert(0, text_value(article.get("headline")) or "" if article else "")
    return Page(
        markup=markup,
        tree=tree,
        metas=metas,
        nodes=nodes,
        article=article,
        headline=_headline(tree, [title for title in stated if title], metas.get("og:site_name", ())),
        titles=(*head, *printed),
        url=address_of_page,
        url_from=url_from,
    )


def element_line(element: HtmlElement) -> str:
    """Return an element's text on one line."""
    return " ".join(element_text(element).split())


def near_headline(headline: HtmlElement | None) -> Iterator[HtmlElement]:
    """Yield the small elements between the headline and the body, in order, then those just above the headline.

    Lists, pictures, menus and boxes beside the article are left out.
    """
    if headline is None:
        return
    header = headline
    # Only what shares a small block with the headline: further up stands the masthead, with the day of the visit.
    while (parent := header.getparent()) is not None and _is_small(parent) and parent.tag != "body":
        header = parent
    around = set(header.iterancestors())
    yield from _credits(islice(_following(headline), _ELEMENTS_AFTER), around)
    yield from _credits(takewhile(lambda element: element is not headline, header.iter()), around)
    parent = header.getparent()
    if parent is not None and (parent.tag in ("article", "main") or _ARTICLE_BLOCK.search(_marks(parent))):
        yield from _credits(islice(header.itersiblings(preceding=True), _SIBLINGS_ABOVE), around)


def web_address(stated: str | None, base: str | None) -> str | None:
    """Return the address as an absolute one without a fragment; None when it is not on the web or cannot be resolved."""
    try:
        resolved = urldefrag(urljoin(base or "", (stated or "").strip())).url
        parts = urlsplit(resolved)
        return resolved if parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", resolved) else None
    except ValueError:
        return None


def _metas(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for tag in tree.iter("meta"):
        name = tag.get("name") or tag.get("property") or tag.get("http-equiv")
        content = plain_line(tag.get("content") or tag.get("value") or "")
        if name and content:
            key = name.strip().casefold()
            found[key] = (*found.get(key, ()), content)
    return found


def _address(tree: HtmlElement, metas: Mapping[str, tuple[str, ...]], url: str | None) -> tuple[str | None, str]:
    """Return the page's address and where it stood: the canonical one, if it is this page's own."""
    given = web_address(url, None)
    base = web_address(next((tag.get("href") for tag in tree.iter("base")), None), given) or given
    linked = [tag.get("href") for tag in tree.iter("link") if "canonical" in (tag.get("rel") or "").casefold().split()]
    shared = [(content, "OpenGraph") for content in metas.get("og:url", ())]
    for stated, where in (*((href, "page") for href in linked), *shared):
        found = web_address(stated, base)
        if found and urlsplit(found).path not in ("", "/") and (given is None or _same_site(found, given)):
            return found, where
    return given, "URL"


def _same_site(one: str, other: str) -> bool:
    """Return whether two addresses are of one site. A page may not pass for another site's by a canonical address."""
    return _site(one) == _site(other)


def _site(url: str) -> list[str]:
    """Return the part of the host that is registered: two labels, or three below a national domain such as `co.uk`."""
    labels = (urlsplit(url).hostname or "").split(".")
    national = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3  # noqa: PLR2004 - `.com.br`, `.co.jp`
    return labels[-3:] if national else labels[-2:]


def _headline(tree: HtmlElement, stated: Sequence[str], site: Sequence[str]) -> HtmlElement | None:
    """Return the element that prints one of the stated titles; else the only `<h1>` that is not the outlet's name."""
    outlets = {normalise(name) for name in site}
    headings = [(element, normalise(element_line(element))) for element in islice(tree.iter("h1", "h2"), _MOST_HEADINGS)]
    headings = [(element, words) for element, words in headings if words and words not in outlets]
    first = [element for element, words in headings if element.tag == "h1"]
    for title in stated:
        exact = [element for element, words in headings if words == normalise(title)]
        alike = [element for element in first if same_headline(element_line(element), title)]
        if exact or alike:
            # Bars that stay on top while one reads print the headline once more.
            return min(exact or alike, key=lambda element: any(_BAR.search(_marks(above)) for above in element.iterancestors()))
    return first[0] if len(first) == 1 else None


def _marks(element: HtmlElement) -> str:
    return f"{element.tag!s} {element.get('class', '')} {element.get('id', '')}"


def _credits(elements: Iterable[HtmlElement], around: set[HtmlElement]) -> Iterator[HtmlElement]:
    for element in elements:
        if not _is_small(element):
            continue  # not a line but what holds the article
        if element.tag == "p" and len(element_line(element).split()) >= _BODY_WORDS:
            return
        within = takewhile(lambda outer: outer not in around, chain([element], element.iterancestors()))
        if not any(_is_aside(outer) for outer in within):
            yield element


def _is_aside(element: HtmlElement) -> bool:
    if element.tag == "li":  # credits may be a list, most lists are of other things
        parent = element.getparent()
        return not _CREDIT_CLASS.search(_marks(element) + (_marks(parent) if parent is not None else ""))
    return element.tag in _ASIDE or bool(_MASTHEAD.search(element.get("class", "")))


def _is_small(element: HtmlElement) -> bool:
    return sum(1 for _ in islice(element.iter(), _CREDIT_ELEMENTS + 1)) <= _CREDIT_ELEMENTS


def _following(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what comes after an element in the document, in order."""
    at: HtmlElement | None = element
    while at is not None:
        sibling = at.getnext()
        if sibling is not None:
            yield from sibling.iter()
        at = sibling if sibling is not None else at.getparent()

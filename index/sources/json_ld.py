"""Reads the schema.org data that a page carries as JSON-LD, also when it is broken, and finds the node of the page's article."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from index.cleaning import clean_line, normalise
from index.sources.markup import text_of

Node: TypeAlias = Mapping[str, Any]

# schema.org's Article with its subtypes, but without what no outlet prints as an article (forum posts, API references).
ARTICLE_TYPES = frozenset(
    "Article NewsArticle AnalysisNewsArticle AskPublicNewsArticle BackgroundNewsArticle OpinionNewsArticle ReportageNewsArticle"
    " ReviewNewsArticle AdvertiserContentArticle SatiricalArticle ScholarlyArticle TechArticle Report SocialMediaPosting"
    " BlogPosting LiveBlogPosting".split()
)
# Exporters join paragraphs with nothing between: `on Friday.The council met`.
_JOINED = re.compile(r"(?<=[a-z][.!?])(?=“?[A-Z][a-z])|(?<=[.!?]”)(?=“?[A-Z])")
_BETWEEN = re.compile(r"[\s,;]*")
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage")
_SALVAGED = ("@type", "headline", "datePublished", "dateModified", "url", "isAccessibleForFree")
# A page of one story names a handful of nodes; this many only guards against a made-up page.
_MOST_NODES = 2_000
# Two headlines of one story share most of their words, those of two stories rarely any but small ones.
_SAME_HEADLINE = 0.5
# Shorter headlines, found inside longer ones, say nothing: `News` stands in `Breaking News`.
_TELLING_CHARACTERS = 12


def read_json_ld(tree: HtmlElement) -> list[Node]:
    """Return the nodes of all JSON-LD scripts in printed order; `@id` references between them are resolved."""
    scripts = [script.text or "" for script in tree.iter("script") if "ld+json" in (script.get("type") or "").casefold()]
    nodes = [node for script in scripts for value in _parsed(script) for node in _nodes(value)][:_MOST_NODES]
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    return [{key: _resolved(value, named) for key, value in node.items()} for node in nodes]


def article_node(nodes: Iterable[Node], url: str | None, headlines: Iterable[str]) -> Node | None:
    """Return the node of the article that the page is about.

    Several nodes may stand on one page, and one node may be of another story: the node with the page's address is taken, else
    the one with its headline, else the only one, if it does not name another address and another headline.
    """
    articles = [node for node in nodes if types_of(node) & ARTICLE_TYPES]
    page, printed = page_key(url), [headline for headline in headlines if normalise(headline)]
    scores = []
    for node in articles:
        addresses = {key for name in ("url", "mainEntityOfPage", "@id") if (key := page_key(address(node.get(name))))}
        title = text_value(node.get("headline") or node.get("name"))
        titled = any(same_headline(title, other) for other in printed) if title and printed else None
        scores.append(_vote(page in addresses if page and addresses else None) + _vote(titled))
    if not scores:
        return None
    best = max(range(len(articles)), key=lambda number: (scores[number], -number))
    alone = len(articles) == 1 and scores[best] > 2 * _vote(False)
    return articles[best] if scores[best] > 0 or alone else None


def types_of(node: Node) -> set[str]:
    """Return the names of the node's schema.org types, without their address."""
    return {str(kind).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for kind in as_list(node.get("@type"))}


def text_value(value: Any) -> str | None:
    """Return a value as one line of text: of a list the first, of a node its name; None when there are no words."""
    for item in as_list(value):
        named = item.get("name") or item.get("@value") if isinstance(item, dict) else item
        for text in as_list(named):
            if isinstance(text, (str, int, float)) and not isinstance(text, bool) and (line := plain_line(str(text))):
                return line
    return None


def body_value(value: Any) -> str | None:
    """Return a value that holds paragraphs (`articleBody`, a correction) as text; markup in it is read."""
    parts = [item.get("text") if isinstance(item, dict) else item for item in as_list(value)]
    text = "\n\n".join(text_of(part) for part in parts if isinstance(part, str) and part.strip())
    return _JOINED.sub("\n\n", text) or None


def address(value: Any) -> str | None:
    """Return the address that a value states: itself, or the `@id` or `url` of the node that it is."""
    for item in as_list(value):
        stated = item.get("@id") or item.get("url") if isinstance(item, dict) else item
        if isinstance(stated, str) and stated.strip():
            return stated.strip()
    return None


def page_key(url: str | None) -> str | None:
    """Return what two addresses of one page have in common: host and path, without `www.`, `amp` and the last slash."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return None
    if not parts.hostname or parts.path in ("", "/"):
        return None
    host = re.sub(r"^(?:www|m|amp|mobile)\.", "", parts.hostname)
    query = f"?{parts.query}" if re.search(r"(?:^|&)(?:p|id|article|story)=", parts.query) else ""
    return host + re.sub(r"/(?:amp/?)?$", "", parts.path) + query


def same_headline(one: str, other: str) -> bool:
    """Return whether two printed headlines are of one story: one holds the other, or they share most of their words."""
    first, second = normalise(one), normalise(other)
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) >= _TELLING_CHARACTERS and shorter in longer:
        return True
    words, others = set(first.split()), set(second.split())
    return bool(words) and len(words & others) >= _SAME_HEADLINE * len(words | others)


def plain_line(text: str) -> str:
    """Return one line of text without the markup and the entities that some sites escape twice."""
    return clean_line(re.sub(r"</?[a-zA-Z][^<>]*>", "", unescape(unescape(text))))


def as_list(value: Any) -> list[Any]:
    """Return the value as a list: lists as they are, nothing as an empty one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _vote(same: bool | None) -> int:  # noqa: FBT001 - three answers: the same, another, not stated
    # One thing that agrees counts for more than one that does not: addresses and headlines have variants.
    return 0 if same is None else 2 if same else -1


def _parsed(script: str) -> Iterator[Any]:
    """Yield the script's values; what JSON does not allow but pages print is mended, and of a hopeless one the plain fields."""
    text = re.sub(r"<!--|-->|(?://\s*|/\*\s*)?(?:<!\[CDATA\[|\]\]>)(?:\s*\*/)?", "", script).strip().rstrip(";")
    for attempt in (text, unescape(text) if "&quot;" in text and '"' not in text else text, re.sub(r",(?=\s*[}\]])", "", text)):
        values, decoder, position = [], json.JSONDecoder(strict=False), 0
        try:
            while position < len(attempt):
                value, position = decoder.raw_decode(attempt, position)
                values.append(value)
                position = gap.end() if (gap := _BETWEEN.match(attempt, position)) else position
        except (ValueError, RecursionError):
            continue
        yield from values
        return
    yield _salvaged(text)


def _salvaged(text: str) -> dict[str, str]:
    """Return the fields that stand once in a script too broken to parse: said twice, they may be another story's."""
    fields = {}
    for name in _SALVAGED:
        found = set(re.findall(rf'"{name}"\s*:\s*"?((?:[^"\\\n]|\\.){{0,500}}?)"?\s*[,}}\n]', text))
        kinds = found & ARTICLE_TYPES if name == "@type" else found
        if len(kinds) == 1:
            fields[name] = kinds.pop().replace("\\/", "/").replace('\\"', '"')
    return fields


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the nodes that are said of the page; not those of lists of other stories. A stack, for data nested without end."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            if "@type" in item or "@id" in item:
                yield item
            waiting.extend(item[name] for name in reversed(_INSIDE) if isinstance(item.get(name), (dict, list)))


def _resolved(value: Any, named: Mapping[str, Node]) -> Any:
    """Return the node for a bare reference to it (`{"@id": "#publisher"}`); one level, as pages nest no deeper."""
    if isinstance(value, list):
        return [_resolved(item, named) if isinstance(item, dict) else item for item in value]
    reference = value.get("@id") if isinstance(value, dict) and len(value) <= 2 else None  # noqa: PLR2004 - `@type` may stand with it
    return named.get(reference, value) if isinstance(reference, str) else value

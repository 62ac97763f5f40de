"""Decides what a page says of its article besides the text: title, publisher, authors, agency, section, language, address.

Every field carries where it was read: JSON-LD first, then OpenGraph and other meta tags, then what is printed on the page.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from index.cleaning import clean_line, normalise
from index.outlets import outlet_name, wire_service
from index.sources.bylines import author_names
from index.sources.json_ld import Node, as_list, text_value, types_of
from index.sources.page import Page, element_line, near_headline
from index.sources.page_dates import page_dates
from index.types import Link, NewsDate

_AUTHOR_METAS = tuple(
    "author parsely-author sailthru.author dc.creator dcterms.creator article:author og:article:author byl citation_author"
    " cxenseparse:author article_author article.author authors content-creator".split()
)
_SECTION_METAS = tuple("article:section og:section parsely-section sailthru.section section prism.section dc.subject".split())
_SOURCE_METAS = tuple("source dc.source article:source cxenseparse:source syndication-source original-source copyright".split())
_SITE_METAS = tuple("application-name apple-mobile-web-app-title".split())
# What content systems put there when nobody chose a section.
_NO_SECTIONS = ("", "post", "posts", "article", "articles", "all", "home", "uncategorized", "none")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_SEPARATORS = re.compile(r"\s+[|–—·•»:-]\s+|\s*\|\s*")
_BYLINE_CLASS = re.compile(r"(?:^|[\s_-])(?:byline|by-line|author|authors)(?:[\s_-]*name)?s?(?:$|[\s_])", re.IGNORECASE)
_BYLINE_WORDS, _BYLINE_ELEMENTS = 14, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMetadata:
    """The fields of an article that its page states. What the page does not state is None or empty."""

    title: str | None = None
    publisher: str | None = None
    agency: str | None = None
    authors: tuple[str, ...] = ()
    published: NewsDate | None = None
    updated: NewsDate | None = None
    url: str | None = None
    language: str | None = None
    section: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Where each of these was read: `JSON-LD`, `OpenGraph`, `meta author`, `page`, `URL`, `feed`."""


def read_metadata(page: Page, *, fetched: NewsDate | None = None, link: Link | None = None) -> PageMetadata:
    """Return the fields of the page's article; `link` fills what the page does not state itself."""
    stated: dict[str, tuple[str, str] | None] = {
        "language": _language(page),
        "section": _section(page),
        "publisher": _publisher(page),
    }
    publisher = stated["publisher"][0] if stated["publisher"] else None
    stated["title"] = _title(page, publisher) or ((link.title, "feed") if link and link.title else None)
    authors, agencies, credited_in = _credits(page, publisher)
    if not authors and link and link.authors:
        authors, credited_in = link.authors, "feed"
    stated["agency"] = (agencies[0], credited_in) if agencies else _agency(page, publisher)
    language = stated["language"][0] if stated["language"] else None
    dates = page_dates(page, language=language, fetched=fetched, link=link)
    provenance = {name: found[1] for name, found in stated.items() if found}
    if authors:
        provenance["authors"] = credited_in
    if page.url:
        provenance["url"] = page.url_from
    if dates.note:
        provenance["updated"] = dates.note
    return PageMetadata(
        title=stated["title"][0] if stated["title"] else None,
        publisher=publisher,
        agency=stated["agency"][0] if stated["agency"] else None,
        authors=tuple(authors),
        published=dates.published,
        updated=dates.updated,
        url=page.url,
        language=language,
        section=stated["section"][0] if stated["section"] else None,
        provenance=provenance,
    )


def _title(page: Page, publisher: str | None) -> tuple[str, str] | None:
    """Return the headline: of JSON-LD, unless it is cut there; else as printed, which `og:title` often shortens."""
    printed = element_line(page.headline) if page.headline is not None else None
    stated = text_value(page.article.get("headline") or page.article.get("name")) if page.article else None
    shared = page.meta("og:title", "twitter:title")
    head = page.titles[0] if page.titles else None
    site = [name for name in (publisher, urlsplit(page.url).hostname if page.url else None) if name]
    for title, where in ((stated, "JSON-LD"), (printed, "page"), (shared[1] if shared else None, "OpenGraph"), (head, "page")):
        if not (shorter := _without_outlet(title or "", site)):
            continue
        cut = where == "JSON-LD" and printed and normalise(printed).startswith(normalise(shorter) + " ")
        return (printed, "page") if cut and printed else (shorter, where)
    return None


def _without_outlet(title: str, site: list[str]) -> str:
    """Drop the outlet's name that `<title>` and `og:title` carry behind or before the headline."""
    names = {normalise(form).replace(" ", "") for name in site for form in (name, re.sub(r"^www\.", "", name), _bare_host(name))}
    parts = _SEPARATORS.split(title)
    for part, rest in ((parts[-1], title[: title.rfind(parts[-1])]), (parts[0], title[len(parts[0]) :])):
        if len(parts) > 1 and normalise(part).replace(" ", "") in names:
            return rest.strip(" |–—·•»:-")
    return title.strip()


def _bare_host(name: str) -> str:
    return re.sub(r"^www\.|\.\w{2,4}$", "", name)


def _publisher(page: Page) -> tuple[str, str] | None:
    """Return the outlet's name; of a page that does not name it, the name known for its domain, else the bare host.

    A wire service is the publisher only where no other outlet is named: it is named for the copy that others carry.
    """
    host = re.sub(r"^(?:www|m|amp|mobile|edition)\.", "", urlsplit(page.url).hostname or "") if page.url else ""
    known = outlet_name(host)
    node = page.article or next((node for node in page.nodes if "WebPage" in types_of(node) and "publisher" in node), None)
    stated = [(text_value(node.get("publisher")) if node else None, "JSON-LD")]
    stated += [(content, "OpenGraph") for content in page.metas.get("og:site_name", ())]
    stated += [(content, f"meta {name}") for name in _SITE_METAS for content in page.metas.get(name, ())]
    names = [(name.split(" | ")[0].strip(), where) for name, where in stated if name and not re.match(r"https?:|[#/@]", name)]
    if wire_service(known):
        return known, names[0][1] if names else "URL"
    for name, where in [*(found for found in names if not wire_service(found[0])), *names]:
        same = _bare(name) == _bare(known)
        return (known, where) if same and known != host else (name, where)
    return (known, "URL") if host else None


def _bare(name: str) -> str:
    return normalise(name).removeprefix("the ")


def _credits(page: Page, publisher: str | None) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return (people, wire services, place) of the first place that credits anyone."""
    node = page.article or {}
    in_json = [name for value in as_list(node.get("author") or node.get("creator")) for name in _people(value)]
    places = [(in_json, "JSON-LD")]
    places += [(list(page.metas.get(name, ())), f"meta {name}") for name in _AUTHOR_METAS]
    places += [(list(_printed_credits(page, "itemprop")), "microdata"), (list(_printed_credits(page, "class")), "page")]
    for printed, where in places:
        names, agencies = author_names(printed, publisher)
        if names or agencies:
            return names, agencies, where
    return (), (), ""


def _people(value: object) -> list[str]:
    """Return every name in a JSON-LD author; some sites put the names of all into one node."""
    names = as_list(value.get("name")) if isinstance(value, dict) else [value]
    return [name for item in names if (name := text_value(item))]


def _printed_credits(page: Page, kind: str) -> Iterator[str]:
    """Yield the names in microdata, or in the byline that stands nearest to the headline."""
    if kind == "itemprop":
        for element in page.tree.iter("a", "span", "div", "p", "meta", "link", "address"):
            if "author" in (element.get("itemprop") or "").split():
                inner = next((below for below in element.iter() if "name" in (below.get("itemprop") or "").split()), element)
                yield clean_line(inner.get("content") or element_line(inner))
        return
    for element in near_headline(page.headline):
        marked = "author" in (element.get("rel") or "").split() or _BYLINE_CLASS.search(element.get("class") or "")
        line = element_line(element) if marked and sum(1 for _ in element.iter()) <= _BYLINE_ELEMENTS else ""
        if line and len(line.split()) <= _BYLINE_WORDS:
            yield line
            return


def _agency(page: Page, publisher: str | None) -> tuple[str, str] | None:
    """Return the wire service that the page names as its source."""
    node: Node = page.article or {}
    for name in ("publisher", "sourceOrganization", "provider", "copyrightHolder", "isBasedOn", "source"):
        if (service := wire_service(text_value(node.get(name)))) and service != publisher:
            return service, "JSON-LD"
    for name in _SOURCE_METAS:
        for content in page.metas.get(name, ()):
            if service := wire_service(content):
                return service, f"meta {name}"
    return None


def _section(page: Page) -> tuple[str, str] | None:
    found = [(text_value(page.article.get("articleSection")) or "", "JSON-LD")] if page.article else []
    found += [
        (content, "OpenGraph" if name == "article:section" else f"meta {name}")
        for name in _SECTION_METAS
        for content in page.metas.get(name, ())
    ]
    return next(((name, where) for name, where in found if normalise(name) not in _NO_SECTIONS and "://" not in name), None)


def _language(page: Page) -> tuple[str, str] | None:
    """Return the language as BCP 47 writes it (`en-GB`)."""
    stated = text_value(page.article.get("inLanguage")) if page.article else None
    lang = page.tree.get("lang") or page.tree.get("{http://www.w3.org/XML/1998/namespace}lang") or page.tree.get("xml:lang")
    shared = page.meta("og:locale", "content-language", "dc.language", "language")
    for language, where in ((stated, "JSON-LD"), (lang, "page"), (shared[1] if shared else None, "OpenGraph")):
        if language and _LANGUAGE.fullmatch(language.strip()):
            return language.strip().replace("_", "-"), where
    return None

"""A web page becomes one article, or a rejection that says why it is none."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from index.articles import NoText, build_article
from index.corrections import correction_notices, marked_notice, without_repeats
from index.sources.json_ld import body_value
from index.sources.markup import MarkupError, element_text, text_of
from index.sources.page import Page, read_page
from index.sources.page_body import PageBody, page_body
from index.sources.page_kind import is_cut_off, no_article_because
from index.sources.page_metadata import PageMetadata, read_metadata
from index.types import Article, Link, NewsDate, Origin, Rejection

# Of 91 news pages the largest has 1.4 million characters, most of them scripts.
MAX_CHARACTERS = 5_000_000
_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_CORRECTION_MARKS = re.compile(
    r"(?:^|[\s_-])(?:article-?|story-?|post-?)?(?:corrections?|clarifications?|erratum|retraction|editors?-?note|amendment)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOTICE_ELEMENTS, _MOST_NOTICES = 60, 50


def read_html(
    content: str, origin: Origin, *, url: str | None = None, fetched: NewsDate | None = None, link: Link | None = None
) -> Iterator[Article | Rejection]:
    """Yield the page's article, or one rejection: skipped for pages that are no article, failed for what cannot be read.

    Args:
        content: the page's markup, decoded.
        origin: the file or channel that it came from.
        url: where the page was found, if known. Relative addresses are resolved against it.
        fetched: when the page was fetched.
        link: what a feed says of the page; it fills what the page does not state, with the provenance `feed`.
    """
    if len(content) > MAX_CHARACTERS:
        yield Rejection(
            origin=origin, reason=f"the page has more than {MAX_CHARACTERS:,} characters of markup; save its text instead"
        )
        return
    try:
        page = read_page(content, url or (link.url if link else None))
        body = page_body(page)
    except MarkupError as error:
        yield Rejection(origin=origin, reason=f"not a readable page: {error}; save its text instead")
        return
    if reason := no_article_because(page, body):
        yield Rejection(origin=origin, reason=reason, skipped=True)
        return
    try:
        yield _article(page, body, read_metadata(page, fetched=fetched, link=link), origin, fetched)
    except NoText as error:
        yield Rejection(origin=origin, reason=str(error), skipped=True)


def html_text(markup: str) -> str:
    """Return the article's text of some markup: of a whole page what `read_html` takes, of a fragment all of it.

    The text is empty when nothing came out of a page, or it cannot be parsed.
    """
    if not _DOCUMENT.search(markup[:2_000]):
        return text_of(markup)
    if len(markup) > MAX_CHARACTERS:
        return ""
    try:
        return page_body(read_page(markup, None)).text
    except MarkupError:
        return ""


def _article(page: Page, body: PageBody, metadata: PageMetadata, origin: Origin, fetched: NewsDate | None) -> Article:
    provenance = dict(metadata.provenance)
    if body.read_from != "page":
        provenance["text"] = body.read_from
    agency = metadata.agency
    if agency is None and body.agency:
        agency, provenance["agency"] = body.agency, "page"
    return build_article(
        text=body.text,
        origin=origin,
        title=metadata.title,
        publisher=metadata.publisher,
        agency=agency,
        authors=metadata.authors,
        published=metadata.published,
        updated=metadata.updated,
        fetched=fetched,
        url=metadata.url,
        language=metadata.language,
        section=metadata.section,
        provenance=provenance,
        corrections=_corrections(page, body),
        flags=("truncated",) if is_cut_off(page, body) else (),
    )


def _corrections(page: Page, body: PageBody) -> tuple[str, ...]:
    """Return the notices of the text, of JSON-LD, of elements marked as corrections and of paragraphs that extraction dropped."""
    stated = body_value(page.article.get("correction")) if page.article else None
    marked, printed = [], []
    for element in page.tree.iter("div", "p", "section", "aside", "footer", "span", "em", "small", "li"):
        if "correction" in (element.get("itemprop") or "") or _CORRECTION_MARKS.search(
            f"{element.get('class', '')} {element.get('id', '')}"
        ):
            marked.append(element)
        elif element.tag in ("p", "em", "small") and element.find(".//p") is None:
            printed.append(element)
    notices = [*correction_notices(body.text), *([stated] if stated else [])]
    notices += [notice for element in marked if _is_own(element) and (notice := marked_notice(element_text(element)))]
    notices += [notice for element in printed if _is_own(element) for notice in correction_notices(element_text(element))]
    return without_repeats(notices[:_MOST_NOTICES])


def _is_own(element: HtmlElement) -> bool:
    """Return whether an element is of the page's article: not a link, a form, a menu or in a list of others."""
    if sum(1 for _ in element.iter()) > _NOTICE_ELEMENTS:
        return False
    return not any(
        outer.tag in ("a", "nav", "form", "ul") or outer.get("role") == "navigation" for outer in element.iterancestors()
    )

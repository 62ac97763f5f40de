"""Finds the text of a page's article: trafilatura's paragraphs, without the headline and what outlets print around it."""

import logging
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from index.cleaning import clean_line, normalise
from index.dates import is_date_line
from index.sources.json_ld import body_value
from index.sources.markup import MarkupError
from index.sources.page import Page, element_line
from index.sources.page_lines import asks_to_subscribe, closes_page, points_elsewhere, service_named

# Beyond this trafilatura's second opinions take seconds; the largest of the 91 pages of benchmarks/extraction.py has 1,479.
_MANY_ELEMENTS = 10_000
# JSON-LD has the whole text, and the page a part, when it has this many times the page's words and at least so many: captions
# and credits alone make it up to 1.2 times as long (8 of the 91 pages of benchmarks/extraction.py carry it).
_TIMES_LONGER, _FULL_TEXT_WORDS = 1.6, 120
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")
_TOP_LINES, _BYLINE_WORDS = 5, 9
_POST_ELEMENTS, _BOXES_AROUND, _BOX_ALLOWANCE = 40, 3, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBody:
    """The text of a page's article, and what was told by the lines left out of it."""

    paragraphs: tuple[str, ...]
    agency: str | None = None
    """The wire service that a line at the end names: `Source: Reuters`."""
    cut_off: bool = False
    """True when the text ends in the words of a paywall."""
    read_from: str = "page"
    """`page`, or `JSON-LD` when only there the whole text stands."""

    @property
    def text(self) -> str:
        """The paragraphs, one empty line apart."""
        return "\n\n".join(self.paragraphs)

    @property
    def words(self) -> int:
        """The length of the text; see `size_in_words`."""
        return size_in_words(self.paragraphs)


def page_body(page: Page) -> PageBody:
    """Return the article's text; without paragraphs when none came out.

    Raises:
        MarkupError: lists are nested so deeply that trafilatura cannot follow.
    """
    lines, read_from = _extracted(page.tree), "page"
    if whole := body_value(page.article.get("articleBody")) if page.article else None:
        in_json = [clean_line(line) for line in whole.split("\n") if line.strip()]
        if size_in_words(in_json) >= max(_FULL_TEXT_WORDS, _TIMES_LONGER * size_in_words(lines)):
            lines, read_from = in_json, "JSON-LD"
    titles = {normalise(title) for title in page.metas.get("og:title", ())}
    titles |= {normalise(element_line(page.headline))} if page.headline is not None else set()
    kept = [line for line in _without_top(lines, titles) if not points_elsewhere(line)]
    agency, cut_off = None, False
    while kept and (closes_page(kept[-1]) or asks_to_subscribe(kept[-1])):
        line = kept.pop()
        agency = service_named(line) or agency
        cut_off = cut_off or asks_to_subscribe(line)
    return PageBody(paragraphs=tuple(kept), agency=agency, cut_off=cut_off, read_from=read_from)


def size_in_words(lines: Iterable[str]) -> int:
    """Return the number of words; of scripts without spaces two characters count as one."""
    text = " ".join(lines)
    return len(_WORD.findall(text)) + len(_UNSPACED.findall(text)) // 2


def _extracted(tree: HtmlElement) -> list[str]:
    """Return trafilatura's lines: paragraphs, headings, list items and table rows."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - heavy, and most inputs are no pages

    # A page without an article is an everyday thing here, and told by the ledger.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    many = sum(1 for _ in islice(tree.iter(), _MANY_ELEMENTS + 1)) > _MANY_ELEMENTS
    copied = deepcopy(tree)
    _unbox_quoted_posts(copied)
    # F1 over the 91 pages of benchmarks/extraction.py: .975; without tables .968; without second opinions (`fast`) .972.
    try:
        found: Any = bare_extraction(
            copied, favor_precision=True, include_comments=False, include_tables=True, with_metadata=False, fast=many
        )
    except RecursionError as error:
        raise MarkupError("lists or quotations nested hundreds of levels deep") from error
    lines = (found.text or "").splitlines() if found else []
    rows = (" | ".join(cell.strip() for cell in line.strip(" |").split("|")) if line.startswith("|") else line for line in lines)
    return [row.strip() for row in rows if row.strip("-| ")]


def _unbox_quoted_posts(tree: HtmlElement) -> None:
    """Take the names of advertising and share boxes off what holds only a quoted post: the article speaks of what it says."""
    for quote in list(tree.iter("blockquote")):
        if not _is_small(quote):
            continue
        size = len("".join(quote.itertext()))
        for box in islice(quote.iterancestors("div", "section", "p", "span"), _BOXES_AROUND):
            if not _is_small(box) or len("".join(box.itertext())) > size + _BOX_ALLOWANCE:
                break
            box.attrib.pop("class", None)
            box.attrib.pop("id", None)


def _is_small(element: HtmlElement) -> bool:
    return sum(1 for _ in islice(element.iter(), _POST_ELEMENTS + 1)) <= _POST_ELEMENTS


def _without_top(lines: Sequence[str], titles: set[str]) -> list[str]:
    """Drop the headline, byline and dates that stand above the first paragraph."""
    top = [line for line in lines[:_TOP_LINES] if normalise(line) not in titles and not _is_credit(line)]
    return [*top, *lines[_TOP_LINES:]]


def _is_credit(line: str) -> bool:
    byline = re.match(r"by [A-Z]", line, re.IGNORECASE) and len(line.split()) <= _BYLINE_WORDS and line[-1] not in ".!?"
    return bool(byline) or is_date_line(line)

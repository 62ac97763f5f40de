"""Decides when a page's article was published and updated. What the page states comes first; a date is never guessed.

Left aside on purpose, because they are dates of something else: copyright years, dates in the masthead, in related stories,
in the running text and in addresses of pictures; `Last-Modified` as a date of publication. htmldate 1.11 falls back to all of
these, takes the oldest `<time>` of the page and the day first in `03/04/2025`; the months that it knows, `index.dates` knows too.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import chain
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from index.dates import is_date_line, read_credit_lines, read_date, read_timestamp
from index.sources.json_ld import text_value, types_of
from index.sources.markup import element_text
from index.sources.page import Page, element_line, near_headline
from index.types import Link, NewsDate, Origin

_PUBLISHED_METAS = tuple(
    "article:published_time og:article:published_time og:published_time article:published article:publish_date"
    " article_date_original originalpublicationdate datepublished parsely-pub-date sailthru.date dc.date.issued dcterms.issued"
    " cxenseparse:recs:publishtime cxenseparse:publishtime citation_publication_date citation_online_date citation_date"
    " publish_date publish-date publishdate published_at published_time pubdate pub_date article.published bt:pubdate"
    " dcsext.articlefirstpublished vr:published_time rnews:datepublished shareaholic:article_published_time sn-post-date"
    " og:pubdate displaydate dc.date.created dcterms.created dc.created dc.date dcterms.date date datecreated".split()
)
_UPDATED_METAS = tuple(
    "article:modified_time og:article:modified_time og:modified_time article:modified article:update_date article_date_updated"
    " datemodified parsely-post-modified dc.date.modified dcterms.modified dc.modified article.updated bt:moddate updated-date"
    " updated_time og:updated_time lastmod revised".split()
)
# Servers set it to the time of delivery, so it only ever adds an update to a date of publication.
_SERVER_METAS = ("last-modified",)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_URL_DAY = re.compile(
    r"[/_-](?P<year>(?:19|20)\d\d)(?:(?P<sep>[/_-])(?P<month>\d\d?|" + "|".join(_MONTHS) + r")(?P=sep)(?P<day>\d\d?)"
    r"|(?P<digits>\d{4}))(?=[/_.-]|$)",
    re.IGNORECASE,
)
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])(?=/|-[a-z])", re.IGNORECASE)
# Web addresses are younger than this; older digits are a number that looks like a date.
_FIRST_WEB_YEAR = 1993
# What databases print when the field was never filled.
_EMPTY_DATES = ("1970-01-01", "1900-01-01", "2001-01-01T00:00", "1999-11-30")
_DATE_CLASS = re.compile(r"date|time|publish|posted|byline|dateline|credit|meta|info", re.IGNORECASE)
_UPDATED_CLASS = re.compile(r"updat|modif|revis", re.IGNORECASE)
_BYLINE = re.compile(
    r"(?:(?:written|reported|words|text|posted|published) )?(?:by|von|par|por|di|door|av|af)\b(?!.*[.!?]$)", re.IGNORECASE
)
# Time zones in use, in hours east of UTC.
_FURTHEST_WEST, _FURTHEST_EAST = -12, 14
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_NO_LINK = Link(origin=Origin(source=""), url="")
_LINE_WORDS, _LINE_CHARACTERS = 14, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDates:
    """The article's dates, and a note about a date that was left out."""

    published: NewsDate | None
    updated: NewsDate | None
    note: str | None = None


def page_dates(
    page: Page, *, language: str | None = None, fetched: NewsDate | None = None, link: Link | None = None
) -> PageDates:
    """Return the dates, each with where it was read.

    What a feed says of the page counts above what only the page's address says. `language` and `fetched` are used as in
    `index.dates.read_date`.
    """
    reader = _Reader(page=page, language=language, fetched=fetched)
    feed = link or _NO_LINK
    published = _first(
        reader.json_ld("datePublished"), reader.metas(_PUBLISHED_METAS), reader.microdata("datePublished"),
        (first for first, _ in reader.beside_headline()), [feed.published], reader.url(),
    )  # fmt: skip
    updated = _first(
        reader.json_ld("dateModified"), reader.metas(_UPDATED_METAS), reader.microdata("dateModified"),
        (second for _, second in reader.beside_headline()), [feed.updated], reader.metas(_SERVER_METAS) if published else (),
    )  # fmt: skip
    if published and published.value.endswith("+00:00"):
        published = _as_printed(published, (first for first, _ in reader.beside_headline()))
    if published is None or updated is None:
        return PageDates(published=published, updated=updated)
    if _before(updated, published):
        note = f"{updated.value} ({updated.read_from}) is before the date of publication; left out"
        return PageDates(published=published, updated=None, note=note)
    return PageDates(published=published, updated=None if _says_no_more(updated, published) else updated)


def _first(*found: Iterable[NewsDate | None]) -> NewsDate | None:
    return next((date for date in chain.from_iterable(found) if date and not date.value.startswith(_EMPTY_DATES)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads the dates of one page, place by place."""

    page: Page
    language: str | None
    fetched: NewsDate | None

    def json_ld(self, name: str) -> Iterator[NewsDate | None]:
        nodes = [self.page.article] if self.page.article else [node for node in self.page.nodes if "WebPage" in types_of(node)]
        for node in nodes:
            yield self._field(text_value(node.get(name)), f"JSON-LD {name}")

    def metas(self, names: Iterable[str]) -> Iterator[NewsDate | None]:
        for name in names:
            for content in self.page.metas.get(name, ()):
                yield self._field(content, f"meta {name}")

    def microdata(self, name: str) -> Iterator[NewsDate | None]:
        """Yield the microdata date of the item that the headline stands in; without such an item one that is said only once."""
        found: dict[str, HtmlElement] = {}
        for element in self.page.tree.iter():
            if name in (element.get("itemprop") or "").split():
                text = element.get("content") or element.get("datetime") or element_text(element)
                found.setdefault(text.strip(), element)
        around = set(self.page.headline.iterancestors()) if self.page.headline is not None else set()
        for text, element in found.items():
            item = next((above for above in element.iterancestors() if "itemscope" in above.attrib), None)
            if len(found) == 1 or (item is not None and item in around):
                yield self._field(text, f"microdata {name}")

    def beside_headline(self) -> Iterator[tuple[NewsDate | None, NewsDate | None]]:
        """Yield pairs of (published, updated) from the credits between headline and body, and just above the headline."""
        lines = []
        for element, line in credit_lines(self.page.headline):
            date = self._field(element.get("datetime"), "time beside the headline")
            if date:
                updated = _UPDATED_CLASS.search(f"{element.get('class', '')} {element.get('itemprop', '')} {line}")
                yield (None, date) if updated else (date, None)
            elif is_date_line(line) or (len(line.split()) <= _LINE_WORDS and (_has_date(element) or _BYLINE.match(line))):
                lines.append(line)
        yield read_credit_lines(lines, "line beside the headline", language=self.language, fetched=self.fetched)

    def url(self) -> Iterator[NewsDate | None]:
        path = urlsplit(self.page.url).path if self.page.url else ""
        for match in _URL_DAY.finditer(path):
            month, day = match["month"] or match["digits"][:2], match["day"] or match["digits"][2:]
            number = month if month.isdigit() else str(_MONTHS.index(month.casefold()) + 1)
            if int(match["year"]) >= _FIRST_WEB_YEAR:
                yield read_date(f"{match['year']}-{number:0>2}-{day:0>2}", "URL", fetched=self.fetched)
        for match in _URL_MONTH.finditer(path):
            if int(match[1]) >= _FIRST_WEB_YEAR:
                yield read_date(f"{match[1]}-{match[2]}", "URL", fetched=self.fetched)

    def _field(self, text: str | None, read_from: str) -> NewsDate | None:
        """Return the date of a field that holds nothing else; midnight to the minute is a day that a program filled up."""
        if not text:
            return None
        stamp = read_timestamp(text, read_from)
        found = stamp or read_date(text, read_from, language=self.language, fetched=self.fetched)
        midnight = found is not None and found.precision == "minute" and found.value[11:16] == "00:00" and stamp is None
        return replace(found, value=found.value[:10], precision="day") if found and midnight else found


def credit_lines(headline: HtmlElement | None) -> Iterator[tuple[HtmlElement, str]]:
    """Yield the short elements with digits, and their text, between headline and body, then those just above the headline."""
    for element in near_headline(headline):
        line = element_line(element)
        if (
            len(line) <= _LINE_CHARACTERS
            and element.tag not in _HEADINGS
            and re.search(r"\d", line + element.get("datetime", ""))
        ):
            yield element, line


def _has_date(element: HtmlElement) -> bool:
    return element.tag == "time" or bool(_DATE_CLASS.search(f"{element.get('class', '')} {element.get('id', '')}"))


def _as_printed(stated: NewsDate, beside: Iterable[NewsDate | None]) -> NewsDate:
    """Return a moment stated in UTC as the outlet prints it: an evening in America is the day before.

    Only the same moment counts. Where no zone is printed, whole hours between both clocks are the zone.
    """
    moment = datetime.fromisoformat(stated.value)
    for date in beside:
        printed = datetime.fromisoformat(date.value) if date and date.precision == "minute" else None
        if printed is None:
            continue
        hours, rest = divmod(printed.replace(tzinfo=UTC) - moment, timedelta(hours=1))
        if printed.tzinfo is None and not rest and _FURTHEST_WEST <= hours <= _FURTHEST_EAST:
            printed = printed.replace(tzinfo=timezone(timedelta(hours=hours)))
        if printed.tzinfo and printed == moment and printed.utcoffset():
            value = printed.isoformat(timespec="minutes")
            return replace(stated, value=value, read_from=f"{stated.read_from}, in the time zone of the page")
    return stated


def _before(one: NewsDate, other: NewsDate) -> bool:
    """Return whether one date is before another as far as both are known; in unknown time zones up to a day apart is not."""
    first, second = _moments(one, other)
    if first and second:
        return first < second
    length = min(len(one.value[:10]), len(other.value[:10]))
    if one.value[:length] == other.value[:length]:
        return False
    slack = timedelta(days=1) if one.precision == other.precision == "minute" else timedelta()
    return one.day + slack < other.day


def _says_no_more(updated: NewsDate, published: NewsDate) -> bool:
    """Return whether the date of an update is the date of publication over again, or only its day."""
    first, second = _moments(updated, published)
    return first == second if first and second else published.value.startswith(updated.value)


def _moments(one: NewsDate, other: NewsDate) -> tuple[datetime | None, datetime | None]:
    """Return both as moments if they can be compared to the minute: both in a known time zone, or both in none."""
    moments = [datetime.fromisoformat(date.value) for date in (one, other) if date.precision == "minute"]
    comparable = len(moments) == 2 and (moments[0].tzinfo is None) == (moments[1].tzinfo is None)  # noqa: PLR2004 - both
    return (moments[0], moments[1]) if comparable else (None, None)

"""Builds an `Article` from what a source found: canonical text, content-derived id, a title when none was printed."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from index.cleaning import clean_line, clean_text, normalise
from index.outlets import outlet_name, wire_service
from index.sentences import sentence_spans
from index.types import Article, NewsDate, Origin

# 20 hexadecimal digits are 80 bits: two of 10 million articles share an id with a chance of about 4e-11.
_ID_DIGITS = 20
_TITLE_CHARACTERS = 110
# `LONDON, Sept. 3 (Reuters) -` opens agency copy: capitals, then the service in parentheses, then a dash.
_DATELINE = re.compile(r"^[A-Z][A-Z .,'/-]{2,40}(?:,?\s+\w+\.? \d{1,2},?)?\s*\(([^)]{2,40})\)\s*(?:-+|–|—)")


class NoText(ValueError):  # noqa: N818
    """There is no text to make an article of."""


def build_article(
    *,
    text: str,
    origin: Origin,
    title: str | None = None,
    publisher: str | None = None,
    agency: str | None = None,
    authors: Sequence[str] = (),
    published: NewsDate | None = None,
    updated: NewsDate | None = None,
    url: str | None = None,
    language: str | None = None,
    section: str | None = None,
    provenance: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
) -> Article:
    """Return the article for a source's findings.

    Raises:
        NoText: nothing is left of the text after cleaning.
    """
    canonical = clean_text(text)
    if not normalise(canonical):
        raise NoText("the article has no text")
    printed = clean_line(title or "")
    if agency is None and (dateline := _DATELINE.match(canonical)):
        agency = wire_service(dateline[1])
    return Article(
        article_id=content_id(canonical),
        title=printed or title_from(canonical),
        title_printed=bool(printed),
        text=canonical,
        origin=origin,
        publisher=outlet_name(clean_line(publisher)) if publisher and clean_line(publisher) else None,
        agency=agency,
        authors=tuple(dict.fromkeys(name for author in authors if (name := clean_line(author)))),
        published=published,
        updated=updated,
        url=url or None,
        language=clean_line(language or "") or None,
        section=clean_line(section or "") or None,
        provenance=dict(provenance or {}),
        flags=tuple(flags),
    )


def content_id(text: str) -> str:
    """Return the id of an article with this text; case, punctuation and spacing do not count."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()[:_ID_DIGITS]


def title_from(text: str) -> str:
    """Return a title from the first sentence, cut at a word with an ellipsis when it is long."""
    paragraph = text.split("\n\n", 1)[0]
    start, end = next(iter(sentence_spans(paragraph)), (0, len(paragraph)))
    sentence = paragraph[start:end].strip(" \"'“”‘’")
    if len(sentence) <= _TITLE_CHARACTERS:
        return sentence
    return sentence[:_TITLE_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + " …"


def split_authors(credit: str) -> tuple[str, ...]:
    """Return the names in a byline such as `By Jane Roe and John Doe in Hong Kong`."""
    credit = re.sub(r"^\s*by\s+", "", credit, flags=re.IGNORECASE)
    names = re.split(r"\s*(?:,\s*and\s|,|;|\s&\s|\s+and\s)\s*", credit, flags=re.IGNORECASE)
    cut = (re.sub(r"\s+(?:in|at|from|for)\s+[A-Z].*$", "", name).strip(" .()|") for name in names)
    return tuple(name for name in cut if name)

"""Tells whether two articles are one: the same record, the same place, versions of each other, copies of each other."""

from dataclasses import replace
from urllib.parse import urlsplit

from index.cleaning import normalise
from index.types import Article

# Two texts from the same place are versions of one article when they share this part of their word triples.
_SAME_ARTICLE = 0.4
_TRIPLE = 3
# What comes back later in nearly the same words is a yearly template, not a reprint (docs/adr/0012).
_REPRINTED_WITHIN_DAYS = 30


def place(article: Article) -> str:
    """Return where an article stands, as people would say it."""
    return f"{article.origin.source} {article.origin.position}".strip()


def same_place(one: Article, other: Article) -> bool:
    """Return whether both come from one place in one source, or are one record of it."""
    return (one.origin.source, one.origin.position) == (other.origin.source, other.origin.position) or same_record(one, other)


def same_record(one: Article, other: Article) -> bool:
    """Return whether one source gives both the same identity."""
    return one.origin.record_id is not None and (
        (one.origin.source, one.origin.record_id) == (other.origin.source, other.origin.record_id)
    )


def same_url(one: Article, other: Article) -> bool:
    """Return whether both stand under one address; a site's front page, which careless exports give to all, is none."""
    return one.url is not None and one.url == other.url and urlsplit(one.url).path.strip("/") != ""


def nothing_new(stored: Article, read: Article) -> bool:
    """Return whether what was read is what is stored: where on its page it stands and when it was fetched do not count."""
    return replace(stored, origin=read.origin, fetched=read.fetched) == read


def follows(read: Article, stored: Article) -> bool:
    """Return whether what was read is a later version of a stored article that shares some identity with it."""
    return same_record(read, stored) or same_url(read, stored) or _resemblance(stored.text, read.text) >= _SAME_ARTICLE


def better_original(read: Article, stored: Article) -> bool:
    """Return whether, of two articles with one text, the one that was read is the original.

    The wire service whose copy it is comes first, then the earlier date; an undated article is never earlier.
    """
    if _own_copy(read, stored) != _own_copy(stored, read):
        return _own_copy(read, stored)
    if read.dated is None or stored.dated is None:
        return read.dated is not None and stored.dated is None and _own_copy(read, stored) == _own_copy(stored, read)
    return read.dated.day < stored.dated.day


def near_in_time(one: Article, other: Article) -> bool:
    """Return whether one may be a reprint of the other by their dates; an undated article may be of any time."""
    return one.dated is None or other.dated is None or abs((one.dated.day - other.dated.day).days) <= _REPRINTED_WITHIN_DAYS


def original(carriers: list[Article]) -> Article:
    """Return the one of several articles with one story that is its source; the first of equals."""
    best = carriers[0]
    for other in carriers[1:]:
        if better_original(other, best):
            best = other
    return best


def _own_copy(article: Article, other: Article) -> bool:
    """Return whether an article is the agency's own: it is published by the agency that it or the other one names."""
    return article.publisher is not None and article.publisher in (article.agency, other.agency)


def _resemblance(one: str, other: str) -> float:
    """Return the Jaccard similarity of the word triples of two texts (Broder 1997)."""
    first, second = (
        {tuple(words[i : i + _TRIPLE]) for i in range(len(words) - _TRIPLE + 1)}
        for words in (normalise(one).split(), normalise(other).split())
    )
    return len(first & second) / max(1, len(first | second))

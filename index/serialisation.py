"""Writes articles and what goes with them as JSON, and reads them back: for the archive and for parser processes."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from index.types import Article, Link, NewsDate, Origin

_DATES = ("published", "updated", "fetched")
_TUPLES = ("authors", "flags", "corrections")


def article_to_json(article: Article) -> str:
    """Return everything about an article but its text, as JSON."""
    fields = asdict(article)
    del fields["text"]
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def article_from_json(stored: str, text: str) -> Article:
    """Return the article that `article_to_json` wrote."""
    return Article(**_typed(json.loads(stored)), text=text)


def link_to_fields(link: Link) -> dict[str, Any]:
    """Return a feed's link as plain values."""
    return asdict(link)


def link_from_fields(fields: Mapping[str, Any]) -> Link:
    """Return the link that `link_to_fields` wrote."""
    return Link(**_typed(fields))


def date_from_fields(fields: Mapping[str, Any] | None) -> NewsDate | None:
    """Return a date written as plain values."""
    return NewsDate(**fields) if fields else None


def _typed(fields: Mapping[str, Any]) -> dict[str, Any]:
    dates = {name: date_from_fields(fields[name]) for name in _DATES if name in fields}
    tuples = {name: tuple(fields[name]) for name in _TUPLES if name in fields}
    return {**fields, **dates, **tuples, "origin": Origin(**fields["origin"])}

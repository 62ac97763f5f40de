"""A made-up page of an outlet, with the data that pages carry for machines."""

import json
from typing import Any

from index.types import NewsDate

URL = "https://news.example.org/local/ferries-return"
BODY = "<p>" + "The harbour of Example Town reopened on Friday after nine days of repairs to its northern wall. " * 4 + "</p>"
NODE: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Ferries return to Example Town",
    "datePublished": "2025-09-19T09:04:11+02:00",
    "dateModified": "2025-09-20T07:00:00+02:00",
    "author": [{"@type": "Person", "name": "Jane Sample"}],
    "publisher": {"@type": "Organization", "name": "Example Herald"},
    "articleSection": "Local",
    "inLanguage": "en-GB",
}
FETCHED = NewsDate(value="2025-11-22T10:00+00:00", precision="minute", read_from="clock")


def ld(*values: Any) -> str:
    """Return values as a page embeds them for search engines."""
    return "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)


def html(head: str = "", top: str = "<h1>Ferries return to Example Town</h1>", *, attributes: str = "", body: str = BODY) -> str:
    """Return a page with one article."""
    return f"<!doctype html><html {attributes}><head>{head}</head><body><article>{top}{body}</article></body></html>"

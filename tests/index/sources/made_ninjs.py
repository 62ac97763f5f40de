"""A made-up item in each version of ninjs, and what is read from it."""

from datetime import UTC, datetime
from typing import Any

from index.sources.ninjs import ninjs_article
from index.types import Article, Origin

NOW = datetime(2025, 9, 20, 12, 0, tzinfo=UTC)
PARAGRAPHS = "<p>The harbour of Example Town reopened on Friday.</p><p>Two ferries left before noon.</p>"
TEXT = "The harbour of Example Town reopened on Friday.\n\nTwo ferries left before noon."

VERSION_1: dict[str, Any] = {
    "uri": "urn:newsml:sample-agency.example:20250919:harbour",
    "type": "text",
    "version": "3",
    "firstcreated": "2025-09-19T07:04:11Z",
    "versioncreated": "2025-09-19T09:30:00Z",
    "pubstatus": "usable",
    "urgency": 4,
    "language": "en",
    "copyrightholder": "Sample Agency",
    "infosource": [{"name": "Reuters", "rel": "source"}],
    "headline": "Ferries return to the harbour",
    "byline": "By Jane Sample and John Sample",
    "located": "Example Town",
    "body_text": "The harbour of Example Town reopened on Friday. Two ferries left before noon.",
    "body_xhtml": PARAGRAPHS,
    "associations": {"picture": {"uri": "urn:picture", "type": "picture", "headline": "A ferry"}},
}
VERSION_2: dict[str, Any] = {
    "uri": VERSION_1["uri"],
    "standard": {"name": "ninjs", "version": "2.1"},
    "type": "text",
    "version": "3",
    "firstcreated": "2025-09-19T07:04:11Z",
    "versioncreated": "2025-09-19T09:30:00Z",
    "pubstatus": "usable",
    "language": "en",
    "copyrightholder": "Sample Agency",
    "infosources": [{"name": "Reuters", "role": "source"}],
    "headlines": [{"role": "short", "value": "Ferries"}, {"role": "main", "value": "Ferries return to the harbour"}],
    "by": "By Jane Sample and John Sample",
    "bodies": [
        {"role": "main", "contenttype": "text/plain", "charcount": 80, "value": "The harbour reopened."},
        {"role": "richtext", "contenttype": "application/xhtml+xml", "value": PARAGRAPHS},
    ],
    "descriptions": [{"role": "text", "value": "A summary."}],
    "people": [{"name": "Mayor Sample", "rel": "about"}],
    "associations": [{"name": "main", "uri": "urn:picture", "type": "picture"}],
}
VERSION_3: dict[str, Any] = {
    "uri": VERSION_1["uri"],
    "standard": {"name": "ninjs", "version": "3.1"},
    "type": "text",
    "representationType": "full",
    "version": "3",
    "firstCreated": "2025-09-19T07:04:11Z",
    "versionCreated": "2025-09-19T09:30:00Z",
    "pubStatus": "usable",
    "language": "en",
    "copyrightHolder": "Sample Agency",
    "infoSources": [{"name": "Reuters"}],
    "headlines": [{"value": "Ferries return to the harbour"}],
    "by": "By Jane Sample and John Sample",
    "bodies": [{"role": "html", "contentType": "text/html", "charCount": 80, "value": PARAGRAPHS}],
}
ITEM: dict[str, Any] = {
    "uri": "urn:example:1",
    "type": "text",
    "versioncreated": "2025-09-19T09:30:00Z",
    "body_text": "The words.",
}


def article(item: dict[str, Any], now: datetime = NOW) -> Article:
    return ninjs_article(item, Origin(source="/news/item.json", position="line 1"), now=now)

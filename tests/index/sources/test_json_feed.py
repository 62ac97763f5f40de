"""Feeds in JSON."""

import json
from typing import Any

import pytest

from index.types import Article, Link, Rejection
from tests.index.sources.made_feeds import SENTENCE, link, one, read

JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "The Example Post",
    "language": "en",
    "authors": [{"name": "Jane Sample"}],
    "items": [
        {
            "id": "1", "url": "https://post.example/1", "title": "Ferries return",
            "content_html": f"<p>{SENTENCE}</p><p>Two.</p>",
            "date_published": "2025-09-19T09:04:11+02:00", "date_modified": "2025-09-20T09:04:11+02:00", "tags": ["World"],
        },
        {"id": 2, "external_url": "/2", "content_text": f"{SENTENCE}\n\nA <b> sign.", "authors": [{"name": "John Sample"}]},
        {"id": "3", "url": "https://post.example/3", "summary": "Short.", "author": {"name": "Ann Roe"}},
        "nothing",
    ],
}  # fmt: skip


def test_json_feeds_are_read() -> None:
    """Both versions' authors, markup and plain text, numbers as ids; what is no item is skipped."""
    first, second, third, fourth = read(json.dumps(JSON_FEED))
    assert isinstance(first, Article)
    assert (first.title, first.text) == ("Ferries return", f"{SENTENCE.strip()}\n\nTwo.")
    assert (first.publisher, first.authors, first.section, first.language) == (
        "The Example Post",
        ("Jane Sample",),
        "World",
        "en",
    )
    assert first.published is not None
    assert first.updated is not None
    assert (first.published.value, first.updated.value) == ("2025-09-19T09:04+02:00", "2025-09-20T09:04+02:00")
    assert isinstance(second, Article)
    assert second.text == f"{SENTENCE.strip()}\n\nA <b> sign."
    assert (second.url, second.origin.record_id, second.authors) == ("https://post.example/2", "2", ("John Sample",))
    assert isinstance(third, Link)
    assert (third.url, third.authors) == ("https://post.example/3", ("Ann Roe",))
    assert isinstance(fourth, Rejection)
    assert (fourth.origin.position, fourth.skipped) == ("entry 4", True)


@pytest.mark.parametrize(
    "item",
    [
        {"id": ["1"], "url": 5, "title": {"a": 1}, "content_html": [], "authors": "Jane", "tags": "a", "date_published": 7},
        {"id": None, "authors": [None, {"name": 5}], "author": "x", "tags": [5], "language": 1, "summary": {}},
    ],
)
def test_odd_json_items_are_skipped(item: dict[str, Any]) -> None:
    """Parts of a wrong type are left out, not an error."""
    found = one(json.dumps({**JSON_FEED, "items": [item]}))
    assert isinstance(found, Rejection)
    assert found.skipped


def test_half_a_character_in_json_is_replaced() -> None:
    """JSON can write half a character, which nothing can store."""
    item = {"id": "a\ud83d", "url": "https://post.example/\ud83d", "external_url": "https://post.example/1", "title": "A\ud83d"}
    found = link(json.dumps({**JSON_FEED, "items": [item]}))
    assert (found.origin.record_id, found.url, found.title) == ("a?", "https://post.example/1", "A?")

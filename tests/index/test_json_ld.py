"""The schema.org data of pages: broken JSON, several nodes, nodes of other stories."""

import json

import pytest

from index.sources.page import read_page
from index.sources.page_metadata import PageMetadata, read_metadata
from tests.index.made_page import NODE, URL, html, ld


def read(head: str) -> PageMetadata:
    return read_metadata(read_page(html(head), URL))


def published(head: str) -> tuple[str, str] | None:
    found = read(head).published
    return (found.value, found.read_from) if found else None


@pytest.mark.parametrize(
    "kind", ["ReportageNewsArticle", "Article", "BlogPosting", "LiveBlogPosting", "https://schema.org/NewsArticle"]
)
def test_subtypes_count(kind: str) -> None:
    """Subtypes and their full addresses are articles; so is a list of types."""
    assert published(ld({**NODE, "@type": kind})) == ("2025-09-19T09:04+02:00", "JSON-LD datePublished")
    assert published(ld({**NODE, "@type": ["CreativeWork", kind]})) == ("2025-09-19T09:04+02:00", "JSON-LD datePublished")


@pytest.mark.parametrize(
    "script",
    [
        json.dumps({"@graph": [{"@type": "WebSite", "name": "x"}, NODE]}),
        json.dumps([[NODE]]),
        json.dumps({"@type": "WebPage", "mainEntity": NODE}),
        "<!--\n" + json.dumps(NODE) + "\n-->",
        "//<![CDATA[\n" + json.dumps(NODE) + "\n//]]>",
        "/* <![CDATA[ */" + json.dumps(NODE) + "/* ]]> */;",
        json.dumps(NODE).replace("}]", "},]").replace('"inLanguage": "en-GB"}', '"inLanguage": "en-GB",}'),
        json.dumps(NODE).replace("Local", "Lo\ncal\t"),
        json.dumps(NODE).replace('"', "&quot;"),
        json.dumps({"@type": "Organization", "name": "x"}) + "\n" + json.dumps(NODE),
        json.dumps(NODE).replace('"Example Herald"', '"The "Example" Herald"'),
    ],
    ids=[
        "graph",
        "lists",
        "entity",
        "comment",
        "cdata",
        "cdata-in-comments",
        "commas",
        "control",
        "entities",
        "two values",
        "quotes",
    ],
)
def test_broken_json_ld_is_read(script: str) -> None:
    """What pages print around and into their JSON is no hindrance; of JSON beyond mending the plain fields are read."""
    assert published(f'<script type="application/ld+json">{script}</script>') == (
        "2025-09-19T09:04+02:00",
        "JSON-LD datePublished",
    )


@pytest.mark.parametrize(
    "script", ["", "{", "[" * 100_000, "null", "42", '{"@type": 3, "datePublished": {"a": []}}', '"\\ud800"']
)
def test_hopeless_json_ld_is_passed_over(script: str) -> None:
    """Empty, cut off or endlessly nested JSON is no error; other places are read."""
    head = f'<script type="application/ld+json">{script}</script><meta property="article:published_time" content="2025-09-19">'
    assert published(head) == ("2025-09-19", "meta article:published_time")


def test_references_between_nodes_are_followed() -> None:
    """Some sites name people and outlets once and refer to them by `@id`."""
    graph = {"@graph": [
        {**NODE, "author": {"@id": "#jane"}, "publisher": {"@id": "#herald"}},
        {"@type": "Person", "@id": "#jane", "name": "Jane Sample"},
        {"@type": "Organization", "@id": "#herald", "name": "Example Herald"},
    ]}  # fmt: skip
    found = read(ld(graph))
    assert (found.authors, found.publisher) == (("Jane Sample",), "Example Herald")


def test_of_several_nodes_the_pages_own_is_taken() -> None:
    """The node with the page's address wins over the others, else the one with its headline, in whatever order they stand."""
    other = {
        **NODE,
        "headline": "Council votes on bridge",
        "url": "https://news.example.org/local/bridge",
        "datePublished": "2024-01-01",
    }
    assert published(ld(other, {**NODE, "url": f"{URL}/?utm_source=x"})) == ("2025-09-19T09:04+02:00", "JSON-LD datePublished")
    assert published(ld([other, NODE])) == ("2025-09-19T09:04+02:00", "JSON-LD datePublished")


def test_a_node_of_another_story_is_not_taken() -> None:
    """One node with another address and another headline belongs to a related story."""
    other = {**NODE, "headline": "Council votes on bridge", "url": "https://news.example.org/local/bridge"}
    assert published(ld(other)) is None


def test_a_list_of_other_stories_is_not_searched() -> None:
    """Articles inside an ItemList are linked from the page, not on it."""
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": NODE}]}
    assert published(ld(listed)) is None

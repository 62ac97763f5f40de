"""Limits, questions and ids from outside never become SQL, a query of the word index or a path, whatever they hold."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client

FRAGMENTS = (
    "'; DROP TABLE articles; --", "' OR 1=1 --", '" OR "" = "', "%' UNION SELECT sql FROM sqlite_master --",
    "$.title') OR 1=1 --", "publisher:*", "title:(bridge", "bridge AND NOT", "NEAR(a b)", '"bridge', "^bridge", "bridge~9999999",
    "[a TO z]", "/.*/", "\\", "../../keys.json", "..%2f..", "{{7*7}}", "${jndi:ldap://x}", "\x00", "\u202e", "İ", "\ufeff",
    "Harbour Gazette", "bridge", "Norlink",
)  # fmt: skip
WORDS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=20)), min_size=1, max_size=6).map(" ".join)
NAMES = st.one_of(st.sampled_from(("Harbour Gazette", "Coast Courier", *FRAGMENTS)), st.text(min_size=1, max_size=40))
DAYS = st.one_of(
    st.dates().map(str), st.sampled_from(("2025-04-01", "2025-02-30", "2025-4-1", "0000-00-00", "' OR 1=1 --", "٢٠٢٥-٠١-٠١"))
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    WORDS,
    st.sampled_from((10**30, -1)),
)
LIMITS = st.fixed_dictionaries(
    {"question": WORDS},
    optional={"publishers": st.lists(NAMES, max_size=5), "from": DAYS, "to": DAYS, "as_of": DAYS, "k": st.integers(-2, 120)},
)
ANYTHING = st.dictionaries(
    st.sampled_from(
        ("question", "publishers", "from", "to", "as_of", "k", "generator", "stream", "messages", "filter", "where", "id'--")
    ),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.text(max_size=8), SCALARS, max_size=3)),
    max_size=6,
)


def schema(archive: Path) -> list[Any]:
    """Return what the database says of its own tables."""
    with sqlite3.connect(f"file:{archive / 'archive.sqlite'}?mode=ro", uri=True) as database:
        return [*database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"), *database.execute(
            "SELECT count(*) FROM articles"
        )]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def unchanged(archive: Path) -> Iterator[None]:
    """Whatever the tests of this module send, tables and articles are the same after it."""
    before = schema(archive)
    yield
    assert schema(archive) == before


def post(client: httpx2.Client, path: str, body: object) -> httpx2.Response:
    # As JSON of our own: half of a character can be sent so, and not by the client.
    return client.post(path, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


@settings(max_examples=70)
@given(LIMITS)
def test_limits_only_limit(client: httpx2.Client, body: dict[str, Any]) -> None:
    """Refused by name, or the hits are among those of the same question without limits, of the outlets and days asked for."""
    response = post(client, "/v1/search", body)
    assert response.status_code in (200, 422), response.text
    if response.status_code == 422:
        assert response.json()["errors"]
        return
    everything = post(client, "/v1/search", {"question": body["question"], "k": 100}).json()["hits"]
    hits = response.json()["hits"]
    assert {hit["passage_id"] for hit in hits} <= {hit["passage_id"] for hit in everything}
    assert len(hits) <= body.get("k", 8)
    for article in (hit["article"] for hit in hits):
        wanted = {" ".join(name.split()).casefold() for name in body.get("publishers", ())}
        assert not wanted or (article["publisher"] or article["agency"] or "").casefold() in wanted or article["agency"]
        days = [value[:10] for value in (article["published"], article["updated"]) if value]
        assert not body.get("from") or any(day >= body["from"] for day in days)


@settings(max_examples=100)
@given(ANYTHING, st.sampled_from(("/v1/search", "/v1/answer", "/v1/chat/completions")))
def test_any_object_is_answered_or_refused(client: httpx2.Client, body: dict[str, Any], path: str) -> None:
    """Also with names that are no fields, and values of every kind."""
    response = post(client, path, body)
    assert response.status_code < 500, (body, response.text)


@settings(max_examples=50)
@given(st.one_of(WORDS, st.text(max_size=60)), st.sampled_from(("", "/history")))
def test_any_id_is_one_of_an_article_or_of_none(client: httpx2.Client, article_id: str, below: str) -> None:
    """An id is looked up as it is; it is no path and no part of a query."""
    target = "".join(f"%{byte:02x}" for byte in article_id.encode(errors="surrogatepass"))
    response = client.get(f"/v1/articles/{target}{below}")
    assert response.status_code in (200, 307, 400, 404, 405)
    # One that ends in a slash is sent to the path without it, never elsewhere.
    assert response.status_code != 307 or response.headers["location"].startswith(str(client.base_url))


def test_mcp_takes_the_same_for_words(client: httpx2.Client) -> None:
    """Every fragment as query, id, outlet and question: a result or an error of the tool, and the connection goes on."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(f"{client.base_url}/mcp")) as connection:

        def call(tool: str, **given: object) -> Any:
            return portal.call(lambda: connection.call_tool(tool, given))

        everything = {article["article_id"] for article in client.get("/v1/articles").json()["articles"]}
        for fragment in FRAGMENTS:
            found = call("search", query=fragment)
            assert not found.is_error or not fragment.strip("\x00\ufeff \u202e"), fragment
            assert {result["id"] for result in (found.structured_content or {}).get("results", ())} <= everything
            assert call("fetch", id=fragment).is_error
            limited = call("ask", question="How long is the bridge?", publishers=[fragment])
            cited = [] if limited.is_error else limited.structured_content["citations"]
            assert {citation["publisher"] for citation in cited} <= {fragment}
        assert len(call("list_sources").structured_content["sources"]) == 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"question": "x", "k": NaN}',
        b'{"question": "\\ud800"}',
        b'{"question": "x", "k": 1e400}',
        b'{"question": "x", "k": 99999999999999999999}',
        b"[" * 100_000,
        b'{"question": ' * 20_000,
    ],
    ids=["NaN", "half a character", "infinite", "beyond 64 bits", "nested lists", "nested objects"],
)
def test_json_that_breaks_parsers_is_refused(client: httpx2.Client, body: bytes) -> None:
    """Numbers that are none, halves of characters and nesting without end are the client's fault, and told so."""
    for path in ("/v1/search", "/v1/answer", "/v1/articles", "/v1/chat/completions"):
        response = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code in (400, 422), (path, response.text)
        assert response.json()

"""Adding and deleting articles over HTTP: what is acknowledged is stored, what is stored is answered from."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from api.small_batches import SmallBatches
from index.protocols import Embedder
from index.wiring import build_store
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
Serve = Callable[..., AbstractContextManager[httpx2.Client]]

TRAM = (
    "The tram line to Ostmark opened on 3 May 2025. It is 11.4 kilometres long and cost 212 million crowns. "
    "Mayor Ilka Brandt rode in the first carriage, and 6,000 people stood along the line in the rain."
)
PAGE = (
    "<!doctype html><html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{text}</p><p>The council of "
    "Brunnhaven will decide in autumn how the work is paid for, said its chair Ole Farstad on Tuesday evening.</p>"
    "</article></body></html>"
)


class Site:
    """A news site on this machine: pages by path; a page may wait until it is let go."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.held: dict[str, threading.Event] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name is http.server's
                site.asked.append(self.path)
                if self.path in site.held:
                    site.held[self.path].wait(20)
                kind, text = site.pages.get(self.path, ("text/plain", ""))
                changed = self.headers.get("If-None-Match") != '"1"'
                status = 404 if self.path not in site.pages else 200 if changed else 304
                body = text.encode() if status == 200 else b""
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", '"1"')
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, path: str, title: str, text: str) -> str:
        """Put a page on the site; returns its address."""
        self.pages[path] = ("text/html; charset=utf-8", PAGE.format(title=title, text=text))
        return self.origin + path

    def feed(self, path: str, *links: str) -> str:
        """Put a feed that only names pages on the site."""
        items = "".join(f"<item><title>Item {n}</title><link>{link}</link></item>" for n, link in enumerate(links))
        self.pages[path] = ("application/rss+xml", f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>')
        return self.origin + path

    def close(self) -> None:
        """Let go what waits, and stop."""
        for event in self.held.values():
            event.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@pytest.fixture(scope="module")
def serve(embedder: Embedder, serving: Serving, ready: Ready) -> Serve:
    @contextmanager
    def run(folder: Path, pipelines: list[Pipeline] | None = None, **more: Any) -> Iterator[httpx2.Client]:
        """Serve the archive in this folder, loopback sites allowed; gives a client of the ready service."""
        settings = ServiceSettings(data=folder, **{"fetch_private": ("127.0.0.1",), **more})

        def load() -> Pipeline:
            made = build_pipeline(settings, embedder=embedder)
            if pipelines is not None:
                pipelines.append(made)
            return made

        with serving(create_app(settings, load)) as client:
            ready(client)
            yield client

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the archive which the tests of this module fill, and nothing else."""
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def pipelines() -> list[Pipeline]:
    """The pipeline of the service over it, once that is ready."""
    return []


@pytest.fixture(scope="module")
def client(serve: Serve, folder: Path, pipelines: list[Pipeline]) -> Iterator[httpx2.Client]:
    """A client of the service over it."""
    limits = {"max_upload_bytes": 2_000_000, "max_body_bytes": 10_000, "write_wait_seconds": 1.0}
    pages = {"origins": ("https://desk.example",), "public_url": "https://news.example"}
    with serve(folder / "archive", pipelines, **limits, **pages) as made:
        yield made


def add(client: httpx2.Client, **record: object) -> httpx2.Response:
    return client.post("/v1/articles", json=record)


def upload(client: httpx2.Client, content: bytes | str, **query: str) -> dict[str, Any]:
    response = client.post("/v1/ingest", content=content, params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    assert sum(body["counts"].values()) == body["read"] == len(body["entries"])
    return body


def story(subject: str) -> str:
    return (
        f"The {subject} of Lindahl reopened on 9 June 2025 after four years of work. Its keeper, Signe Aarup, counted 731 "
        f"visitors before noon. The {subject} had been closed since a storm broke its eastern wall in 2021."
    )


def test_an_article_that_is_acknowledged_is_answered_from(client: httpx2.Client) -> None:
    """A record is stored under the names that records may have, and the next question finds it."""
    sent = {"headline": "Tram to Ostmark", "source": "Brunnhaven Echo", "byline": "Jo Vik", "date": "2025-05-04", "body": TRAM}
    response = add(client, **sent)
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["outcome"] == "accepted"
    assert "publisher from record field 'source'" in body["reason"]
    assert response.headers["location"] == f"/v1/articles/{body['article_id']}"
    assert body["article"] == client.get(response.headers["location"]).json()
    article = body["article"]
    assert (article["title"], article["publisher"], article["authors"]) == ("Tram to Ostmark", "Brunnhaven Echo", ["Jo Vik"])
    assert (article["published"], article["text"]) == ("2025-05-04", TRAM)
    answer = client.post("/v1/answer", json={"question": "How much did the tram line to Ostmark cost?"}).json()
    assert "212 million crowns" in answer["answer"]
    assert answer["citations"][0]["article_id"] == body["article_id"]


def test_the_same_article_sent_again_is_unchanged(client: httpx2.Client) -> None:
    """A second time is 200 with the same id, also when the record is written in other lines."""
    record = {"title": "Lighthouse", "publisher": "Lindahl Post", "published": "2025-06-10", "text": story("lighthouse")}
    first = add(client, **record)
    again = client.post(
        "/v1/articles", content=json.dumps(record, indent=4), headers={"content-type": "application/json; charset=utf-8"}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["outcome"] == "unchanged"
    assert again.json()["article"] == first.json()["article"]


def test_the_text_of_another_outlet_is_a_duplicate(client: httpx2.Client) -> None:
    """A 409 names the article that is there, which then says where else it was carried."""
    first = add(client, publisher="Lindahl Post", published="2025-06-10", text=story("museum")).json()
    other = {"publisher": "Skagen Bladet", "published": "2025-06-11", "url": "https://example.org/m", "text": story("museum")}
    response = add(client, **other)
    assert response.status_code == 409, response.text
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (problem["article_id"], problem["outcome"]) == (first["article_id"], "duplicate")
    assert first["article_id"] in problem["reason"]
    copies = client.get(f"/v1/articles/{first['article_id']}").json()["also_in"]
    assert [(copy["publisher"], copy["url"]) for copy in copies] == [("Skagen Bladet", "https://example.org/m")]


def test_a_new_version_takes_the_place_of_the_old_one(client: httpx2.Client) -> None:
    """The same address, or the same id of the same outlet, with another text is 200 `updated`; the old text is history."""
    for identity in ({"url": "https://example.org/mill"}, {"id": 17, "publisher": "Lindahl Post"}):
        text = story(f"mill {len(identity)}")
        first = add(client, **identity, published="2025-06-10", text=text).json()
        response = add(client, **identity, published="2025-06-10", text=text.replace("731", "713"))
        body = response.json()
        assert (response.status_code, body["outcome"]) == (200, "updated")
        assert body["article_id"] != first["article_id"]
        assert "713" in body["article"]["text"]
        assert client.get(f"/v1/articles/{first['article_id']}").status_code == 404
        history = client.get(f"/v1/articles/{body['article_id']}/history").json()["versions"]
        assert [version["article_id"] for version in history] == [first["article_id"], body["article_id"]]


def test_an_edited_copy_is_stored_and_named(client: httpx2.Client) -> None:
    """A story that another outlet carries in edited form is 201 `near_duplicate`, with its original in the reason."""
    long = " ".join(story(subject) for subject in ("harbour", "granary", "brewery", "chapel"))
    first = add(client, publisher="Lindahl Post", published="2025-06-10", text=long).json()
    response = add(client, publisher="Skagen Bladet", published="2025-06-11", text=f"{long} It is open daily.")
    assert (response.status_code, response.json()["outcome"]) == (201, "near_duplicate")
    assert first["article_id"] in response.json()["reason"]


def test_articles_of_one_outlet_do_not_replace_each_other(client: httpx2.Client) -> None:
    """Without address and id, different texts are different articles, with and without a publisher."""
    for more in ({"publisher": "Lindahl Post"}, {}):
        texts = ["Ferry Alma sails at six from the northern pier.", "The school in Tved lost its roof to the wind at night."]
        sent = [add(client, **more, title="Notices", text=f"{text} {more}") for text in texts]
        assert [response.json()["outcome"] for response in sent] == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("content", "field", "says"),
    [
        (b"", "body", "not valid JSON"),
        (b"{", "body", "not valid JSON"),
        (b"[]", "body", "must be a JSON object"),
        (b'"text"', "body", "must be a JSON object"),
        (b'{"text": "' + "Grüße".encode("latin-1") + b'"}', "body", "UTF-8"),
        ('{"text": "x"}'.encode("utf-16"), "body", "UTF-8"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body", "nested too deeply"),
        (b"{}", "text", "no `text`"),
        (b'{"title": "Only a title"}', "text", "no `text`"),
        (b'{"url": "https://example.org/a", "title": "x"}', "text", "send its url"),
        (b'{"text": 5}', "text", "must be a string"),
        (b'{"body": ["a"]}', "body", "must be a string"),
        (b'{"text": " \\n "}', "text", "no `text`"),
        (b'{"text": "Some text.", "title": {"x": 1}}', "title", "must be a string"),
        (b'{"text": "Some text.", "author": 7}', "author", "must be a string"),
        (b'{"text": "Some text.", "date": [1]}', "date", "must be a string"),
        (b'{"text": "half \\ud83d of one"}', "text", "half a character"),
        (b'{"text": "x", "title": "%s"}' % (b"t" * 10_001), "title", "longer than 10,000"),
        (b'{"articles": [{"text": "one of a list"}]}', "text", "no `text`"),
        (b'{"url": 5}', "url", "valid string"),
        (b'{"url": ""}', "url", "http"),
        (b'{"url": "/etc/hostname"}', "url", "http"),
        (b'{"url": "file:///etc/hostname"}', "url", "http"),
        (b'{"url": "ftp://example.org/a"}', "url", "http"),
        (b'{"url": "http://u:p@example.org/"}', "url", "password"),
        (b'{"url": "http://10.1.2.3/"}', "url", "not a public address"),
        (b'{"url": "http://169.254.169.254/latest"}', "url", "169.254"),
        (b'{"url": "https://example.org/a", "published": "soon"}', "published", "no date"),
        (b'{"url": "https://example.org/a", "publisher": ""}', "publisher", "at least 1"),
        (b'{"url": "https://example.org/a", "language": 3}', "language", "valid string"),
    ],
)
def test_what_cannot_become_an_article_is_told(client: httpx2.Client, content: bytes, field: str, says: str) -> None:
    """A 422 names the field as it was sent and says what is wrong with it; nothing is stored."""
    before = client.get("/v1/articles").json()["total"]
    response = client.post("/v1/articles", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422, response.text
    problem = response.json()
    assert [error["field"] for error in problem["errors"]] == [field]
    assert says in problem["errors"][0]["message"]
    assert problem["detail"].startswith(f"{field}: ")
    assert client.get("/v1/articles").json()["total"] == before


def test_a_date_that_cannot_be_read_leaves_the_article_undated(client: httpx2.Client) -> None:
    """It is stored, and the reason says which date was not understood."""
    body = add(client, publisher="Lindahl Post", published="the day after", text=story("observatory")).json()
    assert body["outcome"] == "accepted"
    assert "unreadable date 'the day after'" in body["reason"]
    assert body["article"]["published"] is None


def test_html_becomes_text(client: httpx2.Client) -> None:
    """A record may hold HTML, which is parsed like that of files; scripts are no text."""
    body = add(client, publisher="Lindahl Post", html=f"<p>{story('theatre')}</p><script>alert(1)</script>").json()
    assert body["article"]["text"] == story("theatre")


def test_a_page_is_fetched(client: httpx2.Client, site: Site) -> None:
    """An address alone is fetched, what the page does not say is filled; when it has not changed, 200 with its id."""
    url = site.page("/bridge", "Bridge of Tved closes", story("bridge"))
    first = add(client, url=url, published="2025-06-12", language="en")
    assert first.status_code == 201, first.text
    article = first.json()["article"]
    assert (article["title"], article["published"]) == ("Bridge of Tved closes", "2025-06-12")
    assert article["provenance"]["published"] == "option"
    assert article["source"] == url
    again = add(client, url=url)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert again.json()["article_id"] == first.json()["article_id"]
    assert again.json()["article"] == article
    assert "/robots.txt" in site.asked


def test_a_deleted_page_is_fetched_anew(client: httpx2.Client, site: Site) -> None:
    """What the site said at the last visit does not keep out what was deleted since."""
    url = site.page("/well", "Well of Tved", story("well"))
    first = add(client, url=url)
    assert client.delete(f"/v1/articles/{first.json()['article_id']}").status_code == 204
    assert add(client, url=url).status_code == 201


def test_a_page_that_programs_may_not_read_is_not_read(client: httpx2.Client, site: Site) -> None:
    """robots.txt is honoured, and the answer says so."""
    site.pages["/robots.txt"] = ("text/plain", "User-agent: *\nDisallow: /private\n")
    response = add(client, url=site.page("/private/a", "Secret", story("vault")))
    assert response.status_code == 422
    assert "robots.txt" in response.json()["detail"]
    assert "/private/a" not in site.asked


def test_a_feed_gives_a_ledger(client: httpx2.Client, site: Site) -> None:
    """The address of a feed gives an entry for each page that it names, also for one that is not there."""
    links = [site.page(f"/{name}", f"The {name} of Tved", story(name)) for name in ("fountain", "aqueduct")]
    response = add(client, url=site.feed("/feed", *links, f"{site.origin}/gone"))
    assert response.status_code == 200
    body = response.json()
    assert [(entry["source"], entry["outcome"]) for entry in body["entries"]] == [
        (links[0], "accepted"), (links[1], "accepted"), (f"{site.origin}/gone", "failed"),
    ]  # fmt: skip
    assert (body["read"], body["counts"]["accepted"], body["counts"]["failed"]) == (3, 2, 1)


def test_a_file_gives_the_ledger_of_the_command(
    client: httpx2.Client, tmp_path: Path, dateline: Callable[..., Any], records: Path
) -> None:
    """A file that is sent gives what `dateline ingest --json` prints, but for the name that it has there."""
    content = records.read_bytes() + b'{"title": "no text"}\n{broken\n' + records.read_bytes().splitlines()[0] + b"\n"
    file = tmp_path / "news.jsonl"
    file.write_bytes(content)
    printed = json.loads(dateline("ingest", file, "--data", tmp_path / "archive", "--json", "--language", "en").out)
    sent = upload(client, content, name="news.jsonl", language="en")
    shown = json.loads(json.dumps(printed).replace(str(file), "news.jsonl"))
    assert sent == shown
    assert sent["counts"]["failed"] == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x.csv", "x.csv"),
        ("/etc/passwd.csv", "passwd.csv"),
        ("C:\\news\\x.CSV", "x.CSV"),
        ("x\0.csv", "x.csv"),
        ("x\u202ecsv.csv", "xcsv.csv"),
        ("a" * 10_000 + ".csv", "a" * 200),
        ("n\u00e4chste\nZeile.csv", "n\u00e4chsteZeile.csv"),
        ("~root.csv", "~root.csv"),
        ("https://example.org/x.csv", "x.csv"),
    ],
)
def test_a_file_name_is_only_shown(client: httpx2.Client, folder: Path, name: str, shown: str) -> None:
    """Whatever it holds, the name chooses how the file is read, stands in the ledger, and touches no file of that name."""
    body = upload(client, f"one column\n{story('gate')}\n", name=name)
    assert [(entry["source"], entry["outcome"]) for entry in body["entries"]] == [(shown, "failed")]
    assert "column" in body["entries"][0]["reason"], "read as the table that the suffix names"
    assert {path.name for path in folder.iterdir()} == {"archive"}


def test_files_of_one_name_do_not_replace_each_other(client: httpx2.Client) -> None:
    """Two articles that are sent under one name are both kept, however alike; the same one again is unchanged."""
    texts = [story("reservoir").replace("731", count) for count in ("1,204", "1,310")]
    outcomes = [
        upload(client, f"# Report {n}\n\n{text}", name="report.md")["entries"][0]["outcome"] for n, text in enumerate(texts)
    ]
    assert outcomes[0] == "accepted"
    assert outcomes[1] in ("accepted", "near_duplicate")
    assert upload(client, f"# Report 1\n\n{texts[1]}", name="report.md")["entries"][0]["outcome"] == "unchanged"


@pytest.mark.parametrize("name", ["", "..", "/", "../", "\0", "\u202e"])
def test_a_file_without_a_name_is_an_upload(client: httpx2.Client, name: str) -> None:
    """An empty name is shown as `upload`, and the content says how it is read."""
    subject = f"garden {name.encode().hex()}"
    (entry,) = upload(client, story(subject), name=name)["entries"]
    assert (entry["source"], entry["outcome"]) == ("upload", "accepted")


def test_the_type_says_how_to_read_what_has_no_name(client: httpx2.Client) -> None:
    """`Content-Type` chooses the format where the name does not; a packed file is unpacked."""
    rows = b"one column\nvalue\n"
    body = client.post("/v1/ingest", content=rows, headers={"content-type": "text/csv; charset=utf-8"}).json()
    assert "column" in body["entries"][0]["reason"]
    packed = gzip.compress(json.dumps({"title": "Packed", "text": story("archive")}).encode())
    (entry,) = upload(client, packed, name="news.jsonl.gz")["entries"]
    assert (entry["outcome"], entry["title"], entry["position"]) == ("accepted", "Packed", "line 1")


@pytest.mark.parametrize("content", [b"", b"\0\1\2" * 100, b"PK\x03\x04 rest", b"%PDF-1.7 not really"])
def test_a_file_that_holds_no_article_is_in_the_ledger(client: httpx2.Client, content: bytes) -> None:
    """Nothing, and what cannot be read, is an entry with its reason, never an error of the service."""
    body = upload(client, content, name="thing")
    assert body["entries"][0]["outcome"] in ("failed", "skipped")
    assert body["entries"][0]["reason"]


def test_fallbacks_of_a_file_are_checked(client: httpx2.Client) -> None:
    """A date that is none is refused before the file is read; a form is no file."""
    response = client.post("/v1/ingest?published=soon", content=b"x")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"field": "query.published", "message": "is no date that can be read; write it like 2025-09-19"}
    ]
    form = client.post("/v1/ingest", files={"file": ("x.txt", b"x")})
    assert form.status_code == 415
    assert "--data-binary" in form.json()["detail"]


def test_each_path_has_its_own_limit(client: httpx2.Client) -> None:
    """A file may be as large as `max_upload_bytes`, a question still only as large as `max_body_bytes`."""
    assert client.post("/v1/ingest", content=b"x" * 2_000_001).status_code == 413
    pieces = (b"x" * 100_000 for _ in range(21))
    assert client.post("/v1/ingest", content=pieces).status_code == 413
    assert client.post("/v1/ingest", content=b" " * 1_999_000).status_code == 200
    assert add(client, text="x" * 20_000).status_code == 201
    assert add(client, text="x" * 4_000_000).status_code == 413
    assert client.post("/v1/answer", json={"question": "x", "messages": ["x" * 20_000]}).status_code == 413


def test_a_deleted_article_is_not_used_any_more(client: httpx2.Client) -> None:
    """Deleting is 204, again is 404, and no answer and no search finds it."""
    article_id = add(client, publisher="Lindahl Post", text=story("planetarium")).json()["article_id"]
    question = {"question": "When did the planetarium of Lindahl reopen?"}
    assert article_id in client.post("/v1/search", json=question).text
    response = client.delete(f"/v1/articles/{article_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert client.delete(f"/v1/articles/{article_id}").status_code == 404
    assert client.get(f"/v1/articles/{article_id}").status_code == 404
    for path in ("/v1/search", "/v1/answer"):
        assert article_id not in client.post(path, json=question).text


@pytest.mark.parametrize("article_id", ["0123456789abcdef0123", "%00", "%ff", "'--", "..%2f..%2fx"])
def test_what_is_not_there_cannot_be_deleted(client: httpx2.Client, article_id: str) -> None:
    """Unknown ids, of whatever characters, are 404."""
    assert client.delete(f"/v1/articles/{article_id}").status_code == 404


def test_a_service_that_is_not_writable_only_answers(serve: Serve, tmp_path: Path) -> None:
    """With `writable` off all three are 403 before anything is read; reading goes on."""
    with serve(tmp_path, writable=False) as client:
        responses = [
            add(client, text=TRAM),
            client.post("/v1/ingest", content=TRAM),
            client.delete("/v1/articles/0123456789abcdef0123"),
        ]
        assert [response.status_code for response in responses] == [403, 403, 403]
        assert all("writable" in response.json()["detail"] for response in responses)
        assert client.get("/v1/articles").json()["total"] == 0


def test_web_pages_of_other_addresses_may_not_write(client: httpx2.Client) -> None:
    """A request that a foreign page makes a browser send is 403; the service's own page and named ones may write."""
    own = str(client.base_url).rstrip("/")
    allowed = {"https://desk.example": 200, "https://news.example": 200, own: 200}
    refused = dict.fromkeys(
        (
            "https://evil.example",
            "null",
            own.replace("127.0.0.1", "localhost"),
            "http://desk.example",
            "http://127.0.0.1.evil.example:80",
            "http://[",
        ),
        403,
    )
    for origin, status in (allowed | refused).items():
        headers = {"origin": origin, "content-type": "text/plain"}
        assert client.post("/v1/ingest", content=TRAM, headers=headers).status_code == status, origin
        if status == 403:
            assert client.delete("/v1/articles/0123456789abcdef0123", headers=headers).status_code == 403


def test_only_json_is_taken_for_an_article(client: httpx2.Client) -> None:
    """A form or a plain text, which browsers send without asking, is 415."""
    response = client.post("/v1/articles", content=json.dumps({"text": TRAM}), headers={"content-type": "text/plain"})
    assert response.status_code == 415
    assert "application/json" in response.json()["detail"]


def test_others_wait_their_turn_and_questions_do_not(client: httpx2.Client, site: Site) -> None:
    """While a page is slow to come, a question is answered, another article is 503 in time, and is stored when tried again."""
    url = site.page("/slow", "Slow page", story("tower"))
    site.held["/slow"] = threading.Event()
    assert add(client, publisher="Lindahl Post", text=story("cinema")).status_code == 201
    slow: list[httpx2.Response] = []
    thread = threading.Thread(target=lambda: slow.append(add(client, url=url)))
    thread.start()
    wait_for(lambda: "/slow" in site.asked)
    answer = client.post("/v1/answer", json={"question": "Who is the keeper of the cinema of Lindahl?"}).json()
    assert "Signe Aarup" in answer["answer"]
    busy = add(client, publisher="Lindahl Post", text=story("castle"))
    assert busy.status_code == 503
    assert int(busy.headers["retry-after"]) > 0
    site.held["/slow"].set()
    thread.join(20)
    assert slow[0].status_code == 201
    assert add(client, publisher="Lindahl Post", text=story("castle")).status_code == 201


def test_what_a_client_that_leaves_had_stored_stays(client: httpx2.Client, site: Site, folder: Path) -> None:
    """When the client goes in the middle of a feed, pages that were read are stored, the others are never asked for."""
    links = [site.page(f"/{name}", f"The {name} of Tved", story(name)) for name in ("quarry", "sawmill", "tannery")]
    site.held["/sawmill"] = threading.Event()
    feed = site.feed("/feed", *links)
    body = json.dumps({"url": feed}).encode()
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port)) as raw:
        raw.sendall(
            b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        wait_for(lambda: "/sawmill" in site.asked)
    time.sleep(0.2)  # the service learns that the connection is closed
    site.held["/sawmill"].set()
    assert add(client, publisher="Lindahl Post", text=story("ferry")).status_code == 201
    titles = {article["title"] for article in client.get("/v1/articles").json()["articles"]}
    assert "The quarry of Tved" in titles
    assert "/tannery" not in site.asked
    store = build_store(ServiceSettings(data=folder / "archive"))
    outcomes = {row.entry.source: row.entry.outcome for row in store.ledger()}
    store.close()
    assert outcomes[links[0]] == "accepted"
    assert links[2] not in outcomes


def test_a_full_disk_is_told_and_ends(client: httpx2.Client, pipelines: list[Pipeline]) -> None:
    """With no room to grow, writing is 507 with what to do, reading goes on, and room is used without a restart."""
    assert add(client, publisher="Lindahl Post", text=story("stadium")).status_code == 201
    database: Any = pipelines[0].store._database  # type: ignore[attr-defined]
    (pages,) = database.one("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count = {pages}")
    long = " ".join(story(f"room {number}") for number in range(20))
    full = add(client, publisher="Lindahl Post", text=long)
    assert full.status_code == 507, full.text
    assert "free some space" in full.json()["detail"]
    answer = client.post("/v1/answer", json={"question": "Who is the keeper of the stadium of Lindahl?"}).json()
    assert "Signe Aarup" in answer["answer"]
    database.rows("PRAGMA max_page_count = 1000000")
    assert add(client, publisher="Lindahl Post", text=long).status_code == 201


def test_a_locked_archive_is_told(client: httpx2.Client, pipelines: list[Pipeline]) -> None:
    """While another process writes for long, deleting and adding are 503 with when to try again."""
    article_id = add(client, publisher="Lindahl Post", text=story("bakery")).json()["article_id"]
    database: Any = pipelines[0].store._database  # type: ignore[attr-defined]
    database._connection.set_busy_timeout(50)
    with database.another().writing(changes=False):
        responses = [add(client, text=story("barn")), client.delete(f"/v1/articles/{article_id}")]
    for response in responses:
        assert response.status_code == 503
        assert "locked" in response.json()["detail"]
        assert int(response.headers["retry-after"]) > 0
    assert add(client, text=story("barn")).status_code == 201


def test_nothing_acknowledged_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    """After SIGKILL right behind a 201, the article is there when the archive is opened again."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(tmp_path / "archive")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env=os.environ) as process:
        try:
            assert process.stderr is not None
            url = next(match[0] for line in process.stderr if (match := re.search(r"http://[\d.:]+", line)))
            with httpx2.Client(base_url=url, timeout=30) as client:
                wait_for(lambda: client.get("/readyz").status_code == 200)
                response = add(client, publisher="Brunnhaven Echo", text=TRAM)
                process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
    assert response.status_code == 201
    store = build_store(ServiceSettings(data=tmp_path / "archive"))
    try:
        assert store.article(response.json()["article_id"]).text == TRAM
        assert [row.entry.outcome for row in store.ledger()] == ["accepted"]
    finally:
        store.close()


def test_stopping_stores_what_was_read(serve: Serve, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A service that is stopped in the middle of a feed stores the pages that it has, asks for no more, and closes in order."""
    links = [site.page(f"/{name}", f"The {name} of Tved", story(name)) for name in ("kiln", "forge", "dairy")]
    site.held["/forge"] = threading.Event()
    feed = site.feed("/feed", *links)

    def send(client: httpx2.Client) -> None:
        with suppress(httpx2.HTTPError):  # the connection ends with the service
            add(client, url=feed)

    with serve(tmp_path) as client, httpx2.Client(base_url=client.base_url, timeout=30) as other:
        thread = threading.Thread(target=send, args=(other,))
        thread.start()
        wait_for(lambda: "/forge" in site.asked)
        threading.Timer(3, site.held["/forge"].set).start()  # after the service gave up waiting for the request
    thread.join(20)
    store = build_store(ServiceSettings(data=tmp_path))
    titles = {article.title for article in store.articles()}
    store.close()
    assert "The kiln of Tved" in titles
    assert "/dairy" not in site.asked
    assert "unexpected error" not in capsys.readouterr().out


def test_small_batches_embed_the_same(embedder: Embedder) -> None:
    """Passages that are embedded a few at a time have the vectors and as many signs as those embedded together, in order."""
    texts = [f"{story(name)} {TRAM * (number % 3)}" for number, name in enumerate("abcdefghijk")]
    small, alone = SmallBatches(embedder), embedder
    rows, signs = small.embed_with_signs(texts)
    expected, expected_signs = alone.embed_with_signs(texts)
    assert ((rows * expected).sum(axis=1) > 0.999).all()
    assert [len(sign) for sign in signs] == [len(sign) for sign in expected_signs]
    assert (small.name, small.dimension, small.embed_passages([]).shape) == (alone.name, alone.dimension, (0, alone.dimension))


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is so, 20 seconds at most."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)

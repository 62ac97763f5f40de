"""Reading what a user named: files and web addresses in order, feeds with the pages they name, and visits that change nothing."""

import gzip
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index.embedding import SentenceTransformerEmbedder
from index.errors import ReadingStopped
from index.ingest import Fallbacks, Ingest, IngestReport
from index.local.store import LocalStore
from index.sources.fetch import Fetcher
from index.sources.reading import MOST_LINKS, Reader
from index.types import Article

Site = Any  # conftest's; with importlib's import mode tests cannot import it
Run = Callable[..., IngestReport]

FERRY = (
    "The ferry between Example Town and Sandholm will sail every hour from Monday, the harbour board said. "
    "It has sailed every two hours since the old pier burned down in spring. The board expects 4,100 passengers a day, "
    "a third more than last year, and has hired nine sailors. Tickets stay at their price until winter."
)
HIVES = (
    "Beekeepers in the Sandholm valley counted 2,300 hives this summer, the most since counting began. "
    "A mild winter and late mowing helped, said the valley's beekeepers' club, which sends a member to every farm in June. "
    "The honey will be sold at the autumn market. Last year the club counted 1,900 hives, and a wet May had cost many swarms."
)


def page(title: str, text: str, day: str = "2025-09-19T09:04:00+02:00", more: str = "") -> bytes:
    """Return a news page with its facts in JSON-LD."""
    facts = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "datePublished": day,
        "publisher": {"@type": "Organization", "name": "Dateline Sample Desk"},
        "author": {"@type": "Person", "name": "Jane Sample"},
    }  # fmt: skip
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in text.rstrip(".").split(". "))
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>"
        f"<script type='application/ld+json'>{json.dumps(facts)}</script>"
        f"</head><body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{paragraphs}{more}</article></body></html>"
    ).encode()


def feed(site: Site, *entries: tuple[str, str]) -> bytes:
    """Return a feed that names pages without giving their text."""
    items = "".join(
        f"<item><title>{title}</title><link>{site.origin}{path}</link><guid>{path}</guid>"
        "<description>Read more on our page.</description><pubDate>Fri, 19 Sep 2025 09:04:00 +0200</pubDate></item>"
        for path, title in entries
    )
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>Dateline Sample Desk</title>{items}</channel></rss>"
    ).encode()


def serve(site: Site, path: str, body: bytes, tag: str, kind: str = "text/html") -> str:
    """Serve a body that is not sent again to who knows its tag."""

    def reply(headers: dict[str, str]) -> Iterable[bytes]:
        if headers.get("if-none-match") == tag:
            yield f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        else:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nETag: {tag}\r\nContent-Length: {len(body)}\r\n\r\n"
            yield head.encode() + body

    site.pages[path] = reply
    return str(site.origin + path)


@pytest.fixture
def open_reader(store: LocalStore, embedder: SentenceTransformerEmbedder) -> Iterator[Callable[..., Reader]]:
    opened: list[Reader] = []

    def start(parsers: int = 2) -> Reader:
        opened.append(
            Reader(
                fetcher=Fetcher(allowed=["127.0.0.1"], seconds=5), embed=embedder.embed_passages, passage_tokens=168,
                last_visit=store.last_visit, parsers=parsers,
            )
        )  # fmt: skip
        return opened[-1]

    yield start
    for reader in opened:
        reader.close()


@pytest.fixture
def run(store: LocalStore, embedder: SentenceTransformerEmbedder, open_reader: Callable[..., Reader]) -> Run:
    reader = open_reader()

    def ingest(*sources: str | Path) -> IngestReport:
        running = Ingest(store=store, embedder=embedder, prepare=reader.prepare)
        return running.run(reader.read([str(source) for source in sources]), Fallbacks(), sources=[str(s) for s in sources])

    return ingest


def outcomes(report: IngestReport) -> list[tuple[str, str]]:
    return [(entry.source.rsplit("/", 1)[-1], entry.outcome) for entry in report.entries]


def test_a_feed_is_polled_and_one_story_was_updated(site: Site, run: Run, store: LocalStore) -> None:
    """The pages that a feed names are read; the second poll sees the one that changed, and its history says how."""
    ferry = serve(site, "/ferry", page("Ferry to sail hourly", FERRY), '"f1"')
    hives = serve(site, "/hives", page("More hives than ever", HIVES), '"h1"')
    address = serve(site, "/feed.xml", feed(site, ("/ferry", "Ferry"), ("/hives", "Hives")), '"1"', "application/rss+xml")
    assert outcomes(run(address)) == [("ferry", "accepted"), ("hives", "accepted")]
    (article,) = (a for a in store.articles() if a.url == ferry)
    assert (article.title, article.publisher, article.authors) == (
        "Ferry to sail hourly",
        "Dateline Sample Desk",
        ("Jane Sample",),
    )
    assert article.published is not None
    assert (article.published.value, article.published.precision) == ("2025-09-19T09:04+02:00", "minute")
    assert article.fetched is not None
    assert [(entry.outcome, entry.reason) for entry in run(address).entries] == [
        ("unchanged", "not modified since the last visit")
    ]

    before = len(site.asked)
    changed = FERRY.replace("4,100 passengers", "4,700 passengers")
    serve(site, "/ferry", page("Ferry to sail hourly", changed), '"f2"')
    serve(site, "/feed.xml", feed(site, ("/ferry", "Ferry, updated"), ("/hives", "Hives")), '"2"', "application/rss+xml")
    assert outcomes(run(address)) == [("ferry", "updated"), ("hives", "unchanged")]
    assert site.asked[before:] == ["/feed.xml", "/ferry", "/hives"]
    old, new = store.history(article.article_id)
    assert ("4,100" in old.article.text, "4,700" in new.article.text) == (True, True)
    assert (old.current, new.current) == (False, True)
    assert {a.url for a in store.articles()} == {ferry, hives}


def test_a_feed_that_holds_the_text_is_not_followed(site: Site, run: Run, store: LocalStore) -> None:
    """A feed with whole articles is read without asking for a page, and they have the feed's identity and dates."""
    entries = "".join(
        f"<entry><id>tag:example.org,2025:{n}</id><title>Story {n}</title><link href='{site.origin}/{n}'/>"
        f"<published>2025-09-1{n}T08:00:00Z</published><content type='html'>&lt;p&gt;{text}&lt;/p&gt;</content></entry>"
        for n, text in ((1, FERRY), (2, HIVES))
    )
    body = f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Desk</title>{entries}</feed>".encode()
    report = run(serve(site, "/atom", body, '"1"', "application/atom+xml"))
    assert [(entry.position, entry.outcome) for entry in report.entries] == [("entry 1", "accepted"), ("entry 2", "accepted")]
    assert [path for path in site.asked if path != "/robots.txt"] == ["/atom"]
    assert {a.text for a in store.articles()} == {FERRY, HIVES}
    assert {a.dated.value for a in store.articles() if a.dated} == {"2025-09-11T08:00+00:00", "2025-09-12T08:00+00:00"}


def test_what_failed_is_asked_for_again(site: Site, run: Run) -> None:
    """A feed one of whose pages could not be read is not taken as visited: the next poll reads that page."""
    serve(site, "/ferry", page("Ferry to sail hourly", FERRY), '"f1"')
    address = serve(site, "/feed.xml", feed(site, ("/ferry", "Ferry"), ("/gone", "Gone")), '"1"', "application/rss+xml")
    assert outcomes(run(address)) == [("ferry", "accepted"), ("gone", "failed")]
    serve(site, "/gone", page("More hives than ever", HIVES), '"g1"')
    assert outcomes(run(address)) == [("ferry", "unchanged"), ("gone", "accepted")]
    assert outcomes(run(address)) == [("feed.xml", "unchanged")]


def test_of_a_feed_without_end_the_first_pages_are_read(site: Site, run: Run) -> None:
    """The rest is one line that says how many there are; what was read is not read again before the feed changes."""
    site.answer("/robots.txt", b"User-agent: *\nDisallow: /none\n")
    serve(site, "/hives", page("More hives than ever", HIVES), '"h1"')
    named = [("/hives", "Hives"), *((f"/none/{number}", "None") for number in range(MOST_LINKS + 40))]
    address = serve(site, "/feed.xml", feed(site, *named), '"1"', "application/rss+xml")
    report = run(address)
    assert outcomes(report)[0] == ("hives", "accepted")
    assert outcomes(report)[1:-1] == [(f"{number}", "skipped") for number in range(MOST_LINKS - 1)]
    last = report.entries[-1]
    assert (last.source, last.position, last.outcome) == (address, f"after entry {MOST_LINKS}", "skipped")
    assert (last.reason or "").startswith(f"41 more pages were not read: the feed names {MOST_LINKS + 41}")
    assert outcomes(run(address)) == [("feed.xml", "unchanged")]


def test_a_feed_that_a_feed_names_is_one_line(site: Site, run: Run) -> None:
    """However many pages it names itself."""
    serve(site, "/inner.xml", feed(site, ("/a", "A"), ("/b", "B"), ("/c", "C")), '"1"', "application/rss+xml")
    report = run(serve(site, "/feed.xml", feed(site, ("/inner.xml", "Inner")), '"1"', "application/rss+xml"))
    assert outcomes(report) == [("inner.xml", "skipped")]
    assert report.entries[0].reason == "a feed that another feed names is not followed"


def test_a_deleted_article_is_read_again(site: Site, run: Run, store: LocalStore) -> None:
    """Deleting an article makes its address new: that the site has nothing newer is no reason not to read it."""
    address = serve(site, "/ferry", page("Ferry to sail hourly", FERRY), '"f1"')
    (entry,) = run(address).entries
    assert entry.article_id is not None
    store.delete(entry.article_id)
    assert outcomes(run(address)) == [("ferry", "accepted")]


def test_what_may_not_be_read_is_skipped(site: Site, run: Run) -> None:
    """A page that robots.txt keeps back is skipped, one that is not there failed; each says why, and the rest goes on."""
    site.answer("/robots.txt", b"User-agent: *\nDisallow: /private\n")
    site.answer("/private", page("Ferry", FERRY))
    hives = serve(site, "/hives", page("More hives than ever", HIVES), '"h1"')
    report = run(f"{site.origin}/private", f"{site.origin}/none", hives)
    assert outcomes(report) == [("private", "skipped"), ("none", "failed"), ("hives", "accepted")]
    assert "robots.txt" in (report.entries[0].reason or "")
    assert "404" in (report.entries[1].reason or "")


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "http://169.254.169.254/latest", "file:///etc/hostname", "ftp://x/"])
def test_no_other_way_out(run: Run, address: str) -> None:
    """What is not public, or no web address, costs one ledger row with the reason."""
    (entry,) = run(address).entries
    assert entry.outcome == "failed"
    assert entry.reason


def test_files_and_addresses_come_in_the_order_named(site: Site, run: Run, tmp_path: Path) -> None:
    """Several parsers work ahead, and what they read is in the ledger in the order in which it was named."""
    for number in range(7):
        (tmp_path / f"{number}.txt").write_text(f"Ferry number {number} left Sandholm at noon with sheep on board.\n")
    address = serve(site, "/hives", page("More hives than ever", HIVES), '"h1"')
    report = run(tmp_path / "6.txt", address, *(tmp_path / f"{n}.txt" for n in range(6)))
    assert outcomes(report) == [("6.txt", "accepted"), ("hives", "accepted"), *((f"{n}.txt", "accepted") for n in range(6))]


def test_a_teaser_in_a_saved_feed_is_named(site: Site, run: Run, tmp_path: Path) -> None:
    """A feed in a file leads to no request; what it only names is skipped, with its address."""
    saved = tmp_path / "feed.xml"
    saved.write_bytes(feed(site, ("/ferry", "Ferry")))
    (entry,) = run(saved).entries
    assert (entry.outcome, entry.position) == ("skipped", "entry 1")
    assert f"{site.origin}/ferry" in (entry.reason or "")
    assert site.asked == []


def test_reading_can_be_stopped(open_reader: Callable[..., Reader], tmp_path: Path) -> None:
    """After `stop` no further item comes, however much there is."""
    records = tmp_path / "records.jsonl.gz"
    with gzip.open(records, "wt") as file:
        file.writelines(json.dumps({"text": f"Ferry {os.urandom(1000).hex()} left."}) + "\n" for n in range(1000))
    reader = open_reader(1)
    items = reader.read([str(records)])
    assert isinstance(next(items), Article)
    assert 0 <= reader.progress < 1
    reader.stop()
    with pytest.raises(ReadingStopped):
        next(items)


def test_only_the_article_that_came_last_can_be_prepared(open_reader: Callable[..., Reader], tmp_path: Path) -> None:
    """Passages are cut in the process that holds the article, so another one is refused."""
    (tmp_path / "a.txt").write_text(f"{FERRY}\n")
    (tmp_path / "b.txt").write_text(f"{HIVES}\n")
    reader = open_reader()
    items = reader.read([str(tmp_path)])
    first = next(items)
    assert isinstance(first, Article)
    assert "".join(p.text for p in reader.prepare(first).passages) == FERRY
    second = next(items)
    assert isinstance(second, Article)
    with pytest.raises(ValueError, match="yielded last"):
        reader.prepare(first)
    assert reader.prepare(second).sketch
    with pytest.raises(ValueError, match="yielded last"):
        reader.prepare(second)

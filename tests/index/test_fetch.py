"""Fetching: what comes back of a page, redirects, conditional requests, errors of the site."""

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from index.errors import SourceError
from index.sources.fetch import Disallowed, Fetcher, FetchError, Validators
from index.types import NewsDate

Site = Any  # conftest's; with importlib's import mode tests cannot import it
PAGE = b"<p>Example Town opened its third library on Monday.</p>"


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    opened = Fetcher(allowed=["127.0.0.1"], seconds=5)
    yield opened
    opened.close()


def test_a_page_comes_back_with_what_the_site_says_of_it(site: Site) -> None:
    """Content, type, character set, validators and the minute of the fetch in UTC."""
    url = site.answer("/a?b=c", PAGE, Content_Type='Text/HTML; Charset="ISO-8859-1"', ETag='"v1"', Last_Modified="Monday")
    noon = datetime(2025, 9, 19, 12, 4, 59, tzinfo=timezone(timedelta(hours=3)))
    page = Fetcher(allowed=["127.0.0.1"], now=lambda: noon).fetch(f" {url}#top ")
    assert (page.url, page.content, page.not_modified) == (url, PAGE, False)
    assert (page.content_type, page.charset) == ("text/html", "iso-8859-1")
    assert page.validators == Validators(etag='"v1"', last_modified="Monday")
    assert page.fetched == NewsDate(value="2025-09-19T09:04+00:00", precision="minute", read_from="fetch")


def test_the_time_is_now_unless_another_clock_is_given(site: Site, fetcher: Fetcher) -> None:
    """Without a clock of its own the fetcher reads the machine's."""
    fetched = datetime.fromisoformat(fetcher.fetch(site.answer("/a", PAGE)).fetched.value)
    assert abs(datetime.now(UTC) - fetched) < timedelta(minutes=2)


@pytest.mark.parametrize(
    ("stated", "kind", "charset"),
    [
        (None, None, None),
        ("text/html", "text/html", None),
        ("application/rss+xml;charset=utf-8", "application/rss+xml", "utf-8"),
        ("text/html; boundary=x; charset='windows-1251'", "text/html", "windows-1251"),
        ("html", None, None),
        ("; charset=utf-8", None, "utf-8"),
    ],
)
def test_a_type_that_is_not_stated_is_none(
    site: Site, fetcher: Fetcher, stated: str | None, kind: str | None, charset: str | None
) -> None:
    """The type is what the site says, never a guess from the content."""
    page = fetcher.fetch(site.answer("/a", PAGE, **({"Content_Type": stated} if stated else {})))
    assert (page.content_type, page.charset) == (kind, charset)


def test_a_request_says_who_asks_and_carries_nothing_else(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cookie that was set comes back, no proxy of the environment is used, no page is named as the one we come from."""
    proxy = socket.create_server(("127.0.0.1", 0))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
    fetcher = Fetcher(allowed=["127.0.0.1"], seconds=5)
    for path in ("/a", "/b"):
        fetcher.fetch(site.answer(path, PAGE, Set_Cookie="reader=7"))
    proxy.close()
    for headers in site.headers:
        assert headers["host"] == f"127.0.0.1:{site.port}"
        assert headers["user-agent"].startswith("Dateline")
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert site.asked == ["/robots.txt", "/a", "/b"]


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site, fetcher: Fetcher) -> None:
    """Validators go out as conditions; 304 comes back without content, with the validators that still hold."""
    known = Validators(etag='W/"v1"', last_modified="Fri, 19 Sep 2025 09:04:00 GMT")
    page = fetcher.fetch(site.answer("/a", status="304 Not Modified", ETag='W/"v2"'), validators=known)
    assert (page.not_modified, page.content) == (True, b"")
    assert page.validators == Validators(etag='W/"v2"', last_modified=known.last_modified)
    assert (site.headers[-1]["if-none-match"], site.headers[-1]["if-modified-since"]) == (known.etag, known.last_modified)


def test_validators_that_cannot_stand_in_a_header_are_left_out(site: Site, fetcher: Fetcher) -> None:
    """A line break in what was stored is no way to add a header; nothing is asked on condition then."""
    bad = Validators(etag='"v1"\r\nX-Other: 1', last_modified="ö")
    assert not fetcher.fetch(site.answer("/a", PAGE), validators=bad).not_modified
    assert set(site.headers[-1]) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    with pytest.raises(FetchError, match="answered 304 Not Modified"):
        fetcher.fetch(site.answer("/b", status="304 Not Modified"), validators=bad)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_to_the_page(site: Site, start_site: Callable[..., Site], fetcher: Fetcher, status: int) -> None:
    """Relative and absolute, over two sites; the page's URL is where it was found."""
    other = start_site()
    first = site.answer("/a/b", status=f"{status} Moved", Location="../c?d=é#e")
    site.answer("/c?d=%C3%A9", status=f"{status} Moved", Location=other.answer("/f", PAGE))
    page = fetcher.fetch(first)
    assert (page.url, page.content) == (f"{other.origin}/f", PAGE)
    assert site.asked == ["/robots.txt", "/a/b", "/c?d=%C3%A9"]


def test_five_redirects_are_followed_and_six_are_not(site: Site, fetcher: Fetcher) -> None:
    """The limit is said in the reason, with where it ended."""
    site.answer("/6", PAGE)
    for step in range(6):
        site.answer(f"/{step}", status="302 Found", Location=f"/{step + 1}")
    assert fetcher.fetch(f"{site.origin}/1").content == PAGE
    with pytest.raises(FetchError, match="more than 5 redirects") as error:
        fetcher.fetch(f"{site.origin}/0")
    assert str(error.value).startswith(f"{site.origin}/0: ")
    assert str(error.value).endswith(f"(redirected to {site.origin}/5)")


def test_a_circle_of_redirects_ends(site: Site, fetcher: Fetcher) -> None:
    """At the second sight of a URL, not after the limit."""
    site.answer("/b", status="302 Found", Location="/a")
    with pytest.raises(FetchError, match="in a circle"):
        fetcher.fetch(site.answer("/a", status="302 Found", Location="/b"))
    assert site.asked == ["/robots.txt", "/a", "/b"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("400 Bad Request", "it answered 400 Bad Request"),
        ("401 Unauthorized", "it answered 401 Unauthorized; it wants a login; save the page in a browser and add the file"),
        ("403 Forbidden", "it answered 403 Forbidden; it turns programs away; save the page in a browser and add the file"),
        ("404 Nope", "it answered 404 Not Found; check the address"),
        ("418 Teapot", "it answered 418 I'm a Teapot"),
        ("500 Internal Server Error", "it answered 500 Internal Server Error; try again later"),
        ("599 Odd", "it answered 599; try again later"),
        ("204 No Content", "it answered 204 No Content"),
        ("206 Partial Content", "it answered 206 Partial Content"),
        ("300 Multiple Choices", "it answered 300 Multiple Choices"),
        ("302 Found", "it answered 302 Found without saying where to go"),
        ("304 Not Modified", "it answered 304 Not Modified"),
    ],
)
def test_an_answer_that_is_no_page_is_an_error_in_words(site: Site, fetcher: Fetcher, status: str, reason: str) -> None:
    """The message names the URL, the status in its usual words and what to do, and it is a SourceError."""
    url = site.answer("/a", b"an error page", status=status)
    with pytest.raises(SourceError) as error:
        fetcher.fetch(url)
    assert str(error.value) == f"{url}: {reason}"
    assert not isinstance(error.value, Disallowed)


@pytest.mark.parametrize(("wait", "times"), [("0", 2), ("6", 1), ("soon", 1), ("9" * 5_000, 1), ("", 1)])
def test_a_busy_site_is_tried_again_once_if_it_asks_for_a_short_wait(site: Site, fetcher: Fetcher, wait: str, times: int) -> None:
    """`Retry-After` of at most five seconds; anything else is the answer."""
    url = site.answer("/a", status="503 Service Unavailable", Retry_After=wait)
    with pytest.raises(FetchError, match="503 Service Unavailable"):
        fetcher.fetch(url)
    assert site.asked.count("/a") == times


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        pytest.param("gzip", gzip.compress(PAGE), id="gzip"),
        pytest.param("X-GZIP", gzip.compress(PAGE), id="old name"),
        pytest.param("gzip", gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:]), id="two members"),
        pytest.param("gzip", gzip.compress(PAGE) + b"\0" * 512, id="padding"),
        pytest.param("identity, gzip", gzip.compress(PAGE), id="two encodings"),
        pytest.param("deflate", zlib.compress(PAGE), id="deflate"),
        pytest.param("deflate", zlib.compress(PAGE)[2:-4], id="deflate without a header"),
        pytest.param("identity", PAGE, id="none"),
    ],
)
def test_compression_is_undone(site: Site, fetcher: Fetcher, encoding: str, sent: bytes) -> None:
    """Also in several members, with padding after it, and deflate with and without its header, byte by byte."""
    assert fetcher.fetch(site.answer("/a", sent, Content_Encoding=encoding)).content == PAGE
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    site.pages["/b"] = head + b"".join(b"1\r\n%c\r\n" % byte for byte in sent) + b"0\r\n\r\n"
    assert fetcher.fetch(f"{site.origin}/b").content == PAGE


def test_several_threads_may_use_one_fetcher(site: Site, fetcher: Fetcher) -> None:
    """Each gets its own page."""
    found: dict[int, bytes] = {}
    for number in range(8):
        site.answer(f"/{number}", b"page %d" % number)
    threads = [
        threading.Thread(target=lambda n=number: found.update({n: fetcher.fetch(f"{site.origin}/{n}").content}))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: b"page %d" % number for number in range(8)}

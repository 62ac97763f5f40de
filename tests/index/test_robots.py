"""robots.txt: what it forbids, what an error of the site means, how long it is remembered, and pauses between requests."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.fetch import Disallowed, Fetcher, FetchError
from index.sources.robots import Robots, Rules, Unread, read_rules
from index.sources.targets import read_target

Site = Any  # conftest's; with importlib's import mode tests cannot import it
PAGE = b"<p>Example Town opened its third library on Monday.</p>"
NEWS = "http://news.example"


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(allowed=["127.0.0.1"], seconds=5)


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /private", "/a", True),
        ("User-agent: *\nDisallow: /\nAllow: /news", "/news/a", True),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /ö", "/%C3%B6", False),
        ("User-agent: Dateline\nDisallow: /", "/a", False),
        ("user-agent: DATELINE\ndisallow: /", "/a", False),
        ("User-agent: Dateline/1.0\nDisallow: /", "/a", False),
        ("User-agent: Dateline # not them\nDisallow: /", "/a", False),
        ("User-agent: Other\nUser-agent: Dateline\nDisallow: /", "/a", False),
        ("User-agent: Other\nDisallow: /", "/a", True),
        ("User-agent: Date\nDisallow: /", "/a", True),
        ("User-agent: Dateline-Images\nDisallow: /", "/a", True),
        ("User-agent: *bot\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Dateline\nDisallow: /private", "/a", True),
        ("User-agent: Dateline\nDisallow: /private\n\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: *\nUser-agent: Other\nDisallow: /", "/a", False),
        ("User-agent:\nDisallow: /", "/a", True),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("<html><body>User-agent: none of this</body></html>", "/a", True),
        ("\x00\x01\x02", "/a", True),
    ],
)
def test_the_group_for_us_or_else_for_all_decides(robots: str, path: str, allowed: bool) -> None:  # noqa: FBT001
    """RFC 9309: our name in whole and in any case, the longest rule, wildcards and the end of the path."""
    rules = read_rules(NEWS, 200, robots.encode())
    refusal = rules.refusal(read_target(NEWS + path))
    assert (refusal is None) == allowed
    assert allowed or "robots.txt (http://news.example/robots.txt) does not let programs read it" in str(refusal)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 451])
def test_a_site_without_a_robots_file_allows_everything(status: int) -> None:
    """RFC 9309, section 2.3.1.3: unavailable is not forbidden."""
    assert read_rules(NEWS, status, b"User-agent: *\nDisallow: /").refusal(read_target(f"{NEWS}/a")) is None


@pytest.mark.parametrize(("status", "words"), [(429, "429 Too Many Requests"), (500, "500 Internal Server Error"), (599, "599")])
def test_a_site_out_of_order_allows_nothing(status: int, words: str) -> None:
    """RFC 9309, section 2.3.1.4; the reason says what was answered."""
    refusal = read_rules(NEWS, status, b"").refusal(read_target(f"{NEWS}/a"))
    assert refusal is not None
    assert f"answered {words}, and while it cannot be read" in refusal


@given(st.binary(max_size=2_000))
def test_any_bytes_can_be_read(content: bytes) -> None:
    """Nothing that a site sends as its robots.txt raises."""
    rules = read_rules(NEWS, 200, b"User-agent: *\n" + content)
    rules.refusal(read_target(f"{NEWS}/a"))
    assert 0 <= rules.delay <= 10


def test_a_file_of_many_names_and_rules_takes_no_longer_than_another() -> None:
    """Protego alone takes the product of names and rules, in time and in memory: here 9 million."""
    names, rules = "".join(f"User-agent: a{n}\n" for n in range(3_000)), "".join(f"Disallow: /{n}\n" for n in range(3_000))
    began = time.monotonic()
    assert read_rules(NEWS, 200, f"{names}User-agent: *\n{rules}".encode()).refusal(read_target(f"{NEWS}/2999")) is not None
    assert time.monotonic() - began < 5


def test_a_line_of_blanks_takes_no_longer_than_another() -> None:
    """It took minutes: each blank was taken for the beginning of a name of a program."""
    started = time.process_time()
    rules = read_rules("https://news.example", 200, b"User-agent: *\nDisallow: /a\nVisit-time" + b"\t" * 500_000)
    assert time.process_time() - started < 5
    assert rules.parsed is not None


def test_a_file_is_read_up_to_its_first_512_000_bytes(site: Site, fetcher: Fetcher) -> None:
    """What stands behind that is ignored, and the rest is not even waited for."""
    start = b"User-agent: *\nDisallow: /early\n"
    filler = b"#" * (512_000 - len(start) - 1) + b"\n"
    site.answer("/robots.txt", start + filler + b"Disallow: /late\n")
    assert fetcher.fetch(site.answer("/late", PAGE)).content == PAGE
    with pytest.raises(Disallowed):
        fetcher.fetch(site.answer("/early", PAGE))


def test_a_forbidden_page_is_not_asked_for(site: Site, fetcher: Fetcher) -> None:
    """Disallowed is an error of its own, so that the page can be skipped; the file is asked for once."""
    site.answer("/robots.txt", b"User-agent: *\nDisallow: /private")
    url = site.answer("/private/a", PAGE)
    for _ in range(2):
        with pytest.raises(Disallowed) as error:
            fetcher.fetch(url)
    assert str(error.value) == (
        f"{url}: the site's robots.txt ({site.origin}/robots.txt) does not let programs read it; ask the site, or leave it out"
    )
    assert fetcher.fetch(site.answer("/a", PAGE)).content == PAGE
    assert site.asked == ["/robots.txt", "/a"]


def test_a_redirect_to_a_forbidden_page_is_not_followed(site: Site, start_site: Callable[..., Site], fetcher: Fetcher) -> None:
    """Each step asks the robots.txt of its own site."""
    other = start_site()
    other.answer("/robots.txt", b"User-agent: *\nDisallow: /")
    url = site.answer("/a", status="302 Found", Location=other.answer("/b", PAGE))
    with pytest.raises(Disallowed, match="does not let programs read it") as error:
        fetcher.fetch(url)
    assert str(error.value).endswith(f"(redirected to {other.origin}/b)")
    assert (site.asked, other.asked) == (["/robots.txt", "/a"], ["/robots.txt"])


def test_a_server_error_for_robots_skips_the_page(site: Site, fetcher: Fetcher) -> None:
    """The page is not asked for while the site cannot say whether it may be read."""
    site.answer("/robots.txt", status="503 Service Unavailable")
    with pytest.raises(Disallowed, match="answered 503 Service Unavailable"):
        fetcher.fetch(site.answer("/a", PAGE))
    assert site.asked == ["/robots.txt"]


def test_a_site_that_gives_no_answer_for_robots_is_an_error(site: Site, fetcher: Fetcher) -> None:
    """Not a page to skip: nothing was forbidden, the site is out of reach. The page is not asked for."""
    site.pages["/robots.txt"] = b""
    with pytest.raises(FetchError, match=r"closed the connection without an answer \(asking for its robots\.txt") as error:
        fetcher.fetch(site.answer("/a", PAGE))
    assert not isinstance(error.value, Disallowed)
    assert site.asked == ["/robots.txt"]


@pytest.mark.parametrize("steps", [1, 5, 6, 100])
def test_redirects_of_robots_are_followed_five_times(site: Site, fetcher: Fetcher, steps: int) -> None:
    """RFC 9309, section 2.3.1.2: more of them are as good as no file. A circle is more of them."""
    site.answer("/robots.txt", status="302 Found", Location="/r1")
    for step in range(1, 7):
        site.answer(f"/r{step}", status="302 Found", Location=f"/r{step % 6 + 1}")
    if steps <= 6:
        site.answer(f"/r{steps}", b"User-agent: *\nDisallow: /")
    url = site.answer("/a", PAGE)
    if steps <= 5:
        with pytest.raises(Disallowed):
            fetcher.fetch(url)
    else:
        assert fetcher.fetch(url).content == PAGE
    assert sum(path != "/a" for path in site.asked) == min(steps, 5) + 1


def test_a_file_is_remembered_for_an_hour_and_a_failure_for_a_minute() -> None:
    """So a feed of fifty links asks once, and a site that is back is found soon."""
    now = datetime(2025, 9, 19, 9, 4, tzinfo=UTC)
    asked: list[str] = []

    def read(url: str, passed: int) -> tuple[int, bytes]:
        asked.append(f"{url} {passed}")
        if "down" in url:
            raise Unread("it is down")
        return 200, b"User-agent: *\nDisallow: /"

    robots = Robots[int](read=read, now=lambda: now)
    up, down = read_target(f"{NEWS}/a"), read_target("https://down.example:8443/a")
    for expected, waited in ((1, 0), (1, 3_599), (2, 3_600)):
        now = datetime(2025, 9, 19, 9, 4, tzinfo=UTC) + timedelta(seconds=waited)
        assert robots.rules(up, 7).refusal(up) is not None
        assert asked == [f"{NEWS}/robots.txt 7"] * expected
    asked.clear()
    for expected, waited in ((1, 3_600), (1, 3_659), (2, 3_660)):
        now = datetime(2025, 9, 19, 9, 4, tzinfo=UTC) + timedelta(seconds=waited)
        assert robots.rules(down, 7) == Rules(origin="https://down.example:8443", unread="it is down")
        assert asked == ["https://down.example:8443/robots.txt 7"] * expected
    robots.forget()
    robots.rules(up, 7)
    assert asked[-1] == f"{NEWS}/robots.txt 7"


def test_only_so_many_sites_are_remembered() -> None:
    """The oldest goes first, so a feed that links to a thousand sites does not fill the memory."""
    asked: list[str] = []

    def read(url: str, _passed: None) -> tuple[int, bytes]:
        asked.append(url)
        return 404, b""

    robots = Robots[None](read=read, now=lambda: datetime.now(UTC))
    for number in [*range(33), 1, 32, 0]:
        robots.rules(read_target(f"http://site-{number}.example/"), None)
    assert asked[33:] == ["http://site-0.example/robots.txt"]


def test_a_crawl_delay_is_kept_between_two_requests(site: Site, fetcher: Fetcher) -> None:
    """Not before the first one, not for a site that asks for none, and the wait does not count as slowness."""
    site.answer("/robots.txt", b"User-agent: *\nCrawl-delay: 1.2")
    url = site.answer("/a", PAGE)
    hasty = Fetcher(allowed=["127.0.0.1"], seconds=1)
    began = time.monotonic()
    hasty.fetch(url)
    assert time.monotonic() - began < 1
    hasty.fetch(url)
    assert 1.2 <= time.monotonic() - began < 3
    site.answer("/robots.txt", b"")
    began = time.monotonic()
    for _ in range(3):
        fetcher.fetch(url)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("stated", "delay"), [("2.5", 2.5), ("10", 10), ("3600", 10), ("1e999", 0), ("-1", 0), ("nan", 0), ("soon", 0), ("", 0)]
)
def test_a_delay_is_at_most_ten_seconds_and_never_nonsense(stated: str, delay: float) -> None:
    """A site that asks for an hour is read every ten seconds; what is no number of seconds asks for nothing."""
    assert read_rules(NEWS, 200, f"User-agent: *\nCrawl-delay: {stated}".encode()).delay == delay

"""What must never be reached: each URL here is asked for beside a canary on this machine, and the canary sees nobody.

The canary listens at every address of this machine, so that it is seen also through 127.0.0.2, 0.0.0.0 and [::1]. Its port is in
every URL, and each row says the reason for its refusal: refused only for the port would be refused for the wrong reason.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from index.sources.fetch import Disallowed, Fetcher, FetchError

Site = Any  # conftest's; with importlib's import mode tests cannot import it
PRIVATE, NEVER, SPELLING, NAME = "is not a public address", "never reached", "unusual spelling", "no valid name"
SCHEME, CREDENTIALS, UNREADABLE = "only http", "user name or password", "cannot be read"

# What the test's own resolver answers.
NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "localhost.localdomain": ["127.0.0.1"],
    "private.example": ["10.0.0.7"],
    "both.example": ["93.184.215.14", "127.0.0.1"],
    "both6.example": ["2606:4700::1111", "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "tunnel.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:7f00:1::80ff:fffe"],
    "metadata.google.internal": ["169.254.169.254"],
    "metadata6.example": ["fd00:ec2::254"],
    "wire.example": ["168.63.129.16"],
    "spelt.example": ["2130706433"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "xn--fiqs8s.example": ["127.0.0.1"],
    "public.example": ["93.184.215.14"],
}
REFUSED = [
    ("http://127.0.0.1:{port}/", PRIVATE),
    ("https://127.0.0.1:{port}/", PRIVATE),
    ("http://127.0.0.2:{port}/", PRIVATE),
    ("http://127.255.255.254:{port}/", PRIVATE),
    ("http://127.0.0.1.:{port}/", PRIVATE),
    ("http://127。0。0。1:{port}/", PRIVATE),
    ("http://127．0．0．1:{port}/", PRIVATE),
    ("http://127｡0｡0｡1:{port}/", PRIVATE),
    ("http://１２７.０.０.１:{port}/", PRIVATE),
    ("http://①②⑦.⓪.⓪.①:{port}/", PRIVATE),
    ("http://2130706433:{port}/", SPELLING),
    ("http://0x7f000001:{port}/", SPELLING),
    ("http://0x7f.0x0.0x0.0x1:{port}/", SPELLING),
    ("http://017700000001:{port}/", SPELLING),
    ("http://0177.0.0.1:{port}/", SPELLING),
    ("http://127.0.0.01:{port}/", SPELLING),
    ("http://127.1:{port}/", SPELLING),
    ("http://127.0.1:{port}/", SPELLING),
    ("http://127.1.:{port}/", SPELLING),
    ("http://127。1:{port}/", SPELLING),
    ("http://0:{port}/", SPELLING),
    ("http://0x0:{port}/", SPELLING),
    ("http://4294967297:{port}/", SPELLING),
    ("http://0.0.0.0:{port}/", NEVER),
    ("http://0.0.0.1:{port}/", NEVER),
    ("http://[::1]:{port}/", PRIVATE),
    ("http://[0:0:0:0:0:0:0:1]:{port}/", PRIVATE),
    ("http://[::]:{port}/", NEVER),
    ("http://[::ffff:127.0.0.1]:{port}/", PRIVATE),
    ("http://[::ffff:7f00:1]:{port}/", PRIVATE),
    ("http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/", PRIVATE),
    ("http://[::127.0.0.1]:{port}/", PRIVATE),
    ("http://[::ffff:0:127.0.0.1]:{port}/", PRIVATE),
    ("http://[64:ff9b::127.0.0.1]:{port}/", PRIVATE),
    ("http://[64:ff9b:1::127.0.0.1]:{port}/", PRIVATE),
    ("http://[2002:7f00:1::]:{port}/", PRIVATE),
    ("http://[2001:0:7f00:1::]:{port}/", PRIVATE),
    ("http://[fe80::1]:{port}/", NEVER),
    ("http://[fe80::1%25lo]:{port}/", "no IPv6 address"),
    ("http://[::1%25lo]:{port}/", "no IPv6 address"),
    ("http://[fd00::1]:{port}/", PRIVATE),
    ("http://[fec0::1]:{port}/", PRIVATE),
    ("http://[ff02::1]:{port}/", NEVER),
    ("http://[::1].public.example:{port}/", UNREADABLE),
    ("http://10.0.0.1:{port}/", PRIVATE),
    ("http://172.16.0.1:{port}/", PRIVATE),
    ("http://192.168.0.1:{port}/", PRIVATE),
    ("http://100.64.0.1:{port}/", PRIVATE),
    ("http://198.18.0.1:{port}/", PRIVATE),
    ("http://203.0.113.1:{port}/", PRIVATE),
    ("http://240.0.0.1:{port}/", PRIVATE),
    ("http://255.255.255.255:{port}/", NEVER),
    ("http://224.0.0.1:{port}/", NEVER),
    ("http://169.254.169.254/latest/meta-data/", NEVER),
    ("http://169.254.169.254:{port}/", NEVER),
    ("http://[::ffff:169.254.169.254]/latest/meta-data/", NEVER),
    ("http://[::ffff:a9fe:a9fe]/", NEVER),
    ("http://[64:ff9b::a9fe:a9fe]/", NEVER),
    ("http://[2002:a9fe:a9fe::]/", NEVER),
    ("http://[fd00:ec2::254]/latest/meta-data/", NEVER),
    ("http://[fd20:ce::254]/", NEVER),
    ("http://168.63.129.16/", NEVER),
    ("http://100.100.100.200/latest/meta-data/", NEVER),
    ("http://192.0.0.192/latest/", NEVER),
    ("http://0xa9fea9fe/", SPELLING),
    ("http://2852039166/", SPELLING),
    ("http://0251.0376.0251.0376/", SPELLING),
    ("http://localhost:{port}/", PRIVATE),
    ("http://LOCALHOST:{port}/", PRIVATE),
    ("http://localhost.:{port}/", PRIVATE),
    ("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/", PRIVATE),
    ("http://loc\u00adalhost:{port}/", PRIVATE),
    ("http://localhost.localdomain:{port}/", PRIVATE),
    ("http://127.0.0.1.nip.example:{port}/", PRIVATE),
    ("http://中国.example:{port}/", PRIVATE),
    ("http://private.example:{port}/", PRIVATE),
    ("http://both.example/", PRIVATE),
    ("http://both6.example/", PRIVATE),
    ("http://mapped.example:{port}/", PRIVATE),
    ("http://nat64.example:{port}/", PRIVATE),
    ("http://tunnel.example:{port}/", PRIVATE),
    ("http://teredo.example:{port}/", PRIVATE),
    ("http://metadata.google.internal/computeMetadata/v1/", NEVER),
    ("http://metadata6.example/", NEVER),
    ("http://wire.example/", NEVER),
    ("http://spelt.example:{port}/", "no IP address"),
    ("http://unknown.example:{port}/", "no address was found"),
    ("http://public.example:{port}/", "not a port of the web"),
    ("http://public.example:22/", "not a port of the web"),
    ("http://public.example:6379/", "not a port of the web"),
    ("http://public.example@127.0.0.1:{port}/", CREDENTIALS),
    ("http://127.0.0.1:{port}@public.example/", CREDENTIALS),
    ("http://user:secret@127.0.0.1:{port}/", CREDENTIALS),
    ("http://public.example\\@127.0.0.1:{port}/", CREDENTIALS),
    ("http://127.0.0.1:{port}\\.public.example/", UNREADABLE),
    ("http://127.0.0.1%2f.public.example:{port}/", NAME),
    ("http://%31%32%37.0.0.1:{port}/", NAME),
    ("http://127%2e0%2e0%2e1:{port}/", NAME),
    ("http://127.0.0.1%00.public.example:{port}/", NAME),
    ("http://127.0.0.1 .public.example:{port}/", NAME),
    ("http://127.0.0.1\t:{port}/", "control character"),
    ("http://127.0.0.1:{port}\r\nHost: public.example/", "control character"),
    ("http:\\\\127.0.0.1:{port}\\", "names no host"),
    ("http:127.0.0.1:{port}/", "names no host"),
    ("http:///127.0.0.1:{port}/", "names no host"),
    ("//127.0.0.1:{port}/", SCHEME),
    ("127.0.0.1:{port}/", SCHEME),
    ("file:///etc/hosts", SCHEME),
    ("file://127.0.0.1/etc/hosts", SCHEME),
    ("ftp://127.0.0.1:{port}/", SCHEME),
    ("gopher://127.0.0.1:{port}/_GET%20/", SCHEME),
    ("dict://127.0.0.1:{port}/", SCHEME),
    ("ws://127.0.0.1:{port}/", SCHEME),
    ("jar:http://127.0.0.1:{port}/!/", SCHEME),
    ("view-source:http://127.0.0.1:{port}/", SCHEME),
    ("url:http://127.0.0.1:{port}/", SCHEME),
]


def resolve(host: str, _port: int) -> list[str]:
    if host not in NAMES:
        raise OSError("Name or service not known")
    return NAMES[host]


def popped(answers: list[list[str]], _host: str, _port: int) -> list[str]:
    return answers.pop()


@pytest.fixture
def canary(start_site: Callable[..., Site]) -> Site:
    """Return a site at every IPv4 address of this machine; where there is IPv6, another at ::1 notes into the same list."""
    heard = start_site("0.0.0.0")  # noqa: S104 - or it would not hear who comes through 127.0.0.2
    with suppress(OSError):  # no IPv6 on this machine
        start_site("::1", port=heard.port).connections = heard.connections
    return heard


@pytest.mark.parametrize(("url", "reason"), REFUSED)
def test_nothing_private_is_reached_in_any_spelling(canary: Site, url: str, reason: str) -> None:
    """Refused with the right reason, and nobody came."""
    with pytest.raises(FetchError, match=reason) as error:
        Fetcher(resolve=resolve, seconds=5).fetch(url.format(port=canary.port))
    assert not isinstance(error.value, Disallowed)
    assert canary.connections == []


def test_the_canary_hears_who_comes(canary: Site) -> None:
    """The table above could fail: what is allowed is heard, also at the other addresses of this machine."""
    page = canary.answer("/", b"heard")
    assert page.startswith("http://0.0.0.0:")
    own = Fetcher(allowed=["127.0.0.0/8", "::1"], resolve=resolve, seconds=5)
    for host in ("127.0.0.1", "127.0.0.2", "localhost"):
        assert own.fetch(f"http://{host}:{canary.port}/").content == b"heard"
    assert set(canary.connections) == {"127.0.0.1", "127.0.0.2"}


def test_a_name_that_changes_its_address_is_not_followed_there(canary: Site) -> None:
    """DNS rebinding: a good address for the check and another for the connection, or the next connection, gets nowhere.

    127.0.0.1 stands for the good address, since no test may go to a public one, and 127.0.0.2 for the one to be kept from.
    """
    canary.answer("/a", b"page")
    for good_answers in range(1, 4):
        answers = [["127.0.0.2"]] * 3 + [["127.0.0.1"]] * good_answers
        fetcher = Fetcher(allowed=["127.0.0.1"], resolve=partial(popped, answers), seconds=5)
        canary.connections.clear()
        if good_answers == 1:  # robots.txt was read, the page may not be
            with pytest.raises(FetchError, match=r"is not a public address \(127\.0\.0\.2\)"):
                fetcher.fetch(f"http://rebinding.example:{canary.port}/a")
        else:
            assert fetcher.fetch(f"http://rebinding.example:{canary.port}/a").content == b"page"
        assert canary.connections == ["127.0.0.1"] * min(good_answers, 2)


def test_a_name_is_resolved_once_for_each_connection(canary: Site) -> None:
    """No second look-up could differ from the one that was checked."""
    asked: list[str] = []

    def noting(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    canary.answer("/a", b"page")
    Fetcher(allowed=["127.0.0.1"], resolve=noting, seconds=5).fetch(f"http://news.example:{canary.port}/a")
    assert (asked, len(canary.connections)) == (["news.example"] * 2, 2)


LEADS_ASTRAY = [
    ("http://127.0.0.1:{port}/", PRIVATE),
    ("http://127.0.0.2:{port}/", PRIVATE),
    ("http://[::1]:{port}/", PRIVATE),
    ("http://localhost:{port}/", PRIVATE),
    ("http://2130706433:{port}/", SPELLING),
    ("//127.0.0.1:{port}/", PRIVATE),
    ("http://169.254.169.254/latest/meta-data/", NEVER),
    ("http://user:secret@127.0.0.1:{port}/", CREDENTIALS),
    ("file:///etc/hosts", SCHEME),
    ("ftp://127.0.0.1:{port}/", SCHEME),
    ("javascript:alert(1)", SCHEME),
    ("http://[::1", UNREADABLE),
    ("http://public.example:{port}/", "not a port of the web"),
]


@pytest.mark.parametrize(("location", "reason"), LEADS_ASTRAY)
@pytest.mark.parametrize("asked_for", ["/a", "/robots.txt"])
def test_no_redirect_leads_to_what_may_not_be_reached(
    site: Site, canary: Site, location: str, reason: str, asked_for: str
) -> None:
    """Neither that of a page, after another redirect, nor that of a robots.txt; only the first site's port is allowed here."""
    site.answer(asked_for, status="302 Found", Location="/b")
    site.answer("/b", status="301 Moved", Location=location.format(port=canary.port))
    fetcher = Fetcher(allowed=[f"127.0.0.1:{site.port}"], resolve=resolve, seconds=5)
    with pytest.raises(FetchError, match=reason) as error:
        fetcher.fetch(f"{site.origin}/a")
    assert str(error.value).startswith(f"{site.origin}/a: ")
    assert "secret" not in str(error.value)
    assert canary.connections == []


def test_the_refusal_says_how_to_allow_a_site_of_ones_own() -> None:
    """The words that the documentation promises."""
    with pytest.raises(FetchError) as error:
        Fetcher(resolve=resolve).fetch("http://localhost/news")
    assert str(error.value) == (
        "http://localhost/news: localhost is not a public address (127.0.0.1); if the site is yours, allow it with "
        "DATELINE_FETCH_PRIVATE=127.0.0.1"
    )


def test_a_wrong_entry_of_the_setting_fails_at_once() -> None:
    """Before anything is fetched."""
    with pytest.raises(ValueError, match=r"DATELINE_FETCH_PRIVATE: 'http://127\.0\.0\.1'"):
        Fetcher(allowed=["http://127.0.0.1"])

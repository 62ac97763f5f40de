"""URLs: what they ask for, and which are refused because two programs could read them differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.fetch import looks_like_url
from index.sources.targets import Refused, read_target, shown


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://news.example", "http://news.example/"),
        ("HTTPS://News.EXAMPLE:443/A?b=C#d", "https://news.example/A?b=C"),
        ("http://news.example:80/", "http://news.example/"),
        ("http://news.example:443/", "http://news.example:443/"),
        ("http://news.example:/", "http://news.example/"),
        ("http://news.example./", "http://news.example/"),
        ("  http://news.example/a \n", "http://news.example/a"),
        ("http://news.example/a b/ö?q=ü x", "http://news.example/a%20b/%C3%B6?q=%C3%BC%20x"),
        ("http://news.example/%41%2F?a%20b", "http://news.example/%41%2F?a%20b"),
        ("http://news.example/a@b:c?d@e", "http://news.example/a@b:c?d@e"),
        ("http://news.example?q=1", "http://news.example/?q=1"),
        ("http://zeitung-köln.example/", "http://xn--zeitung-kln-zfb.example/"),
        ("http://news。example/", "http://news.example/"),
        ("http://ＮＥＷＳ.example/", "http://news.example/"),
        ("http://the_paper.example/", "http://the_paper.example/"),
        ("http://intranet/", "http://intranet/"),
        ("http://192.0.2.7/", "http://192.0.2.7/"),
        ("http://192.0.2.7./", "http://192.0.2.7/"),
        ("http://１９２.0.2.7/", "http://192.0.2.7/"),
        ("http://[2001:DB8:0::1]/", "http://[2001:db8::1]/"),
        ("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
    ],
)
def test_a_url_is_read_into_one_spelling(url: str, same: str) -> None:
    """Case, default ports, dots and digits of other scripts do not make another host; the path is kept and escaped."""
    assert read_target(url).url == same


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "only http"),
        ("news.example/a", "only http"),
        ("//news.example/a", "only http"),
        ("http:news.example", "names no host"),
        ("http:///a", "names no host"),
        ("http://:80/", "names no host"),
        ("http:\\\\news.example\\a", "names no host"),
        ("file:///etc/hosts", "only http"),
        ("ftp://news.example/a", "only http"),
        ("gopher://news.example/", "only http"),
        ("javascript:alert(1)", "only http"),
        ("data:text/html,a", "only http"),
        ("http://user@news.example/", "user name or password"),
        ("http://user:secret@news.example/", "user name or password"),
        ("http://news.example\\@192.0.2.7/", "user name or password"),
        ("http://news.example:80\\@192.0.2.7/", "user name or password"),
        ("http://@news.example/", "user name or password"),
        ("http://news.example:99999/", "does not exist"),
        ("http://news.example:0/", "does not exist"),
        ("http://news.example:-80/", "cannot be read"),
        ("http://news.example:８０/", "cannot be read"),
        ("http://news.example:80:80/", "cannot be read"),
        ("http://news.example: 80/", "cannot be read"),
        ("http://[2001:db8::1].news.example/", "cannot be read"),
        ("http://[2001:db8::1", "cannot be read"),
        ("http://[fe80::1%25eth0]/", "no IPv6 address"),
        ("http://[fe80::1%eth0]/", "no IPv6 address"),
        ("http://[192.0.2.7]/", "cannot be read"),
        ("http://[v1.a]/", "no IPv6 address"),
        ("http://[]/", "cannot be read"),
        ("http://news..example/", "no valid name"),
        ("http://.news.example/", "no valid name"),
        ("http://news.example../", "no valid name"),
        ("http://./", "no valid name"),
        ("http://-news.example/", "no valid name"),
        ("http://news%2eexample/", "no valid name"),
        ("http://news .example/", "no valid name"),
        ("http://news\\.example/", "no valid name"),
        ("http://*.example/", "no valid name"),
        ("http://" + "a" * 64 + ".example/", "no valid name"),
        ("http://" + "a." * 130 + "example/", "no valid name"),
        ("http://☃.example/", "internationalised"),
        ("http://a\u200db.example/", "internationalised"),
        ("http://news.example/\x00", "control character"),
        ("http://news.example/\r\nX-Header: 1", "control character"),
        ("http://ne\tws.example/", "control character"),
        ("http://news.example/\ud800", "lone surrogate"),
        ("http://news.example/" + "a" * 8_000, "longer than 8,000"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_the_reason(url: str, reason: str) -> None:
    """Nothing is guessed, repaired or passed on."""
    with pytest.raises(Refused, match=reason):
        read_target(url)


@pytest.mark.parametrize(
    "spelling",
    ["2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0", "0x7f.1", "0177.0.0.1", "127.0.0.01", "127.0.0.256",
     "1.2.3.4.5", "127。1", "１２７.1", "news.1", "0x", "00"],
)  # fmt: skip
def test_an_address_is_taken_in_its_usual_spelling_only(spelling: str) -> None:
    """What the C library would read as an IPv4 address in another spelling is no host name either."""
    with pytest.raises(Refused, match="unusual spelling"):
        read_target(f"http://{spelling}/")


@given(st.one_of(st.text(), st.from_regex(r"https?://[^/]{0,30}(/.{0,20})?", fullmatch=True)))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises anything else, and what is read is read the same once more."""
    try:
        target = read_target(text)
    except Refused:
        return
    assert target.url.isascii()
    assert read_target(target.url) == target


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("http://news.example/a", True),
        ("HTTPS://NEWS.EXAMPLE", True),
        (" https://news.example", True),
        ("file:///etc/hosts", True),
        ("ftp://news.example/a", True),
        ("feed://news.example/a", True),
        ("articles/a.txt", False),
        ("C:\\news\\a.txt", False),
        ("C://news/a.txt", False),
        ("http:a.txt", False),
        ("http", False),
        ("./http://a", False),
        ("", False),
    ],
)
def test_every_scheme_looks_like_a_url_and_no_file_name_does(source: str, url: bool) -> None:  # noqa: FBT001
    """So `file://` is refused by its scheme instead of being looked for in the folder."""
    assert looks_like_url(source) is url


def test_a_message_shows_no_password_and_no_line_break() -> None:
    """What is shown of a URL is fit for a log."""
    assert shown("http://user:secret@news.example/a\n\x1b[31mb") == "http://…@news.example/a��[31mb"
    assert len(shown("http://news.example/" + "a" * 9_000)) == 201

"""Bodies: compression is undone, and what is too long, damaged or compressed in another way is refused within flat memory."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.compression import BadBody, read_body
from index.sources.fetch import Fetcher, FetchError

Site = object  # conftest's; with importlib's import mode tests cannot import it
MEGABYTE = 1_000_000
PAGE = b"<p>Example Town opened its third library on Monday.</p>" * 40


@given(st.binary(max_size=3_000), st.integers(1, 500), st.sampled_from(["", "gzip", "deflate"]))
def test_a_body_comes_back_whole_in_whatever_pieces_it_was_sent(content: bytes, size: int, encoding: str) -> None:
    """Pieces end anywhere, also within the header of the compression."""
    sent = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[encoding](content)
    pieces = [sent[start : start + size] for start in range(0, len(sent), size)]
    assert read_body(pieces, encoding, limit=3_000) == content


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_are_a_body_or_a_reason(sent: bytes, encoding: str) -> None:
    """Nothing else is raised."""
    try:
        read_body([sent], encoding, limit=1_000)
    except BadBody as error:
        assert "damaged" in str(error) or "longer than 1,000 bytes" in str(error)  # noqa: PT017 - some bytes are a body


@pytest.mark.parametrize(
    ("sent", "encoding", "reason"),
    [
        pytest.param(PAGE, "br", "compressed as 'br', and only gzip was asked for", id="brotli"),
        pytest.param(PAGE, "zstd", "compressed as 'zstd'", id="zstandard"),
        pytest.param(gzip.compress(gzip.compress(PAGE)), "gzip, gzip", "compressed as 'gzip, gzip'", id="twice"),
        pytest.param(PAGE, "a" * 1_000, "compressed as 'a{40}'", id="long name"),
        pytest.param(PAGE, "gzip", "damaged", id="not compressed"),
        pytest.param(gzip.compress(PAGE)[:-1], "gzip", "the end is missing", id="last byte missing"),
        pytest.param(gzip.compress(PAGE)[:20], "gzip", "the end is missing", id="cut short"),
        pytest.param(gzip.compress(PAGE)[:-8] + b"\0" * 8, "gzip", "damaged", id="wrong checksum"),
        pytest.param(gzip.compress(PAGE) + b"\x1f\x8b\x08\x00", "gzip", "the end is missing", id="second member cut short"),
        pytest.param(zlib.compress(PAGE)[:-1], "deflate", "the end is missing", id="deflate cut short"),
        pytest.param(b"\xff" * 50, "deflate", "damaged", id="not deflate"),
    ],
)
def test_a_damaged_or_unknown_body_is_refused(sent: bytes, encoding: str, reason: str) -> None:
    """Half a page is no page, and what was not asked for is not guessed at."""
    with pytest.raises(BadBody, match=reason):
        read_body([sent], encoding, limit=MEGABYTE)


def test_an_empty_body_may_be_called_compressed() -> None:
    """Servers do so when there is nothing to send."""
    assert read_body([], "gzip", limit=10) == read_body([b""], "deflate", limit=10) == b""


def test_the_limit_counts_what_comes_out() -> None:
    """A page of just the limit is read, one byte more is not; a file that may be cut is cut there."""
    for encoding, sent in (("", PAGE), ("gzip", gzip.compress(PAGE)), ("deflate", zlib.compress(PAGE))):
        assert read_body([sent], encoding, limit=len(PAGE)) == PAGE
        with pytest.raises(BadBody, match=r"longer than 2,199 bytes, the most that is read"):
            read_body([sent], encoding, limit=len(PAGE) - 1)
        assert read_body([sent], encoding, limit=9, cut=True) == PAGE[:9]


def one_member() -> bytes:
    once = zlib.compressobj(9, wbits=31)
    return b"".join(once.compress(b"\0" * MEGABYTE) for _ in range(100)) + once.flush()


def many_members() -> bytes:
    return gzip.compress(b"\0" * 10 * MEGABYTE) * 100


def deflated() -> bytes:
    return zlib.compress(b"\0" * 100 * MEGABYTE)


@pytest.mark.parametrize(
    ("encoding", "make"),
    [
        pytest.param("gzip", one_member, id="one member"),
        pytest.param("gzip", many_members, id="100 members"),
        pytest.param("deflate", deflated, id="deflate"),
    ],
)
def test_a_bomb_stops_at_the_limit_with_flat_memory(site: Site, encoding: str, make: Callable[[], bytes]) -> None:
    """Memory is measured at its peak: a few times the limit of 5 MB, far from the 100 MB or the gigabyte that the bomb holds."""
    bomb = make()
    assert len(bomb) < 2 * MEGABYTE
    url = site.answer("/a", bomb, Content_Encoding=encoding)
    fetcher = Fetcher(allowed=["127.0.0.1"], max_bytes=5 * MEGABYTE)
    fetcher.fetch(site.answer("/b", PAGE))  # what is loaded once is not the bomb's
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="longer than 5,000,000 bytes"):
            fetcher.fetch(url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * MEGABYTE


def test_members_that_hold_nothing_end_at_the_limit_too() -> None:
    """What was sent is counted as well, so a body that only pretends to get somewhere is not read for ever."""
    empty = gzip.compress(b"")
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += len(empty) * 1_000
            yield empty * 1_000

    with pytest.raises(BadBody, match="longer than 100,000 bytes"):
        read_body(endless(), "gzip", limit=100_000)
    assert sent < 300_000
    assert read_body(endless(), "gzip", limit=100_000, cut=True) == b""


@pytest.mark.parametrize("head", ["", "Content-Length: 9000000000\r\n", "Transfer-Encoding: chunked\r\n"])
def test_a_page_without_an_end_stops_at_the_limit(site: Site, head: str) -> None:
    """Whatever it says of its length; the limit of one fetch may differ from the fetcher's."""
    chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n" if "chunked" in head else b"a" * 65_536

    def endless(_headers: dict[str, str]) -> Iterator[bytes]:
        yield f"HTTP/1.1 200 OK\r\n{head}\r\n".encode()
        while True:
            yield chunk

    site.pages["/a"] = endless
    with pytest.raises(FetchError, match="longer than 300,000 bytes, the most that is read; save it in parts"):
        Fetcher(allowed=["127.0.0.1"], seconds=20).fetch(f"{site.origin}/a", max_bytes=300_000)

"""One request: time limits, servers that speak no proper HTTP, and secure connections. Each failure is a reason in words."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from index.sources.exchange import system_trust
from index.sources.fetch import Fetcher, FetchError

Site = Any  # conftest's; with importlib's import mode tests cannot import it
PAGE = b"<p>Example Town opened its third library on Monday.</p>"
OK = b"HTTP/1.1 200 OK\r\n"
TOO_LONG = r"it took longer than 0\.3 s; try again later"
ServeBytes = Callable[..., int]


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(allowed=["127.0.0.1", "::1"], seconds=20)


@pytest.fixture
def hasty() -> Fetcher:
    return Fetcher(allowed=["127.0.0.1"], seconds=0.3)


@pytest.fixture
def serve_bytes() -> Iterator[ServeBytes]:
    """Return what starts a server that sends the same bytes to whoever connects, and returns its port."""
    servers: list[socket.socket] = []

    def start(sent: bytes, *, listen: bool = True) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with suppress(OSError), connection:
                        if listen:
                            connection.recv(65_536)
                        connection.sendall(sent)

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for server in servers:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()


def dripping(*first: bytes, drop: bytes = b"a") -> Callable[[dict[str, str]], Iterator[bytes]]:
    """Return a page that begins like this and then comes drop by drop for ten seconds."""

    def drip(_headers: dict[str, str]) -> Iterator[bytes]:
        yield from first
        for _ in range(200):
            time.sleep(0.05)
            yield drop

    return drip


@pytest.mark.parametrize(
    ("path", "page"),
    [
        pytest.param("/a", dripping(OK + b"\r\n"), id="body without an end"),
        pytest.param("/a", dripping(OK + b"Content-Length: 1000000\r\n\r\n"), id="body"),
        pytest.param("/a", dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", drop=b"1\r\na\r\n"), id="chunks"),
        pytest.param("/a", dripping(OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b", drop=b"\x08"), id="compressed body"),
        pytest.param("/a", dripping(OK + b"X-Long: "), id="header"),
        pytest.param("/a", dripping(drop=b"HTTP/1.1 102 Processing\r\n\r\n"), id="informational answers"),
        pytest.param("/a", dripping(drop=b""), id="nothing"),
        pytest.param("/robots.txt", dripping(OK + b"\r\n", drop=b"#\n"), id="robots.txt"),
    ],
)
def test_a_page_that_drips_ends_at_the_time_limit(site: Site, hasty: Fetcher, path: str, page: object) -> None:
    """The limit is for the whole fetch, so bytes that keep coming do not renew it."""
    site.pages[path] = page
    began = time.monotonic()
    with pytest.raises(FetchError, match=TOO_LONG):
        hasty.fetch(f"{site.origin}/a")
    assert 0.2 < time.monotonic() - began < 4


def test_redirects_share_one_time_limit(site: Site, hasty: Fetcher) -> None:
    """Six steps of 0.1 s each do not fit into 0.3 s."""

    def slow(_headers: dict[str, str]) -> Iterator[bytes]:
        time.sleep(0.1)
        yield b"HTTP/1.1 302 Found\r\nLocation: /%d\r\n\r\n" % len(site.asked)

    site.pages = {f"/{number}": slow for number in range(20)}
    with pytest.raises(FetchError, match=TOO_LONG):
        hasty.fetch(f"{site.origin}/0")
    assert len(site.asked) < 6  # robots.txt is one of them


def test_silence_before_the_first_byte_ends_too(hasty: Fetcher) -> None:
    """A server that accepts the connection and then says nothing, not even to the TLS handshake."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(FetchError, match=TOO_LONG):
            hasty.fetch(f"https://127.0.0.1:{silent.getsockname()[1]}/a")
        assert time.monotonic() - began < 4


def test_a_resolver_that_hangs_ends_too() -> None:
    """The system's resolver has no time limit of its own that could be set."""
    hanging = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        hanging.wait(10)
        return ["127.0.0.1"]

    began = time.monotonic()
    with pytest.raises(FetchError, match=TOO_LONG):
        Fetcher(allowed=["127.0.0.1"], seconds=0.3, resolve=resolve).fetch("http://news.example/")
    assert time.monotonic() - began < 4
    hanging.set()


def test_the_next_address_is_tried_when_one_does_not_answer(site: Site) -> None:
    """A host that is down at its first address is reached at its second, within the same time."""
    site.answer("/a", PAGE)
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.9", "127.0.0.1"]

    fetcher = Fetcher(allowed=["127.0.0.0/8"], seconds=5, resolve=resolve)
    assert fetcher.fetch(f"http://news.example:{site.port}/a").content == PAGE
    assert asked == [("news.example", site.port)] * 2
    assert site.connections == ["127.0.0.1"] * 2


def test_an_address_in_ipv6_is_written_with_brackets(start_site: Callable[..., Site], fetcher: Fetcher) -> None:
    """In the URL and in the Host header."""
    try:
        site = start_site("::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    assert fetcher.fetch(site.answer("/a", PAGE)).url == f"http://[::1]:{site.port}/a"
    assert site.headers[-1]["host"] == f"[::1]:{site.port}"


def test_failures_to_connect_are_told_apart(fetcher: Fetcher) -> None:
    """Nobody listens; the name is unknown; the name is no name to the resolver; the resolver itself has failed."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(FetchError, match=r"/a: it refused the connection; check the address, or try again later"):
        fetcher.fetch(f"http://127.0.0.1:{port}/a")

    def failing(error: Exception) -> Fetcher:
        def resolve(_host: str, _port: int) -> list[str]:
            raise error

        return Fetcher(resolve=resolve)

    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with pytest.raises(FetchError, match=r"no address was found for news.example \(Name or service not known\)"):
        failing(unknown).fetch("http://news.example/")
    with pytest.raises(FetchError, match=r"no address was found for news.example \(encoding with 'idna' codec failed"):
        failing(UnicodeError("encoding with 'idna' codec failed")).fetch("http://news.example/")
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError()).fetch("http://news.example/")


CLOSED, CUT, NOT_HTTP = "closed the connection without an answer", "before the whole page had come", "not answer in proper HTTP"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param(b"", CLOSED, id="nothing"),
        pytest.param(b"HTTP/1.1 200", CLOSED, id="half a status line"),
        pytest.param(OK + b"Content-Type: text/h", CLOSED, id="half a header"),
        pytest.param(b"nonsense\r\n\r\n", NOT_HTTP, id="no status line"),
        pytest.param(b"<html>HTTP/0.9</html>", CLOSED, id="HTTP 0.9"),
        pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", NOT_HTTP, id="status in letters"),
        pytest.param(b"HTTP/1.1 99999 OK\r\n\r\n", NOT_HTTP, id="long status"),
        pytest.param(b"HTTP/1.1 000 OK\r\n\r\n", NOT_HTTP, id="status zero"),
        pytest.param(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "101 Switching Protocols|" + NOT_HTTP, id="other protocol"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NOT_HTTP, id="HTTP 2"),
        pytest.param(b"\x00" * 300_000, NOT_HTTP, id="zeros"),
        pytest.param(OK + b"X-Nul: a\x00b\r\n\r\n", NOT_HTTP, id="NUL in a header"),
        pytest.param(OK + b": nameless\r\n\r\n", NOT_HTTP, id="header without a name"),
        pytest.param(OK + b"no colon\r\n\r\n", NOT_HTTP, id="header without a colon"),
        pytest.param(OK + b"X-Long: " + b"a" * 300_000 + b"\r\n\r\n", NOT_HTTP, id="huge header"),
        pytest.param(OK + b"X: a\r\n" * 100_000 + b"\r\n", NOT_HTTP, id="100,000 headers"),
        pytest.param(OK + b"Content-Length: 100\r\n\r\nshort", CUT, id="shorter than it says"),
        pytest.param(OK + b"Content-Length: -5\r\n\r\n", NOT_HTTP, id="negative length"),
        pytest.param(OK + b"Content-Length: many\r\n\r\n", NOT_HTTP, id="length in letters"),
        pytest.param(OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", NOT_HTTP, id="length of 5,000 digits"),
        pytest.param(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", NOT_HTTP, id="two lengths"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", NOT_HTTP, id="chunk size in letters"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", NOT_HTTP, id="negative chunk"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 21 + b"\r\n", NOT_HTTP, id="huge chunk size"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", CUT, id="chunks without an end"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\nshort", CUT, id="half a chunk"),
        pytest.param(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", NOT_HTTP, id="unknown transfer encoding"),
    ],
)
def test_what_is_no_proper_http_is_an_error_in_words(serve_bytes: ServeBytes, fetcher: Fetcher, sent: bytes, reason: str) -> None:
    """No exception of a library comes through, and the message stays short however much was sent."""
    with pytest.raises(FetchError, match=reason) as error:
        fetcher.fetch(f"http://127.0.0.1:{serve_bytes(sent)}/a")
    assert len(str(error.value)) < 400


@pytest.fixture(scope="module")
def server_tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path, list[str | None]]:
    """Return a server's side of TLS for news.example, its certificate, and the names it was asked for."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=news.example".split()
    names = ["-addext", "subjectAltName=DNS:news.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    return context, certificate, asked


def test_the_certificate_is_checked_for_the_name_though_the_address_is_connected_to(
    start_site: Callable[..., Site], server_tls: tuple[ssl.SSLContext, Path, list[str | None]]
) -> None:
    """The name of the URL goes into the handshake; another name, and an unknown authority, are refused in words."""
    context, certificate, asked = server_tls
    site = start_site(tls=context)
    site.answer("/a", PAGE)
    trusted = ssl.create_default_context(cafile=str(certificate))
    fetcher = Fetcher(allowed=["127.0.0.1"], tls=trusted, resolve=lambda *_: ["127.0.0.1"])
    page = fetcher.fetch(f"https://news.example:{site.port}/a")
    assert (page.content, page.url) == (PAGE, f"https://news.example:{site.port}/a")
    assert asked == ["news.example", "news.example"]
    assert site.headers[-1]["host"] == f"news.example:{site.port}"
    for url in (f"https://other.example:{site.port}/a", f"https://127.0.0.1:{site.port}/a"):
        with pytest.raises(FetchError, match=r"certificate is not valid: .*mismatch"):
            fetcher.fetch(url)
    with pytest.raises(FetchError, match="certificate is not valid: self-signed certificate"):
        Fetcher(allowed=["127.0.0.1"], resolve=lambda *_: ["127.0.0.1"]).fetch(f"https://news.example:{site.port}/a")
    assert site.asked == ["/robots.txt", "/a"]


def test_secure_connections_are_verified_unless_told_otherwise() -> None:
    """What the fetcher trusts by default asks for a certificate and for its name."""
    trust = system_trust()
    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert trust.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_site_that_speaks_no_tls_is_an_error_in_words(serve_bytes: ServeBytes) -> None:
    """An https URL is never tried as http instead."""
    port = serve_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n", listen=False)
    with pytest.raises(FetchError, match=r"no secure connection could be made \(wrong version number\)"):
        Fetcher(allowed=["127.0.0.1"], seconds=5).fetch(f"https://127.0.0.1:{port}/a")

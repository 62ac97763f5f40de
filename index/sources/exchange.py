"""One HTTP request and its answer, over a connection to a checked address and under one time limit.

Knows nothing of redirects, robots.txt or pages. This is the only module that opens a connection to the outside
(tests/index/test_way_out.py holds every other module to that).
"""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import httpcore2

from index.sources.addresses import Allowed, Resolve, checked_addresses
from index.sources.deadline import Deadline, NoAnswer
from index.sources.targets import Address, Target, as_address

# A host of many addresses is tried at the first of them only; each gets its share of the time.
_TRIES = 4
_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose body has not been read yet."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name; of a header that is repeated, the first."""
    encodings: str
    """All values of `Content-Encoding`, joined by commas; empty when there are none."""
    body: Iterator[bytes]
    """As sent, still compressed. Reading it raises NoAnswer."""


@contextmanager
def exchange(
    target: Target,
    headers: Mapping[str, str],
    *,
    allowed: Allowed,
    resolve: Resolve,
    tls: ssl.SSLContext | None,
    deadline: Deadline,
) -> Iterator[Answer]:
    """Send a GET and give its answer; leaving the block closes the connection, whatever was left unread.

    `tls` is what a secure connection trusts; None is for http, and would stand for the system's authorities.

    Every request has its own connection. One kept open would save a handshake a page, and would also have to be checked for
    having gone stale and be given a new time limit under each request; a page a second needs neither.

    Raises:
        Refused: the host's addresses may not be reached.
        NoAnswer: no answer came, or not all of it.
    """
    backend = _CheckedBackend(allowed=allowed, resolve=resolve, deadline=deadline)
    url = httpcore2.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    # httpcore2 would write an IPv6 host without its brackets.
    sent: list[tuple[bytes | str, bytes | str]] = [("Host", target.authority), *headers.items(), ("Connection", "close")]
    with (
        _plain_reasons(deadline),
        httpcore2.ConnectionPool(ssl_context=tls, network_backend=backend, max_connections=1) as pool,
        pool.stream("GET", url, headers=sent) as response,
    ):
        named = [(name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, value in response.headers]
        yield Answer(
            status=response.status,
            headers=dict(reversed(named)),
            encodings=",".join(value for name, value in named if name == "content-encoding"),
            body=response.iter_stream(),
        )


def system_trust() -> ssl.SSLContext:
    """Return what TLS connections trust: the system's authorities, or those that SSL_CERT_FILE or SSL_CERT_DIR name."""
    return httpcore2.default_ssl_context()


class _CheckedBackend(httpcore2.NetworkBackend):
    """Connects to addresses, never to names: what was checked is what is connected to, so a second look-up cannot differ."""

    def __init__(self, *, allowed: Allowed, resolve: Resolve, deadline: Deadline) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._deadline = deadline
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is the time limit
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve the host once, check every address, connect to the first that answers."""
        addresses = self._addresses(host, port)[:_TRIES]
        for number, address in enumerate(addresses):
            share = self._deadline.remaining() / (len(addresses) - number)
            try:
                stream = self._sockets.connect_tcp(str(address), port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number + 1 == len(addresses):
                    raise
            else:
                return _TimedStream(stream, self._deadline)
        raise AssertionError("checked_addresses returns at least one address")

    def _addresses(self, host: str, port: int) -> list[Address]:
        found = [host] if as_address(host) else self._resolved(host, port)
        return checked_addresses(host, port, found, self._allowed)

    def _resolved(self, host: str, port: int) -> list[str]:
        """Resolve in a thread of its own: the system's resolver takes no time limit and may keep trying for half a minute."""
        answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put(list(self._resolve(host, port)))
            except Exception as error:  # noqa: BLE001 - carried to the thread that waits
                answers.put(error)

        Thread(target=ask, daemon=True, name="resolve").start()
        try:
            answer = answers.get(timeout=self._deadline.remaining())
        except Empty:
            raise self._deadline.passed() from None
        if isinstance(answer, (OSError, UnicodeError)):
            raise NoAnswer(f"no address was found for {host} ({_words(answer)})") from answer
        if isinstance(answer, Exception):
            raise answer
        return answer


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose every wait ends at the deadline, so that bytes that drip in cannot keep it open."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.remaining())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Begin TLS with the name of the URL: that is what the certificate must be for, not the address."""
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining()), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@contextmanager
def _plain_reasons(deadline: Deadline) -> Iterator[None]:
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise deadline.passed() from error
    except httpcore2.ProtocolError as error:
        raise NoAnswer(_protocol_reason(str(error))) from error
    except httpcore2.NetworkError as error:
        raise NoAnswer(_network_reason(error)) from error


def _network_reason(error: httpcore2.NetworkError) -> str:
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection could be made ({(cause.reason or 'TLS error').replace('_', ' ').lower()})"
    if isinstance(cause, ConnectionRefusedError):
        return "it refused the connection; check the address, or try again later"
    if isinstance(error, httpcore2.ConnectError):
        return f"it could not be reached ({_words(cause)})"
    return f"the connection broke ({_words(cause)})"


def _protocol_reason(message: str) -> str:
    if "without sending complete message body" in message or "incomplete chunked read" in message:
        return "the connection was closed before the whole page had come"
    if "Server disconnected" in message:
        return "it closed the connection without an answer"
    return f"it does not answer in proper HTTP ({message[:_SHOWN]})"


def _words(error: BaseException) -> str:
    """Return the system's words for an error without its number."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:_SHOWN]

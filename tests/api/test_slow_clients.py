"""Clients that send a request's head, or read an answer, too slowly, against uvicorn on real sockets."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn

from api.server import _config, _listen
from api.settings import ServiceSettings
from api.slow_clients import READ_SECONDS, ImpatientProtocol

LEFT: list[str] = []
"""The paths of requests whose client was gone before the whole answer was sent."""


async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer `/short` at once, `/late` after a second, and `/long` with 64 MiB in pieces."""
    if scope["type"] == "lifespan":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"transfer-encoding", b"chunked")]})
    if scope["path"] == "/late":
        await asyncio.sleep(1)
    for _ in range(1024 if scope["path"] == "/long" else 1):
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
    await send({"type": "http.response.body", "body": b"end"})
    if scope["path"] == "/long" and (await receive())["type"] == "http.disconnect":
        LEFT.append("/long")


class Hasty(ImpatientProtocol):
    """The same with shorter times, so that tests are short."""

    head_seconds = 0.4
    read_seconds = 0.4


@contextmanager
def served(protocol: type[ImpatientProtocol] = Hasty) -> Iterator[tuple[str, int]]:
    listening = _listen(ServiceSettings(port=0))
    server = uvicorn.Server(uvicorn.Config(answer, log_config=None, http=protocol, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[:2]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, int]]:
    with served() as address:
        yield address


@contextmanager
def connected(address: tuple[str, int], *, window: int | None = None) -> Iterator[socket.socket]:
    with socket.socket() as client:
        client.settimeout(10)
        if window is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        client.connect(address)
        yield client


def rest(client: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    pieces = []
    while piece := client.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("sent", ["GET", "GET /short HTTP/1.1\r\n", "GET /short HTTP/1.1\r\nHost: localhost\r\nX-Slow: 1"])
def test_half_a_head_is_answered_and_closed(service: tuple[str, int], sent: str) -> None:
    """What is missing does not come in time: 408, which says so, and the end of the connection."""
    with connected(service) as client:
        client.sendall(sent.encode())
        head, _, body = rest(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head
    assert b"too slowly" in body


def test_a_byte_now_and_then_does_not_help(service: tuple[str, int]) -> None:
    """The limit is for the whole head, so each new byte prolongs nothing."""
    started = time.monotonic()
    with connected(service) as client:
        client.sendall(b"GET /short HTTP/1.1\r\nX-Slow: ")
        with suppress(ConnectionError):  # sent after the end
            while time.monotonic() - started < 5:
                client.sendall(b"1")
                time.sleep(0.05)
    assert time.monotonic() - started < 3


def test_a_connection_without_a_byte_is_closed_without_one(service: tuple[str, int]) -> None:
    """Browsers connect ahead of a request; an answer to none would be taken for that of the next."""
    with connected(service) as client:
        assert rest(client) == b""


def test_the_head_of_a_second_request_is_limited_too(service: tuple[str, int]) -> None:
    """On a connection that is kept, from its first byte."""
    with connected(service) as client:
        client.sendall(b"GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while not got.endswith(b"0\r\n\r\n"):
            got += client.recv(65_536)
        client.sendall(b"GET /short HTTP/1.1\r\nHost:")
        assert rest(client).startswith(b"HTTP/1.1 408 ")


def test_a_slow_answer_is_no_slow_client(service: tuple[str, int]) -> None:
    """The time until an answer comes is the service's own."""
    with connected(service) as client:
        client.sendall(b"GET /late HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        got = rest(client)
    assert got.startswith(b"HTTP/1.1 200 ")
    assert got.endswith(b"3\r\nend\r\n0\r\n\r\n")


def test_who_reads_nothing_is_left(service: tuple[str, int]) -> None:
    """An answer larger than what is sent ahead: the connection ends, and the work for it is told that nobody is there."""
    LEFT.clear()
    with connected(service, window=4096) as client:
        client.sendall(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + 8
        while not LEFT and time.monotonic() < deadline:
            time.sleep(0.05)
    assert LEFT == ["/long"]


def test_who_reads_steadily_gets_everything(service: tuple[str, int]) -> None:
    """A pause between two reads, each shorter than the limit, ends nothing, though the answer takes many times the limit."""
    with connected(service) as client:
        client.sendall(b"GET /long HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        size = 0
        started = time.monotonic()
        while piece := client.recv(4 * 1024 * 1024):
            size += len(piece)
            time.sleep(0.05)
    assert size > 1024 * 65_536
    assert time.monotonic() - started > 2 * Hasty.read_seconds


def test_the_service_has_these_limits() -> None:
    """What `dateline serve` runs is the protocol that is tested here, whatever other protocols are installed."""
    assert _config(workers=1).http is ImpatientProtocol


def test_the_system_ends_connections_of_clients_that_are_gone() -> None:
    """Connections have the option of the socket that listens, which also counts for what was sent ahead and never read."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("this system has no TCP_USER_TIMEOUT")
    with _listen(ServiceSettings(port=0)) as listening, connected(listening.getsockname()[:2]):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == READ_SECONDS * 1000

"""Ends connections whose clients send a request's head, or read an answer, too slowly: uvicorn waits for them without end.

A connection costs a file and memory, and thousands can be opened by one machine that sends a byte now and then. Slow bodies
are limited where they are read (`api.requests`).
"""

import asyncio
import socket
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long the first line and the headers of a request may take, from the connection or from the first byte on a kept one."""
READ_SECONDS = 30.0
"""How long a client may read nothing while an answer waits for it; and how often its pace is looked at."""
READ_BYTES_A_SECOND = 500.0
"""The pace at which a waiting answer has to be read: what `api.requests` asks of bodies, too."""

_TOO_SLOW = b"The headers of the request came too slowly and were not waited for."
_ANSWER = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_TOO_SLOW), _TOO_SLOW)
)


class ImpatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with limits of time for the head of a request and for reading an answer."""

    head_seconds = HEAD_SECONDS
    read_seconds = READ_SECONDS
    _head: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _began = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Expect the head of the first request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, and look whether a head is whole with them."""
        self._began = True
        super().data_received(data)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_head()
        self._stop_reading()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Watch how fast the client reads: more waits for it than is sent ahead."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """Watch no longer: the client has read nearly all."""
        self._stop_reading()
        super().resume_writing()

    def _stop_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _expect_head(self) -> None:
        """Keep the limit running as long as no request is being answered; what comes meanwhile does not prolong it."""
        # Before the first request there is no cycle, whatever uvicorn's type says.
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_head()
            self._began = False
        elif self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(self.head_seconds, self._head_missing)

    def _head_missing(self) -> None:
        self._head = None
        if self.transport.is_closing():
            return
        if self._began:  # a browser that connects ahead of a request expects no answer
            self.transport.write(_ANSWER)
        self.transport.close()

    def _watch_reading(self) -> None:
        # While writing is paused nothing is added, so what waits can only become less, by what the client reads.
        self._reading = self.loop.call_later(self.read_seconds, self._look_at_reading, self._waiting())

    def _look_at_reading(self, waited: int) -> None:
        if waited - self._waiting() < READ_BYTES_A_SECOND * self.read_seconds:
            self.transport.abort()
        else:
            self._watch_reading()

    def _waiting(self) -> int:
        return self.transport.get_write_buffer_size()


def limit_unread(listening: socket.socket) -> None:
    """Let the system end connections to clients that read nothing, or are gone, for as long, even of what was sent ahead.

    Connections inherit it from the socket that listens. Linux has it (`TCP_USER_TIMEOUT`, tcp(7)); others go without.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READ_SECONDS * 1000))

"""An HTTP/1.1 client over asyncio that does no more than the load needs: what it takes of the machine, the service lacks."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import AsyncGenerator
from typing import Any, Self
from urllib.parse import urlsplit

# A line of a stream can hold all evidence.
_MOST_BYTES = 2**24
_OK, _ERROR = 200, 400


class LoadFailed(Exception):  # noqa: N818 - says what happened, as the errors of the packages do
    """A request did not get what it was promised; the message says what came instead."""


class Connection:
    """One connection that is kept for request after request; opened with `async with`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._base = parts.path.rstrip("/")

    async def __aenter__(self) -> Self:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=_MOST_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        self._writer.close()

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        """Return the body of an answer with status 200.

        Raises:
            LoadFailed: another status came.
            OSError, EOFError: the connection broke off.
        """
        self.send(method, path, body, kind)
        headers = await self._headers()
        return await self._reader.readexactly(int(headers[b"content-length"]))

    async def events(self, path: str, body: dict[str, Any]) -> AsyncGenerator[tuple[float, bytes], None]:
        """Yield the data of server-sent events, each with the monotonic time at which its bytes came.

        Raises:
            LoadFailed: another status than 200 came.
            OSError, EOFError: the connection broke off.
        """
        self.send("POST", path, json.dumps(body).encode())
        await self._headers()
        rest = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            chunk = (await self._reader.readexactly(size + 2))[:-2]
            now = time.monotonic()
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.startswith(b"data: "):
                    yield now, line.removeprefix(b"data: ")
        await self._reader.readexactly(2)

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> None:
        """Send a request, whose answer is for others to read."""
        head = f"{method} {self._base}{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
        self._writer.write(head.encode() + b"\r\n\r\n" + body)

    async def status(self) -> tuple[int, bytes]:
        """Return the status and the body of the answer to what was sent.

        Raises:
            LoadFailed: the status is an error's.
            OSError, EOFError: the connection broke off.
        """
        status, headers = await self._head()
        body = await self._reader.readexactly(int(headers.get(b"content-length", b"0")))
        if status >= _ERROR:
            raise LoadFailed(f"{status}: {body.decode()[:300]}")
        return status, body

    async def first_byte(self) -> None:
        """Wait for the first byte of an answer."""
        await self._reader.readexactly(1)

    def reset(self) -> None:
        """Break the connection off: what the other side sends from now on is answered with a reset (`SO_LINGER` of 0 seconds)."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _headers(self) -> dict[bytes, bytes]:
        status, headers = await self._head()
        if status != _OK:
            said = await self._reader.readexactly(int(headers.get(b"content-length", b"0")))
            raise LoadFailed(f"{status}: {said.decode()[:300]}")
        return headers

    async def _head(self) -> tuple[int, dict[bytes, bytes]]:
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).removesuffix(b"\r\n\r\n").split(b"\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        return int(first.split()[1]), headers

"""Reads the body of an answer, undoing its compression, and stops at a limit however much a small body would unfold to."""

import zlib
from collections.abc import Iterable, Iterator

_PIECE = 64 * 1024
# Stored blocks and headers make a compressed body this much longer than its content at most; nothing is read beyond that.
_OVERHEAD = 64 * 1024
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_GZIP_FIRST_BYTE = b"\x1f"
_ZLIB_METHOD, _ZLIB_CHECK = 8, 31


class BadBody(ValueError):  # noqa: N818 - reads as what it is
    """The body is too long, damaged or compressed in an unknown way; the message says which."""


def read_body(chunks: Iterable[bytes], encodings: str, *, limit: int, cut: bool = False) -> bytes:
    """Return the body without its compression.

    Args:
        chunks: The body as it was sent.
        encodings: The values of `Content-Encoding`, joined by commas; empty when there are none.
        limit: The most bytes of content, counted after decompression, and (with a little more) before it.
        cut: Return the first `limit` bytes of a longer body instead of refusing it.

    Raises:
        BadBody: the body is too long, damaged or compressed in another way than gzip or deflate.
    """
    content = bytearray()
    for piece in _pieces(_bounded(chunks, limit, cut=cut), encodings):
        content += piece
        if len(content) > limit:
            if cut:
                return bytes(content[:limit])
            raise too_long(limit)
    return bytes(content)


def too_long(limit: int) -> BadBody:
    """Return the failure that says so."""
    return BadBody(f"it is longer than {limit:,} bytes, the most that is read; save it in parts and add the files")


def _bounded(chunks: Iterable[bytes], limit: int, *, cut: bool) -> Iterator[bytes]:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit + _OVERHEAD and not cut:
            raise too_long(limit)
        yield chunk
        if received > limit + _OVERHEAD:
            return


def _pieces(chunks: Iterator[bytes], encodings: str) -> Iterator[bytes]:
    names = [name for text in encodings.split(",") if (name := text.strip().lower()) not in ("", "identity")]
    match names:
        case []:
            return chunks
        case ["gzip" | "x-gzip"]:
            return _unzipped(chunks)
        case ["deflate"]:
            return _inflated(chunks)
    raise BadBody(f"it is compressed as {', '.join(names)[:40]!r}, and only gzip was asked for")


def _unzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip; one file may hold several members (RFC 1952, section 2.2). What follows them, if anything, is padding."""
    stream = None
    for chunk in chunks:
        data = chunk
        while data:
            if stream is None or stream.eof:
                if stream is not None and not data.startswith(_GZIP_FIRST_BYTE):
                    return
                stream = zlib.decompressobj(_GZIP_WINDOW)
            yield from _fed(stream, data)
            data = stream.unused_data
    _check_complete(stream)


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo deflate, which is sent with a zlib header as RFC 9110 has it, and without one by servers that misread it."""
    stream, head = None, b""
    for chunk in chunks:
        head += chunk
        if stream is None and len(head) > 1:
            wrapped = head[0] & 0x0F == _ZLIB_METHOD and int.from_bytes(head[:2]) % _ZLIB_CHECK == 0
            stream = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        if stream is not None:
            yield from _fed(stream, head)
            head = b""
    _check_complete(stream)


def _fed(stream: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """Feed data and give what comes of it in small pieces, so that a bomb never unfolds further than it is asked to."""
    piece = b""
    while data or len(piece) == _PIECE:
        try:
            piece = stream.decompress(data, _PIECE)
        except zlib.error as error:
            raise BadBody("its compression is damaged") from error
        data = stream.unconsumed_tail
        yield piece


def _check_complete(stream: "zlib._Decompress | None") -> None:
    if stream is not None and not stream.eof:
        raise BadBody("its compression is damaged: the end is missing")

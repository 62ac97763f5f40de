"""The language between ingest and its parser processes: a JSON message and a payload of bytes, each with its length.

JSON, not pickle: whatever a hostile page makes of a parser process, its messages cannot run code in this one.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from index.serialisation import article_from_json, article_to_json, link_from_fields, link_to_fields
from index.types import Article, Link, Origin, Rejection

HEADER = struct.Struct(">II")
# An article's text is at most a record's 4 MB, a batch of column fragments less; more is no message of ours.
MAX_BYTES = 64_000_000


class BrokenFrame(ValueError):  # noqa: N818
    """What came is no message of this language."""


def write_frame(stream: BinaryIO, message: Mapping[str, Any], payload: bytes = b"") -> None:
    """Write one message and flush it."""
    body = json.dumps(message).encode()
    stream.write(HEADER.pack(len(body), len(payload)) + body)
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return the next (message, payload), None when the other side has closed.

    Raises:
        BrokenFrame: the stream ends within a message, or it is too long or no JSON object.
    """
    header = stream.read(HEADER.size)
    if not header:
        return None
    if len(header) < HEADER.size:
        raise BrokenFrame("the message ends in its header")
    length, extra = HEADER.unpack(header)
    if max(length, extra) > MAX_BYTES:
        raise BrokenFrame(f"a message of {max(length, extra):,} bytes")
    body, payload = stream.read(length), stream.read(extra)
    if len(body) < length or len(payload) < extra:
        raise BrokenFrame("the message ends too early")
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BrokenFrame(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise BrokenFrame("no JSON object")
    return message, payload


def item_to_frame(item: Article | Link | Rejection) -> tuple[dict[str, Any], bytes]:
    """Return what a source yielded as (message, payload)."""
    match item:
        case Article():
            return {"article": article_to_json(item)}, item.text.encode()
        case Link():
            return {"link": link_to_fields(item)}, b""
        case Rejection():
            return {"rejection": asdict(item)}, b""


def item_from_frame(message: Mapping[str, Any], payload: bytes) -> Article | Link | Rejection:
    """Return what `item_to_frame` wrote.

    Raises:
        BrokenFrame: it is none of them.
    """
    try:
        if "article" in message:
            return article_from_json(message["article"], payload.decode())
        if "link" in message:
            return link_from_fields(message["link"])
        return Rejection(**{**message["rejection"], "origin": Origin(**message["rejection"]["origin"])})
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenFrame(f"no item: {error}") from error

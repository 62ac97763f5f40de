"""The language between ingest and its parser processes: a JSON message and a payload of bytes, each with its length.

JSON, not pickle: whatever a hostile page makes of a parser process, its messages cannot run code in this one.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from index.serialisation import article_from_json, article_to_json, link_from_fields, link_to_fields
from index.types import Article, Link, Origin, Passage, Prepared, Rejection

HEADER = struct.Struct(">II")
# An article's text is at most a record's 4 MB, a batch of column fragments less; more is no message of ours.
MAX_BYTES = 64_000_000
# What the archive's column takes.
_MOST_KEY = 2**63 - 1


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
    return read_message(body), payload


def read_message(body: bytes) -> dict[str, Any]:
    """Return the message of a frame.

    Raises:
        BrokenFrame: it is no JSON object.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BrokenFrame(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise BrokenFrame("no JSON object")
    return message


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
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise BrokenFrame(f"no item: {error}") from error


def progress_from_frame(message: Mapping[str, Any]) -> float:
    """Return how far in its source an item stood, 0 to 1; 0 where the message does not say it."""
    at = message.get("at", 0.0)
    return min(1.0, max(0.0, float(at))) if isinstance(at, int | float) else 0.0


def prepared_from_frame(message: Mapping[str, Any], article: Article) -> Prepared:
    """Return the passages and the sketch that a parser process computed of an article.

    Raises:
        BrokenFrame: they are not slices of it in order, or no sketch.
    """
    spans, sketch = message.get("spans"), message.get("sketch")
    if not isinstance(spans, list) or not isinstance(sketch, list):
        raise BrokenFrame("no passages")
    if not all(isinstance(key, int) and 0 <= key <= _MOST_KEY for key in sketch):
        raise BrokenFrame("no sketch")
    passages: list[Passage] = []
    for span in spans:
        if not (isinstance(span, list) and [type(place) for place in span] == [int, int]):
            raise BrokenFrame("a passage without its place")
        start, end = span
        if not (passages[-1].end if passages else 0) <= start < end <= len(article.text):
            raise BrokenFrame("a passage out of its place")
        passages.append(Passage(article_id=article.article_id, start=start, end=end, text=article.text[start:end]))
    return Prepared(passages=tuple(passages), sketch=tuple(sketch))

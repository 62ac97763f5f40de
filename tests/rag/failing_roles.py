"""Every way in which a language model's server can fail, as roles that a server on this machine plays."""

import time
from collections.abc import Callable

from tests.rag.chat_server import Reply, drip

QUOTE = "It is 2,870 metres long and cost 640 million crowns."

SECONDS = 1.5


def garbage(reply: Reply) -> None:
    reply.begin()
    reply.raw(b"data: {not json}\n\n" * 3)


def half_a_chunk(reply: Reply) -> None:
    reply.begin()
    reply.delta(content=f"{QUOTE} ")
    reply.raw(b'data: {"choices": [{"delta": {"cont')


def a_broken_transfer(reply: Reply) -> None:
    reply.begin(Content_Length="100000")
    reply.delta(content="The bridge ")


def silence(reply: Reply) -> None:
    reply.begin()
    time.sleep(2 * SECONDS)


def not_even_headers(_: Reply) -> None:
    time.sleep(2 * SECONDS)


def no_end(reply: Reply) -> None:
    reply.begin()
    while True:
        reply.delta(content="and so on and on, " * 20)


def a_tool_call(reply: Reply) -> None:
    reply.begin()
    reply.delta(tool_calls=[{"index": 0, "id": "1", "function": {"name": "search", "arguments": "{}"}}])
    reply.done()


def a_page(reply: Reply) -> None:
    reply.begin(kind="text/html")
    reply.raw(b"<html><body>Welcome to nginx</body></html>")


ROLES: dict[str, tuple[Callable[[Reply], None], str, int]] = {
    "garbage": (garbage, "did not answer as a chat model does", 1),
    "half a chunk": (half_a_chunk, "broke off", 1),
    "a broken transfer": (a_broken_transfer, "broke off", 1),
    "one byte a second": (lambda reply: drip(reply, QUOTE, 0.2), "did not finish within 1.5 seconds", 1),
    "silence": (silence, "did not finish within 1.5 seconds", 1),
    "not even headers": (not_even_headers, "within 1.5 seconds", 1),
    "no end": (no_end, "without an end", 1),
    "an empty string": (lambda reply: reply.write(" "), "wrote nothing", 1),
    "a tool call": (a_tool_call, "wrote nothing", 1),
    "a page": (a_page, "broke off in the middle", 3),
    "a thought without an end": (lambda reply: reply.write(f"<think>{QUOTE} [S1]"), "wrote nothing", 1),
    "401": (lambda reply: reply.refuse(401), "DATELINE_GENERATOR_API_KEY", 1),
    "404": (lambda reply: reply.refuse(404, "no such model"), "no such model", 1),
    "400": (lambda reply: reply.refuse(400, "context too long"), "context too long", 1),
    "429": (lambda reply: reply.refuse(429), "answered 429", 3),
    "429 for a minute": (lambda reply: reply.refuse(429, retry_after="60"), "answered 429", 1),
    "500": (lambda reply: reply.refuse(500), "answered 500", 3),
}

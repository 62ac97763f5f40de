"""A server with Anthropic's messages API on this machine that plays the roles of good and bad ones."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.rag.model_server import ModelServer, RawReply, model_server

Role = Callable[["Reply"], None]


class Reply(RawReply):
    """One request, and the means to answer it well or badly."""

    def event(self, kind: str, **fields: Any) -> None:
        """Send one event."""
        self.raw(f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode())

    def open(self) -> None:
        """Begin a message, with a ping as Anthropic sends them."""
        self.begin()
        message = {
            "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
            "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
        }  # fmt: skip
        self.event("message_start", message=message)
        self.event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        self.event("ping")

    def text(self, text: str) -> None:
        """Send a piece of the text."""
        self.event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def done(self, reason: str = "end_turn") -> None:
        """End a message."""
        self.event("content_block_stop", index=0)
        self.event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 9})
        self.event("message_stop")

    def write(self, text: str, size: int = 7, reason: str = "end_turn") -> None:
        """Stream a whole message."""
        self.open()
        for start in range(0, len(text), size):
            self.text(text[start : start + size])
        self.done(reason)

    def refuse(self, status: int, kind: str, message: str = "no", **headers: str) -> None:
        """Answer with an error."""
        self.begin(status, "application/json", **headers)
        self.raw(json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode())


@contextmanager
def messages_server(role: Role) -> Iterator[ModelServer]:
    """Run a server that plays a role."""
    served = ModelServer()
    with model_server(served, lambda handler, _: role(Reply(handler))):
        yield served

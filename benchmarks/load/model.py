"""A language model for load: it copies sentences of the passages that it is shown, so many tokens a second, and notes when.

`python -m benchmarks.load.model` listens on a free port of this machine, prints its base URL, and runs until it is ended. It
speaks OpenAI's streamed chat completions. `GET /v1/together/N` has the next N completions begin when all of them are asked for.
`GET /v1/record` gives, and forgets, what was written since the last time, and how many completions are being written. Times are
of the monotonic clock, which all processes of a machine share.
"""

import argparse
import asyncio
import itertools
import json
import re
import time
from dataclasses import asdict, dataclass, field
from typing import Any

TOKENS_PER_SECOND = 50.0
SENTENCES = 4
_PASSAGE = re.compile(r'<passage-(?P<nonce>\w+) key="(?P<key>S\d+)"[^>]*>\n(?P<text>.*?)\n</passage-(?P=nonce)>', re.DOTALL)
# Sentences of plain words, which no filter touches and no rule of abbreviations cuts.
_SENTENCE = re.compile(r"(?<=[.!?] )[A-Z][\w,’'-]*(?: [\w,’'-]+){6,25}\.(?= [A-Z]|\n|$)")
# About as many, and cut about as, tokens of English: a word of five letters, the rest of a longer one, a sign.
_TOKEN = re.compile(r" ?\w{1,5}| ?[^\w\s]|\s")
_REFUSAL = "The archive does not say."
_TURNS_OF_A_QUESTION = 2
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSentence:
    """A sentence of a completion, and when it left."""

    text: str
    """Without its key."""
    key: str
    last_piece: float
    """When the last piece of it was sent, which ends its key."""
    next_piece: float
    """When the piece behind that was sent: only then a reader can know that the key has ended."""


@dataclass(slots=True, kw_only=True)
class Completion:
    """What was written for one request."""

    question: str
    messages: list[dict[str, Any]]
    asked: float
    began: float = 0.0
    late_ms: float = 0.0
    """By how much the latest of its pieces missed its time: what the machine did to the model."""
    sentences: list[WrittenSentence] = field(default_factory=list)


class _Model:
    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._record: list[Completion] = []
        self._open = 0
        self._together = asyncio.Barrier(1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                if head.startswith(b"GET "):
                    if together := re.match(rb"GET /v1/together/(\d+) ", head):
                        self._together = asyncio.Barrier(int(together[1]))
                    self._tell(writer)
                    continue
                self._open += 1
                try:
                    await self._complete(json.loads(body)["messages"], reader, writer)
                finally:
                    self._open -= 1
        except (EOFError, ConnectionError):
            pass
        finally:
            writer.close()

    def _tell(self, writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"open": self._open, "completions": [asdict(done) for done in self._record]}).encode()
        self._record.clear()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _complete(self, messages: list[dict[str, Any]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        prompt = str(messages[-1]["content"])
        done = Completion(question=prompt.rpartition("\n\nQuestion: ")[2], messages=messages, asked=time.monotonic())
        # What is asked again is to be corrected, and these sentences are right.
        chosen = _chosen(prompt) if len(messages) == _TURNS_OF_A_QUESTION else []
        texts = [f"{sentence} [{key}]" for sentence, key in chosen] or [_REFUSAL]
        pieces = _TOKEN.findall(" ".join(texts))
        writer.write(_HEAD)
        await self._together.wait()
        done.began = time.monotonic()
        sent = []
        for number, piece in enumerate([*pieces, None]):
            due = done.began + number / self._rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if reader.at_eof() or writer.is_closing():
                raise ConnectionResetError
            sent.append(time.monotonic())
            done.late_ms = max(done.late_ms, (sent[-1] - due) * 1e3)
            writer.write(_chunk({"content": piece}) if piece is not None else _chunk({}, end="stop"))
        writer.write(_data(b"[DONE]") + b"0\r\n\r\n")
        ends = itertools.accumulate(len(text) + 1 for text in texts)
        lengths = list(itertools.accumulate(map(len, pieces)))
        for (sentence, key), end in zip(chosen, ends, strict=False):
            last = next(number for number, length in enumerate(lengths) if length >= end - 1)
            times = {"last_piece": sent[last], "next_piece": sent[last + 1]}
            done.sentences.append(WrittenSentence(text=sentence, key=key, **times))
        self._record.append(done)


def _chosen(prompt: str) -> list[tuple[str, str]]:
    """Return sentences of the passages, the first of each passage first, and the keys of these."""
    found = [[(text, match["key"]) for text in _SENTENCE.findall(match["text"])] for match in _PASSAGE.finditer(prompt)]
    different = dict(filter(None, itertools.chain.from_iterable(itertools.zip_longest(*found))))
    return list(itertools.islice(different.items(), SENTENCES))


def _chunk(delta: dict[str, str], end: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": end}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "load", "choices": [choice]}
    return _data(json.dumps(chunk).encode())


def _data(data: bytes) -> bytes:
    return b"%x\r\ndata: %s\n\n\r\n" % (len(data) + 8, data)


async def _run(rate: float) -> None:
    server = await asyncio.start_server(_Model(rate).serve, "127.0.0.1", 0, backlog=1024)
    async with server:
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--rate", type=float, default=TOKENS_PER_SECOND, help="tokens a second")
    asyncio.run(_run(arguments.parse_args().rate))

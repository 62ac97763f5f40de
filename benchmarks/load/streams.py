"""Many answers at once, written by a language model at its own pace: what the service adds to the time that the model takes.

The service shows no sentence before it is verified, and can verify it only when it is whole. So its delay is that of sentences:
from when the model sent the last piece of a sentence, the `]` of its key, to when the client has all of the sentence's text.
That counts against the service the time until the model's next piece (20 ms at 50 tokens a second), without which nobody can
tell that the key has ended: `[S1]` may go on as `[S1][S2]`. `from_next_piece` is the same delay without this. `direct` is the
same client reading the same texts from the model itself, as many at once: what connections, clock and client take.

Each route is asked twice. `together`: the model begins when it was asked for all of the answers, so that all are written at the
same time and nothing else is done. `as_they_come`: all questions come at once and each is asked again when it is answered, so
that answers are written while evidence for others is looked for, on the same cores.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load.connection import Connection, LoadFailed
from benchmarks.load.figures import percentiles
from benchmarks.load.service import Service

CHAT, ANSWER = "/v1/chat/completions", "/v1/answer"
# So many answers of one connection, one after another: the streams drift apart as those of people do.
ROUNDS = 3
_LOOKED_AT_ONCE = 4


@dataclass(slots=True, kw_only=True)
class _Stream:
    """One answer as a client got it."""

    question: str
    sent: float = field(default_factory=time.monotonic)
    events: list[tuple[float, bytes]] = field(default_factory=list)
    problem: str | None = None

    def read(self) -> None:
        """Note what is wrong with it, if anything is."""
        if self.problem is None:
            _, last = self.events[-1] if self.events else (0.0, b"")
            before = self.events[-2][1] if len(self.events) > 1 else b""
            whole = before if last == b"[DONE]" else last
            # A direct stream has no more to say than that it ends.
            told = json.loads(whole) if whole.startswith(b"{") else {}
            answer = told.get("dateline") or told
            if last != b"[DONE]" and "answer" not in answer:
                self.problem = f"ended with {last[:200].decode()!r}"
            elif answer.get("degraded"):
                self.problem = str(answer["degraded"])

    def shown(self) -> list[tuple[float, str]]:
        """Return all text that was there, each time that some came."""
        found, text = [], ""
        for at, data in self.events:
            event = json.loads(data) if data.startswith(b"{") else {}
            delta = (event.get("choices") or [{}])[0].get("delta", {})
            if more := event.get("text") or delta.get("content"):
                text += more
                found.append((at, text))
        return found


async def measure_streams(service: Service, questions: Sequence[dict[str, Any]], *, streams: int) -> dict[str, Any]:
    """Return the figures of both streaming routes, and of the model without the service."""
    chosen, refused = await answered(service, questions, streams)
    await _record(service)
    bodies = [{**question, "stream": True} for question in chosen]
    chats = [chat_body(body) for body in bodies]
    figures: dict[str, Any] = {"errors_while_choosing": refused}
    messages: dict[str, Any] = {}
    for path, sent in ((CHAT, chats), (ANSWER, bodies)):
        await _all(service.url, path, [[body] for body in sent[:4]], 1)  # what is loaded once
        figures[path] = {}
        for name, rounds in (("together", 1), ("as_they_come", ROUNDS)):
            await _record(service, together=len(sent) if name == "together" else 1)
            found, share = await _all(service.url, path, [[body] for body in sent], rounds)
            record = await _record(service)
            messages = {done["question"]: done["messages"] for done in record}
            figures[path][name] = _figures(found, record, share)
    sent = [{"messages": asked, "stream": True, "question": question} for question, asked in messages.items()]
    found, share = await _all(service.model_url, "/chat/completions", [[body] for body in sent], ROUNDS)
    figures["direct"] = _figures(found, await _record(service), share, direct=True)
    return figures


def chat_body(body: dict[str, Any]) -> dict[str, Any]:
    """Return what `/v1/answer` takes in the shape of OpenAI's API."""
    more = {name: value for name, value in body.items() if name != "question"}
    return {**more, "model": "dateline", "messages": [{"role": "user", "content": body["question"]}]}


async def answered(service: Service, questions: Sequence[dict[str, Any]], count: int) -> tuple[list[dict[str, Any]], int]:
    """Return so many different questions that the archive has something for, and how many errors came instead of an answer."""
    found: list[dict[str, Any]] = []
    refused = 0
    left = iter({question["question"]: question for question in questions}.values())

    async def look() -> None:
        nonlocal refused
        async with Connection(service.url) as connection:
            for question in left:
                if len(found) >= count:
                    return
                body = json.dumps({**question, "generator": "extractive"}).encode()
                try:
                    if json.loads(await connection.ask("POST", ANSWER, body))["abstained"] is None:
                        found.append(question)
                except LoadFailed:
                    refused += 1

    await asyncio.gather(*(look() for _ in range(_LOOKED_AT_ONCE)))
    if len(found) < count:
        raise SystemExit(f"only {len(found)} different questions are answered; {count} streams need as many")
    return found[:count], refused


async def _all(url: str, path: str, clients: Iterable[Sequence[dict[str, Any]]], rounds: int) -> tuple[list[_Stream], float]:
    """Return what clients got that begin at once, and the part of a core that they took."""

    async def client(bodies: Sequence[dict[str, Any]]) -> list[_Stream]:
        return [await _stream(url, path, body) for _ in range(rounds) for body in bodies]

    started, cpu = time.monotonic(), time.process_time()
    found = [stream for streams in await asyncio.gather(*map(client, clients)) for stream in streams]
    return found, (time.process_time() - cpu) / (time.monotonic() - started)


async def _stream(url: str, path: str, body: dict[str, Any]) -> _Stream:
    question = body.get("question") or body["messages"][-1]["content"]
    stream = _Stream(question=question)
    try:
        async with Connection(url) as connection:
            async for event in connection.events(path, body):
                stream.events.append(event)
    except (LoadFailed, OSError, EOFError) as error:
        stream.problem = f"{type(error).__name__}: {error}"
    return stream


async def _record(service: Service, together: int | None = None) -> list[dict[str, Any]]:
    """Return what the model wrote since the last time; from now on it begins so many completions together."""
    async with Connection(service.model_url) as connection:
        path = "/record" if together is None else f"/together/{together}"
        return list(json.loads(await connection.ask("GET", path))["completions"])


def _figures(
    streams: list[_Stream], record: list[dict[str, Any]], client_share: float, *, direct: bool = False
) -> dict[str, Any]:
    for stream in streams:
        stream.read()
    problems = [stream.problem for stream in streams if stream.problem]
    written: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for done in sorted(record, key=lambda done: done["asked"]):
        written[done["question"]].append(done)
    last, following, to_model = [], [], []
    for stream in sorted(streams, key=lambda stream: stream.sent):
        # The n-th time that a question was asked is the n-th time that the model was: nobody asks it twice at once.
        done = written[stream.question].pop(0) if written[stream.question] else None
        if done is None:
            continue
        to_model.append((done["asked"] - stream.sent) * 1e3)
        shown = stream.shown()
        for sentence in done["sentences"]:
            # The model's own text has the key, the service's a number.
            whole = (sentence["text"], f"{sentence['text']} [{sentence['key']}]")[direct]
            arrived = next((at for at, text in shown if whole in text), None)
            if arrived is not None:
                last.append((arrived - sentence["last_piece"]) * 1e3)
                following.append((arrived - sentence["next_piece"]) * 1e3)
    return {
        "answers": len(streams),
        "errors": len(problems),
        "problems": sorted(set(problems))[:3],
        "sentences_written": sum(len(done["sentences"]) for done in record),
        "sentences_shown": len(last),
        "delay": percentiles(last, 50, 95, 99),
        "from_next_piece": percentiles(following, 50, 95, 99),
        "question_to_model": percentiles(to_model, 50, 95),
        "model_late": percentiles([done["late_ms"] for done in record], 50, 95),
        "client_cores": round(client_share, 2),
    }

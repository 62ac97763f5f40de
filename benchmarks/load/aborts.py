"""Clients that break their streams off with a reset: before the first byte of the answer, at it, and in the middle of it."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.load.connection import Connection, LoadFailed
from benchmarks.load.service import Service
from benchmarks.load.streams import ANSWER, CHAT, answered, chat_body

ABORTS = 1_000
_AT_ONCE = 50
_WARM = 100
_QUESTIONS = 50
_SETTLE_SECONDS = 30.0
_MOMENTS = ("before the first byte", "at the first byte", "in the middle")
# The evidence, or the role, and then a sentence or two.
_EVENTS_OF_A_MIDDLE = 3


async def measure_aborts(service: Service, questions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the service holds before and after, and whether it answers the next question."""
    # An abstention has no middle to be broken off in.
    questions, _ = await answered(service, questions, _QUESTIONS)
    bodies = [{**question, "stream": True} for question in questions]
    await _broken_off(service, bodies, _WARM)  # threads and connections that are kept for the next question
    await _asked(service, questions[0])
    before = await _settled(service)
    done = await _broken_off(service, bodies, ABORTS)
    started = time.monotonic()
    await _asked(service, questions[0])
    after = await _settled(service, before)
    return {
        "broken_off": dict(done),
        "before": before,
        "after": after,
        "left_over": {name: after[name] - count for name, count in before.items() if after[name] > count},
        "settled_s": round(time.monotonic() - started, 1),
        "next_question": await _asked(service, questions[0]),
    }


async def _broken_off(service: Service, bodies: Sequence[dict[str, Any]], count: int) -> Counter[str]:
    """Break so many streams off; return how many at which moment."""
    done: Counter[str] = Counter()
    left: Iterator[int] = iter(range(count))

    async def client() -> None:
        for number in left:
            body, moment = bodies[number % len(bodies)], _MOMENTS[number % len(_MOMENTS)]
            path, sent = (CHAT, chat_body(body)) if number % 2 else (ANSWER, body)
            try:
                await _break_off(service, path, sent, moment)
                done[moment] += 1
            except StopAsyncIteration:
                done["was over before"] += 1  # one that abstains after all has no middle
            except (LoadFailed, OSError, EOFError) as error:
                done[f"{type(error).__name__}: {error}"[:80]] += 1

    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
    return done


async def _break_off(service: Service, path: str, body: dict[str, Any], moment: str) -> None:
    async with Connection(service.url) as connection:
        if moment == _MOMENTS[2]:
            events = connection.events(path, body)
            for _ in range(_EVENTS_OF_A_MIDDLE):
                await anext(events)
            await events.aclose()
        else:
            connection.send("POST", path, json.dumps(body).encode())
            if moment == _MOMENTS[1]:
                await connection.first_byte()
        connection.reset()


async def _asked(service: Service, question: dict[str, Any]) -> str:
    """Return how the answer to a question begins."""
    async with Connection(service.url) as connection:
        answer = json.loads(await connection.ask("POST", ANSWER, json.dumps(question).encode()))
    return str(answer["answer"])[:80]


async def _settled(service: Service, before: dict[str, float] | None = None) -> dict[str, float]:
    """Return what is held when it is no more than before, or, the first time, does not change for a second."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    known: dict[str, float] = {}
    while True:
        held = await service.held()
        same = held == known if before is None else all(held[name] <= count for name, count in before.items())
        if same or time.monotonic() > deadline:
            return held
        known = held
        await asyncio.sleep(1)

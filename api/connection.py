"""Stops work that nobody waits for any more: FastAPI tells a route that answers in one piece nothing of a client that leaves."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio import create_task_group
from fastapi import Request

T = TypeVar("T")


async def while_connected(request: Request, work: Callable[[], Awaitable[T]]) -> T | None:
    """Return what the work returns; None if the client left before, and then the work was cancelled.

    Call it when the body was read: what comes on the connection after it is the end of it.

    Raises:
        Exception: what the work raised.
    """
    done: list[T] = []
    problem: list[Exception] = []
    async with create_task_group() as tasks:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        try:
            done.append(await work())
        except Exception as error:  # noqa: BLE001 - raised again below, not wrapped in a group of exceptions
            problem.append(error)
        tasks.cancel_scope.cancel()
    if problem:
        raise problem[0]
    return done[0] if done else None

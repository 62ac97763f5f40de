"""More requests at once than can be computed: who waits, who is sent away, and how soon."""

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx2
import openai
import pytest
from fastapi import FastAPI, Request

from api.app import create_app
from api.settings import ServiceSettings
from rag.pipeline import Pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
QUESTION = {"question": "Who bought Norlink?"}


def held(settings: ServiceSettings, scripted_pipeline: Callable[..., Pipeline]) -> tuple[FastAPI, threading.Event]:
    """Return a service whose `/hold` computes until the event is set."""
    app, go_on = create_app(settings, lambda: scripted_pipeline("x")), threading.Event()

    @app.get("/hold")
    async def hold(request: Request) -> bool:
        return bool(await request.app.state.service.compute(lambda: go_on.wait(20)))

    return app, go_on


def until_waiting(app: FastAPI, count: int) -> None:
    """Wait until so many requests wait for computing."""
    deadline = time.monotonic() + 10
    while app.state.service._limiter.statistics().tasks_waiting < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_when_too_many_wait_further_ones_are_sent_away(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """At once, with 503 and when to come back, in each protocol's shape; health is served, and who waits is answered."""
    settings = ServiceSettings(data=tmp_path, computing_threads=1, waiting_requests=2)
    app, go_on = held(settings, scripted_pipeline)

    with serving(app) as http, ThreadPoolExecutor(3) as others:
        ready(http)
        waiting = [others.submit(http.get, "/hold") for _ in range(3)]
        until_waiting(app, 2)
        try:
            started = time.monotonic()
            refused = http.post("/v1/answer", json=QUESTION)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            assert "wait already" in refused.json()["detail"]
            with openai.OpenAI(base_url=f"{http.base_url}/v1", api_key="unused", max_retries=0) as chat:
                with pytest.raises(openai.InternalServerError, match="wait already") as told:
                    chat.chat.completions.create(model="dateline", messages=[{"role": "user", "content": QUESTION["question"]}])
                assert told.value.response.headers["retry-after"] == "2"
            assert http.get("/healthz").status_code == http.get("/readyz").status_code == 200
            assert time.monotonic() - started < 5
        finally:
            go_on.set()
        assert [done.result().json() for done in waiting] == [True] * 3
        assert http.post("/v1/answer", json=QUESTION).status_code == 200


def test_searches_leave_room_for_answers(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """A part of the places to wait in is theirs; one more is refused at once, an answer still waits and is given."""
    app, go_on = held(ServiceSettings(data=tmp_path, computing_threads=1, waiting_requests=5), scripted_pipeline)
    with serving(app) as http, ThreadPoolExecutor(4) as others:
        ready(http)
        others.submit(http.get, "/hold")
        searches = [others.submit(http.post, "/v1/search", json=QUESTION) for _ in range(2)]
        until_waiting(app, 2)
        try:
            refused = http.post("/v1/search", json=QUESTION)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["request_id"] == refused.headers["x-request-id"]
            answer = others.submit(http.post, "/v1/answer", json=QUESTION)
            until_waiting(app, 3)
        finally:
            go_on.set()
        assert [done.result().status_code for done in (*searches, answer)] == [200] * 3
        assert http.post("/v1/search", json=QUESTION).status_code == 200


def begun(http: httpx2.Client, length: int) -> socket.socket:
    """Return the connection of a search whose body the service waits for."""
    connection = socket.create_connection((http.base_url.host, http.base_url.port or 80), timeout=15)
    head = f"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
    assert connection.recv(65_536).startswith(b"HTTP/1.1 100 "), "it is let in"
    return connection


def test_searches_that_are_never_sent_take_no_place(client: httpx2.Client) -> None:
    """Fifty of them, more than may be served and wait, keep nobody out."""
    with ExitStack() as stalled:
        for _ in range(50):
            stalled.enter_context(begun(client, 100_000)).sendall(b" " * 10_000)
        assert client.post("/v1/search", json=QUESTION).status_code == 200


def test_a_search_that_comes_whole_too_late_is_refused(
    serving: Serving, ready: Ready, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """There was room when it began; when its body ends others have taken it."""
    app, go_on = held(ServiceSettings(data=tmp_path, computing_threads=1, waiting_requests=5), scripted_pipeline)
    body = json.dumps(QUESTION).encode()
    with serving(app) as http, ThreadPoolExecutor(3) as others:
        ready(http)
        others.submit(http.get, "/hold")
        with begun(http, len(body)) as late:
            searches = [others.submit(http.post, "/v1/search", json=QUESTION) for _ in range(2)]
            until_waiting(app, 2)
            try:
                late.sendall(body)
                refused = late.recv(65_536)
            finally:
                go_on.set()
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 2\r\n" in refused.lower()
        assert [done.result().status_code for done in searches] == [200] * 2

"""Replicas share rates and Slack's events through Redis; whatever Redis does, every request is answered, and soon."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx2
import pytest
from blockbuster import blockbuster_ctx
from structlog.testing import capture_logs

from api.key_file import KeyFile
from api.settings import ServiceSettings
from tests.api.replicas.sharing import Replica
from tests.redis_server import PASSWORD, WRITTEN, Proxy, RedisServer

pytestmark = pytest.mark.long

Started = Callable[..., AbstractContextManager[Replica]]
ROOT = Path(__file__).parents[3]
SECONDS = ServiceSettings().redis_seconds
PATIENT = 5.0
"""For tests in which Redis is to reply, however busy the machine is."""


def slowest(replica: Replica, secret: str, times: int = 4) -> float:
    """Return the seconds that the slowest of some requests took; all are let in."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        assert replica.used(secret, 1) == [200]
        taken.append(time.perf_counter() - began)
    return max(taken)


def test_two_replicas_keep_one_rate(redis: RedisServer, replica: Started, tmp_path: Path) -> None:
    """What one lets pass counts for the other; what is refused does not count; other keys go on; the loop never waits."""
    with ExitStack() as both:
        first, second = (both.enter_context(replica(tmp_path, redis.url, redis_seconds=PATIENT)) for _ in range(2))
        assert (first.ready()["rates"], first.ready()["redis"]) == ("replicas", None)
        assert first.shown("dateline_rates_shared ") == 1
        key, other = first.key("4/minute"), first.key("4/minute")
        with blockbuster_ctx():
            assert first.used(key, 3) == [200] * 3
            assert second.used(key, 3) == [200, 429, 429]
            assert first.used(key, 3) == [429] * 3
        refused = first.http.get("/v1/permissions", headers={"X-Api-Key": key})
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert second.used(other, 1) == [200]
        assert int(redis.told("EVAL \"return #redis.call('KEYS', 'dateline:rates:*')\" 0").split(":")[-1].split()[0]) >= 2


def test_a_replica_goes_on_alone_and_comes_back(redis: RedisServer, replica: Started, tmp_path: Path) -> None:
    """Killed and started anew: nothing fails, uses are counted from where this process is, and it is said once each."""
    with capture_logs() as lines, replica(tmp_path, redis.url, redis_seconds=PATIENT) as one:
        key = one.key("4/minute")
        assert one.used(key, 3) == [200] * 3
        redis.stop()
        assert one.used(key, 3) == [200, 429, 429]
        one.wait_for("unreachable")
        assert (one.http.get("/readyz").status_code, one.ready()["rates"]) == (200, "process")
        assert one.shown("dateline_rates_shared ") == 0
        assert one.shown("dateline_redis_failures_total") >= 1
        assert one.used(one.key("20/minute"), 10) == [200] * 10
        redis.start()
        one.wait_for(None)
        assert one.shown("dateline_rates_shared ") == 1
        assert one.used(key, 1) == [429]  # Redis has forgotten, the process has not
    told = [(line["event"], line.get("reason")) for line in lines if "redis" in line["event"]]
    assert told == [("redis shared", None), ("redis fails", "unreachable"), ("redis shared", None)]


def test_a_slow_redis_holds_nobody_up(proxy: Proxy, replica: Started, tmp_path: Path) -> None:
    """At half a second a reply, one request waits for the limit at most, and the next ones not at all."""
    with replica(tmp_path, proxy.url) as one:
        one.wait_for(None)
        key = one.key("1000/minute")
        proxy.delay = 0.5
        assert slowest(one, key) < SECONDS + 0.5  # the machine itself may be slow
        one.wait_for("too slow")
        assert slowest(one, key) < SECONDS
        proxy.delay = 0.0
        one.wait_for(None)


HOSTILE = {
    "nothing": b"",
    "endless": b"$999999999999\r\n",
    "nested": b"*1\r\n" * 50_000,
    "another protocol": b"HTTP/1.1 200 OK\r\n\r\n",
    "always yes": b"+OK\r\n",
    "no numbers": b"*2\r\n$3\r\nnan\r\n$3\r\ninf\r\n" * 20,
    "the password": b"-WRONGPASS hush: p@ss/word is wrong\r\n" * 20,
    "read only": b"-READONLY You can't write against a read only replica.\r\n" * 20,
    "starting": b"-LOADING Redis is loading the dataset in memory\r\n" * 20,
    "bytes": b"\xff\x00\xfe\r\n" * 20,
}


def test_a_hostile_redis_breaks_nothing(proxy: Proxy, replica: Started, tmp_path: Path) -> None:
    """Whatever is said instead of replies, requests are answered, it is noticed and passes; nothing of it is in the log."""
    with capture_logs() as lines, replica(tmp_path, proxy.url) as one:
        key = one.key("1000/minute")
        for name, says in HOSTILE.items():
            one.wait_for(None)
            proxy.says = says
            assert one.used(key, 5) == [200] * 5, name
            deadline = time.monotonic() + 10
            while one.ready()["redis"] is None:
                assert time.monotonic() < deadline, name
                time.sleep(0.05)
            proxy.says = None
        one.wait_for(None)
    assert "hush" not in str(lines)
    assert "unexpected error" not in {line["event"] for line in lines}
    assert {line["reason"] for line in lines if line["event"] == "redis fails"} >= {"too slow", "read only", "wrong password"}


def test_a_full_redis_and_a_wrong_password(redis: RedisServer, replica: Started, tmp_path: Path) -> None:
    """Each has its name in `/readyz`; the rate is kept by the process; with room again, all is shared again."""
    with replica(tmp_path, redis.url) as one:
        key = one.key("2/minute")
        redis.told("CONFIG SET maxmemory 1")
        assert one.used(key, 3) == [200, 200, 429]
        one.wait_for("out of memory")
        redis.told("CONFIG SET maxmemory 0")
        one.wait_for(None)
    with capture_logs() as lines, replica(tmp_path, redis.url.replace(WRITTEN, "guessed")) as one:
        assert one.ready()["redis"] == "wrong password"
        assert one.used(one.key("2/minute"), 3) == [200, 200, 429]
    assert not [line for line in lines if PASSWORD in str(line) or "guessed" in str(line)]


def test_two_processes_keep_one_rate(redis: RedisServer, tmp_path: Path) -> None:
    """As people start them: two commands, the address of Redis in the environment, its password nowhere in what they write."""
    key = KeyFile(tmp_path).create(name="reader", scopes=["ask"], rate="5/minute")[1]
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(tmp_path)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATELINE_REDIS_URL": redis.url,
        "DATELINE_REDIS_SECONDS": str(PATIENT),
        "DATELINE_LOG_LEVEL": "debug",
    }
    said = ""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment))
            for _ in range(2)
        ]
        try:
            statuses = []
            lines = [""] * len(processes)
            for number, process in enumerate(processes):
                assert process.stderr is not None
                while '"redis shared"' not in lines[number]:
                    assert process.poll() is None
                    lines[number] += process.stderr.readline()
            urls = [json.loads(text.splitlines()[0])["url"] for text in lines]
            for _ in range(4):
                statuses += [
                    httpx2.get(f"{url}/v1/permissions", headers={"X-Api-Key": key}, timeout=30).status_code for url in urls
                ]
            assert sorted(statuses) == [200] * 5 + [429] * 3
            for process in processes:
                process.send_signal(signal.SIGTERM)
            said = "".join(lines) + "".join(process.communicate(timeout=30)[1] for process in processes)
        finally:
            for process in processes:
                process.kill()
    assert WRITTEN not in said
    assert PASSWORD not in said
    assert "Traceback" not in said

"""A Redis server, and services that share it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from rag.pipeline import Pipeline
from tests.api.replicas.sharing import Replica
from tests.redis_server import REDIS, Proxy, RedisServer, started


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The server, empty."""
    if REDIS is None:
        pytest.skip("no redis-server on this machine: make setup-redis")
    with started(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def proxy(redis: RedisServer) -> Iterator[Proxy]:
    """What stands before it."""
    made = Proxy(redis.port)
    yield made
    made.close()


@pytest.fixture(scope="session")
def replica(
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]], ready: Callable[[httpx2.Client], None],
    scripted_pipeline: Callable[..., Pipeline],
) -> Callable[..., AbstractContextManager[Replica]]:  # fmt: skip
    @contextmanager
    def serve(data: Path, url: str, **settings: Any) -> Iterator[Replica]:
        """Serve with Redis at this address, and with the keys of this folder; wait until it was looked at."""
        made = ServiceSettings(data=data, redis_url=url, **settings)  # type: ignore[arg-type]
        keys = KeyFile(data)
        admin = keys.create(name="admin", scopes=["admin"])[1]
        with serving(create_app(made, lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [1]"))) as http:
            ready(http)
            replica = Replica(http=http, keys=keys, admin=admin)
            deadline = time.monotonic() + 10
            while replica.ready()["redis"] == "not asked yet":
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield replica

    return serve

"""Readiness follows the archive: gone, damaged, replaced, slow, and well again."""

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.errors import NotReady
from api.readiness import ArchiveCheck
from api.settings import ServiceSettings
from index.errors import ArchiveUnavailable
from index.protocols import Embedder
from index.types import Stats
from index.wiring import build_store
from rag.wiring import build_pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
STATS = Stats(articles=1, passages=1, generation=1, newest=None)


@pytest.fixture
def copied(archive: Path, tmp_path: Path) -> Path:
    """An archive that may be harmed."""
    (tmp_path / "copied").mkdir()
    shutil.copy(archive / "archive.sqlite", tmp_path / "copied")
    return tmp_path / "copied"


@pytest.fixture
def served(copied: Path, embedder: Embedder, serving: Serving, ready: Ready) -> Iterator[httpx2.Client]:
    """A client of a service over it."""
    settings = ServiceSettings(data=copied)
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        yield client


def refusal(client: httpx2.Client) -> str:
    """Return why the service is not ready."""
    started = time.monotonic()
    response = client.get("/readyz")
    assert time.monotonic() - started < 2
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert "dateline_ready 0.0" in client.get("/metrics").text
    assert client.get("/healthz").status_code == 200
    return str(response.json()["detail"])


def test_an_archive_that_is_gone_is_told(served: httpx2.Client, copied: Path) -> None:
    """Connections that are open would read on from a file that is gone; when it is back, the service is ready again."""
    file = copied / "archive.sqlite"
    file.rename(copied / "away.sqlite")
    assert f"{file} cannot be read" in refusal(served)
    (copied / "away.sqlite").rename(file)
    assert served.get("/readyz").status_code == 200
    assert "dateline_ready 1.0" in served.get("/metrics").text


def test_an_archive_that_is_damaged_is_told(served: httpx2.Client, copied: Path) -> None:
    """What was overwritten is noticed although it was read before."""
    file = copied / "archive.sqlite"
    with file.open("r+b") as opened:
        whole = opened.read(4096)
        opened.seek(0)
        opened.write(b"x" * 4096)
    assert "is damaged" in refusal(served)
    with file.open("r+b") as opened:
        opened.write(whole)
    assert served.get("/readyz").status_code == 200


def test_an_archive_that_is_empty_is_told(served: httpx2.Client, copied: Path, tmp_path: Path) -> None:
    """An empty file in the archive's place is no archive, and is not made one."""
    file = copied / "archive.sqlite"
    file.rename(tmp_path / "away.sqlite")
    file.touch()
    assert "is damaged" in refusal(served)
    assert file.stat().st_size == 0


def test_another_archive_in_its_place_is_told(served: httpx2.Client, copied: Path, tmp_path: Path) -> None:
    """A new archive in the folder is not served by those who opened the old one, and the service says so."""
    build_store(ServiceSettings(data=tmp_path / "new")).close()
    file = copied / "archive.sqlite"
    file.unlink()
    shutil.copy(tmp_path / "new" / "archive.sqlite", file)
    assert "is not the archive that was opened" in refusal(served)


def test_readiness_sees_what_others_change(served: httpx2.Client, copied: Path) -> None:
    """After another process's change, being ready means that the caches have it."""
    store = build_store(ServiceSettings(data=copied))
    store.delete(next(iter(store.articles())).article_id)
    store.close()
    found = served.get("/readyz").json()
    assert (found["status"], found["generation"], found["articles"]) == ("ready", 5, 3)


def test_an_archive_that_hangs_is_not_waited_for(copied: Path, embedder: Embedder, serving: Serving, ready: Ready) -> None:
    """Readiness and figures come in time although the disk does not answer."""
    goes_on = threading.Event()

    def look() -> Stats:
        assert goes_on.wait(20)
        return STATS

    settings = ServiceSettings(data=copied)
    app = create_app(settings, lambda: build_pipeline(settings, embedder=embedder))
    with serving(app) as client:
        ready(client)
        app.state.service.archive_check = ArchiveCheck(look, seconds=0.2)
        assert "within 0.2 s" in refusal(client)
        goes_on.set()
        assert client.get("/readyz").json()["articles"] == 1


def test_one_look_at_a_time() -> None:
    """However often one asks, a disk that hangs takes one thread; when it goes on, so does the answer."""
    looks: list[int] = []
    goes_on = threading.Event()

    def look() -> Stats:
        looks.append(threading.get_ident())
        assert goes_on.wait(20)
        return STATS

    async def asked() -> None:
        check = ArchiveCheck(look, seconds=0.1)
        started = time.monotonic()
        for _ in range(2):
            answers = await asyncio.gather(*(check.stats() for _ in range(10)), return_exceptions=True)
            assert {type(answer) for answer in answers} == {NotReady}
        assert time.monotonic() - started < 2
        assert len(looks) == 1
        goes_on.set()
        assert await check.stats() == STATS
        assert await check.stats() == STATS
        assert len(looks) <= 3

    asyncio.run(asked())


def test_what_a_look_raises_is_told() -> None:
    """The reason reaches who asked, and the next look is a new one."""
    outcomes = [ArchiveUnavailable("gone"), STATS]

    def look() -> Stats:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def asked() -> None:
        check = ArchiveCheck(look)
        with pytest.raises(ArchiveUnavailable, match="gone"):
            await check.stats()
        assert await check.stats() == STATS

    asyncio.run(asked())

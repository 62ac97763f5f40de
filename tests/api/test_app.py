"""The service while it loads, when it is ready, and when it cannot start."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from index.errors import ArchiveUnavailable
from index.protocols import Embedder
from index.wiring import build_store
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
QUESTION = {"question": "How much did the Sandholm bridge cost?"}


def test_loading_is_told_and_ends(archive: Path, embedder: Embedder, serving: Serving, ready: Ready) -> None:
    """While the model loads the service lives, is not ready, and says when to ask again; afterwards it answers."""
    settings, may_load = ServiceSettings(data=archive), threading.Event()

    def load() -> Pipeline:
        assert may_load.wait(20)
        return build_pipeline(settings, embedder=embedder)

    with serving(create_app(settings, load)) as client:
        try:
            assert client.get("/healthz").json() == {"status": "alive"}
            for response in (
                client.get("/readyz"),
                client.post("/v1/answer", json=QUESTION),
                client.post("/v1/search", json=QUESTION),
                client.get("/v1/articles"),
                client.get("/v1/articles/0123456789abcdef0123"),
            ):
                assert response.status_code == 503
                assert int(response.headers["retry-after"]) > 0
                assert response.headers["content-type"] == "application/problem+json"
                assert "loading" in response.json()["detail"]
                assert response.json()["request_id"] == response.headers["x-request-id"]
        finally:
            may_load.set()
        ready(client)
        assert client.post("/v1/answer", json=QUESTION).json()["abstained"] is None


def test_ready_says_what_is_served(client: httpx2.Client) -> None:
    """`/readyz` counts articles and passages and names the newest day."""
    assert client.get("/readyz").json() == {
        "status": "ready", "generation": 4, "articles": 4, "passages": 4, "newest": "2025-06-20", "rates": "process",
        "redis": None,
    }  # fmt: skip


def test_an_empty_archive_is_ready(tmp_path: Path, embedder: Embedder, serving: Serving, ready: Ready) -> None:
    """Without articles the service is ready, lists nothing, and answers that there is nothing and how to add some."""
    settings = ServiceSettings(data=tmp_path)
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        assert client.get("/readyz").json()["newest"] is None
        assert client.get("/v1/articles").json() == {"articles": [], "total": 0}
        answer = client.post("/v1/answer", json=QUESTION).json()
        assert answer["abstained"]["reason"] == "no_match"
        assert "dateline ingest" in answer["abstained"]["message"]


def test_an_archive_that_comes_back_is_served(archive: Path, embedder: Embedder, serving: Serving, ready: Ready) -> None:
    """What could not be reached when the service started is tried again; nobody has to start it once more."""
    settings, tries = ServiceSettings(data=archive), list[str]()

    def load() -> Pipeline:
        tries.append("tried")
        if len(tries) == 1:
            raise ArchiveUnavailable("The archive's server does not answer; is it running?")
        return build_pipeline(settings, embedder=embedder)

    with serving(create_app(settings, load)) as client:
        ready(client)
        assert len(tries) == 2
        assert client.post("/v1/answer", json=QUESTION).json()["abstained"] is None


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (ArchiveUnavailable("The archive cannot be opened: no permission."), "The archive cannot be opened: no permission."),
        (RuntimeError("secret path /home/x"), "The service could not start; its log has the details."),
    ],
)
def test_a_service_that_cannot_start_says_so(serving: Serving, error: Exception, detail: str) -> None:
    """Our errors are passed on, others stay in the log; health is served all the same."""
    failed = threading.Event()

    def load() -> Pipeline:
        failed.set()
        raise error

    with serving(create_app(ServiceSettings(), load)) as client:
        assert failed.wait(20)
        for _ in range(200):
            response = client.get("/readyz")
            if "loading" not in response.text:
                break
        assert response.status_code == 503
        assert response.json()["detail"] == detail
        assert client.get("/healthz").status_code == 200


def test_what_is_ingested_meanwhile_is_served(
    *, tmp_path: Path, records: Path, embedder: Embedder, serving: Serving, ready: Ready, dateline: Callable[..., object]
) -> None:
    """Articles that another process adds and removes are found, and not found, by the next question."""
    settings = ServiceSettings(data=tmp_path / "archive")
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        dateline("ingest", records, "--data", settings.data)
        answer = client.post("/v1/answer", json=QUESTION).json()
        assert "640 million" in answer["answer"]
        store = build_store(settings)
        store.delete(answer["citations"][0]["article_id"])
        store.close()
        assert "640 million" not in client.post("/v1/answer", json=QUESTION).text
        assert client.get("/v1/articles").json()["total"] == 3


def test_the_archive_is_left_tidy(tmp_path: Path, embedder: Embedder, serving: Serving, ready: Ready) -> None:
    """While serving, the process has a working folder of its own; after stopping it is gone."""
    settings = ServiceSettings(data=tmp_path)
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        assert list((tmp_path / "caches").glob("work-*"))
    assert not list((tmp_path / "caches").glob("work-*"))

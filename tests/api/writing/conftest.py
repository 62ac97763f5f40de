"""A service that articles are added to, and a site to fetch them from."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline
from tests.api.writing.site import Site

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
Serve = Callable[..., AbstractContextManager[httpx2.Client]]


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@pytest.fixture(scope="module")
def serve(embedder: Embedder, serving: Serving, ready: Ready) -> Serve:
    @contextmanager
    def run(folder: Path, pipelines: list[Pipeline] | None = None, **more: Any) -> Iterator[httpx2.Client]:
        """Serve the archive in this folder, loopback sites allowed; gives a client of the ready service."""
        settings = ServiceSettings(data=folder, **{"fetch_private": ("127.0.0.1",), **more})

        def load() -> Pipeline:
            made = build_pipeline(settings, embedder=embedder)
            if pipelines is not None:
                pipelines.append(made)
            return made

        with serving(create_app(settings, load)) as client:
            ready(client)
            yield client

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the archive which the tests of this module fill, and nothing else."""
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def pipelines() -> list[Pipeline]:
    """The pipeline of the service over it, once that is ready."""
    return []


@pytest.fixture(scope="module")
def client(serve: Serve, folder: Path, pipelines: list[Pipeline]) -> Iterator[httpx2.Client]:
    """A client of the service over it."""
    limits = {"max_upload_bytes": 2_000_000, "max_body_bytes": 10_000, "write_wait_seconds": 1.0}
    pages = {"origins": ("https://desk.example",), "public_url": "https://news.example"}
    with serve(folder / "archive", pipelines, **limits, **pages) as made:
        yield made

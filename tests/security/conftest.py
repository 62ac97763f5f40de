"""What tests of security share: the service of tests/api over its archive, and one over a copy that may be written to."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline
from tests.api.conftest import archive, client, guarded, ready, records, scripted_pipeline, serving

__all__ = ["archive", "client", "desk", "guarded", "ready", "records", "scripted_pipeline", "serving"]


@pytest.fixture(scope="session")
def desk(
    archive: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory,
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]], ready: Callable[[httpx2.Client], None],
) -> Iterator[httpx2.Client]:  # fmt: skip
    """A client of a service with the settings that there are by default, over a copy of the archive, alone in its folder."""
    folder = shutil.copytree(archive, tmp_path_factory.mktemp("desk") / "archive")
    settings = ServiceSettings(data=folder)
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as made:
        ready(made)
        yield made

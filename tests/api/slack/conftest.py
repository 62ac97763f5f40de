"""The service with Slack set up, in front of a stand-in for Slack."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.settings import ServiceSettings
from index.protocols import Embedder
from index.wiring import build_store
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline
from tests.api.slack import talking
from tests.api.slack.fake_slack import FakeSlack, fake_slack
from tests.api.slack.talking import Bot, Started


@pytest.fixture(scope="session")
def slack() -> Iterator[FakeSlack]:
    """The stand-in."""
    with fake_slack() as made:
        yield made


@pytest.fixture(scope="session")
def in_slack(
    slack: FakeSlack, serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]],
    ready: Callable[[httpx2.Client], None],
) -> Started:  # fmt: skip
    """Starts a service in front of the stand-in."""
    return partial(talking.in_slack, slack, serving, ready)


@pytest.fixture(scope="session")
def running_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bot of `bot` keeps what it knows."""
    return tmp_path_factory.mktemp("slack")


@pytest.fixture(scope="session")
def running(in_slack: Started, archive: Path, embedder: Embedder, running_folder: Path) -> Iterator[Bot]:
    """The service over the archive of four articles, extractive."""
    settings = ServiceSettings(data=archive)

    def load() -> Pipeline:
        return build_pipeline(settings, store=build_store(settings), embedder=embedder)

    with in_slack(running_folder, load) as made:
        yield made


@pytest.fixture
def bot(running: Bot) -> Iterator[Bot]:
    """The same, with a stand-in that knows nothing yet."""
    running.slack.clear()
    yield running
    running.slack.clear()

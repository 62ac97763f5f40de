"""The service with Slack set up, in front of a stand-in for Slack."""

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
from index.wiring import build_store
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline
from tests.api.slack.fake_slack import FakeSlack, fake_slack
from tests.api.slack.talking import TOKENS, Bot, Started


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
    @contextmanager
    def start(
        data: Path, load: Callable[[], Pipeline], *, before: Callable[[FakeSlack], None] = FakeSlack.clear, **settings: Any
    ) -> Iterator[Bot]:
        """Serve with Slack set up; `data` is where the bot keeps what it knows, `before` sets the stand-in up."""
        given = {"slack_api_url": f"{slack.url}/api/", "slack_rate": "1000/minute", **TOKENS, **settings}
        slack.clear()
        before(slack)
        with serving(create_app(ServiceSettings(data=data, **given), load)) as http:
            ready(http)
            slack.wait(lambda: slack.named("auth.test"))
            yield Bot(http=http, slack=slack)

    return start


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

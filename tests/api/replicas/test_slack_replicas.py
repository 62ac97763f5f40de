"""Slack may deliver one event to two machines: it is answered once, and one person's rate is one, as long as Redis replies."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from rag.pipeline import Pipeline
from tests.api.slack import talking
from tests.api.slack.fake_slack import FakeSlack, fake_slack
from tests.api.slack.talking import Bot, mention
from tests.redis_server import RedisServer

SHIPS = "How many ships will Norlink sell?"


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    """The stand-in."""
    with fake_slack() as made:
        yield made


@pytest.fixture
def machines(
    redis: RedisServer, slack: FakeSlack, serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]],
    ready: Callable[[httpx2.Client], None], scripted_pipeline: Callable[..., Pipeline], *, tmp_path: Path,
) -> Iterator[list[Bot]]:  # fmt: skip
    """Two services with folders of their own, as on two machines."""
    start = partial(talking.in_slack, slack, serving, ready)
    with ExitStack() as stack:
        made = [
            stack.enter_context(
                start(
                    tmp_path / name, lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]"),
                    redis_url=redis.url, redis_seconds=5.0, slack_rate="2/minute",
                )
            )
            for name in ("first", "second")
        ]  # fmt: skip
        for bot in made:
            slack.wait(lambda bot=bot: bot.http.get("/readyz").json()["redis"] is None)
        slack.clear()
        yield made


def test_an_event_is_answered_by_one_machine(machines: list[Bot], redis: RedisServer) -> None:
    """Also when it comes again, elsewhere; it is known for an hour. While Redis is away, each answers what comes to it."""
    event = mention(SHIPS)
    for bot in [*machines, *reversed(machines)]:
        assert bot.deliver(event).status_code == 200
    assert len(machines[0].slack.shown(1)) == 1
    time.sleep(0.3)
    assert len(machines[0].slack.messages) == 1
    kept = redis.told("EVAL \"return redis.call('TTL', redis.call('KEYS', 'dateline:taken:event *')[1])\" 0")
    assert 3_500 < int(kept.split(":")[-1].split()[0]) <= 3_600
    redis.stop()
    assert machines[1].deliver(mention(SHIPS)).status_code == 200
    machines[1].slack.shown(2)


def test_a_person_has_one_rate(machines: list[Bot]) -> None:
    """Whichever machine a question comes to."""
    for bot in [*machines, *machines]:
        bot.deliver(mention(SHIPS))
    slack = machines[0].slack
    slack.wait(lambda: slack.named("chat.postEphemeral"))
    time.sleep(0.3)
    assert len(slack.messages) == 2
    assert len(slack.named("chat.postEphemeral")) == 1

"""Events over the socket that the service opens to Slack, end to end: no address of ours is needed."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.slack.state import SlackState
from api.slack.web import library_logger
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import USER
from tests.api.slack.talking import Bot, Started, direct, mention, text_of

SHIPS = "How many ships will Norlink sell?"
TOKENS: dict[str, Any] = {"slack_app_token": "xapp-1-A0APP-1", "slack_signing_secret": None}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("socket")


@pytest.fixture(scope="module")
def connected(in_slack: Started, scripted_pipeline: Callable[..., Pipeline], folder: Path) -> Iterator[Bot]:
    with in_slack(folder, lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]"), **TOKENS) as bot:
        bot.slack.wait(lambda: bot.slack.named("apps.connections.open"))
        yield bot


def envelope(name: str, payload: dict[str, Any], kind: str = "events_api") -> dict[str, Any]:
    """Return an envelope as Slack sends it."""
    return {"type": kind, "envelope_id": name, "payload": payload, "accepts_response_payload": False}


def test_an_event_over_the_socket_is_answered(connected: Bot) -> None:
    """Acknowledged at once, and answered with the same calls as over requests; the socket is opened with the app's token."""
    slack = connected.slack
    slack.messages.clear()
    slack.send(envelope("one", mention(SHIPS)))
    slack.send(envelope("two", direct(SHIPS)))
    first, second = slack.shown(2)
    assert {text_of(first), text_of(second)} == {"Norlink will sell 14 of its 23 ships. [1]"}
    assert {"one", "two"} <= set(slack.acknowledged)
    (opened,) = [call for call in slack.calls if call.method == "apps.connections.open"]
    assert opened.token == "xapp-1-A0APP-1"  # noqa: S105 - of nobody


def test_what_comes_twice_over_the_socket_is_answered_once(connected: Bot) -> None:
    """After a connection that broke, Slack sends again what it is not sure of."""
    slack = connected.slack
    slack.messages.clear()
    event = mention(SHIPS)
    for name in ("three", "four", "five"):
        slack.send(envelope(name, event))
    slack.wait(lambda: {"three", "four", "five"} <= set(slack.acknowledged))
    slack.shown()
    time.sleep(0.2)
    assert len(slack.messages) == 1


def test_a_button_over_the_socket_is_kept(connected: Bot, folder: Path) -> None:
    """The press of a button comes the same way."""
    slack = connected.slack
    press = {
        "type": "block_actions", "team": {"id": "T0HARBOUR"}, "user": {"id": USER},
        "actions": [{"type": "feedback_buttons", "action_id": "dateline_feedback", "value": "bad:00112233aabbccdd"}],
    }  # fmt: skip
    slack.send(envelope("press", press, "interactive"))
    slack.wait(lambda: "press" in slack.acknowledged and SlackState(folder).feedback())
    (kept,) = SlackState(folder).feedback()
    assert (kept.answer_id, kept.value) == ("00112233aabbccdd", "bad")


def test_a_socket_service_takes_no_requests(connected: Bot) -> None:
    """There is no secret to check them with."""
    reply = connected.deliver(mention(SHIPS))
    assert reply.status_code == 404
    assert "slack_signing_secret" in reply.json()["detail"]


def test_a_connection_that_slack_ends_is_opened_anew(connected: Bot) -> None:
    """Slack ends each after some hours and says so before."""
    slack = connected.slack
    known = len(slack.named("apps.connections.open"))
    slack.send({"type": "disconnect", "reason": "refresh_requested"})
    slack.wait(lambda: len(slack.named("apps.connections.open")) > known)
    slack.messages.clear()
    time.sleep(0.3)
    slack.send(envelope("after", mention(SHIPS)))
    assert slack.shown()


def test_what_the_library_says_holds_no_secret_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """The address of a socket opens it, and the library logs it, with a traceback, when it cannot connect."""
    logger = library_logger(logging.ERROR)
    try:
        raise OSError("Cannot connect to wss://socket.example/link?ticket=abc&app_id=1")
    except OSError as error:
        logger.exception("Failed to connect (error: %s); Retrying...", error)  # noqa: TRY401 - as the library does
    library_logger().error("A whole message of somebody's")
    (record,) = caplog.records
    assert record.getMessage() == "Failed to connect (error: Cannot connect to wss://…); Retrying..."
    assert record.exc_info is None

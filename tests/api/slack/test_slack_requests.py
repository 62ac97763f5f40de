"""What is let past to Slack's library: only what Slack signed just now, whatever else is sent."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import USER, FakeSlack
from tests.api.slack.talking import TOKENS, Bot, mention, signed

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Built = Callable[..., Pipeline]

CHALLENGE = b'{"type": "url_verification", "challenge": "3eZbrw1aB", "token": "unused"}'


def refused(reply: httpx2.Response, status: int) -> None:
    """Check that a reply is problem details with this status."""
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
    assert reply.json()["status"] == status


def test_the_address_is_verified(bot: Bot) -> None:
    """Slack asks once whether the address is ours, and must get its word back."""
    reply = bot.post(CHALLENGE)
    assert (reply.status_code, reply.json()) == (200, {"challenge": "3eZbrw1aB"})


@pytest.mark.parametrize(
    "header",
    [
        {"x_slack_signature": "v0=" + "0" * 64},
        {"x_slack_signature": ""},
        {"x_slack_signature": "v0=" + "a" * 63},
        {"x_slack_signature": "v0=" + "A" * 64},
        {"x_slack_signature": "v1=" + "a" * 64},
        {"x_slack_request_timestamp": ""},
        {"x_slack_request_timestamp": "yesterday"},
        {"x_slack_request_timestamp": "-1"},
        {"x_slack_request_timestamp": "1e9"},
        {"x_slack_request_timestamp": "9" * 400},
        {"x_slack_request_timestamp": "1790000000.5"},
    ],
)
def test_what_slack_did_not_sign_is_refused(bot: Bot, header: dict[str, str]) -> None:
    """Each is 401 with what to do, and none reaches the library, which would answer 500 to some."""
    refused(bot.post(CHALLENGE, **header), 401)


@pytest.mark.parametrize("name", ["x-slack-signature", "x-slack-request-timestamp"])
def test_headers_beyond_ascii_are_refused(bot: Bot, name: str) -> None:
    """Neither compared as text nor read as a number."""
    moment = str(int(time.time()))
    headers = {"x-slack-request-timestamp": moment.encode(), "x-slack-signature": signed(moment, CHALLENGE).encode()}
    digits = "\u0661\u0662\u0663".encode()
    refused(bot.http.post("/slack/events", content=CHALLENGE, headers={**headers, name: digits}), 401)


def test_headers_that_are_missing_or_double_are_refused(bot: Bot) -> None:
    """Two checks that take different ones of two headers would be a way past both."""
    moment = str(int(time.time()))
    one, other = ("x-slack-request-timestamp", moment), ("x-slack-signature", signed(moment, CHALLENGE))
    for headers in ([], [one], [other], [one, one, other], [one, other, other]):
        refused(bot.http.post("/slack/events", content=CHALLENGE, headers=headers), 401)
    assert bot.http.post("/slack/events", content=CHALLENGE, headers=[one, other]).status_code == 200


def test_an_old_request_is_refused(bot: Bot) -> None:
    """One that somebody kept for 301 s, or that comes from the future; 290 s is a slow network."""
    for age, status in ((301, 401), (-302, 401), (290, 200)):
        moment = str(int(time.time()) - age)
        reply = bot.post(CHALLENGE, x_slack_request_timestamp=moment, x_slack_signature=signed(moment, CHALLENGE))
        assert reply.status_code == status, age


def test_a_body_that_is_too_long_is_refused(bot: Bot) -> None:
    """1 MiB is read, a byte more is not, also when its length is not announced."""
    refused(bot.post(b" " * 1_048_577), 413)

    def drip() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * 65_536

    moment = str(int(time.time()))
    headers = {"x-slack-request-timestamp": moment, "x-slack-signature": "v0=" + "0" * 64}
    refused(bot.http.post("/slack/events", content=drip(), headers=headers), 413)
    refused(bot.post(b" " * 1_048_576), 400)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"1", b"\xff\xfe", b'{"type": "event_callback", "event": []}', b"[" * 100_000]
)
def test_what_cannot_be_read_is_no_error_of_ours(bot: Bot, body: bytes) -> None:
    """Signed, and yet nothing that Slack sends."""
    reply = bot.post(body)
    assert 400 <= reply.status_code < 500
    refused(reply, reply.status_code)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "reaction_added", "user": USER, "item": {}},
        {"type": "message", "channel_type": "channel", "user": USER, "text": "Hello, all!", "channel": "C0NEWS"},
    ],
)
def test_other_events_are_taken_without_an_answer(bot: Bot, event: dict[str, object]) -> None:
    """Else Slack would send them again, and in the end switch the app off."""
    body = {**mention(""), "event": event}
    assert bot.deliver(body).status_code == 200
    time.sleep(0.1)
    assert bot.slack.calls == []


def test_without_slack_the_address_says_how_to_set_it_up(client: httpx2.Client) -> None:
    """404, also with no key at all: there is nothing to use."""
    reply = client.post("/slack/events", content=CHALLENGE)
    refused(reply, 404)
    assert "slack_signing_secret" in reply.json()["detail"]


def test_before_slack_says_who_we_are_events_wait(tmp_path: Path, serving: Serving, scripted_pipeline: Built) -> None:
    """503, so that Slack sends them again; the address itself can be verified."""
    settings = ServiceSettings(data=tmp_path, slack_api_url="http://127.0.0.1:9/", **TOKENS)
    with serving(create_app(settings, scripted_pipeline)) as http:
        unknown = Bot(http=http, slack=FakeSlack())
        assert unknown.post(CHALLENGE).json() == {"challenge": "3eZbrw1aB"}
        reply = unknown.deliver(mention("Who?"))
        refused(reply, 503)
        assert reply.headers["retry-after"]
        assert reply.json()["detail"].startswith("Slack has not yet said")

"""What Slack sends, signed as Slack signs it, and what readers see of the answers."""

import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from api.slack.text import plain_of
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import BOT_USER, CHANNEL, DIRECT, TEAM, USER, FakeSlack

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of nobody
TOKENS: dict[str, Any] = {"slack_bot_token": "xoxb-1-harbour", "slack_signing_secret": SECRET}
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Source:
    """What readers see of one source."""

    number: int
    url: str
    about: str
    quote: str


@dataclass(frozen=True, kw_only=True)
class Bot:
    """The service and the stand-in."""

    http: httpx2.Client
    slack: FakeSlack

    def post(self, body: bytes, **headers: str) -> httpx2.Response:
        """Send a body as Slack does, signed; headers may be other than Slack's."""
        moment = str(int(time.time()))
        sent = {"content-type": "application/json", "x-slack-request-timestamp": moment}
        sent |= {"x-slack-signature": signed(moment, body)}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post("/slack/events", content=body, headers=sent)

    def deliver(self, body: dict[str, Any]) -> httpx2.Response:
        """Send an event."""
        return self.post(json.dumps(body).encode())

    def press(self, value: str, user: str = USER) -> httpx2.Response:
        """Send the press of a button."""
        payload = {
            "type": "block_actions", "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM}, "channel": {"id": CHANNEL},
            "actions": [{"type": "feedback_buttons", "action_id": "dateline_feedback", "value": value}],
        }  # fmt: skip
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return self.post(body, content_type="application/x-www-form-urlencoded")

    def asked_over_slack(self, question: str) -> tuple[str, list[Source]]:
        """Ask in a channel; return the text of the answer and its sources, as readers see them."""
        known = len(self.slack.messages)
        assert self.deliver(mention(question)).status_code == 200
        message = self.slack.shown(known + 1)[-1]
        return text_of(message), sources_of(message["blocks"])


def signed(moment: str, body: bytes) -> str:
    """Return the signature of Slack."""
    return "v0=" + hmac.new(SECRET.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()


def mention(text: str, *, user: str = USER, channel: str = CHANNEL, **event: Any) -> dict[str, Any]:
    """Return the event of a message in a channel that names the bot."""
    return _event({"type": "app_mention", "text": f"<@{BOT_USER}> {text}", "user": user, "channel": channel, **event})


def direct(text: str, **event: Any) -> dict[str, Any]:
    """Return the event of a message that only the bot reads."""
    return _event({"type": "message", "channel_type": "im", "text": text, "user": USER, "channel": DIRECT, **event})


def _event(event: dict[str, Any]) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "type": "event_callback", "team_id": TEAM, "api_app_id": "A0APP", "event_id": f"Ev{number:08}",
        "event": {"ts": f"1790000000.{number:06}", "team": TEAM, **event},
    }  # fmt: skip


def text_of(message: dict[str, Any]) -> str:
    """Return the text of a message without what makes it harmless."""
    return "\n".join(plain_of(line) for line in message["text"].splitlines())


def sources_of(blocks: list[dict[str, Any]]) -> list[Source]:
    """Return the numbered sources of blocks."""
    lines = [element["text"] for block in blocks if block["type"] == "context" for element in block["elements"]]
    found = [re.fullmatch(r"<([^|]+)\|(\d+)\. ([^>]*)>(?:: “(.*)”[^”]*)?", line, re.DOTALL) for line in lines]
    return [
        Source(number=int(match[2]), url=plain_of(match[1]), about=plain_of(match[3]), quote=plain_of(match[4] or ""))
        for match in found
        if match
    ]


Started = Callable[..., AbstractContextManager[Bot]]
"""Starts a service with Slack set up: `in_slack`, but for what fixtures give."""


@contextmanager
def in_slack(
    slack: FakeSlack, serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]],
    ready: Callable[[httpx2.Client], None], data: Path, load: Callable[[], Pipeline], *,
    before: Callable[[FakeSlack], None] = FakeSlack.clear, **settings: Any,
) -> Iterator[Bot]:  # fmt: skip
    """Serve with Slack set up; `data` is where the bot keeps what it knows, `before` sets the stand-in up."""
    given = {"slack_api_url": f"{slack.url}/api/", "slack_rate": "1000/minute", **TOKENS, **settings}
    slack.clear()
    before(slack)
    with serving(create_app(ServiceSettings(data=data, **given), load)) as http:
        ready(http)
        slack.wait(lambda: slack.named("auth.test"))
        yield Bot(http=http, slack=slack)

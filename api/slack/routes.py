"""`POST /slack/events`, and the bot's life within the service's. Without Slack's settings, none of its libraries is loaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from api.answers import Service
from api.replicas import Replicas
from api.settings import ServiceSettings
from api.slack.guard import signed_body
from api.slack.incoming import Unreadable
from api.slack.libraries import need_libraries

if TYPE_CHECKING:
    from api.slack.bot import SlackBot

router = APIRouter()

PATH = "/slack/events"
_HOW = "docs/slack.md says how to set it up."


@router.post(PATH, include_in_schema=False)
async def slack_events(request: Request) -> Response:
    """Take an event, or the press of a button, from Slack; the answer comes to the channel later."""
    bot: SlackBot | None = request.app.state.slack
    if bot is None or bot.signing_secret is None:
        raise HTTPException(404, f"Slack's events are not taken here: set slack_bot_token and slack_signing_secret. {_HOW}")
    body = await signed_body(request, bot.signing_secret)
    try:
        done = await bot.handle(body, request.headers)
    except Unreadable:
        raise HTTPException(400, "This is not what Slack sends to this address.") from None
    if done.status != HTTPStatus.OK:
        raise HTTPException(done.status, "This was not taken; Slack may send it again.")
    return Response(done.body, done.status, done.first_headers_without_set_cookie())


def build_slack(settings: ServiceSettings, service: Service, replicas: Replicas | None) -> "SlackBot | None":
    """Return the bot, or None where Slack is not set up.

    Raises:
        UsageError: it is set up and its libraries are not installed.
    """
    if settings.slack_bot_token is None:
        return None
    need_libraries(settings)
    from api.slack.bot import SlackBot  # noqa: PLC0415 - an extra

    return SlackBot(settings, service, replicas)


@asynccontextmanager
async def in_slack(bot: "SlackBot | None") -> AsyncIterator[None]:
    """Have the bot, if there is one, answer as long as the service runs."""
    if bot is None:
        yield
        return
    await bot.start()
    try:
        yield
    finally:
        await bot.stop()

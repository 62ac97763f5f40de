"""The bot: Slack's library with our handlers, over requests or over a socket, and the answers that are being written."""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import Coroutine, Mapping
from contextvars import Context
from typing import Any

import structlog
from anyio import to_thread
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from api.answers import Service
from api.errors import NotReady
from api.rates import Rates
from api.replicas import Replicas
from api.settings import ServiceSettings
from api.slack.answering import Answering
from api.slack.blocks import ACTION
from api.slack.claims import Claims
from api.slack.incoming import Asked, Identity, Ignored, Unreadable, asked_in, opened_in
from api.slack.prompts import suggest
from api.slack.socket import Socket
from api.slack.state import SlackState
from api.slack.web import SlackFailed, Web, library_logger

logger = structlog.get_logger()

_PRESSED = re.compile(r"(good|bad):([0-9a-f]{16})")
_LONGEST_PAUSE = 60.0
# As long as uvicorn waits for other answers.
_STOPPING_SECONDS = 8.0
# How often somebody who asks too often is told so.
_TELLING = "1/minute"


class SlackBot:
    """Answers in Slack while it is started; needs a bot token, and a signing secret or an app token.

    Args:
        settings: the tokens, where it may answer, and how often one person may ask.
        service: the pipeline and the bounds on how much of it runs.
        replicas: what other replicas know as well, if they do.
    """

    def __init__(self, settings: ServiceSettings, service: Service, replicas: Replicas | None) -> None:
        self._settings = settings
        secret = settings.slack_signing_secret
        self.signing_secret = None if secret is None else secret.get_secret_value()
        """What Slack signs requests with; None where none are taken."""
        self._web = Web(token=_secret(settings.slack_bot_token), url=settings.slack_api_url)
        self._service = service
        self._state = SlackState(settings.data)
        self._answering = Answering(
            service, self._web, self._state, base_url=settings.base_url(), log_questions=settings.log_questions
        )
        self._rates, self._claims = Rates(replicas), Claims(self._state, replicas)
        self._identity: Identity | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: Socket | None = None
        self._beginning: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to find out who we are, and to listen; the service does not wait for Slack."""
        await self._web.open()
        self._app = self._handlers()
        self._beginning = asyncio.create_task(self._begin(), context=Context())

    async def stop(self) -> None:
        """Listen no more, and let the answers that are being written come to their end, for some seconds."""
        if self._beginning is not None:
            self._beginning.cancel()
            await asyncio.gather(self._beginning, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_STOPPING_SECONDS)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._web.close()

    async def handle(self, body: bytes, headers: Mapping[str, str]) -> BoltResponse:
        """Return what a request that Slack signed is answered.

        Raises:
            NotReady: Slack did not yet say who we are, or too many wait; Slack sends it again.
            Unreadable: it is nothing that Slack sends.
        """
        try:
            request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise Unreadable from error
        event = request.body.get("event", {"type": ""})
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise Unreadable
        if request.body.get("type") not in {"url_verification", "ssl_check"} and not request.body.get("ssl_check"):
            self._take()
        return await self._app.async_dispatch(request)

    def _us(self) -> Identity:
        if self._identity is None:
            raise NotReady("Slack has not yet said who this bot is; the log says why.")
        return self._identity

    def _take(self) -> None:
        """Refuse more while too many are worked on.

        Raises:
            NotReady: they are, or we do not know yet who we are.
        """
        self._us()
        if len(self._tasks) >= self._settings.waiting_requests:
            raise NotReady("Too many questions from Slack wait already.")

    async def _begin(self) -> None:
        """Ask Slack who we are until it says so, then open the socket, if there is to be one."""
        pause = 1.0
        while self._identity is None:
            try:
                known = await self._web.told(self._web.again.auth_test())
                self._identity = Identity(
                    team=str(known["team_id"]), enterprise=known.get("enterprise_id"), user=str(known["user_id"]),
                    bot=known.get("bot_id"),
                )  # fmt: skip
            except (SlackFailed, KeyError) as error:
                logger.error("slack cannot start", error=str(error), again_in=pause)  # noqa: TRY400 - one line is enough
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        if self._settings.slack_app_token is not None:
            self._socket = Socket(self._app, self._web, token=_secret(self._settings.slack_app_token))
            await self._socket.open()
        logger.info("slack ready", team=self._identity.team, socket=self._socket is not None)

    def _handlers(self) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            us = self._us()
            return AuthorizeResult(enterprise_id=us.enterprise, team_id=us.team, bot_user_id=us.user, bot_id=us.bot)

        app = AsyncApp(
            name="dateline", client=self._web.client_without_token(), authorize=authorize, logger=library_logger(),
            request_verification_enabled=False, attaching_conversation_kwargs_enabled=False,
        )  # fmt: skip
        app.middleware(self._admit)
        app.event("app_home_opened")(self._on_home)
        app.event("app_mention")(self._on_message)
        app.event("message")(self._on_message)
        # What else a manifest may subscribe to is taken note of, so that Slack need not send it again.
        app.event(re.compile(".*"))(_nothing)
        app.action(ACTION)(self._on_feedback)
        app.error(_failed)
        return app

    async def _admit(self, next: Any) -> BoltResponse | None:  # noqa: A002 - the library passes it under this name
        """Leave an event that comes over the socket unacknowledged while we are too busy: Slack sends it again."""
        try:
            self._take()
        except NotReady:
            return BoltResponse(status=503)
        await next()
        return None

    async def _on_message(self, body: dict[str, Any]) -> None:
        try:
            asked = asked_in(body, self._us(), self._settings.slack_channels)
        except Ignored as error:
            logger.debug("slack event ignored", reason=str(error))
            return
        self._spawn(self._answer(asked))

    async def _on_home(self, body: dict[str, Any]) -> None:
        with contextlib.suppress(Ignored):
            self._spawn(self._suggest(*opened_in(body, self._us(), self._settings.slack_channels)))

    async def _on_feedback(self, ack: Any, body: dict[str, Any]) -> None:
        await ack()
        actions, user = body.get("actions") or [{}], body.get("user") or {}
        pressed = _PRESSED.fullmatch(str(actions[0].get("value")))
        if pressed and isinstance(user.get("id"), str):
            self._spawn(self._keep(pressed[2], user["id"], pressed[1]))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: the request that brought it is answered, and its line in the log is written.
        task = asyncio.create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("unexpected error", exc_info=error)

    async def _answer(self, asked: Asked) -> None:
        if not await self._claims.first(*asked.names):
            return
        if wait := await self._rates.counted(self._settings.slack_rate, f"slack {asked.user}"):
            if not await self._rates.counted(_TELLING, f"told {asked.user}"):
                await self._tell_rate(asked, wait)
            return
        await self._answering.answer(asked, self._us())

    async def _tell_rate(self, asked: Asked, wait: int) -> None:
        text = f"You may ask {self._settings.slack_rate} only; try again in {wait} s."
        logger.info("slack rate reached", slack_event=asked.event_id)
        with contextlib.suppress(SlackFailed):
            await self._web.told(
                self._web.once.chat_postEphemeral(
                    channel=asked.channel, user=asked.user, text=text, thread_ts=asked.thread if asked.follows else None
                )
            )

    async def _suggest(self, name: str, channel: str) -> None:
        if await self._claims.first(name):
            await suggest(self._web, self._service, channel)

    async def _keep(self, answer_id: str, user: str, value: Any) -> None:
        try:
            await to_thread.run_sync(self._state.rate, answer_id, user, value)
            logger.info("slack feedback", answer=answer_id, value=value)
        except (sqlite3.Error, OSError) as error:
            logger.error("slack feedback not kept", answer=answer_id, error=str(error))  # noqa: TRY400 - one line is enough


async def _nothing() -> None:
    """Do nothing."""


async def _failed(error: Exception) -> None:
    """Log what the library would have logged with the whole message."""
    logger.error("unexpected error", exc_info=error)


def _secret(value: Any) -> str:
    return str(value.get_secret_value())

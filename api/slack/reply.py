"""One message in Slack while it is written: streamed where the workspace can, posted whole where it cannot. Never two.

What makes a message is asked of Slack once, so a failure after which it may be there or not is not followed by a second
answer: a stream is begun empty, so one that was begun for nothing holds no answer; and a stream in which a piece may or may not
have arrived is ended and then replaced as a whole, which can be asked any number of times.
"""

import time
from collections.abc import Sequence
from typing import Any

import structlog

from api.slack.blocks import TEXT_CHARACTERS, Block, sections
from api.slack.incoming import Asked
from api.slack.text import cut
from api.slack.web import SlackFailed, Web

logger = structlog.get_logger()

_PAUSE_SECONDS = 0.7
"""Between two pieces: Slack takes about 100 in a minute and bot."""
# What notifications and old clients show instead of blocks.
_NOTICE = 3_000
_QUIET = {"unfurl_links": False, "unfurl_media": False}


class Reply:
    """The answer to one message.

    Args:
        web: Slack.
        asked: what is answered.
    """

    def __init__(self, web: Web, asked: Asked) -> None:
        self._web, self._asked = web, asked
        self.text = ""
        """What was said."""
        self.cut_short = False
        """Whether it was more than a message may have."""
        self._ended = False
        self._shown = 0
        """How much of the text the stream has."""
        self._stream: str | None = None
        self._streams = True
        self._broken = False
        self._due = 0.0

    async def show_status(self, status: str) -> None:
        """Show what is done meanwhile; older workspaces cannot, and that is no harm."""
        try:
            await self._web.told(
                self._web.once.assistant_threads_setStatus(
                    channel_id=self._asked.channel, thread_ts=self._asked.thread, status=status
                )
            )
        except SlackFailed as error:
            logger.debug("slack status not shown", error=str(error))

    def add(self, piece: str) -> None:
        """Add a piece of inert text, as far as there is room for it, to be shown with what comes next."""
        if self.cut_short:
            return
        room = TEXT_CHARACTERS - len(self.text)
        self.cut_short = len(piece) > room
        self.text += cut(piece, room)

    async def say(self, piece: str) -> None:
        """Add a piece of inert text, and show it soon."""
        self.add(piece)
        if self._streams and self._stream is None:
            await self._begin()
        if self._stream is not None and not self._broken and time.monotonic() >= self._due:
            await self._append()

    async def finish(self, blocks: Sequence[Block] = ()) -> None:
        """End the message with what stands below the text. A second time nothing happens.

        Raises:
            SlackFailed: not all of it may be there.
        """
        if self._ended:
            return
        self._ended = True
        if self._stream is None:
            await self._post(list(blocks))
        else:
            await self._end(self._stream, list(blocks))

    async def _begin(self) -> None:
        asked = self._asked
        try:
            reply = await self._web.told(
                self._web.once.chat_startStream(
                    channel=asked.channel, thread_ts=asked.thread, recipient_team_id=asked.team, recipient_user_id=asked.user
                )
            )
            self._stream = str(reply["ts"])
        except (SlackFailed, KeyError) as error:
            self._streams = False
            logger.info("slack stream not begun", error=str(error))

    async def _append(self) -> None:
        part = self.text[self._shown :]
        self._broken = True  # until it is known to have arrived
        try:
            await self._web.told(
                self._web.once.chat_appendStream(channel=self._asked.channel, ts=str(self._stream), markdown_text=part)
            )
            self._broken = False
        except SlackFailed as error:
            logger.info("slack stream broken", error=str(error))
        self._shown = len(self.text)
        self._due = time.monotonic() + _PAUSE_SECONDS

    async def _end(self, stream: str, blocks: list[Block]) -> None:
        # With a piece that may have arrived or not, only the whole text is right.
        rest: dict[str, Any] = (
            {} if self._broken else {"markdown_text": self.text[self._shown :] or None, "blocks": blocks or None}
        )
        try:
            await self._web.told(self._web.once.chat_stopStream(channel=self._asked.channel, ts=stream, **rest))
        except SlackFailed as error:
            self._broken = True
            logger.info("slack stream not ended", error=str(error))
        if not self._broken:
            return
        message: dict[str, Any] = {"channel": self._asked.channel, "ts": stream, "text": cut(self.text, _NOTICE)}
        shown = sections(self.text)
        try:
            await self._web.told(self._web.again.chat_update(**message, blocks=[*shown, *blocks]))
        except SlackFailed as error:
            if not blocks:
                raise
            logger.info("slack blocks refused", error=str(error))
            await self._web.told(self._web.again.chat_update(**message, blocks=shown))

    async def _post(self, blocks: list[Block]) -> None:
        asked = self._asked
        message: dict[str, Any] = {"channel": asked.channel, "thread_ts": asked.thread, "text": cut(self.text, _NOTICE), **_QUIET}
        shown = sections(self.text)
        try:
            await self._web.told(self._web.once.chat_postMessage(**message, blocks=[*shown, *blocks]))
        except SlackFailed as error:
            # Only when Slack said that it did not take the message because of a block is there surely none.
            if not blocks or "block" not in str(error):
                raise
            logger.info("slack blocks refused", error=str(error))
            await self._web.told(self._web.once.chat_postMessage(**message, blocks=shown))

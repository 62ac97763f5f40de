"""The messages of a thread before a question, as a conversation."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from api.schemas import MAX_MESSAGE_CHARACTERS
from api.slack.incoming import Asked, Identity
from api.slack.text import plain_of
from api.slack.web import SlackFailed, Web
from rag.types import Turn

logger = structlog.get_logger()

TURNS = 20
"""The most messages that are passed on: a follow-up is understood from what was said last."""
_PAGE, _PAGES = 200, 5


async def earlier(web: Web, asked: Asked, identity: Identity) -> tuple[Turn, ...]:
    """Return what was said in the thread before, oldest first; nothing when Slack does not tell."""
    if not asked.follows:
        return ()
    try:
        return turns_of(await _messages(web, asked), asked, identity)
    except SlackFailed as error:
        logger.warning("slack thread not read", error=str(error))
        return ()


def turns_of(messages: Iterable[object], asked: Asked, identity: Identity) -> tuple[Turn, ...]:
    """Return the messages that belong to the conversation with the bot.

    In a channel that is what mentions the bot and what it answered: people also talk with each other there.

    Args:
        messages: as Slack sends them, oldest first.
        asked: the question; what came after it does not count.
        identity: of the bot.
    """
    turns = []
    for message in messages:
        if not isinstance(message, Mapping) or _order(message.get("ts")) >= _order(asked.moment):
            continue
        text = message.get("text")
        if not isinstance(text, str):
            continue
        said = plain_of(text, identity.user)[:MAX_MESSAGE_CHARACTERS]
        ours = message.get("user") == identity.user or (identity.bot is not None and message.get("bot_id") == identity.bot)
        if not said:
            continue
        if ours:
            turns.append(Turn("assistant", said))
        elif not (message.get("subtype") or message.get("bot_id")) and (asked.direct or f"<@{identity.user}" in text):
            turns.append(Turn("user", said))
    return tuple(turns[-TURNS:])


async def _messages(web: Web, asked: Asked) -> list[object]:
    found: list[object] = []
    more: dict[str, Any] = {}
    for _ in range(_PAGES):
        reply = await web.told(
            web.again.conversations_replies(channel=asked.channel, ts=asked.thread, latest=asked.moment, limit=_PAGE, **more)
        )
        page, after = reply.get("messages"), reply.get("response_metadata")
        # Slack begins with the oldest.
        found = (found + list(page if isinstance(page, list) else []))[-_PAGE:]
        cursor = after.get("next_cursor") if isinstance(after, dict) else None
        if not cursor:
            break
        more = {"cursor": cursor}
    return found


def _order(moment: object) -> tuple[int, int]:
    """Return what sorts messages by time."""
    seconds, _, fraction = str(moment).partition(".")
    return (int(seconds), int(fraction)) if seconds.isdecimal() and fraction.isdecimal() else (0, 0)

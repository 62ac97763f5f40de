"""What comes from Slack, and which of it is a question for us: from a person, of this workspace, in an allowed channel."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DIRECT = "im"
"""In the setting `slack_channels`: direct messages."""
_ID = re.compile(r"[A-Z][A-Z0-9]{1,40}")
_MOMENT = re.compile(r"\d{1,12}\.\d{1,9}")
_EVENT = re.compile(r"[\x21-\x7e]{1,100}")
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the bot is, as `auth.test` says."""

    team: str
    enterprise: str | None
    user: str
    """Its user id; mentions name it."""
    bot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message to answer."""

    event_id: str
    team: str
    """Of the person who asks."""
    channel: str
    user: str
    moment: str
    """When it was sent: names the message within its channel."""
    thread: str
    """The first message of the thread that the answer belongs to."""
    text: str
    direct: bool
    """Whether nobody else reads it."""

    @property
    def follows(self) -> bool:
        """Whether something was said before it in its thread."""
        return self.thread != self.moment

    @property
    def names(self) -> tuple[str, str]:
        """What it is known by: one message may come as two events, a mention and a message."""
        return f"event {self.event_id}", f"message {self.channel} {self.moment}"


class Unreadable(Exception):  # noqa: N818 - reads as what it is
    """A request that Slack signed, and that is nothing it would send."""


class Ignored(Exception):  # noqa: N818 - reads as what it is
    """An event that is not for us; the message is the reason."""


def asked_in(body: Mapping[str, Any], identity: Identity, channels: Sequence[str]) -> Asked:
    """Return what an event asks.

    Args:
        body: of the event, signed by Slack; what people wrote in it may be anything.
        identity: of the bot.
        channels: where it may answer; empty: everywhere.

    Raises:
        Ignored: it is not to be answered.
    """
    event = body.get("event")
    if not isinstance(event, Mapping):
        raise Ignored("no event")
    if event.get("subtype") or event.get("bot_id") or event.get("bot_profile"):
        raise Ignored("an edit, a notice or another bot")
    direct = event.get("channel_type") == DIRECT
    if event.get("type") == "message" and not direct:
        raise Ignored("not addressed to us")
    found = {name: event.get(name) for name in ("channel", "user")}
    moment = event.get("ts")
    thread = event.get("thread_ts") or moment
    event_id = body.get("event_id")
    if not all(isinstance(value, str) and _ID.fullmatch(value) for value in found.values()) or not (
        _fits(_MOMENT, moment) and _fits(_MOMENT, thread) and _fits(_EVENT, event_id)
    ):
        raise Ignored("not understood")
    channel, user = str(found["channel"]), str(found["user"])
    if user in {identity.user, _SLACKBOT}:
        raise Ignored("our own, or Slack's")
    team = _team_of(body, event, identity)
    _check_channel(channel, channels, direct=direct)
    text = event.get("text")
    return Asked(
        event_id=str(event_id), team=team, channel=channel, user=user, moment=str(moment), thread=str(thread),
        text=text if isinstance(text, str) else "", direct=direct,
    )  # fmt: skip


def opened_in(body: Mapping[str, Any], identity: Identity, channels: Sequence[str]) -> tuple[str, str]:
    """Return the name of an event by which somebody opened the conversation with the bot, and the conversation's channel.

    Args:
        body: of the event.
        identity: of the bot.
        channels: where it may answer; empty: everywhere.

    Raises:
        Ignored: it is something else, or the bot may not answer there.
    """
    event = body["event"]
    channel, event_id = event.get("channel"), body.get("event_id")
    if event.get("tab") != "messages" or not _fits(_ID, channel) or not _fits(_EVENT, event_id):
        raise Ignored("not the conversation")
    _team_of(body, event, identity)
    _check_channel(channel, channels, direct=True)
    return f"event {event_id}", channel


def _check_channel(channel: str, channels: Sequence[str], *, direct: bool) -> None:
    """Refuse a channel that the setting does not name.

    Raises:
        Ignored: it does not.
    """
    if channels and channel not in channels and not (direct and DIRECT in channels):
        raise Ignored("not an allowed channel")


def _team_of(body: Mapping[str, Any], event: Mapping[str, Any], identity: Identity) -> str:
    """Return the workspace of whoever asks.

    Raises:
        Ignored: the app is not installed there, or the person belongs to another organisation.
    """
    if body.get("team_id") != identity.team and (identity.enterprise is None or body.get("enterprise_id") != identity.enterprise):
        raise Ignored("another workspace")
    team = event.get("user_team") or event.get("team") or identity.team
    # In a channel that is shared with another organisation, its members would read our archive.
    if body.get("is_ext_shared_channel") and team not in {identity.team, identity.enterprise}:
        raise Ignored("another organisation")
    return team if isinstance(team, str) and _ID.fullmatch(team) else identity.team


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

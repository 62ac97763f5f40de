"""Which of Slack's secrets is which, and which are of use together."""

import re
from collections.abc import Mapping

from pydantic import SecretStr

CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,40}|im")
"""A channel's id, or direct messages."""
MOST_SOCKETS = 10
"""How many sockets Slack opens for one app; each worker needs one."""

_FORMS = {
    "slack_bot_token": (re.compile(r"xoxb-[\w-]+"), "the Bot User OAuth Token, which begins with xoxb- (OAuth & Permissions)"),
    "slack_app_token": (re.compile(r"xapp-[\w-]+"), "an App-Level Token, which begins with xapp- (Basic Information)"),
    "slack_signing_secret": (re.compile(r"[0-9A-Za-z]{16,}"), "the Signing Secret, letters and digits (Basic Information)"),
}


def refuse_slack(name: str, secret: SecretStr | None, others: Mapping[str, object]) -> None:
    """Refuse one of Slack's secrets.

    Args:
        name: of the setting.
        secret: its value.
        others: the settings before it.

    Raises:
        ValueError: it is not what belongs there, or of no use with the others; says what to do, and not what was given.
    """
    bot = others.get("slack_bot_token")
    if secret is not None:
        form, what = _FORMS[name]
        if not form.fullmatch(secret.get_secret_value()):
            raise ValueError(f"must be {what} of the app at api.slack.com/apps")
        if name != "slack_bot_token" and "slack_bot_token" in others and bot is None:
            raise ValueError("needs slack_bot_token as well, with which answers are posted")
    if name != "slack_app_token":
        return
    workers = others.get("workers")
    if secret is not None and isinstance(workers, int) and workers > MOST_SOCKETS:
        raise ValueError(f"is of use for up to {MOST_SOCKETS} workers; with more set slack_signing_secret instead")
    if secret is None and bot is not None and "slack_signing_secret" in others and others["slack_signing_secret"] is None:
        raise ValueError(
            "is missing: slack_bot_token alone gets no questions. Set slack_app_token (no public address needed) or "
            "slack_signing_secret"
        )

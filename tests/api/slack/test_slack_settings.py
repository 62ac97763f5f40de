"""Setting Slack up: what is missing or mixed up is one line that says what to do, before the service starts."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.server import _written
from api.settings import ServiceSettings
from tests.api.slack.talking import TOKENS

ROOT = Path(__file__).parents[3]
SECRET = "DATELINE_SLACK_SIGNING_SECRET"  # noqa: S105 - a name
BOT, APP, CHANNELS, RATE = (f"DATELINE_SLACK_{name}" for name in ("BOT_TOKEN", "APP_TOKEN", "CHANNELS", "RATE"))


@pytest.mark.parametrize(
    ("variables", "name", "says"),
    [
        ({BOT: "xoxp-1"}, "slack_bot_token", "begins with xoxb-"),
        ({BOT: "xoxb-1"}, "slack_app_token", "alone gets no questions"),
        ({SECRET: "0" * 32}, "slack_signing_secret", "needs slack_bot_token"),
        ({APP: "xapp-1"}, "slack_app_token", "needs slack_bot_token"),
        ({BOT: "xoxb-1", APP: "xoxb-2"}, "slack_app_token", "begins with xapp-"),
        ({BOT: "xoxb-1", SECRET: "xapp-1"}, "slack_signing_secret", "Signing Secret"),
        ({BOT: "xoxb-1", APP: "xapp-1", "DATELINE_WORKERS": "11"}, "slack_app_token", "up to 10 workers"),
        ({CHANNELS: "#news"}, "slack_channels", "is no channel's id"),
        ({RATE: "often"}, "slack_rate", "write it like 10/minute"),
        ({"DATELINE_SLACK_API_URL": "slack"}, "slack_api_url", "http"),
    ],
)
def test_what_is_mixed_up_is_named(
    dateline: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str, says: str
) -> None:
    """The setting and what to do; never what was given, which may be a secret."""
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    done = dateline("serve")
    assert (done.code, done.out) == (2, "")
    assert f"setting {name!r}" in done.err
    assert says in done.err
    given = [value for variable, value in variables.items() if variable in {BOT, APP, SECRET}]
    assert not [value for value in given if value in done.err]


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As container files leave them."""
    for variable in (BOT, APP, SECRET, CHANNELS):
        monkeypatch.setenv(variable, "")
    settings = ServiceSettings()
    assert (settings.slack_bot_token, settings.slack_app_token, settings.slack_channels) == (None, None, ())


def test_secrets_reach_the_workers_and_nothing_else() -> None:
    """Workers read their settings from the environment; printed, a secret is stars."""
    settings = ServiceSettings(**TOKENS, slack_channels=("C0NEWS", "im"))  # type: ignore[arg-type]
    written = {name: _written(value) for name, value in settings.model_dump().items() if value is not None}
    again = ServiceSettings.model_validate(written | {"data": settings.data} | {"fetch_private": ()})
    assert again.slack_signing_secret == settings.slack_signing_secret
    assert again.slack_channels == ("C0NEWS", "im")
    assert TOKENS["slack_bot_token"] not in repr(settings)


def in_a_process(program: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of ours in a process of its own."""
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_without_the_libraries_the_service_says_how_to_install_them(tmp_path: Path) -> None:
    """In a process that cannot import them, as after a plain installation; before workers are started, which would fail."""
    program = "import sys; sys.modules['slack_bolt'] = None; from api.cli import main; main(sys.argv[1:])"
    tokens = {BOT: "xoxb-1", SECRET: "0" * 32}
    done = in_a_process(program, "serve", "--port", "0", "--workers", "2", "--data", str(tmp_path), **tokens)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.endswith("Install them with: .venv/bin/pip install -e '.[slack]'")


def test_without_slack_none_of_its_libraries_is_loaded() -> None:
    """They are an extra, and take half a second."""
    program = (
        "import sys; from api.app import create_app; from api.settings import ServiceSettings; "
        "create_app(ServiceSettings(), None); print({'slack_bolt', 'slack_sdk', 'aiohttp'} & set(sys.modules))"
    )
    assert in_a_process(program).stdout == "set()\n"


def test_the_manifest_asks_for_what_the_bot_uses() -> None:
    """Events that it answers, rights for the methods that it calls, and no more."""
    manifest = yaml.safe_load((ROOT / "examples" / "slack-manifest.yaml").read_text(encoding="utf-8"))
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == {"app_mention", "message.im", "app_home_opened"}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {
        "app_mentions:read", "assistant:write", "chat:write", "channels:history", "groups:history", "im:history", "mpim:history",
    }  # fmt: skip
    assert manifest["settings"]["socket_mode_enabled"] is True

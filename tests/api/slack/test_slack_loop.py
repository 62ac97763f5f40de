"""Slack does not hold up other requests: nothing that it does waits on the event loop."""

from pathlib import Path

from blockbuster import BlockBusterFunction, blockbuster_ctx
from structlog.testing import capture_logs

from api.slack.state import SlackState
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import DIRECT, USER
from tests.api.slack.talking import Bot, direct, mention, text_of

SHIPS = "How many ships will Norlink sell?"


def test_slack_never_blocks_the_loop(bot: Bot, running_folder: Path) -> None:
    """Answers, follow-ups, prompts and buttons, with a file that is written for each, while nothing on the loop may wait."""
    ours = [BlockBusterFunction(Pipeline, "prepare"), BlockBusterFunction(SlackState, "_opened")]
    state = SlackState(running_folder)
    known = state.counts()["good"]
    with capture_logs() as lines, blockbuster_ctx():
        for function in ours:
            function.activate()
        try:
            bot.deliver(mention(SHIPS))
            bot.deliver(direct(SHIPS, thread_ts="1780000000.000001"))
            opened = {"type": "app_home_opened", "user": USER, "channel": DIRECT, "tab": "messages"}
            bot.deliver({**mention(""), "event": opened})
            bot.press("good:00112233aabbccee")
            messages = bot.slack.shown(2)
            bot.slack.wait(lambda: any(line["event"] == "slack feedback" for line in lines))
            bot.slack.wait(lambda: bot.slack.named("assistant.threads.setSuggestedPrompts"))
        finally:
            for function in ours:
                function.deactivate()
    assert all("14 of its 23 ships" in text_of(message) for message in messages)
    assert [line for line in lines if line["log_level"] in {"warning", "error", "critical"}] == []
    assert state.counts()["good"] == known + 1

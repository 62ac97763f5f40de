"""What happens when Slack fails: one answer or one line in the log, never two answers, never a traceback."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from api.answers import Service
from api.slack.answering import Answering
from api.slack.incoming import Identity, asked_in
from api.slack.reply import Reply
from api.slack.state import SlackState
from api.slack.web import Web
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import BOT, BOT_USER, TEAM, FakeSlack, Told
from tests.api.slack.talking import Bot, Started, mention, sources_of, text_of

SHIPS = "How many ships will Norlink sell?"
ANSWER = "SANDHOLM, April 10 (Reuters) - The ferry company Norlink will sell 14 of its 23 ships. [1]"
BEGIN, APPEND, STOP, POST, UPDATE = "chat.startStream", "chat.appendStream", "chat.stopStream", "chat.postMessage", "chat.update"


def answered(bot: Bot) -> dict[str, object]:
    """Ask; return the one message with text that readers see in the end."""
    bot.deliver(mention(SHIPS))
    bot.slack.shown()
    time.sleep(0.2)
    (message,) = [message for message in bot.slack.messages.values() if message["text"]]
    assert text_of(message) == ANSWER
    assert [source.number for source in sources_of(message["blocks"])] == [1]
    return message


@pytest.mark.parametrize(
    "told", [Told(error="unknown_method"), Told(error="not_allowed_token_type"), Told(error="missing_scope"), Told(status=500)]
)
def test_where_streams_are_unknown_the_answer_is_posted(bot: Bot, told: Told) -> None:
    """Old workspaces, and apps without the right; the same text and the same sources, with nothing fetched for a preview."""
    bot.slack.tell(BEGIN, told)
    message = answered(bot)
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)
    assert len(bot.slack.named(BEGIN)) == len(bot.slack.named(POST)) == 1


def test_a_stream_that_was_begun_for_nothing_holds_no_answer(bot: Bot) -> None:
    """Slack did what was asked and the reply was lost: what was begun stays empty, and the answer is posted once."""
    bot.slack.tell(BEGIN, Told(status=500, done=True))
    answered(bot)
    assert len(bot.slack.messages) == 2


@pytest.mark.parametrize("done", [True, False])
def test_a_piece_that_may_have_arrived_or_not_is_replaced(bot: Bot, done: bool) -> None:  # noqa: FBT001 - a parameter
    """The stream is ended, and the message then set to the whole text: nothing twice, nothing missing."""
    bot.slack.tell(APPEND, Told(status=500, done=done))
    answered(bot)
    assert len(bot.slack.named(APPEND)) == len(bot.slack.named(UPDATE)) == 1
    assert "markdown_text" not in bot.slack.named(STOP)[0]


def test_an_end_that_failed_is_set_again(bot: Bot) -> None:
    """Also when the first tries to set it fail: it can be set any number of times."""
    bot.slack.tell(STOP, Told(error="invalid_blocks"))
    bot.slack.tell(UPDATE, Told(status=500), Told(status=503))
    bot.deliver(mention(SHIPS))
    bot.slack.wait(lambda: len(bot.slack.named(UPDATE)) == 3)
    bot.slack.wait(lambda: all("text" in message for message in bot.slack.messages.values()))
    (message,) = bot.slack.messages.values()
    assert text_of({"text": message["blocks"][0]["text"]["text"]}) == ANSWER


def test_slack_is_asked_again_after_as_long_as_it_says(bot: Bot) -> None:
    """429 with Retry-After: the call was not done, so it is made again."""
    bot.slack.tell(BEGIN, Told(status=429, error="ratelimited", headers={"Retry-After": "1"}))
    begun = time.monotonic()
    answered(bot)
    assert time.monotonic() - begun > 1
    assert len(bot.slack.named(BEGIN)) == 2
    assert not bot.slack.named(POST)


def test_blocks_that_slack_does_not_take_are_left_out(bot: Bot) -> None:
    """An old workspace without buttons for feedback still gets the answer."""
    bot.slack.tell(BEGIN, Told(error="unknown_method"))
    bot.slack.tell(POST, Told(error="invalid_blocks"))
    bot.deliver(mention(SHIPS))
    (message,) = bot.slack.shown()
    assert text_of(message) == ANSWER
    assert {block["type"] for block in message["blocks"]} == {"section"}


@pytest.mark.parametrize("told", [Told(status=500), Told(error="channel_not_found"), Told(error="account_inactive")])
def test_an_answer_that_cannot_be_delivered_is_one_line(bot: Bot, told: Told) -> None:
    """After a 500 it may be there already, so it is not posted again."""
    bot.slack.tell(BEGIN, Told(error="unknown_method"))
    bot.slack.tell(POST, told)
    with capture_logs() as lines:
        bot.deliver(mention(SHIPS))
        bot.slack.wait(lambda: any(line["event"] == "slack answer not delivered" for line in lines))
    (line,) = [line for line in lines if line["log_level"] in {"warning", "error", "critical"}]
    assert line["error"] == (told.error or "status 500")
    assert not any("exc_info" in line for line in lines)
    assert len(bot.slack.named(POST)) == 1
    assert SHIPS not in str(lines)


def test_a_thread_that_cannot_be_read_is_answered_nevertheless(bot: Bot) -> None:
    """Without the right to read it, the question stands for itself."""
    bot.slack.tell("conversations.replies", Told(error="missing_scope"))
    bot.deliver(mention(SHIPS, thread_ts="1780000000.000001"))
    assert text_of(bot.slack.shown()[0]) == ANSWER


def test_status_and_prompts_are_no_matter(bot: Bot) -> None:
    """Workspaces without the view for agents have neither."""
    bot.slack.tell("assistant.threads.setStatus", Told(error="unknown_method"))
    answered(bot)


def test_the_service_takes_slack_when_it_comes(
    in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """Who we are is asked until Slack says it; one line says why it has to be asked again."""
    with capture_logs() as lines:
        refused = Told(error="invalid_auth")
        with in_slack(tmp_path, scripted_pipeline, before=lambda slack: slack.tell("auth.test", refused)) as bot:
            bot.slack.wait(lambda: any(line["event"] == "slack ready" for line in lines))
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert (line["event"], line["error"]) == ("slack cannot start", "invalid_auth")


def test_a_service_that_stops_ends_what_it_writes(
    in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """An answer that is on its way when the service stops comes to its end."""
    with in_slack(tmp_path, lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]")) as bot:
        bot.slack.tell(APPEND, Told(seconds=0.7, done=True))
        bot.deliver(mention(SHIPS))
        bot.slack.wait(lambda: bot.slack.named(APPEND))
        assert not bot.slack.named(STOP)
    (message,) = bot.slack.messages.values()
    assert message["whole"]
    assert "14 of its 23 ships" in message["text"]


def test_what_is_too_much_is_sent_again_later(
    in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """More than may wait gets 503, and no memory of it is kept, so that Slack's next try is answered."""
    with in_slack(tmp_path, lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]"), waiting_requests=1) as bot:
        bot.slack.tell("assistant.threads.setStatus", Told(seconds=0.5, done=True))
        assert bot.deliver(mention(SHIPS)).status_code == 200
        bot.slack.wait(lambda: bot.slack.named("assistant.threads.setStatus"))
        second = mention(SHIPS)
        reply = bot.deliver(second)
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "2")
        bot.slack.shown()
        bot.slack.wait(lambda: bot.deliver(second).status_code == 200)
        assert len(bot.slack.shown(2)) == 2


def test_slack_is_not_waited_for_without_end(slack: FakeSlack) -> None:
    """What is too slow counts as failed: the stream as not begun, and the answer is posted."""

    async def run() -> None:
        web = Web(token="xoxb-1", url=f"{slack.url}/api/", seconds=0.3)  # noqa: S106 - of nobody
        await web.open()
        us = Identity(team=TEAM, enterprise=None, user=BOT_USER, bot=BOT)
        reply = Reply(web, asked_in(mention(SHIPS), us, ()))
        await reply.say("Fourteen. [1]")
        await reply.finish()
        await web.close()

    slack.clear()
    slack.tell(BEGIN, Told(seconds=1))
    asyncio.run(run())
    (message,) = slack.messages.values()
    assert message["text"] == "Fourteen. [1]"


def test_a_long_answer_is_cut_while_it_is_written(slack: FakeSlack) -> None:
    """At 9,000 characters, between words, once, however it comes; what is sent is what is counted."""

    async def run() -> None:
        web = Web(token="xoxb-1", url=f"{slack.url}/api/")  # noqa: S106 - of nobody
        await web.open()
        us = Identity(team=TEAM, enterprise=None, user=BOT_USER, bot=BOT)
        reply = Reply(web, asked_in(mention(SHIPS), us, ()))
        for _ in range(40):
            await reply.say("Norlink & others sell ships. ".replace("&", "&amp;") * 10)
        reply.add("\n\nA note.")
        assert reply.cut_short
        await reply.finish()
        await reply.finish()
        await web.close()

    slack.clear()
    asyncio.run(run())
    (message,) = slack.messages.values()
    assert 8_900 < len(message["text"]) <= 9_000
    assert message["text"].count("…") == 1
    assert message["text"].endswith("…")
    assert len(slack.named(STOP)) == 1


def test_an_answer_that_is_not_waited_for_says_so(
    slack: FakeSlack, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """What takes longer than the service may take to stop is broken off, and readers are told."""

    async def run() -> None:
        service = Service(2)
        service.pipeline = scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]", "\n\nMore.")
        web = Web(token="xoxb-1", url=f"{slack.url}/api/")  # noqa: S106 - of nobody
        await web.open()
        answering = Answering(service, web, SlackState(tmp_path), base_url="", log_questions=False)
        us = Identity(team=TEAM, enterprise=None, user=BOT_USER, bot=BOT)
        task = asyncio.create_task(answering.answer(asked_in(mention(SHIPS), us, ()), us))
        while not slack.named(APPEND):  # noqa: ASYNC110 - the stand-in runs in a thread
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        await web.close()
        service.pipeline.close()

    slack.clear()
    slack.tell(APPEND, Told(seconds=3, done=True))
    asyncio.run(run())
    (message,) = slack.messages.values()
    assert message["whole"]
    assert message["text"].endswith("The service was stopped meanwhile; ask again in a moment.")

"""Answers in Slack: from the real pipeline and archive, through Slack's own library, to a stand-in for its servers."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rag.errors import GeneratorError
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import BOT, BOT_USER, CHANNEL, DIRECT, TEAM, USER, Told
from tests.api.slack.talking import Bot, Started, direct, mention, sources_of, text_of

SHIPS = "How many ships will Norlink sell?"
BRIDGE = "How long is the bridge over the Sandholm strait?"


def test_an_answer_is_streamed_with_its_sources(bot: Bot) -> None:
    """The status first, then the text as it comes, and on stop the sources and the buttons; nothing is fetched for a preview."""
    text, (source,) = bot.asked_over_slack(SHIPS)
    native = bot.http.post("/v1/answer", json={"question": SHIPS}).json()
    (citation,) = native["citations"]
    assert text == native["answer"]
    assert (source.number, source.quote) == (1, citation["quote"])
    assert source.about == "Norlink sells ferries — Coast Courier (Reuters), 2025-04-10"
    assert source.url == f"http://127.0.0.1:8000/?article={citation['article_id']}"
    methods = [call.method for call in bot.slack.calls]
    assert methods == ["assistant.threads.setStatus", "chat.startStream", "chat.appendStream", "chat.stopStream"]
    (begun,) = bot.slack.named("chat.startStream")
    event_moment = begun["thread_ts"]
    assert begun == {
        "channel": CHANNEL, "thread_ts": event_moment, "recipient_team_id": TEAM, "recipient_user_id": USER
    }  # fmt: skip
    (status,) = bot.slack.named("assistant.threads.setStatus")
    assert (status["channel_id"], status["thread_ts"]) == (CHANNEL, event_moment)
    *contexts, actions = bot.slack.named("chat.stopStream")[0]["blocks"]
    assert {block["type"] for block in contexts} == {"context"}
    assert all(element["verbatim"] for block in contexts for element in block["elements"])
    (buttons,) = actions["elements"]
    assert (actions["type"], buttons["type"]) == ("context_actions", "feedback_buttons")
    assert {call.token for call in bot.slack.calls} == {"xoxb-1-harbour"}


def test_an_article_with_an_address_is_linked_there(bot: Bot) -> None:
    """The outlet's own page, as over every other channel."""
    _, (source, *_) = bot.asked_over_slack(BRIDGE)
    assert source.url == "https://example.org/bridge"


def test_direct_messages_are_answered_in_their_thread(bot: Bot) -> None:
    """Without a mention; each begins a thread of its own."""
    asked = direct(SHIPS)
    bot.deliver(asked)
    (message,) = bot.slack.shown()
    assert (message["channel"], message["thread_ts"]) == (DIRECT, asked["event"]["ts"])
    assert "14 of its 23 ships" in text_of(message)


def test_one_answer_for_four_deliveries(bot: Bot) -> None:
    """Slack sends an event again when it is not sure; also at once, and also as another event for the same message."""
    asked = mention(SHIPS)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: bot.deliver(asked).status_code, range(4)))
    bot.deliver({**asked, "event_id": "Ev99999999"})
    assert replies == [200] * 4
    bot.slack.shown()
    time.sleep(0.3)
    assert len(bot.slack.messages) == len(bot.slack.named("assistant.threads.setStatus")) == 1


def test_slack_is_answered_at_once(bot: Bot) -> None:
    """Within the three seconds that it waits, however long the answer takes."""
    bot.slack.tell("assistant.threads.setStatus", Told(seconds=1.0, done=True))
    begun = time.monotonic()
    assert bot.deliver(mention(SHIPS)).status_code == 200
    assert time.monotonic() - begun < 0.8
    assert bot.slack.shown()


def test_a_thread_is_a_conversation(bot: Bot) -> None:
    """A follow-up is understood from what the same people asked the bot before, not from what others say in between."""
    asked = mention("And who is its director?", thread_ts="1780000000.000001")
    bot.slack.threads["1780000000.000001"] = [
        {"ts": "1780000000.000001", "user": USER, "text": f"<@{BOT_USER}> {SHIPS}"},
        {"ts": "1780000000.000002", "user": BOT_USER, "bot_id": BOT, "text": "Norlink will sell 14 of its 23 ships. [1]"},
        {"ts": "1780000000.000003", "user": "U0OTHER", "text": "What about the library of Varby?"},
        {"ts": asked["event"]["ts"], "user": USER, "text": asked["event"]["text"]},
    ]
    bot.deliver(asked)
    (message,) = bot.slack.shown()
    assert "Pekka Salmi" in text_of(message)
    assert message["thread_ts"] == "1780000000.000001"
    (read,) = bot.slack.named("conversations.replies")
    assert (read["ts"], read["latest"]) == ("1780000000.000001", asked["event"]["ts"])


def test_what_the_archive_does_not_say_is_told_with_what_is_nearest(bot: Bot) -> None:
    """As over every other channel, in one message that is not streamed."""
    question = "Who won the chess tournament in Oslo?"
    bot.deliver(mention(question))
    (message,) = bot.slack.shown()
    native = bot.http.post("/v1/answer", json={"question": question}).json()
    assert native["abstained"]
    assert text_of(message) == f"{native['answer']} {native['abstained']['message']}"
    shown = [element["text"] for block in message["blocks"] if block["type"] == "context" for element in block["elements"]]
    assert shown[0] == "Nearest passages:"
    assert len(shown) == 1 + len(native["nearest"])
    assert native["nearest"][0]["article"]["title"] in shown[1]
    assert [call.method for call in bot.slack.calls][-1] == "chat.postMessage"
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)


def test_nothing_asked_is_answered_with_what_can_be(bot: Bot) -> None:
    """A mention alone is somebody who wants to know what this is."""
    bot.deliver(mention(""))
    assert "question about the news archive" in bot.slack.shown()[0]["text"]


def test_what_cannot_be_asked_is_told(bot: Bot) -> None:
    """Too long, or half of a character."""
    bot.deliver(mention("Why? " * 500))
    bot.deliver(mention("Who \ud800 then?"))
    first, second = bot.slack.shown(2)
    assert {"at most 2,000" in message["text"] or "surrogate" in message["text"] for message in (first, second)} == {True}


@pytest.mark.parametrize(
    "event",
    [
        mention(SHIPS, bot_id="B0OTHER"),
        mention(SHIPS, user=BOT_USER),
        mention(SHIPS, user="USLACKBOT"),
        mention(SHIPS, user=None),
        mention(SHIPS, channel="../../x"),
        mention(SHIPS, ts="now"),
        direct(SHIPS, subtype="message_changed"),
        direct(SHIPS, subtype="bot_message"),
        direct(SHIPS, bot_profile={"id": "B0OTHER"}),
        {**mention(SHIPS), "team_id": "T0OTHER"},
        {**mention(SHIPS, user_team="T0OTHER"), "is_ext_shared_channel": True},
        {**mention(SHIPS), "event_id": None},
    ],
)
def test_what_is_not_from_a_person_here_is_not_answered(bot: Bot, event: dict[str, Any]) -> None:
    """Bots would talk with each other for ever, and guests of a shared channel have no right to the archive."""
    assert bot.deliver(event).status_code == 200
    time.sleep(0.1)
    assert bot.slack.calls == []


def test_opening_a_conversation_offers_questions(bot: Bot) -> None:
    """About the newest articles; only on the tab of messages."""
    for event in (home(tab="home"), {**home(), "team_id": "T0OTHER"}, home(channel=None), home()):
        bot.deliver(event)
    bot.slack.wait(lambda: bot.slack.calls)
    time.sleep(0.1)
    (offered,) = bot.slack.named("assistant.threads.setSuggestedPrompts")
    assert offered["channel_id"] == DIRECT
    assert offered["prompts"][0]["title"] == "Glass roof for the library"
    assert "thread_ts" not in offered


def home(**event: Any) -> dict[str, Any]:
    """Return the event of somebody who opens the conversation with the bot."""
    body = mention("")
    return {**body, "event": {"type": "app_home_opened", "user": USER, "channel": DIRECT, "tab": "messages", **event}}


@pytest.fixture
def limited(in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path) -> Iterator[Bot]:
    with in_slack(tmp_path, lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [S1]"), slack_rate="2/minute",
                  slack_channels="C0NEWS,im") as bot:  # fmt: skip
        bot.slack.clear()
        yield bot


def test_only_allowed_channels_are_answered(limited: Bot) -> None:
    """Those of the setting, and direct messages if it says so."""
    limited.deliver(mention(SHIPS, channel="C0OTHER"))
    limited.deliver(mention(SHIPS))
    limited.deliver(direct(SHIPS))
    assert {message["channel"] for message in limited.slack.shown(2)} == {CHANNEL, DIRECT}
    time.sleep(0.1)
    assert len(limited.slack.messages) == 2


def test_titles_are_offered_only_where_questions_are_answered(
    in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """They are of the archive, too."""
    with in_slack(tmp_path, scripted_pipeline, slack_channels=(CHANNEL,)) as bot:
        bot.slack.clear()
        bot.deliver(home())
        bot.deliver(direct(SHIPS))
        time.sleep(0.2)
        assert bot.slack.calls == []


def test_who_asks_too_often_is_told_once(limited: Bot) -> None:
    """Only they see it, and others may go on asking; a delivery that comes again does not count."""
    first = mention(SHIPS)
    for event in (first, first, first, mention(SHIPS), mention(SHIPS), mention(SHIPS)):
        limited.deliver(event)
    limited.deliver(mention(SHIPS, user="U0OTHER"))
    limited.slack.shown(3)
    limited.slack.wait(lambda: limited.slack.named("chat.postEphemeral"))
    time.sleep(0.2)
    assert len(limited.slack.messages) == 3
    (told,) = limited.slack.named("chat.postEphemeral")
    assert (told["user"], told["channel"]) == (USER, CHANNEL)
    assert told["text"].startswith("You may ask 2/minute only")


def test_a_generator_that_fails_is_told(in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path) -> None:
    """What was shown stays, and why no more comes stands below it."""
    broken = lambda: scripted_pipeline(error=GeneratorError("The model <!here> declined"))  # noqa: E731 - a pipeline's maker
    with in_slack(tmp_path, broken) as bot:
        bot.slack.clear()
        bot.deliver(mention(SHIPS))
        (message,) = bot.slack.shown()
        assert "declined" in message["text"]
        assert "<!here" not in message["text"]
        assert not sources_of(message["blocks"])

"""What people think of answers: kept without who they are, and shown by a command; and what the bot remembers of events."""

import json
import re
import sqlite3
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.slack.state import TTL_SECONDS, SlackState
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import USER
from tests.api.slack.talking import Bot, Started, mention

SHIPS = "How many ships will Norlink sell?"
ANSWER = "Norlink will sell 14 of its 23 ships. [S1]"


def buttons_of(message: dict[str, Any]) -> tuple[str, str]:
    """Return what the two buttons of a message send."""
    (element,) = message["blocks"][-1]["elements"]
    return element["positive_button"]["value"], element["negative_button"]["value"]


def test_feedback_is_kept_without_who_gave_it(
    in_slack: Started, scripted_pipeline: Callable[..., Pipeline], dateline: Callable[..., Any], tmp_path: Path
) -> None:
    """One person, one opinion of an answer, the last; the command shows it with the question, where those are kept."""
    state = SlackState(tmp_path)
    with in_slack(tmp_path, lambda: scripted_pipeline(ANSWER), log_questions=True) as bot, capture_logs() as lines:
        bot.deliver(mention(SHIPS))
        good, bad = buttons_of(bot.slack.shown()[0])
        bot.slack.wait(lambda: any(line["event"] == "slack answer" for line in lines))
        for value, user in ((good, USER), (bad, "U0OTHER"), (good, "U0THIRD")):
            assert bot.press(value, user).status_code == 200
        bot.slack.wait(lambda: state.counts() == {"good": 2, "bad": 1})
        bot.press(bad)
        bot.slack.wait(lambda: state.counts() == {"good": 1, "bad": 2})
    (line,) = [line for line in lines if line["event"] == "slack answer"]
    assert good == f"good:{line['answer']}"
    # The service has stopped: what it logs would stand among what the command prints.
    shown = dateline("feedback", "--data", tmp_path, "--json")
    body = json.loads(shown.out)
    assert (shown.code, body["good"], body["bad"], len(body["feedback"])) == (0, 1, 2, 3)
    assert {(one["answer_id"], one["question"]) for one in body["feedback"]} == {(line["answer"], SHIPS)}
    table = dateline("feedback", "--data", tmp_path)
    assert "1 helpful, 2 not helpful" in table.err
    assert SHIPS in table.out
    assert USER.encode() not in state.path.read_bytes()
    assert stat.S_IMODE(state.path.stat().st_mode) == 0o600


def test_questions_are_kept_only_where_they_are_logged(bot: Bot, running_folder: Path) -> None:
    """By default nothing of what was asked is on disk."""
    bot.deliver(mention(SHIPS))
    good, _ = buttons_of(bot.slack.shown()[0])
    bot.press(good)
    state = SlackState(running_folder)
    bot.slack.wait(lambda: any(one.answer_id == good.partition(":")[2] for one in state.feedback()))
    assert {one.question for one in state.feedback()} == {None}
    assert b"Norlink" not in state.path.read_bytes()


@pytest.mark.parametrize(
    "value", ["", "good", "good:x", "best:00112233aabbccdd", "good:00112233aabbccdd; DROP TABLE feedback", None]
)
def test_a_button_that_is_none_of_ours_is_nothing(bot: Bot, running_folder: Path, value: Any) -> None:
    """It is taken, so that Slack shows no error, and forgotten."""
    known = SlackState(running_folder).counts()
    assert bot.press(value).status_code == 200
    time.sleep(0.1)
    assert SlackState(running_folder).counts() == known


def test_without_feedback_the_command_says_so(dateline: Callable[..., Any], tmp_path: Path) -> None:
    """And makes no file."""
    done = dateline("feedback", "--data", tmp_path)
    assert (done.code, done.out) == (0, "")
    assert "Nobody has pressed" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_none_is_one_line(dateline: Callable[..., Any], tmp_path: Path) -> None:
    """The command names the file, and what SQLite says of it."""
    SlackState(tmp_path).path.write_bytes(b"not SQLite" * 1_000)
    done = dateline("feedback", "--data", tmp_path)
    assert done.code == 1
    assert re.search(r"slack\.sqlite cannot be read \(file is not a database\)", done.err)


def test_an_event_is_taken_once_by_all(tmp_path: Path) -> None:
    """However many take it at the same moment, under either of its names, and from an empty folder."""
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda at: SlackState(tmp_path).claim(f"event {at % 2}", "message 1"), range(16)))
    assert taken.count(True) == 1


def test_an_event_is_forgotten_after_an_hour(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    state = SlackState(tmp_path)
    assert state.claim("event 1", now=1_000.0)
    assert not state.claim("event 1", now=1_000.0 + TTL_SECONDS - 1)
    assert state.claim("event 1", now=1_001.0 + TTL_SECONDS)
    with sqlite3.connect(state.path) as database:
        assert database.execute("SELECT count(*) FROM events").fetchone() == (1,)
    database.close()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """It may mean something else there."""
    state = SlackState(tmp_path)
    state.claim("event 1")
    with sqlite3.connect(state.path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(sqlite3.DatabaseError, match="newer Dateline"):
        state.claim("event 2")


def test_without_memory_nothing_is_answered(
    in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """What cannot be known to be the first answer might be the second."""
    SlackState(tmp_path).path.write_bytes(b"not SQLite" * 1_000)
    with capture_logs() as lines, in_slack(tmp_path, lambda: scripted_pipeline(ANSWER)) as bot:
        bot.slack.clear()
        bot.deliver(mention(SHIPS))
        bot.slack.wait(lambda: any(line["event"] == "slack event not answered" for line in lines))
        assert bot.slack.calls == []

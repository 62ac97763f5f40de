"""What chat tools ask a model for on their own account, such as titles: no search runs for it."""

import time
from collections.abc import Callable
from typing import TypeVar

import openai
import pytest

from api.housekeeping import asked, housekeeping_reply
from api.markdown import without_rendering
from tests.api.chat.library import SHIPS, streamed, user

T = TypeVar("T")

TITLE = """### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Output:
JSON format: { "title": "your concise title here" }
### Chat History:
<chat_history>
USER: How many ships will Norlink sell, and to whom does it sell them?
ASSISTANT: Norlink will sell 14 of its 23 ships.
</chat_history>"""

TAGS = """### Task:
Generate 1-3 broad tags.
### Output:
JSON format: { "tags": ["tag1", "tag2"] }
<chat_history>
USER: How many ships?
</chat_history>"""
FOLLOW_UPS = """### Task:
Suggest 3-5 relevant follow-up questions.
### Output:
JSON format: { "follow_ups": ["Question 1?"] }"""
QUERIES = """### Task:
Analyze the chat history and say which searches to run.
JSON format: { "queries": ["query1"] }"""
LIBRECHAT_TITLE = """Provide a concise, 5-word-or-less title for the conversation, using title case conventions. \
Only return the title itself.

Conversation:
Human: Who runs Norlink?
AI: Pekka Salmi."""


@pytest.mark.parametrize(
    ("prompt", "reply"),
    [
        (TITLE, '{"title": "How many ships will Norlink sell, and to"}'),
        (TAGS, '{"tags": ["News"]}'),
        (FOLLOW_UPS, '{"follow_ups": []}'),
        (QUERIES, '{"queries": []}'),
        (LIBRECHAT_TITLE, "Who runs Norlink"),
        ("### Task:\nWrite a poem about the conversation so far, in three lines.", "{}"),
    ],
)
def test_housekeeping_runs_no_search(chat: openai.OpenAI, prompt: str, reply: str) -> None:
    """A tool's own tasks are answered without the archive, streamed or not."""
    done = chat.chat.completions.create(model="dateline", messages=[user(prompt)])
    assert done.choices[0].message.content == reply
    assert (done.model_extra or {})["dateline"] is None
    assert streamed(chat, messages=[user(prompt)])[0] == reply


def test_a_question_about_titles_is_a_question(chat: openai.OpenAI) -> None:
    """Only the tools' own prompts are tasks; and the question inside Open WebUI's document prompt is what is asked."""
    done = chat.chat.completions.create(
        model="dateline", messages=[user("Generate a concise answer: how many ships will Norlink sell?")]
    )
    assert (done.model_extra or {})["dateline"] is not None
    wrapped = (
        "### Task:\nRespond to the user query using the provided context.\n<context>\nNorlink will sell 99 ships.\n</context>\n"
        f"<user_query>\n{SHIPS}\n</user_query>"
    )
    done = chat.chat.completions.create(model="dateline", messages=[user(wrapped)])
    assert "14 of its 23 ships" in (done.choices[0].message.content or "")
    assert "99" not in (done.choices[0].message.content or "")


LONG = 200_000
LINKS = "[[1]](" * (LONG // 6)


@pytest.mark.parametrize(
    ("prompt", "reply"),
    [
        ("# Task:" + "\n" * LONG + "x", None),
        ("# Task:" + " \n" * (LONG // 2) + "Name the emoji that fits.", "📰"),
        ("### Task:\nGenerate a title.\n<chat_history>\nUSER: a" + " " * LONG + "b", '{"title": "a b"}'),
        ("### Task:\nGenerate a title.\n<chat_history>\nUSER: a" + "\n" * LONG + "ASSISTANT: b", '{"title": "a"}'),
        ("### Task:\nGenerate a title.\n" + "USER " * (LONG // 5), '{"title": "News archive"}'),
        ("### Task:\nRespond to the user query\n<user_query>" + " " * LONG + "b", None),
        ("### Task:\nRespond to the user query\n" + "<user_query>" * (LONG // 12), None),
    ],
)
def test_what_repeats_is_read_once(prompt: str, reply: str | None) -> None:
    """Prompts of one thing repeated, which patterns that try every way of dividing it read for minutes, take no time."""
    assert in_time(lambda: (housekeeping_reply(prompt), asked(prompt))) == (reply, prompt)


def test_the_query_is_found_among_blanks() -> None:
    """What stands between the marks is the question, however many blanks are around it."""
    prompt = (
        "### Task:\nRespond to the user query\n<user_query>" + "\n" * LONG + "Who?" + " " * LONG + "</user_query> <user_query>"
    )
    assert in_time(lambda: asked(prompt)) == "Who?"


@pytest.mark.parametrize(
    ("rendered", "text"),
    [
        (LINKS, LINKS),
        (LINKS + "https://example.org/a[b])", LINKS.removesuffix("[[1]](") + "[1]"),
        ("[[1]](" + "[" * LONG, "[[1]](" + "[" * LONG),
        ("Yes [[1]](http://[::1]:8000/?article=a) [[12]](https://example.org/[[x]]).", "Yes [1] [12]."),
    ],
)
def test_links_that_never_end_are_read_once(rendered: str, text: str) -> None:
    """An answer that comes back in a conversation may be anything."""
    assert in_time(lambda: without_rendering(rendered)) == text


def in_time(work: Callable[[], T]) -> T:
    """Return what the work returns, well before a pattern that is tried from everywhere would."""
    started = time.monotonic()
    done = work()
    assert time.monotonic() - started < 2
    return done

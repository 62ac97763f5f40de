"""What chat tools ask a model for on their own account, such as titles: no search runs for it."""

import openai
import pytest

from tests.api.chat.library import SHIPS, streamed, user

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

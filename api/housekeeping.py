"""Knows what chat tools ask a model for themselves, such as a title for the conversation: no question for the archive.

Open WebUI and LibreChat send these to the model that answers. They are recognised by how the tools' own prompts begin, and
answered without a search and without a model: a title is the first question, shortened.
"""

import json
import re

_TITLE_WORDS, _TITLE_CHARACTERS = 8, 60
# Open WebUI's tasks, except the one that brings along documents and a question.
_TASK = re.compile(r"\s*#{1,3} Task:?\s*\n\s*(?P<task>.{10,400})", re.DOTALL)
_WITH_QUERY = re.compile(r"<user_query>\s*(?P<query>.+?)\s*</user_query>", re.DOTALL)
_RESPOND = re.compile(r"\s*#{1,3} Task:?\s*\n\s*Respond to the user query", re.IGNORECASE)
# LibreChat's prompts for titles.
_LIBRECHAT_TITLE = re.compile(
    r"\s*(?:Provide a concise, 5-word-or-less title|Analyze this conversation and provide:.{0,200}\btitle\b"
    r"|Please generate a concise title)",
    re.DOTALL | re.IGNORECASE,
)
_FIRST_TURN = re.compile(
    r"(?:USER|Human|User)\s*:\s*(?P<text>.+?)\s*(?:\n\s*(?:ASSISTANT|AI|Assistant)\s*:|</chat_history>|\Z)",
    re.DOTALL,
)
# What the answer to a task is called, and what it is when there is nothing to say.
_EMPTY: tuple[tuple[str, object], ...] = (("tags", ["News"]), ("follow_ups", []), ("queries", []), ("text", ""), ("prompt", ""))


def housekeeping_reply(text: str) -> str | None:
    """Return the answer to a chat tool's own task; None for everything that a person may have asked."""
    if _RESPOND.match(text):
        return None
    task = _TASK.match(text)
    if task is None:
        return _title(text) if _LIBRECHAT_TITLE.match(text) else None
    if re.search(r"\btitle\b", task["task"], re.IGNORECASE):
        return json.dumps({"title": _title(text)}, ensure_ascii=False)
    for name, value in _EMPTY:
        if f'"{name}"' in text:
            return json.dumps({name: value})
    return "📰" if "emoji" in task["task"].casefold() else "{}"


def asked(text: str) -> str:
    """Return what the user asked in a message, without the documents that Open WebUI puts around it."""
    inside = _WITH_QUERY.search(text) if _RESPOND.match(text) else None
    return inside["query"] if inside else text


def _title(text: str) -> str:
    _, _, history = text.rpartition("<chat_history>")
    found = _FIRST_TURN.search(history) or _FIRST_TURN.search(text)
    words = (found["text"] if found else "News archive").split()
    title = " ".join(words[:_TITLE_WORDS])[:_TITLE_CHARACTERS].rstrip(" ,;:?")
    return title or "News archive"

"""Knows what chat tools ask a model for themselves, such as a title for the conversation: no question for the archive.

Open WebUI and LibreChat send these to the model that answers. They are recognised by how the tools' own prompts begin, and
answered without a search and without a model: a title is the first question, shortened.
"""

import json
import re

_TITLE_WORDS, _TITLE_CHARACTERS = 8, 60
# A message may be a megabyte of one character repeated, so nothing here looks twice at the same stretch: what repeats does not
# give back what it took (`*+`), and of two that stand side by side only one can take a character.
_OPENING = r"\s*+#{1,3} Task:?[^\S\n]*+\n\s*+"
# Open WebUI's tasks, except the one that brings along documents and a question.
_TASK = re.compile(rf"{_OPENING}(?P<task>.{{10,400}})", re.DOTALL)
_RESPOND = re.compile(rf"{_OPENING}Respond to the user query", re.IGNORECASE)
# LibreChat's prompts for titles.
_LIBRECHAT_TITLE = re.compile(
    r"\s*+(?:Provide a concise, 5-word-or-less title|Analyze this conversation and provide:.{0,200}\btitle\b"
    r"|Please generate a concise title)",
    re.DOTALL | re.IGNORECASE,
)
_USER = re.compile(r"(?:USER|Human|User)\s*+:")
_TURN_ENDS = re.compile(r"\n[^\S\n]*+(?:ASSISTANT|AI|Assistant)\s*+:|</chat_history>")
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
    _, opened, rest = text.partition("<user_query>")
    query, closed, _ = rest.partition("</user_query>")
    return query.strip() if opened and closed and _RESPOND.match(text) else text


def _title(text: str) -> str:
    _, _, history = text.rpartition("<chat_history>")
    words = (_first_turn(history) or _first_turn(text) or "News archive").split()
    title = " ".join(words[:_TITLE_WORDS])[:_TITLE_CHARACTERS].rstrip(" ,;:?")
    return title or "News archive"


def _first_turn(history: str) -> str:
    """Return what the user said first; empty if nothing."""
    begun = _USER.search(history)
    if begun is None:
        return ""
    ended = _TURN_ENDS.search(history, begun.end())
    return history[begun.end() : ended.start() if ended else len(history)].strip()

"""Slack's blocks for an answer: the sources with their quotes, the nearest passages, the buttons for feedback.

Limits: 10 elements in a context block, 50 blocks and 3,000 characters of a section as Slack documents them; that all blocks
together may have some 13,200 characters is not documented (slackapi/bolt-js#2509).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as percent_encoded

from api.markdown import credit
from api.schemas import AnswerBody, CitationBody, HitBody
from api.slack.text import cut, inert, link, on_one_line, parts_of

Block = dict[str, Any]

TEXT_CHARACTERS = 9_000
"""The longest text of an answer; the rest is on the page."""
TOGETHER = 12_800
"""What text and blocks may have together, as JSON, with some room below Slack's limit."""
BLOCKS = 50
ACTION = "dateline_feedback"
"""What a press of a feedback button is known by."""

_SECTION = 2_900
_ELEMENTS = 10
_ELEMENT = 2_900
_TITLE, _CREDIT, _PASSAGE = 150, 150, 300
# A quote that is cut shorter than this says nothing.
_SHORTEST = 60
_LONGEST_ADDRESS = 1_000
# A context block without its elements; and the line that says where the other sources are.
_AROUND, _MORE = 40, 80


@dataclass(frozen=True, slots=True)
class Places:
    """Where readers find what is cited.

    Args:
        base: the address of the page, without a slash at the end.
    """

    base: str

    def of(self, article_id: str, url: str | None) -> str:
        """Return the address of an article: the outlet's own, or that of the page."""
        outlets = url if url and url.startswith(("https://", "http://")) and len(url) <= _LONGEST_ADDRESS else None
        return outlets or f"{self.base}/?article={article_id}"

    def asking(self, question: str) -> str:
        """Return the address at which the page answers a question, or that of the page if it would be too long."""
        address = f"{self.base}/?q={percent_encoded(question, safe='', errors='replace')}"
        return address if len(address) <= _LONGEST_ADDRESS else f"{self.base}/"


def sections(text: str) -> list[Block]:
    """Return inert text as blocks, for messages that are not streamed."""
    return [{"type": "section", "text": _marked(part)} for part in parts_of(text, _SECTION)]


def below(answer: AnswerBody, places: Places, *, room: int, cut_short: bool) -> list[Block]:
    """Return what stands below the text of an answer: its sources; or, when abstaining, the nearest passages.

    Args:
        answer: the whole answer.
        places: where readers find what is cited.
        room: how many characters the blocks may have, as JSON.
        cut_short: whether the text was cut, so that readers need to know where all of it is.
    """
    page = places.asking(answer.standalone or answer.question)
    lines: list[_Line] = []
    if cut_short:
        lines.append(_Line(link(page, "The whole answer on the page")))
    if answer.abstained is not None:
        lines += [_Line("Nearest passages:")] if answer.nearest else []
        lines += [_passage(hit, places) for hit in answer.nearest]
    else:
        lines += [_source(citation, places) for citation in answer.citations]
    return _contexts(lines, room=room, more=lambda left: link(page, f"{left} more on the page"))


def feedback(answer_id: str) -> Block:
    """Return the buttons that say whether an answer helped."""

    def button(text: str, value: str) -> Block:
        return {"text": {"type": "plain_text", "text": text}, "value": f"{value}:{answer_id}"}

    buttons = {
        "type": "feedback_buttons", "action_id": ACTION, "positive_button": button("Helpful", "good"),
        "negative_button": button("Not helpful", "bad"),
    }  # fmt: skip
    return {"type": "context_actions", "elements": [buttons]}


def size(blocks: Sequence[Block]) -> int:
    """Return how many characters blocks have as JSON."""
    return len(json.dumps(blocks, ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class _Line:
    """One element: what must be shown, and what is shown where there is room."""

    head: str
    quote: str = ""
    more: str = ""
    """What stands behind the quote if all of it is shown."""


def _source(citation: CitationBody, places: Places) -> _Line:
    about = f"{cut(on_one_line(citation.title), _TITLE)} — {cut(on_one_line(credit(citation)), _CREDIT)}"
    more = list(citation.corrections)
    if carried := sorted({copy.publisher for copy in citation.also_in if copy.publisher}):
        more.append(f"Also carried by {', '.join(carried)}.")
    return _Line(
        link(places.of(citation.article_id, citation.url), f"{citation.number}. {about}"), on_one_line(citation.quote),
        "".join(f" {on_one_line(notice)}" for notice in more),
    )  # fmt: skip


def _passage(hit: HitBody, places: Places) -> _Line:
    article = hit.article
    outlet = article.publisher or article.agency or "unknown publisher"
    dated = article.published or article.updated or "undated"
    about = f"{cut(on_one_line(article.title), _TITLE)} — {cut(on_one_line(f'{outlet}, {dated}'), _CREDIT)}"
    return _Line(link(places.of(article.article_id, article.url), about), cut(on_one_line(hit.text), _PASSAGE))


def _contexts(lines: Sequence[_Line], *, room: int, more: Callable[[int], str]) -> list[Block]:
    """Return lines as context blocks: first every head that fits, then, with what is left, the quotes in their order."""
    shown: list[str] = []
    left = room - _MORE - len(more(len(lines)))
    for line in lines:
        cost = _cost(line.head) + (_AROUND if len(shown) % _ELEMENTS == 0 else 0)
        if cost > left:
            break
        shown.append(line.head)
        left -= cost
    for place, line in enumerate(lines[: len(shown)]):
        shown[place] = _filled(line, left)
        left -= _cost(shown[place]) - _cost(line.head)
    if len(shown) < len(lines):
        shown.append(more(len(lines) - len(shown)))
    return [{"type": "context", "elements": [_marked(text) for text in some]} for some in _tens(shown)]


def _filled(line: _Line, left: int) -> str:
    """Return the element with as much of the quote as there is room for; without, when that would be too little."""
    if not line.quote:
        return line.head
    room = min(left + _cost(line.head), _cost("x" * _ELEMENT))
    whole = f"{line.head}: “{line.quote}”"
    if _cost(whole + line.more) <= room:
        return whole + line.more
    most = len(line.quote)
    # In JSON some characters have two places, so what is cut once may still be too long.
    while most >= _SHORTEST:
        shown = f"{line.head}: “{cut(line.quote, most)}”"
        over = _cost(shown) - room
        if over <= 0:
            return shown
        most = min(most, len(line.quote)) - over
    return line.head


def _cost(text: str) -> int:
    return size([_marked(text)])


def _marked(text: str) -> Block:
    # `verbatim`: addresses and names that stand in the text stay text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _tens(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + _ELEMENTS] for start in range(0, len(texts), _ELEMENTS))


def notes_of(answer: AnswerBody) -> str:
    """Return what stands between the text and its sources, inert: a paragraph for each note and each conflict."""
    notes = [note for note in (answer.premise, answer.conclusion, answer.newest_note, answer.degraded, answer.unranked) if note]
    notes += [f"Sources differ: {conflict}" for conflict in answer.conflicts]
    return "".join(f"\n\n{inert(note)}" for note in notes)

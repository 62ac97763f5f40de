"""Embeds questions that arrive at the same time in one batch, and a lone one at once, in the thread that asks."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

Made = TypeVar("Made")
"""What is made of a question."""
Embed = Callable[[Sequence[str]], Sequence[Made]]
"""Makes it of several, in order."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[Made]):
    text: str
    told: "Future[Made | list[_Asked[Made]]]"
    """Its embedding; or a batch, this question first, that the thread waiting here is to embed."""


class QuestionBatches(Generic[Made]):
    """Has one text or several embedded at once; safe for threads.

    At most `at_once` threads embed; questions that come meanwhile wait together, and the first of them embeds all, up to
    `most`. There is no timer and no thread of its own, so a question that finds nobody embedding waits for nothing.
    """

    def __init__(self, *, at_once: int = 1, most: int = 16) -> None:
        self._free = at_once
        self._most = most
        self._waiting: deque[_Asked[Made]] = deque()
        self._lock = threading.Lock()

    def __call__(self, text: str, embed: Embed[Made]) -> Made:
        """Return the embedding of a question.

        `embed` is the same for all. It is given here and not kept: it mostly belongs to the embedder that keeps this object, and
        the two would keep each other.

        Raises:
            Exception: what `embed` raised for this question.
        """
        mine: _Asked[Made] = _Asked(text, Future())
        with self._lock:
            if self._free:
                self._free -= 1
                batch = [mine]
            else:
                self._waiting.append(mine)
                batch = None
        if batch is None:
            told = mine.told.result()
            if not isinstance(told, list):
                return told
            batch = told
        return self._lead(batch, embed)

    def _lead(self, batch: list[_Asked[Made]], embed: Embed[Made]) -> Made:
        """Embed a batch, tell the others what is theirs, and pass the turn on; returns the embedding of the first."""
        try:
            made = _each([asked.text for asked in batch], embed)
        except BaseException:
            for asked in batch[1:]:
                asked.told.set_exception(RuntimeError("embedding was interrupted"))
            raise
        finally:
            self._pass_on()
        for asked, embedding in zip(batch[1:], made[1:], strict=True):
            if isinstance(embedding, Exception):
                asked.told.set_exception(embedding)
            else:
                asked.told.set_result(embedding)
        if isinstance(made[0], Exception):
            raise made[0]
        return made[0]

    def _pass_on(self) -> None:
        with self._lock:
            following = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            if not following:
                self._free += 1
        if following:
            following[0].told.set_result(following)


def _each(texts: list[str], embed: Embed[Made]) -> list[Made | Exception]:
    """Embed several texts at once; if that fails each alone, so that a text that cannot be embedded is nobody else's error."""
    try:
        return list(embed(texts))
    except Exception as error:  # noqa: BLE001 - it is told to whoever asked for the text
        if len(texts) == 1:
            return [error]
    return [made for text in texts for made in _each([text], embed)]

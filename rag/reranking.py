"""Puts the best hits into a reranker's order within a deadline. A reranker that is late, busy or broken changes nothing.

Knows nothing of models: that is `rag/rerankers/`. Reads nothing from the archive, so it belongs outside `store.consistent()`.
"""

import logging
import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from index.chunking import context_line
from index.types import Hit
from rag.protocols import Reranker

logger = logging.getLogger(__name__)

# So many texts are scored at a time: a call that comes too late is given up between two of them.
_BATCH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reranked:
    """Hits in the order to use."""

    hits: tuple[Hit, ...]
    problem: str | None = None
    """For people: why the order is that of the search; None when the reranker made it."""


class Reranking:
    """Reranks the best `depth` hits of a question in at most `deadline_ms`, one question at a time.

    Safe for threads: a question waits for its turn as long as its deadline allows. Nothing is queued, so work cannot pile up.
    """

    def __init__(self, reranker: Reranker, *, depth: int, deadline_ms: int) -> None:
        self.depth = depth
        self._reranker = reranker
        self._deadline_ms = deadline_ms
        # One thread that stays, because torch keeps its own threads for each one that calls it.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rerank")
        self._turn = threading.Lock()
        self._due = math.inf
        self._closed = False

    def apply(self, question: str, hits: Sequence[Hit]) -> Reranked:
        """Return the hits with the best `depth` ordered by the reranker, ties by their former place, and the rest behind them.

        The i-th hit takes the i-th best score, so scores still fall and mean the same with and without reranking; the place
        that the reranker gave is in `ranks`.
        """
        best = hits[: self.depth]
        if len(best) < 2:  # noqa: PLR2004 - there is only one order
            return Reranked(hits=tuple(hits))
        due = time.monotonic() + self._deadline_ms / 1000
        future = self._start(question, [_shown(hit) for hit in best], due)
        if future is None:
            return self._unranked(hits, "was busy with other questions")
        done, _ = wait((future,), timeout=max(0.0, due - time.monotonic()))
        if done and (error := future.exception()):
            return self._unranked(hits, "failed (the log says why)", error)
        scores = future.result() if done else None
        if scores is None:
            return self._unranked(hits, f"was not done after {self._deadline_ms} ms")
        return Reranked(hits=(*_ordered(best, scores), *hits[self.depth :]))

    def close(self) -> None:
        """Wait for the batch that is being scored, if any, and end the thread."""
        self._closed = True
        self._thread.shutdown()

    def _start(self, question: str, texts: Sequence[str], due: float) -> Future[list[float] | None] | None:
        """Return the scores to come, None when others have the reranker until it is too late."""
        # Who is late already is stuck or far too slow: waiting for it would cost every question its whole deadline.
        late = self._turn.locked() and time.monotonic() >= self._due
        if late or not self._turn.acquire(timeout=max(0.0, due - time.monotonic())):
            return None
        self._due = due
        try:
            future = self._thread.submit(self._scores, question, texts, due)
        except RuntimeError:  # closed meanwhile
            self._give_turn()
            return None
        future.add_done_callback(lambda _: self._give_turn())
        return future

    def _give_turn(self) -> None:
        self._due = math.inf
        self._turn.release()

    def _scores(self, question: str, texts: Sequence[str], due: float) -> list[float] | None:
        """Return a score for each text, None when it is too late to go on."""
        scores: list[float] = []
        for start in range(0, len(texts), _BATCH):
            if self._closed or time.monotonic() >= due:
                return None
            batch = texts[start : start + _BATCH]
            found = list(self._reranker.scores(question, batch))
            if len(found) != len(batch) or not all(map(math.isfinite, found)):
                raise ValueError(f"{self._reranker.name} gave {found} for {len(batch)} texts")
            scores += found
        return scores

    def _unranked(self, hits: Sequence[Hit], what: str, error: BaseException | None = None) -> Reranked:
        problem = f"The reranker {self._reranker.name} {what}, so the passages stand in the order of the search."
        logger.warning(problem, exc_info=error)
        return Reranked(hits=tuple(hits), problem=problem)


def _shown(hit: Hit) -> str:
    """Return what the reranker reads of a hit: the same as the embedder, so that it knows title, outlet and date, too."""
    return f"{context_line(hit.article)}\n{hit.passage.text}"


def _ordered(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    order = sorted(range(len(hits)), key=lambda i: -scores[i])
    return [
        replace(hits[i], score=score, ranks={**hits[i].ranks, "reranker": place})
        for place, (i, score) in enumerate(zip(order, sorted((hit.score for hit in hits), reverse=True), strict=True), start=1)
    ]

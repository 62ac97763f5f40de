"""The queue between deciding and storing: passages are embedded in a thread while the next articles are read.

Steps are carried out in the order in which they were read, so the ledger reads like the sources.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.chunking import embedded_digest, embedded_text
from index.protocols import Embedder, PassageStore
from index.types import Article, LedgerEntry, Prepared, Vectors, Visit

# Embedded together, longest texts first, so that little of a batch is padding; also what a crash costs at most, twice.
WINDOW_PASSAGES = 256
# Steps that embed nothing are written together: one disk flush for so many ledger rows.
_WINDOW_STEPS = 256
# The embedding thread asks for Python's lock hundreds of times a batch. With the usual 5 ms it waits that long each time that the
# deciding thread is computing.
_SWITCH_SECONDS = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do to the archive, with the ledger entry that says so."""

    entry: LedgerEntry | None = None
    article: Article | None = None
    prepared: Prepared | None = None
    """With these two, the article is stored; without `prepared` it is a copy of one that is."""
    replaces: str | None = None
    joins: str | None = None
    former: Article | None = None
    """The article that was the original of this text until now and becomes a copy."""
    visit: Visit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A step that can be carried out, with what was made of its passages."""

    step: Step
    vectors: Vectors
    embedded: Sequence[bytes] = ()
    """For each passage, a digest of what its vector was made from."""
    signs: Sequence[bytes] = ()
    """For each passage, the signs of its tokens (`index.token_signs`), empty if the embedder gives none."""


_Embedding: TypeAlias = tuple[NDArray[np.float32], bytes]
"""The vector of a passage, and the signs of its tokens."""


@dataclass(slots=True)
class _Window:
    steps: list[Step] = field(default_factory=list)
    passages: int = 0
    digests: list[bytes] = field(default_factory=list)
    known: dict[bytes, _Embedding] = field(default_factory=dict)
    made: Future[dict[bytes, _Embedding]] | None = None


class Steps:
    """Takes steps, embeds what they store, and hands them back in order, with vectors, when they can be carried out.

    Two windows of steps are under way at most: one being embedded, one being filled. `window` bounds the passages of one.
    """

    def __init__(self, embedder: Embedder, store: PassageStore, *, window: int = WINDOW_PASSAGES) -> None:
        self._embedder = embedder
        self._most = window
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._filling = _Window()
        self._embedding: _Window | None = None
        self._switch_seconds = sys.getswitchinterval()

    def __enter__(self) -> Self:
        """Return the queue itself."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Stop the thread; a batch that is being embedded is finished and dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        sys.setswitchinterval(self._switch_seconds)

    @property
    def pending(self) -> Iterator[tuple[Article, Prepared]]:
        """The articles that will be stored but are not yet, with what was computed of them."""
        for window in (self._embedding, self._filling):
            yield from (
                ((step.article, step.prepared) for step in window.steps if step.article and step.prepared) if window else ()
            )

    def add(self, step: Step) -> list[Ready]:
        """Take a step; returns the earlier steps that can be carried out now, often none."""
        window = self._filling
        window.steps.append(step)
        window.passages += len(step.prepared.passages) if step.prepared else 0
        if window.passages < self._most and len(window.steps) < _WINDOW_STEPS:
            return []
        finished, self._embedding, self._filling = self._finished(), window, _Window()
        self._start(window)
        return finished

    def flush(self) -> list[Ready]:
        """Return all steps that wait, embedded."""
        finished = self._finished()
        self._embedding, self._filling = self._filling, _Window()
        self._start(self._embedding)
        return finished + self._finished()

    def _start(self, window: _Window) -> None:
        texts = [
            embedded_text(step.article, passage.text)
            for step in window.steps
            if step.article and step.prepared
            for passage in step.prepared.passages
        ]
        window.digests = [embedded_digest(text) for text in texts]
        window.known = self._known(window.digests)
        new = {digest: text for text, digest in zip(texts, window.digests, strict=True) if digest not in window.known}
        if new:
            window.made = self._thread.submit(_embed, self._embedder.embed_with_signs, new)

    def _finished(self) -> list[Ready]:
        """Wait for the window that is being embedded and return its steps."""
        window, self._embedding = self._embedding, None
        if window is None:
            return []
        if window.made is not None:
            try:
                window.known.update(window.made.result())
            except BaseException:
                # What was read later may rest on what is dropped here: a copy of an article, or the visit of its page.
                self._filling = _Window()
                raise
        done: list[Ready] = []
        first = 0
        for step in window.steps:
            last = first + (len(step.prepared.passages) if step.prepared else 0)
            digests = window.digests[first:last]
            made = [window.known[digest] for digest in digests]
            vectors = np.stack([row for row, _ in made]) if made else np.zeros((0, self._embedder.dimension), dtype=np.float32)
            done.append(Ready(step=step, vectors=vectors, embedded=digests, signs=[signs for _, signs in made]))
            first = last
        return done

    def _known(self, digests: Sequence[bytes]) -> dict[bytes, _Embedding]:
        """Return what need not be embedded; what an older archive has no signs of is embedded again."""
        known = self._store.known_embeddings(digests)
        signs_wanted = self._embedder.gives_token_signs
        return {digest: (vector, signs) for digest, (vector, signs) in known.items() if signs or not signs_wanted}


def _embed(embed: Callable[[Sequence[str]], tuple[Vectors, list[bytes]]], texts: dict[bytes, str]) -> dict[bytes, _Embedding]:
    vectors, signs = embed(list(texts.values()))
    return dict(zip(texts, zip(vectors, signs, strict=True), strict=True))

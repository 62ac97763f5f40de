"""Embeds single sentences, each under the title of its article, and keeps the newest in memory. Knows no scores."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from index.protocols import Embedder

# 8,192 sentences take about 25 MB: what some hundred questions on the news of a few days look at.
_KEPT = 8_192

SentenceVector = tuple[NDArray[np.float32], bytes]
"""The unit vector of a sentence, and the signs of its tokens (`index.token_signs`), empty if the embedder gives none."""


class SentenceVectors:
    """Vectors of sentences, the same for every question that meets them. Safe to use from several threads."""

    def __init__(self, embedder: Embedder, *, kept: int = _KEPT) -> None:
        self._embedder = embedder
        self._most = kept
        self._known: OrderedDict[str, SentenceVector] = OrderedDict()
        self._lock = Lock()
        self._embedding = Lock()

    def of(self, texts: Sequence[str]) -> list[SentenceVector]:
        """Return the vector and the signs of each text, in order."""
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        missing = list(dict.fromkeys(text for text in texts if text not in found))
        if missing:
            # One batch uses all cores, so a second one at the same time would only slow both down.
            with self._embedding:
                rows, signs = self._embedder.embed_with_signs(missing)
            found.update(zip(missing, zip(rows, signs, strict=True), strict=True))
        with self._lock:
            for text, vector in found.items():
                self._known[text] = vector
                self._known.move_to_end(text)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return [found[text] for text in texts]

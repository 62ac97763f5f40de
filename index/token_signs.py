"""The signs of a passage's token vectors: what late interaction compares with a question's tokens (`rag.late_interaction`).

One bit for each number ranks passages as well as float16 did, in a sixteenth of the space, and tokens that tell no text from
another are left out (docs/adr/0024).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from index.stop_words import STOP_WORDS

_CONTINUES = "##"
"""How WordPiece marks a token that goes on with the word before it."""


class ContentTokens:
    """Knows which tokens of a WordPiece vocabulary carry meaning: no function words, no punctuation, no marks of the ends."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._carries = np.zeros(max(vocabulary.values(), default=-1) + 1, dtype=np.bool_)
        for token, number in vocabulary.items():
            self._carries[number] = _carries_meaning(token)

    def of(self, ids: Sequence[int]) -> NDArray[np.intp]:
        """Return the places of the tokens that carry meaning; if none does, of all but the first and the last, the marks."""
        found = np.flatnonzero(self._carries[np.asarray(ids, dtype=np.intp)])
        return found if len(found) else np.arange(1, len(ids) - 1)

    def starts(self, encoding: Encoding) -> NDArray[np.intp]:
        """Return where in the text, in characters, the tokens begin that carry meaning."""
        # All at once: every look at `offsets` makes the whole list anew.
        starts: NDArray[np.intp] = np.array(encoding.offsets, dtype=np.intp)[self.of(encoding.ids), 0]
        return starts


def sign_codes(vectors: NDArray[np.float32]) -> bytes:
    """Return the signs of the rows, one bit for each number: 48 bytes for a row of 384."""
    return np.packbits(vectors > 0, axis=1).tobytes()


def _carries_meaning(token: str) -> bool:
    if token.startswith(_CONTINUES):
        return True
    if token.startswith("[") and token.endswith("]"):
        return False  # [CLS] and [SEP]; `[` and `]` themselves are no words either
    return any(character.isalnum() for character in token) and token not in STOP_WORDS

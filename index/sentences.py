"""Finds sentences, with exact offsets. nupunkt knows abbreviations; two rules mend what it joins."""

import itertools
import re
from functools import lru_cache

import nupunkt

# A word of four or more small letters is no abbreviation, so its full stop before a capital ends a sentence. So does a CJK stop.
_ENDS = re.compile(r"(?<=[a-z]{4})[.!?][\"'”’)\]]*\s+(?=[\"'“‘(]*[A-Z])|[。！？][”’」』）]*")


@lru_cache(maxsize=4096)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return the (start, end) of each sentence of `text`, without the white space around it; paragraphs never share one."""
    spans: list[tuple[int, int]] = []
    offset = 0
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            for start, end in nupunkt.sent_spans(paragraph):
                cuts = [start, *(m.end() for m in _ENDS.finditer(paragraph, start, end) if m.end() < end), end]
                for left, right in itertools.pairwise(cuts):
                    piece = paragraph[left:right]
                    lead = len(piece) - len(piece.lstrip())
                    if piece.strip():
                        spans.append((offset + left + lead, offset + left + lead + len(piece.strip())))
        offset += len(paragraph) + 2
    return tuple(spans)

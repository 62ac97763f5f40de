"""Finds sentences, with exact offsets. nupunkt knows abbreviations; two rules mend what it joins."""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

import nupunkt

# A word of four or more small letters is no abbreviation, so its full stop before a capital ends a sentence. So does a CJK stop.
_ENDS = re.compile(r"(?<=[a-z]{4})[.!?][\"'”’)\]]*\s+(?=[\"'“‘(]*[A-Z])|[。！？][”’」』）]*")
# nupunkt takes ever longer for each character of a stretch without blanks; no paragraph of news is so long.
_STRETCH = 20_000
_STRETCH_ENDS = (_ENDS, re.compile(r"\s"))


@lru_cache(maxsize=4096)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return the (start, end) of each sentence of `text`, without the white space around it; paragraphs never share one."""
    spans: list[tuple[int, int]] = []
    offset = 0
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            for start, end in _sentences(paragraph):
                cuts = [start, *(m.end() for m in _ENDS.finditer(paragraph, start, end) if m.end() < end), end]
                for left, right in itertools.pairwise(cuts):
                    piece = paragraph[left:right]
                    lead = len(piece) - len(piece.lstrip())
                    if piece.strip():
                        spans.append((offset + left + lead, offset + left + lead + len(piece.strip())))
        offset += len(paragraph) + 2
    return tuple(spans)


def _sentences(paragraph: str) -> Iterator[tuple[int, int]]:
    """Yield what nupunkt finds; a paragraph that is far too long is looked at in stretches that end with a sentence or word."""
    first = 0
    while first < len(paragraph):
        last = first + _STRETCH
        if last < len(paragraph):
            ends = (max((m.end() for m in end.finditer(paragraph, first, last)), default=0) for end in _STRETCH_ENDS)
            last = next(filter(None, ends), last)
        yield from ((first + start, first + end) for start, end in nupunkt.sent_spans(paragraph[first:last]))
        first = last

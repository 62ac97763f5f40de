"""Finds articles that carry the same story text though newsrooms edited it. Compares words only: no titles, dates or outlets.

Two steps. `sketch` gives each article a few keys; the archive looks up who shares enough of them. `same_story` then compares the
two texts in full and decides. Why this way, and how well it does, is in docs/adr/0012-near-duplicates.md.
"""

import hashlib
import heapq
import itertools
import re
from dataclasses import dataclass

from index.cleaning import normalise

SKETCH_KEYS = 32
"""The most keys that `sketch` returns. More find shorter cuts of long articles, at one stored row more a key and article."""
SHARED_KEYS = 3
"""How many keys two articles share at least when they are worth comparing."""

# Shingles of five words are common for text reuse; eight characters of Chinese or Japanese are about as many.
_WORDS = 5
_CHARACTERS = 8
_CHARACTER = "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_TOKEN = re.compile(rf"{_CHARACTER}|(?:(?!{_CHARACTER})\w)+")
_UNSPACED = re.compile(_CHARACTER)
_FIGURE = re.compile(r"\d")
# Lengths in shingles, so that they fit both scripts. 12 are 60 words: among shorter texts, four times as many of different
# articles begin or end alike (standing introductions and closing notes).
_SHORTEST_TEXT = 12
# The opening tells what the news is: 40 % of the text, at most 150 words, without the first 30, which newsrooms like to rewrite.
_OPENING_SHARE = 0.4
_OPENING = 30
_LEAD = 6
# A sub-editor's change: at most this many words between two common runs, in either text.
_LONGEST_EDIT = 8
# The rule. Chosen on the develop half of the measured pairs.
_SAME_STORY = 0.48
_OTHER_FIGURES = 0.25
_FEWEST_OTHER_FIGURES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two texts have in common. Shares are 0 to 1. Words are characters in Chinese and Japanese."""

    near_duplicate: bool
    """Whether both carry the same story: `carried * opening` is at least .48, neither text is shorter than 60 words (96
    characters), and not a quarter or more of the figures (two at least) differ."""
    containment: float
    """The share of the shorter text's shingles (five words, or eight characters) that the other has, wherever they stand."""
    carried: float
    """The share of the shorter text's words in runs that both texts have. An edit of up to eight words between two runs counts
    with them."""
    opening: float
    """The share of carried words in the opening, of that text whose opening is carried more. Copies share what the news is;
    follow-ups share background further down."""
    other_figures: float
    """The share of the carried figures for which the other text has other ones. Near 0 in copies; most of them in two weeks of
    one template (fixtures, prices, lottery numbers)."""
    longest_run: int
    """The most consecutive words that both texts have."""
    length_ratio: float
    """Words of the shorter text for one of the longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alignment:
    """Which words of the shorter and of the longer text are carried, and what became of the figures among them."""

    ours: list[bool]
    theirs: list[bool]
    same_figures: int
    other_figures: int
    longest_run: int


def sketch(text: str) -> tuple[int, ...]:
    """Return the keys by which articles that may carry the same story are found, in ascending order.

    Keys are the `SKETCH_KEYS` smallest hashes of the text's shingles (a bottom-k sketch: Cohen and Kaplan, "Summarizing data
    using bottom-k sketches", PODC 2007). They fit a signed 64-bit column and depend on no library's version. A text of fewer
    than 60 words (96 characters of Chinese or Japanese) has none.
    """
    tokens = _tokens(text)
    size = _size(tokens)
    if len(tokens) < _SHORTEST_TEXT * size:
        return ()
    hashes = (hashlib.blake2b(" ".join(shingle).encode(), digest_size=8).digest() for shingle in _shingles(tokens, size))
    return tuple(heapq.nsmallest(SKETCH_KEYS, {int.from_bytes(digest, "big") >> 1 for digest in hashes}))


def same_story(one: str, other: str) -> Overlap:
    """Compare two texts word by word; which is named first does not matter."""
    shorter, longer = sorted((_tokens(one), _tokens(other)), key=lambda tokens: (len(tokens), tokens))
    size = min(_size(shorter), _size(longer))
    # A text shorter than a shingle is one.
    length = max(1, min(size, len(shorter)))
    ours, theirs = _shingles(shorter, length), _shingles(longer, length)
    both = _align(shorter, longer, theirs, length)
    carried = _share(both.ours)
    opening = max(_share(_opening(both.ours, size)), _share(_opening(both.theirs, size)))
    figures = both.same_figures + both.other_figures
    template = both.other_figures >= max(_FEWEST_OTHER_FIGURES, _OTHER_FIGURES * figures)
    long_enough = len(shorter) >= _SHORTEST_TEXT * size
    return Overlap(
        near_duplicate=long_enough and carried * opening >= _SAME_STORY and not template,
        containment=len(ours.keys() & theirs.keys()) / len(ours) if ours else 0.0,
        carried=carried,
        opening=opening,
        other_figures=both.other_figures / figures if figures else 0.0,
        longest_run=both.longest_run,
        length_ratio=len(shorter) / len(longer) if longer else 0.0,
    )


def _tokens(text: str) -> list[str]:
    """Return the words; of text that is written without spaces, the characters."""
    return _TOKEN.findall(normalise(text))


def _size(tokens: list[str]) -> int:
    """Return how many tokens a shingle has."""
    return _CHARACTERS if 2 * sum(1 for token in tokens if _UNSPACED.match(token)) > len(tokens) else _WORDS


def _shingles(tokens: list[str], size: int) -> dict[tuple[str, ...], int]:
    """Return every run of `size` tokens with its first place."""
    places: dict[tuple[str, ...], int] = {}
    for place, shingle in enumerate(zip(*(tokens[offset:] for offset in range(size)), strict=False)):
        places.setdefault(shingle, place)
    return places


def _align(ours: list[str], theirs: list[str], places: dict[tuple[str, ...], int], size: int) -> _Alignment:
    """Mark what both have: the common runs, and the small edits between two runs that follow each other in both texts."""
    runs = _common_runs(ours, theirs, places, size)
    here, there = [False] * len(ours), [False] * len(theirs)
    for start, begin, length in runs:
        here[start : start + length] = there[begin : begin + length] = [True] * length
    same = sum(1 for word in itertools.compress(ours, here) if _FIGURE.search(word))
    other = 0
    for (start, begin, length), (next_start, next_begin, _) in itertools.pairwise(runs):
        gap, their_gap = next_start - start - length, next_begin - begin - length
        if gap <= _LONGEST_EDIT and 0 <= their_gap <= _LONGEST_EDIT:
            edit, their_edit = slice(next_start - gap, next_start), slice(next_begin - their_gap, next_begin)
            other += _other_figures(ours[edit], theirs[their_edit])
            here[edit], there[their_edit] = [True] * gap, [True] * their_gap
    longest = max((length for *_, length in runs), default=0)
    return _Alignment(ours=here, theirs=there, same_figures=same, other_figures=other, longest_run=longest)


def _common_runs(ours: list[str], theirs: list[str], places: dict[tuple[str, ...], int], size: int) -> list[tuple[int, int, int]]:
    """Return the runs of at least `size` tokens that both have, in the order of ours: place in ours, in theirs, length."""
    runs: list[tuple[int, int, int]] = []
    start = shift = 0
    while start + size <= len(ours):
        shingle = ours[start : start + size]
        # After a small edit the text goes on where it stood; a phrase that comes twice must not lead elsewhere.
        goes_on = start + shift >= 0 and theirs[start + shift : start + shift + size] == shingle
        begin = start + shift if goes_on else places.get(tuple(shingle), -1)
        if begin < 0:
            start += 1
            continue
        length = size
        while start + length < len(ours) and begin + length < len(theirs) and ours[start + length] == theirs[begin + length]:
            length += 1
        runs.append((start, begin, length))
        shift = begin - start
        start += length
    return runs


def _other_figures(ours: list[str], theirs: list[str]) -> int:
    """Return how many figures of ours stand where theirs has other ones; one that was only cut or added does not count."""
    figures, others = ({word for word in words if _FIGURE.search(word)} for words in (ours, theirs))
    return len(figures - others) if others - figures else 0


def _opening(carried: list[bool], size: int) -> list[bool]:
    end = min(int(len(carried) * _OPENING_SHARE) + 1, _OPENING * size)
    return carried[min(_LEAD * size, end // 3) : end]


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0

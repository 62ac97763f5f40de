"""Printed pages as geometry: words → lines. Knows nothing of PDF and nothing of articles.

All lengths are points (1/72 inch). `base` is the distance of a baseline from the top of the page, so it grows downwards.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from unicodedata import bidirectional

# In units of the type size: how far apart two words of one line may stand (justified narrow columns), and how much a
# baseline may shift inside a line (raised figures).
_REACH, _SHIFT = 3.0, 0.35
# Words that the file draws at different moments belong to one line only when they stand as close as words do.
_TOUCHING, _RECENT = 0.6, 8
# A white strip this wide, through this many lines in a row, is a gutter between columns and not loose setting.
_GUTTER, _GUTTER_LINES = 0.8, 4
# White strips that run down a page side by side: more than this is a table or worse.
_MOST_STRIPS = 50
# In units of the type size: more than this between two baselines ends a strip of white; double spacing is about 2.4.
_LEADING_AT_MOST = 2.6
# An initial is this much larger than the text beside it.
_LARGER = 1.8
# In units of the type size: how close to the edges of a line above or below a stretched line begins and ends.
_INDENT, _FLUSH = 3.0, 0.5
# Such a line is in few pieces, and the lines above and below it are found this near among the page's lines.
_PIECES, _NEAR = 5, 12
# A page with more lines than this is no page of text, and comparing all of them takes time with their square.
MOST_LINES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Letters printed together."""

    text: str
    left: float
    right: float
    base: float
    size: float
    """The height of the type as printed, not as named in the file."""
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words on one baseline of one column; `size` and `bold` are those of most of its letters."""

    words: tuple[Word, ...]
    left: float
    right: float
    base: float
    size: float
    bold: bool

    @property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(word.text for word in self.words)


def read_lines(words: Sequence[Word]) -> list[Line]:
    """Return the page's lines from the words in the order in which the file draws them."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and _follows(runs[-1][-1], word, math.inf):
            runs[-1].append(word)
        else:
            runs.append([word])
    lines = _in_rows(line_of(run) for run in _touching(_without_gutters(runs)))
    return lines if len(lines) > MOST_LINES else _in_rows(_with_initials(lines))


def line_of(words: Sequence[Word]) -> Line:
    """Return the line that holds these words."""
    sizes: Counter[float] = Counter()
    bold = letters = 0
    for word in words:
        sizes[word.size] += len(word.text)
        letters += len(word.text)
        bold += len(word.text) * word.bold
    return Line(
        words=tuple(words),
        left=min(word.left for word in words),
        right=max(word.right for word in words),
        base=words[0].base,
        size=max(sizes, key=lambda size: (sizes[size], size)),
        bold=2 * bold > letters,
    )


def join_stretched(lines: Sequence[Line]) -> list[Line]:
    """Return the page's lines with those joined whose words are set so wide that they seem apart.

    Together they begin and end where a line above or below them does. Running heads do that too: take them out before.
    """
    joined: list[Line] = []
    rest = list(lines)
    for number, line in enumerate(lines):
        if rest[number] is not line:
            continue  # joined already
        row = [n for n in range(number, min(number + _PIECES, len(lines))) if _same_row(line, lines[n])]
        near = [*lines[max(0, number - _NEAR) : number], *lines[number + 1 : number + _NEAR]]
        last = next((n for n in reversed(row) if n > number and any(_as_wide(line, lines[n], other) for other in near)), number)
        if last > number:
            whole = line_of([word for piece in lines[number : last + 1] for word in piece.words])
            rest[number : last + 1] = [whole] * (last + 1 - number)
        joined.append(rest[number])
    return joined


def _in_rows(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.base, line.left))


def _follows(before: Word, after: Word, reach: float) -> bool:
    """Return whether a word continues the line of the word before it."""
    size = min(before.size, after.size)
    larger = max(before.size, after.size)
    if abs(before.base - after.base) > _SHIFT * larger or larger > _LARGER * size:
        return False
    leftwards = bidirectional(after.text[0]) in ("R", "AL") or bidirectional(before.text[0]) in ("R", "AL")
    gap = max(after.left - before.right, before.left - after.right) if leftwards else after.left - before.right
    return -size <= gap <= reach * size


@dataclass(slots=True, kw_only=True, eq=False)
class _Strip:
    """White that runs down through lines: its lowest baseline so far, its edges, and the word behind it in each line."""

    base: float
    left: float
    right: float
    places: list[tuple[int, int]]


def _note(cuts: dict[int, set[int]], strips: Sequence[_Strip]) -> None:
    for strip in strips:
        for number, place in strip.places if len(strip.places) >= _GUTTER_LINES else ():
            cuts.setdefault(number, set()).add(place)


def _without_gutters(runs: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """Cut lines that the file draws across several columns: at wide gaps, and where a white strip runs down through them."""
    gaps = sorted(
        (run[i].base, run[i - 1].right, run[i].left, number, i, run[i].size)
        for number, run in enumerate(runs)
        for i in range(1, len(run))
        if run[i].left - run[i - 1].right >= _GUTTER * run[i].size
    )
    cuts: dict[int, set[int]] = {}
    for _, left, right, number, place, size in gaps:
        if right - left > _REACH * size:
            cuts.setdefault(number, set()).add(place)
    strips: list[_Strip] = []
    for base, left, right, number, place, size in gaps:
        ended = [strip for strip in strips if base - strip.base > _LEADING_AT_MOST * size]
        strips = [strip for strip in strips if strip not in ended][-_MOST_STRIPS:]
        _note(cuts, ended)
        for strip in strips:
            edges = max(left, strip.left), min(right, strip.right)
            if base > strip.base and edges[1] - edges[0] >= _GUTTER * size:
                strip.base, (strip.left, strip.right) = base, edges
                strip.places.append((number, place))
                break
        else:
            strips.append(_Strip(base=base, left=left, right=right, places=[(number, place)]))
    _note(cuts, strips)
    pieces: list[list[Word]] = []
    for number, run in enumerate(runs):
        ends = [0, *sorted(cuts.get(number, ())), len(run)]
        pieces.extend(list(run[start:end]) for start, end in itertools.pairwise(ends))
    return pieces


def _touching(runs: Sequence[list[Word]]) -> list[list[Word]]:
    """Join runs on one baseline that the file draws apart: a bold name, a link, at the end or in a gap of another."""
    joined: list[list[Word]] = []
    for run in sorted(runs, key=lambda run: (round(run[0].base), run[0].left)):
        for before in reversed(joined[-_RECENT:]):
            place = next((i for i, word in enumerate(before) if word.left > run[0].left), len(before))
            room = before[place].left if place < len(before) else math.inf
            if place and run[-1].left <= room and _follows(before[place - 1], run[0], _TOUCHING):
                before[place:place] = run
                break
        else:
            joined.append(list(run))
    return joined


def _same_row(line: Line, other: Line) -> bool:
    return abs(line.base - other.base) <= 1 and line.size == other.size


def _as_wide(before: Line, after: Line, other: Line) -> bool:
    em = other.size
    if other.size != after.size or not em / 2 < abs(other.base - after.base) <= _LEADING_AT_MOST * em:
        return False
    return -_FLUSH * em <= before.left - other.left <= _INDENT * em and abs(after.right - other.right) <= _FLUSH * em


def _with_initials(lines: Sequence[Line]) -> list[Line]:
    """Put a large first letter before the line at its shoulder, and let the lines beside it begin where it does."""
    printed = Counter(word.text for line in lines for word in line.words)
    kept = list(lines)
    for drop in lines:
        letter = drop.text
        if len(letter.strip("\"'“‘«")) != 1 or not letter[-1].isalpha():
            continue
        beside = [line for line in kept if line is not drop and _at_shoulder(drop, line)]
        if not beside:
            continue
        first = min(beside, key=lambda line: line.base)
        word = first.words[0]
        # `A ferry` or `After`: what is left over is a word only when it is one elsewhere on the page.
        apart = letter[-1] in "AIO" and printed[word.text] > 1
        opening = replace(word, text=f"{letter} {word.text}" if apart else letter + word.text, left=drop.left)
        for line in beside:
            words = (opening, *line.words[1:]) if line is first else line.words
            kept[kept.index(line)] = replace(line, words=words, left=drop.left)
        kept.remove(drop)
    return kept


def _at_shoulder(drop: Line, line: Line) -> bool:
    """Return whether a line begins right of a large letter and not below it."""
    gap = line.left - drop.right
    higher = drop.base - drop.size < line.base <= drop.base + 0.2 * line.size
    return drop.size > _LARGER * line.size and higher and -0.1 * drop.size <= gap <= 2 * line.size

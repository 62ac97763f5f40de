"""Lines → columns in reading order: what stands under what, and which column is read first. Lengths as in `layout`."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.sources.layout import MOST_LINES, Line, join_stretched, line_of

# Two sizes of type this close are one; what is this much larger than the page's most common size is a headline.
_SAME_SIZE, _HEADLINE = 1.12, 1.15
# In units of the usual distance between baselines: more is the white between two blocks.
_LEADING = 1.2
# In units of the type size: more is white space, however often it occurs; double spacing is about 2.4.
_LEADING_AT_MOST = 2.6
# In units of a headline's own size: how far below it the columns of its story begin, behind the byline and a second headline.
_BELOW_HEADLINE = 10.0
# A page with more columns than this is no page of text, and ordering takes time with their cube.
_MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Lines of one size of type that stand under one another without much white between them."""

    lines: tuple[Line, ...]
    left: float
    right: float

    @property
    def size(self) -> float:
        """The size of its type."""
        return self.lines[0].size

    @property
    def top(self) -> float:
        """The top of its first line."""
        return self.lines[0].base - self.lines[0].size

    @property
    def bottom(self) -> float:
        """The baseline of its last line."""
        return self.lines[-1].base


def read_columns(lines: Sequence[Line]) -> list[Column]:
    """Return the page's columns in reading order: down each column, then the next to its right, within what spans them both."""
    if len(lines) > MOST_LINES:
        return [Column(lines=(line,), left=line.left, right=line.right) for line in lines]
    lines = join_stretched(lines)
    leading = _leadings(lines)
    bases = [line.base for line in lines]
    columns: list[Column] = []
    for line in lines:
        fits = [i for i, column in enumerate(columns) if _fits(column, line, leading)]
        low, high = (bisect_left(bases, line.base + shift * line.size) for shift in (-0.9, 0.9))
        if len(fits) == 1 and not any(_rivals(columns[fits[0]], line, other, leading) for other in lines[low:high]):
            column = columns[fits[0]]
            left, right = min(column.left, line.left), max(column.right, line.right)
            columns[fits[0]] = Column(lines=(*column.lines, line), left=left, right=right)
        else:
            columns.append(Column(lines=(line,), left=line.left, right=line.right))
    return _in_reading_order(columns)


def _leadings(lines: Sequence[Line]) -> dict[int, float]:
    """Return, for each size of type on the page, the usual distance from a baseline to the next one of its paragraph."""
    steps: dict[int, Counter[int]] = {}
    for number, line in enumerate(lines):
        for below in lines[number + 1 :]:
            step = below.base - line.base
            if step > _LEADING_AT_MOST * line.size:
                break
            if step > line.size / 2 and _alike(line.size, below.size) and _overlap(line, below) > 0:
                steps.setdefault(round(line.size), Counter())[round(step * 2)] += 1
                break
    # In a page of one-line paragraphs the commonest distance is the one between paragraphs; the least is inside them.
    return {size: min(step for step in found if found[step] >= max(found.values()) / 8) / 2 for size, found in steps.items()}


def _fits(column: Column, line: Line, leading: dict[int, float]) -> bool:
    last = column.lines[-1]
    step = line.base - last.base
    usual = max(leading.get(round(line.size), 0.0), 1.1 * line.size)
    if not 0.5 * line.size < step <= _LEADING * usual or not _alike(last.size, line.size):
        return False
    # A line as wide as two columns ends them.
    if len(column.lines) > 2 and line.right - line.left > 1.5 * (column.right - column.left):  # noqa: PLR2004 - one may be short
        return False
    return _overlap(column, line) >= 0.5 * min(column.right - column.left, line.right - line.left)


def _rivals(column: Column, line: Line, other: Line, leading: dict[int, float]) -> bool:
    """Return whether two lines side by side would both continue a column: it spans the columns that they begin."""
    if other is line or min(other.right - other.left, line.right - line.left) < 0.2 * (column.right - column.left):
        return False
    return _overlap(other, line) <= 0 and _fits(column, other, leading)


def _alike(size: float, other: float) -> bool:
    return max(size, other) <= _SAME_SIZE * min(size, other)


def _overlap(one: Line | Column, other: Line | Column) -> float:
    return min(one.right, other.right) - max(one.left, other.left)


def _in_reading_order(columns: list[Column]) -> list[Column]:
    """Sort by the rules of Breuel, High Performance Document Layout Analysis (2003).

    Of two columns that overlap sideways the upper comes first; of two others the left one, unless something between their
    heights overlaps both. Where that leaves a choice, or contradicts itself, the upper comes first.
    """
    columns = sorted(columns, key=lambda column: (column.top, column.left))
    if not 1 < len(columns) <= _MOST_COLUMNS:
        return columns
    left, top, bottom = (np.array([getattr(column, edge) for column in columns]) for edge in ("left", "top", "bottom"))
    right = _reaches(columns)
    narrower = np.minimum.outer(right - left, right - left)
    beside = np.minimum.outer(right, right) - np.maximum.outer(left, left) > 0.1 * narrower
    above = (top[:, None] + bottom[:, None]) / 2 < (top + bottom) / 2
    parted = np.zeros_like(beside)
    for number in range(len(columns)):
        lower, upper = top >= bottom[number], bottom <= top[number]
        across = np.outer(beside[number], beside[number]) & (np.outer(upper, lower) | np.outer(lower, upper))
        across[number] = across[:, number] = False
        parted |= across
    first = (beside & above) | (~beside & ~parted & (left[:, None] < left))
    np.fill_diagonal(first, val=False)
    waiting = first.sum(axis=0)
    order, rest = [], list(range(len(columns)))
    while rest:
        following = next((i for i in rest if not waiting[i]), rest[0])
        rest.remove(following)
        waiting = waiting - first[following]
        order.append(columns[following])
    return order


def _reaches(columns: Sequence[Column]) -> NDArray[np.float64]:
    """Return how far to the right each column rules: a short headline as far as the columns that begin right below it."""
    body = line_of([word for column in columns for line in column.lines for word in line.words]).size
    reaches = []
    for column in columns:
        reach = column.right
        if column.size > _HEADLINE * body:
            beside = [c.left for c in columns if c.left >= reach and c.top < column.bottom and c.bottom > column.top]
            edge, low = min(beside, default=np.inf), column.bottom + _BELOW_HEADLINE * column.size
            below = [
                c.right for c in columns if reach < c.right <= edge and column.bottom <= c.top < low and c.left > column.left
            ]
            reach = max(below, default=reach)
        reaches.append(reach)
    return np.array(reaches)

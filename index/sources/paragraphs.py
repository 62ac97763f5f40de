"""Columns of printed lines → paragraphs: running heads dropped, columns cut where a paragraph ends, broken ones joined."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.dates import is_date_line
from index.sources.columns import Column
from index.sources.hyphens import Vocabulary, join_lines
from index.sources.layout import Line, Word

# A running head repeats at the same height, within this many points, among the outermost rows of its pages.
_HEIGHT, _OUTERMOST = 3.0, 3
_PAGE_NUMBER = re.compile(
    r"[-–—|\s\[(]*(?:page|p\.|seite|第)?\s*\d{1,4}\s*(?:(?:of|/|von|de|sur)\s*\d{1,4}|页|頁)?[-–—|\s\])]*", re.IGNORECASE
)
# In units of the type size: the least and greatest indent of a first line, and the white around a line that stands alone.
_INDENT, _INDENT_AT_MOST, _ALONE = 0.7, 5.0, 1.8
# An indent means something only where most lines begin at the column's edge.
_AT_EDGE = 0.4
_SAME_SIZE = 1.03
# A caption or a pull quote may stand between the two halves of a paragraph.
_BETWEEN = 4
_PROSE_WORDS = 8
# A block of credits has few lines, and they are short.
_CREDIT_LINES, _BYLINE_WORDS, _DATE_CHARACTERS = 5, 14, 100
_BYLINE = re.compile(r"(?:By|BY)[: ]\s*(?=[A-Z])")
_TERMINAL = re.compile(r"[.!?…:;。！？：；][\"'”’»)\]」』]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph, headline or other printed block."""

    text: str
    size: float
    """The height of its type in points."""
    bold: bool
    page: int
    """The number of the page that it begins on, from 0."""
    top: float
    bottom: float
    """Where its first and last baseline stand, from the top of the page."""
    opens: bool
    """It is the first of its column, so it may continue another column's last."""
    closes: bool
    """It is the last of its column, so it may be continued in another."""
    full: bool
    """Its last line reaches the column's edge."""


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without page numbers and without lines that repeat, but for their digits, at the same height.

    A line counts as repeated on two pages of two or three, on three pages of more. Where nothing else stands on any page,
    nothing is dropped.
    """
    needed = min(3, max(2, len(pages) - 1))
    rows = [_rows(page) for page in pages]
    edges = [[line for row in [*page[:_OUTERMOST], *page[_OUTERMOST:][-_OUTERMOST:]] for line in row] for page in rows]
    seen = Counter(key for edge in edges for key in {key for line in edge for key in _places(line)})
    kept = []
    for page, lines in zip(rows, pages, strict=True):
        dropped: set[int] = set()
        for outwards in (page, page[::-1]):
            # From the edge inwards: two lines of text that are alike by chance stand inside others that are not.
            for row in outwards[:_OUTERMOST]:
                heads = [
                    line for line in row if any(seen[key] >= needed for key in _places(line)) or _is_page_number(line, lines)
                ]
                dropped.update(id(line) for line in heads)
                if not heads:
                    break
        kept.append([line for line in lines if id(line) not in dropped])
    return kept if any(kept) else [list(page) for page in pages]


def read_paragraphs(pages: Sequence[Sequence[Column]], vocabulary: Vocabulary) -> list[Paragraph]:
    """Return the paragraphs of all pages in reading order, cut where a column ends."""
    return [
        _paragraph(lines, column, page, vocabulary, opens=number == 0, closes=number == len(groups) - 1)
        for page, columns in enumerate(pages)
        for column in columns
        for groups in [_cut(column)]
        for number, lines in enumerate(groups)
    ]


def join_across_columns(paragraphs: Sequence[Paragraph], vocabulary: Vocabulary) -> list[Paragraph]:
    """Join what the end of a column or page broke in mid-sentence, past captions and the like that stand between."""
    joined: list[Paragraph] = []
    for second in paragraphs:
        before = range(len(joined) - 1, max(-1, len(joined) - 2 - _BETWEEN), -1)
        place = next((i for i in before if _continues(joined[i], second, following=i == len(joined) - 1)), None)
        if place is None:
            joined.append(second)
        else:
            first = joined[place]
            joined[place] = replace(second, text=join_lines([first.text, second.text], vocabulary), opens=first.opens)
    return joined


def is_credit(text: str) -> bool:
    """Return whether a printed line is a byline, or holds a date and little else."""
    if _BYLINE.match(text):
        return len(text.split()) <= _BYLINE_WORDS and not _ends_sentence(text)
    # A date in lower case stands inside a sentence.
    return len(text) <= _DATE_CHARACTERS and not text[:1].islower() and is_date_line(text)


def _ends_sentence(text: str) -> bool:
    return _TERMINAL.search(text[-8:]) is not None


def _rows(page: Sequence[Line]) -> list[list[Line]]:
    """Return the page's lines, those of one height together."""
    rows: list[list[Line]] = []
    for line in page:
        if rows and line.base - rows[-1][0].base <= _HEIGHT:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _places(line: Line) -> list[tuple[str, int]]:
    """Return the line's words without digits, with its height on two overlapping scales, so that no rounding parts twins."""
    text = re.sub(r"\d+", "#", line.text.casefold())
    return [(text, 2 * int(line.base / _HEIGHT)), (text, 2 * int(line.base / _HEIGHT + 0.5) + 1)]


def _is_page_number(line: Line, page: Sequence[Line]) -> bool:
    """Return whether the line is a number that stands alone: `2025` may also be the last word of a paragraph."""
    if not _PAGE_NUMBER.fullmatch(line.text):
        return False
    return not any(
        abs(other.base - line.base) <= _ALONE * line.size and other.left < line.right and line.left < other.right
        for other in page
        if other is not line
    )


def _cut(column: Column) -> list[list[Line]]:
    """Cut a column into paragraphs: at indents, at lines that end early, where bold type ends or begins."""
    lines = column.lines
    if _are_credits(lines):
        return [[line] for line in lines]
    credit_lines = 0
    while credit_lines < min(_CREDIT_LINES, len(lines) - 1) and _stands_alone(lines[credit_lines], lines[credit_lines + 1]):
        credit_lines += 1
    return [*([line] for line in lines[:credit_lines]), *_cut_prose(lines[credit_lines:])]


def _cut_prose(lines: Sequence[Line]) -> list[list[Line]]:
    tenth = len(lines) // 10
    edge, right = sorted(line.left for line in lines)[tenth], sorted(line.right for line in lines)[-1 - tenth]
    indented = [_INDENT * line.size < line.left - edge <= _INDENT_AT_MOST * line.size for line in lines]
    speaking = sum(abs(line.left - edge) <= _INDENT * line.size for line in lines) >= _AT_EDGE * len(lines)
    # The first word, and a space, would have stood on the line before: the break was meant.
    room = [right - line.right - line.size / 2 for line in lines]
    early = [False, *(left > _width(line.words[0]) for left, line in zip(room, lines[1:], strict=False))]
    listing = len(lines) > _CREDIT_LINES and 2 * sum(early) > len(lines)
    groups = [[lines[0]]]
    for number in range(1, len(lines)):
        before, line = lines[number - 1], lines[number]
        ended = _ends_sentence(before.text)
        upper = not line.text.lstrip("\"'“‘«([")[:1].islower()
        if (
            (speaking and indented[number] and (early[number] or ended or not indented[number - 1]))
            or (early[number] and upper and (ended or listing or before.bold != line.bold))
            or (upper and ended and before.bold != line.bold)
            or (early[number] and number < _CREDIT_LINES and is_credit(line.text))
        ):
            groups.append([])
        groups[-1].append(line)
    return groups


def _are_credits(lines: Sequence[Line]) -> bool:
    """Return whether every line is one by itself: names, places and dates below a headline."""
    texts = [line.text for line in lines]
    return (
        len(texts) <= _CREDIT_LINES
        and not any(_ends_sentence(text) or text[:1].islower() for text in texts)
        and any(is_credit(text) for text in texts)
    )


def _stands_alone(line: Line, below: Line) -> bool:
    """Return whether a line is a credit and the next begins something else."""
    return is_credit(line.text) and not below.text[:1].islower()


def _width(word: Word) -> float:
    return word.right - word.left


def _paragraph(
    lines: Sequence[Line], column: Column, page: int, vocabulary: Vocabulary, *, opens: bool, closes: bool
) -> Paragraph:
    last = lines[-1]
    return Paragraph(
        text=join_lines([line.text for line in lines], vocabulary),
        size=max(lines, key=lambda line: len(line.text)).size,
        bold=all(line.bold for line in lines),
        page=page,
        top=lines[0].base,
        bottom=last.base,
        opens=opens,
        closes=closes,
        full=column.right - last.right <= _INDENT_AT_MOST * last.size,
    )


def _continues(first: Paragraph, second: Paragraph, *, following: bool) -> bool:
    """Return whether the second paragraph is the rest of the first."""
    if not first.closes or not second.opens or first.bold or second.bold or _ends_sentence(first.text) or is_credit(first.text):
        return False
    if max(first.size, second.size) > _SAME_SIZE * min(first.size, second.size):
        return False
    # A name may begin the next column; but what stands below in the same column is a line of its own.
    elsewhere = second.page != first.page or second.top < first.bottom
    prose = following and elsewhere and first.full and len(first.text[:200].split()) >= _PROSE_WORDS
    return prose or second.text[:1].islower()

"""Tables of article records (CSV, TSV): a header that names the fields as records do, then one article a row.

The csv module is not used for the rows: its limit on the size of a field is one for the whole process, and a row over it
cannot be left out by itself.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index.articles import NoText
from index.sources.field_mapping import FIELD_NAMES, MAX_FIELD_CHARACTERS, RecordError, RecordSkipped, field_of
from index.sources.records import record_article
from index.types import Article, Origin, Rejection

DELIMITERS = (",", ";", "\t", "|")
# The rows that the delimiter is chosen by, and the columns that a reason names.
_SAMPLE_LINES, _SAMPLE_CHARACTERS, _SHOWN = 50, 100_000, 30
_TABLE_COLUMNS, _COLUMN_CHARACTERS, _MOST_COLUMNS = 2, 40, 1_000
# Possessive: a quotation mark that is never closed is found out in one pass.
_QUOTED = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
# Excel writes and reads `sep=;` above the header.
_NAMED_DELIMITER = re.compile(r"sep=([^\w\s\"]|\t)", re.IGNORECASE)
# `str.splitlines` also breaks at these, which are characters of a field here.
_NO_LINE_ENDS = ("\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")


def looks_like_table(head: str, suffix: str) -> bool:
    """Return whether a file is a table: by its suffix (`.csv`, `.tsv`), or by a header that names a text and other fields."""
    if suffix.casefold() in (".csv", ".tsv"):
        return True
    header = head.lstrip("\ufeff").split("\n", 1)[0].strip("\r")
    for delimiter in DELIMITERS:
        columns = [column.strip() for column in _split(header, delimiter)]
        fields = {field_of(column) for column in columns} - {None}
        short = all(0 < len(column) <= _COLUMN_CHARACTERS for column in columns)
        if fields & {"text", "html"} and len(fields) >= _TABLE_COLUMNS and short:
            return True
    return False


def read_table(lines: Iterable[str], source: str) -> Iterator[Article | Rejection]:
    """Yield one article or rejection for each row that is not empty; rows are read one at a time.

    Positions are `row 2`, `row 3` …: the header is row 1, and a row that goes over several lines counts once.
    """
    rows = _rows(_whole_lines(lines))
    header = next(rows, None)
    if header is None:
        yield Rejection(origin=Origin(source=source), reason="the table is empty")
        return
    if len(header.cells) > _MOST_COLUMNS:
        yield Rejection(origin=Origin(source=source), reason=f"a first row of {len(header.cells):,} columns; is it a table?")
        return
    columns = [column.strip() for column in header.cells]
    known = {field_of(column) for column in columns}
    if header.problem or not known & {"text", "html"}:
        looked_for = ", ".join((*FIELD_NAMES["text"], *FIELD_NAMES["html"]))
        found = ", ".join(column[:_COLUMN_CHARACTERS] for column in columns[:_SHOWN])
        reason = f"the table's first row names no text column (found: {found}; looked for: {looked_for})"
        yield Rejection(origin=Origin(source=source), reason=header.problem or reason)
        return
    for number, row in enumerate(rows, start=2):
        if row.problem or any(cell.strip() for cell in row.cells):
            yield _read_row(row, columns, Origin(source=source, position=f"row {number}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row's cells, or why it has none."""

    cells: list[str]
    lines: int = 1
    problem: str | None = None


def _read_row(row: _Row, columns: list[str], origin: Origin) -> Article | Rejection:
    cells = row.cells
    # Spreadsheets print empty cells behind the last column.
    if not any(cell.strip() for cell in cells[len(columns) :]):
        cells = cells[: len(columns)]
    try:
        if row.problem:
            raise RecordError(row.problem)
        if len(cells) != len(columns):
            over = f", over {row.lines} lines; is a quotation mark left open?" if row.lines > 1 else ""
            raise RecordError(f"{origin.position} has {len(cells)} cells, the header {len(columns)}{over}")
        record: dict[str, str] = {}
        for column, cell in zip(columns, cells, strict=True):
            record.setdefault(column, cell)
        return record_article(record, origin, read_from="table")
    except (RecordError, NoText) as error:
        return Rejection(origin=origin, reason=str(error), skipped=isinstance(error, RecordSkipped))


def _whole_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines without their ends; pieces that were broken at other characters are joined again."""
    kept: list[str] = []
    for line in lines:
        kept.append(line)
        if not line.endswith(_NO_LINE_ENDS):
            yield "".join(kept).rstrip("\r\n")
            kept.clear()
    if kept:
        yield "".join(kept)


def _rows(lines: Iterator[str]) -> Iterator[_Row]:
    printed = itertools.dropwhile(lambda line: not line.strip("\ufeff \t"), lines)
    sample: list[str] = []
    for line in printed:
        sample.append(line if sample else line.lstrip("\ufeff"))
        if len(sample) == _SAMPLE_LINES or sum(map(len, sample)) > _SAMPLE_CHARACTERS:
            break
    named = _NAMED_DELIMITER.fullmatch(sample[0]) if sample else None
    if named:
        del sample[0]
    if sample:
        yield from _Reader(named[1] if named else _chosen_delimiter(sample), sample, printed).rows()


def _chosen_delimiter(sample: list[str]) -> str:
    """Return the delimiter that splits the first rows into the header's number of cells most often.

    Between equals, the one whose header has the most known names, then the most cells; a single column is comma-separated.
    """
    best, chosen = (0.0, 0, 1), ","
    for delimiter in DELIMITERS:
        rows = list(_Reader(delimiter, sample, iter(())).rows())
        # The sample may break off inside the last row.
        header, body = rows[0].cells, rows[1:-1] or rows[1:]
        if len(header) > 1:
            consistent = sum(len(row.cells) == len(header) for row in body) / max(1, len(body))
            known = sum(field_of(column) is not None for column in header[:_MOST_COLUMNS])
            if (consistent, known, len(header)) > best:
                best, chosen = (consistent, known, len(header)), delimiter
    return chosen


class _Reader:
    """Puts lines together into rows: a line that ends inside quotation marks goes on in the next."""

    def __init__(self, delimiter: str, first: list[str], rest: Iterator[str]) -> None:
        self._delimiter = delimiter
        self._waiting = first[::-1]
        self._rest = rest

    def rows(self) -> Iterator[_Row]:
        while (line := self._next()) is not None:
            yield self._row(line)

    def _next(self) -> str | None:
        return self._waiting.pop() if self._waiting else next(self._rest, None)

    def _row(self, line: str) -> _Row:
        lines, size = [line], len(line)
        quoted = _ends_quoted(line, self._delimiter, quoted=False)
        while quoted and size <= MAX_FIELD_CHARACTERS:
            following = self._next()
            if following is None:
                return self._unclosed(lines)
            lines.append(following)
            size += len(following) + 1
            quoted = _ends_quoted(following, self._delimiter, quoted=True)
        if size > MAX_FIELD_CHARACTERS:
            return self._too_long(lines, quoted=quoted)
        return _Row(cells=_split("\n".join(lines), self._delimiter), lines=len(lines))

    def _unclosed(self, lines: list[str]) -> _Row:
        """Give up the row, and read the lines below its first as rows of their own."""
        self._waiting.extend(reversed(lines[1:]))
        return _Row(cells=[], problem="a quotation mark opens in the row and is never closed")

    def _too_long(self, lines: list[str], *, quoted: bool) -> _Row:
        """Give up the row, and go on below it; of a row whose end does not come, keep only what fits."""
        dropped = 0
        while quoted:
            following = self._next()
            if following is None:
                row = self._unclosed(lines)
                lost = f"; {dropped:,} lines at the end of the file could not be read for it" if dropped else ""
                return _Row(cells=[], problem=f"{row.problem}{lost}")
            dropped += 1
            quoted = _ends_quoted(following, self._delimiter, quoted=True)
        return _Row(cells=[], problem=f"the row is longer than {MAX_FIELD_CHARACTERS:,} characters; is it one article?")


def _ends_quoted(line: str, delimiter: str, *, quoted: bool) -> bool:
    """Return whether a line ends inside quotation marks, `quoted` being whether it begins inside them."""
    position: int | None = 0
    while position is not None:
        if not quoted:
            position = _skip_spaces(line, position)
            quoted = line.startswith('"', position)
            position += quoted
        if quoted:
            closing = _QUOTED.match(line, position)
            if closing is None:
                return True
            quoted, position = False, closing.end()
        end = line.find(delimiter, position)
        position = end + 1 if end >= 0 else None
    return False


def _split(row: str, delimiter: str) -> list[str]:
    """Return a row's cells (RFC 4180): a cell may stand in quotation marks, in which they are doubled."""
    cells: list[str] = []
    position: int | None = 0
    while position is not None:
        position = _skip_spaces(row, position)
        cell = ""
        if row.startswith('"', position) and (closing := _QUOTED.match(row, position + 1)):
            cell, position = closing[0][:-1].replace('""', '"'), closing.end()
        end = row.find(delimiter, position)
        cells.append(cell + row[position : end if end >= 0 else None])
        position = end + 1 if end >= 0 else None
    return cells


def _skip_spaces(line: str, position: int) -> int:
    while line.startswith(" ", position):
        position += 1
    return position

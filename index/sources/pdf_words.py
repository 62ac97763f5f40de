"""Reads the words of one PDF page, letter by letter, through PDFium's own functions: its wrapper is slow for letters."""

import ctypes
import math
import re
import sys
from dataclasses import dataclass
from typing import Any

from index.sources.layout import Word

_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 700
# Type of less or more points than this is a wrong reading of the font's own units.
_TINY, _HUGE = 2.0, 2000.0
_FONT_NAME_BYTES = 128
# PDFium writes a line-end hyphen as this.
_LINE_END_HYPHEN = 2
_SPACE = 0x20
# White space beyond ASCII ends words too; 0 is a glyph that stands for nothing.
_ENDS = frozenset((0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000))
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# Quarter turns that upright text may stand askew by: ten degrees.
_UPRIGHT = 1 / 9


@dataclass(slots=True)
class Run:
    """Letters printed together, in the page's own coordinates: to the right and upwards."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    origin: tuple[float, float]
    size: float
    bold: bool
    turn: int | None
    """Quarter turns against the clock that the line of text is turned by; None when it stands askew."""

    def inside(self, box: tuple[float, float, float, float]) -> bool:
        """Return whether the letters stand on the page: what is drawn beyond its edge nobody sees."""
        middle, height = (self.left + self.right) / 2, (self.bottom + self.top) / 2
        return box[0] <= middle <= box[2] and box[1] <= height <= box[3] and math.isfinite(sum(self.origin))

    def placed(self, box: tuple[float, float, float, float]) -> Word:
        """Return the word as seen when the page is turned so that it reads upright."""
        turn = self.turn or 0
        first, second = _turned((self.left, self.bottom), turn), _turned((self.right, self.top), turn)
        corners = _turned((box[0], box[1]), turn), _turned((box[2], box[3]), turn)
        return Word(
            text=self.text,
            left=min(first[0], second[0]),
            right=max(first[0], second[0]),
            base=max(corners[0][1], corners[1][1]) - _turned(self.origin, turn)[1],
            size=self.size,
            bold=self.bold,
        )


def _turned(point: tuple[float, float], turn: int) -> tuple[float, float]:
    x, y = point
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turn]


@dataclass(slots=True, kw_only=True)
class _Type:
    """What letters are set in."""

    height: float
    size: float
    bold: bool
    turn: int | None
    unmapped: bool


class PageReader:
    """Reads the words of one text page, and counts those that the fonts give no letters for."""

    def __init__(self, pdfium: Any, textpage: Any) -> None:
        self.unmapped = 0
        self._pdfium, self._textpage = pdfium, textpage
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._box, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._type: _Type | None = None
        self._name, self._flags = ctypes.create_string_buffer(_FONT_NAME_BYTES), ctypes.c_int()

    def runs(self, count: int) -> list[Run]:
        """Return the words; PDFium marks the ends of words and lines with white space of its own, and line-end hyphens."""
        unicode_of, textpage = self._pdfium.FPDFText_GetUnicode, self._textpage
        runs: list[Run] = []
        codes: list[int] = []
        first = 0
        for place in range(count):
            code = unicode_of(textpage, place)
            if code not in _ENDS and code > _SPACE:
                first = first if codes else place
                codes.append(code)
            elif code == _LINE_END_HYPHEN and not codes and runs:
                runs[-1].text += "-"  # PDFium puts the end of the line before a hyphen that stands a little apart
            else:
                if code == _LINE_END_HYPHEN:
                    first = first if codes else place
                    codes.append(ord("-"))
                if codes:
                    runs.append(self._run(codes, first, place if code == _LINE_END_HYPHEN else place - 1))
                    codes = []
                if code < _SPACE:
                    self._type = None  # a line ends: the next may be in other type
        if codes:
            runs.append(self._run(codes, first, count - 1))
        return runs

    def _run(self, codes: list[int], first: int, last: int) -> Run:
        pdfium, textpage, box = self._pdfium, self._textpage, self._box
        # The first letter may be a large initial, the last a raised figure.
        middle = (first + last + 1) // 2
        pdfium.FPDFText_GetLooseCharBox(textpage, first, box)
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        pdfium.FPDFText_GetLooseCharBox(textpage, last, box)
        pdfium.FPDFText_GetCharOrigin(textpage, middle, self._x, self._y)
        height = round(box.top - box.bottom, 2)
        if self._type is None or self._type.height != height:
            self._type = self._read_type(middle, height)
        self.unmapped += self._type.unmapped
        text = "".join([chr(code) if code <= sys.maxunicode else "\ufffd" for code in codes]).translate(_LIGATURES)
        return Run(
            text=text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
            left=min(left, box.left),
            bottom=min(bottom, box.bottom),
            right=max(right, box.right),
            top=max(top, box.top),
            origin=(self._x.value, self._y.value),
            size=self._type.size,
            bold=self._type.bold,
            turn=self._type.turn,
        )

    def _read_type(self, place: int, height: float) -> _Type:
        """Return what a letter is set in; words of one line whose boxes are equally high are set in the same."""
        pdfium, textpage, matrix = self._pdfium, self._textpage, self._matrix
        pdfium.FPDFText_GetMatrix(textpage, place, matrix)
        pdfium.FPDFText_GetFontInfo(textpage, place, self._name, _FONT_NAME_BYTES, self._flags)
        size = pdfium.FPDFText_GetFontSize(textpage, place) * math.hypot(matrix.c, matrix.d)
        angle = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        named = _BOLD.search(self._name.value.decode("latin-1")) is not None
        return _Type(
            height=height,
            # Some old fonts measure themselves in their own units; then the height of the letters must do.
            size=round(next((length for length in (size, height) if _TINY <= length <= _HUGE), _TINY), 1),
            bold=named or pdfium.FPDFText_GetFontWeight(textpage, place) >= _BOLD_WEIGHT,
            turn=round(angle) % 4 if abs(angle - round(angle)) < _UPRIGHT else None,
            unmapped=pdfium.FPDFText_HasUnicodeMapError(textpage, place) == 1,
        )

"""Charts as SVG text, drawn by pure functions without a library. Knows shapes and numbers, not where they come from.

Colours are CSS variables with a plain fallback, so that a chart follows the page's light and dark themes and can stand alone.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 420, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 400, 12, 232
_LINE_HEIGHT = 20
_LINE = "var(--chart-line, #1f5f5b)"
_AREA = "var(--chart-area, #dce8e4)"
_NOW = "var(--chart-now, #9b2c2c)"
_GRID = "var(--chart-grid, #dddad0)"
_TEXT = "var(--chart-text, #5d5a53)"
_PAPER = "var(--paper, #ffffff)"

_DRAWN = 240
"""A curve of thousands of points is drawn by this many, more than the chart is pixels wide on a phone."""
_FEWEST = 10
"""A share of fewer answers than this jumps by more than a tenth with each of them; a longer curve starts here."""
_DOTTED = (1, 5, 10, 20)
"""The numbers of articles that recall is usually quoted at."""
_LABELS = 6
"""About as many labels as stand beside an axis without touching each other."""
_LOGARITHMIC = 8.0
"""From this ratio of the largest to the middle value on, a linear axis would press most values into its first eighth."""

_ROUNDS_TO_SECOND, _ROUNDS_TO_TEN = 999.5, 9.95
"""From these on, rounding gives 1,000 ms, which is a second, and 10, which needs no decimal."""

# XML 1.0 has no way to write these, escaped or not (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What one direction of a chart measures: its ends, and the values that are written beside it."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end; values beyond an end lie on it."""
        within = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log(within / self.low) / math.log(self.high / self.low)
        return (within - self.low) / (self.high - self.low)


def risk_coverage_chart(curve: Sequence[Sequence[float]], *, n: int, now: tuple[float, float] | None, area: float | None) -> str:
    """Draw which share of the answers is wrong when only the most confident are given.

    Args:
        curve: pairs of coverage (share of the questions answered, above 0 to 1) and risk, by growing coverage.
        n: how many questions the curve is of.
        now: coverage and risk as the service answers now; beside the curve where it does not go by confidence alone.
        area: the area under the curve; None when not known.
    """
    pairs = [(coverage, risk) for coverage, risk in curve]
    shown = [pair for pair in pairs if pair[0] * n >= _FEWEST] if n > 2 * _FEWEST else pairs
    if not shown:
        return _nothing("Risk by coverage")
    top = max(risk for _, risk in (*shown, now or shown[-1]))
    x, y = _shares("share of questions answered", 1.0), _shares("share of answers wrong", max(top, 0.05))
    line = [_point(x, y, *pair) for pair in _thinned(shown)]
    base = f"{line[-1][0]:.1f},{_BOTTOM} {line[0][0]:.1f},{_BOTTOM}"
    parts = [f'<polygon points="{_points(line)} {base}" fill="{_AREA}"/>', _frame(x, y), _curve(line)]
    said = f"Of {n:,} questions, {_percent(shown[-1][1])} are answered wrong when all are answered."
    if area is not None:
        said += f" The area under the curve is {area:.3f}."
    if now is not None:
        answered, wrong = f"now {_percent(now[0])} answered", f"{_percent(now[1])} wrong"
        parts.append(_dot(_point(x, y, *now), f"{answered}, {wrong}", colour=_NOW, radius=5))
        parts += _in_free_corner(x.place(now[0]), y.place(now[1]), (answered, wrong))
        said += f" {answered.capitalize()}, {wrong}."
    return _chart("Risk by coverage", said, parts)


def recall_chart(recall_by_k: Sequence[Sequence[float]]) -> str:
    """Draw recall (0 to 1) by the number of articles looked at; `recall_by_k` are pairs of that number and the mean recall."""
    pairs = sorted((k, recall) for k, recall in recall_by_k)
    if not pairs:
        return _nothing("Recall by number of articles")
    x, y = _counts("articles looked at", pairs[-1][0]), _shares("share of the relevant articles found", 1.0)
    dotted = [pair for pair in pairs if pair[0] in _DOTTED or pair is pairs[-1]]
    dots = [_dot(_point(x, y, *pair), f"{_percent(pair[1])} within {pair[0]:g}") for pair in dotted]
    line = [_point(x, y, *pair) for pair in pairs]
    label = _label(line[-1][0], line[-1][1] + 22, f"{_percent(pairs[-1][1])} within {pairs[-1][0]:g}", anchor="end", strong=True)
    said = ", ".join(f"{_percent(recall)} within {k:g}" for k, recall in dotted)
    return _chart("Recall by number of articles", f"Mean share found: {said}.", [_frame(x, y), _curve(line), *dots, label])


def latency_chart(wall_ms: Sequence[float], percentiles: Mapping[str, float | None]) -> str:
    """Draw which share of the answers was ready within a time (the empirical distribution).

    Args:
        wall_ms: how long each answer took, in milliseconds, in any order.
        percentiles: what to mark, such as `{"p50": 212.0, "p95": 640.0}`; None values are left out.
    """
    times = sorted(max(value, 0.01) for value in wall_ms)
    if not times:
        return _nothing("Time to answer")
    x, y = _times(times), _shares("share of answers ready", 1.0)
    steps = [(value, (place + 1) / len(times)) for place, value in enumerate(times)]
    parts = [_frame(x, y), _curve([_point(x, y, *step) for step in _thinned(steps)])]
    marked = [(name, value) for name, value in percentiles.items() if value is not None]
    for place, (name, value) in enumerate(marked):
        parts.append(_dot(_point(x, y, value, float(name[1:]) / 100), f"{name}: {duration(value)}", colour=_NOW))
        # In the corner under the curve, where it never goes: beside the dots, p95 and p99 would stand on each other.
        height = _BOTTOM - 12 - _LINE_HEIGHT * (len(marked) - 1 - place)
        parts.append(_label(_RIGHT - 66, height, name, anchor="end"))
        parts.append(_label(_RIGHT, height, duration(value), anchor="end", strong=True))
    said = ", ".join(f"{name} {duration(value)}" for name, value in marked)
    return _chart("Time to answer", f"{len(times):,} timed answers: {said or 'no percentiles given'}.", parts)


def outcome_bar(counts: Sequence[tuple[str, int, str]]) -> str:
    """Draw how many questions ended how, as one bar; `counts` are name, number and CSS class of each part, in order."""
    total = sum(count for _, count, _ in counts)
    if not total:
        return _nothing("Outcomes")
    parts, across = [], 0.0
    for name, count, style in counts:
        width = 1000 * count / total
        # A part of one question in thousands is still seen, and a gap keeps neighbours apart without relying on colour.
        box = f'x="{across:.2f}" y="0" width="{max(width - 2, 1.5):.2f}" height="26"'
        parts.append(f'<rect {box} class="{_text(style)}"><title>{_text(f"{name}: {count:,}")}</title></rect>')
        across += width
    said = ", ".join(f"{count:,} {name}" for name, count, _ in counts)
    return _svg("Outcomes", f"Of {total:,} questions: {said}.", parts, (1000, 26), ' preserveAspectRatio="none"')


def range_bar(value: float | None, low: float | None, high: float | None) -> str:
    """Draw a mean between 0 and 1 with its interval. Hidden from screen readers: the table says the same in figures."""
    parts = [f'<path d="M0 6H120" stroke="{_GRID}" stroke-width="4" fill="none"/>']
    if value is not None:
        start, end = 120 * (value if low is None else low), 120 * (value if high is None else high)
        parts.append(f'<rect y="4" width="{120 * value:.1f}" height="4" fill="{_LINE}" opacity=".38"/>')
        parts.append(f'<rect x="{start:.1f}" y="3" width="{end - start:.1f}" height="6" fill="{_LINE}" opacity=".55"/>')
        parts.append(f'<rect x="{118 * value:.1f}" y="0" width="2" height="12" fill="{_LINE}"/>')
    return f'<svg class="range" viewBox="0 0 120 12" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'


def duration(milliseconds: float) -> str:
    """Return a time as people read it, with two digits or more: `0.4 ms`, `9.9 ms`, `212 ms`, `1.4 s`, `75 s`."""
    value, unit = (milliseconds, "ms") if milliseconds < _ROUNDS_TO_SECOND else (milliseconds / 1000, "s")
    return f"{value:.1f} {unit}" if value < _ROUNDS_TO_TEN else f"{value:.0f} {unit}"


def _chart(title: str, said: str, parts: Sequence[str]) -> str:
    return _svg(title, said, parts, (_WIDTH, _HEIGHT), ' class="chart"')


def _svg(title: str, said: str, parts: Sequence[str], size: tuple[int, int], attributes: str) -> str:
    name = re.sub(r"\W+", "-", title).strip("-").lower()
    titles = f'<title id="{name}-title">{_text(title)}</title><desc id="{name}-desc">{_text(said)}</desc>'
    box = f'role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {size[0]} {size[1]}"{attributes}'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{titles}{"".join(parts)}</svg>'


def _nothing(title: str) -> str:
    label = _label(_WIDTH / 2, _HEIGHT / 2, "Nothing was measured.", anchor="middle")
    return _chart(title, "Nothing was measured.", [label])


def _frame(x: Axis, y: Axis) -> str:
    parts = []
    for value, text in y.ticks:
        up = _point(x, y, x.low, value)[1]
        parts.append(f'<path d="M{_LEFT} {up:.1f}H{_RIGHT}" stroke="{_GRID}"/>')
        parts.append(_label(_LEFT - 7, up + 4, text, anchor="end"))
    for value, text in x.ticks:
        across = _point(x, y, value, y.low)[0]
        parts.append(f'<path d="M{across:.1f} {_BOTTOM}v5" stroke="{_TEXT}"/>')
        parts.append(_label(across, _BOTTOM + 19, text, anchor="middle"))
    parts.append(f'<path d="M{_LEFT} {_BOTTOM}H{_RIGHT}" stroke="{_TEXT}"/>')
    middle = (_TOP + _BOTTOM) / 2
    parts.append(_label((_LEFT + _RIGHT) / 2, _HEIGHT - 6, x.label, anchor="middle"))
    parts.append(f'<g transform="rotate(-90 12 {middle})">{_label(12, middle, y.label, anchor="middle")}</g>')
    return "".join(parts)


def _shares(label: str, most: float) -> Axis:
    """Return an axis of shares from 0 to the next tick at or above `most`."""
    step = next((step for step in (0.01, 0.02, 0.05, 0.1) if most / step <= _LABELS), 0.2)
    count = math.ceil(most / step - 1e-9)
    ticks = tuple((place * step, f"{place * step:.0%}".replace("%", " %")) for place in range(count + 1))
    return Axis(label=label, low=0.0, high=count * step, ticks=ticks)


def _counts(label: str, most: float) -> Axis:
    step = next(step for step in _steps(1) if most / step <= _LABELS)
    return Axis(label=label, low=0.0, high=most, ticks=tuple((value, f"{value:g}") for value in _multiples(step, most)))


def _times(times: Sequence[float]) -> Axis:
    longest, middle = times[-1], times[len(times) // 2]
    logarithmic = longest / middle >= _LOGARITHMIC
    if not logarithmic:
        step = next(step for step in _steps(longest / 100) if longest / step <= _LABELS)
        marks = _multiples(step, longest)
    else:
        marks = [step for step in _steps(times[0]) if times[0] <= step <= longest]
        # Round numbers are 1, 2 and 5 times a power of ten; where so many do not fit, the powers alone.
        marks = marks if len(marks) <= _LABELS + 2 else [mark for mark in marks if f"{mark:e}".startswith("1")]
    label = "time to answer, logarithmic" if logarithmic else "time to answer"
    ticks = tuple((mark, duration(mark) if mark else "0") for mark in marks)
    return Axis(label=label, low=times[0] if logarithmic else 0.0, high=longest, ticks=ticks, logarithmic=logarithmic)


def _steps(start: float) -> list[float]:
    """Return the round numbers (1, 2 and 5 times powers of ten) from the power of ten below `start` on, over nine powers."""
    power = math.floor(math.log10(start))
    return [digit * 10.0**exponent for exponent in range(power, power + 9) for digit in (1, 2, 5)]


def _multiples(step: float, most: float) -> list[float]:
    return [place * step for place in range(int(most / step + 1e-9) + 1)]


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= _DRAWN:
        return list(points)
    return [points[round(place * (len(points) - 1) / (_DRAWN - 1))] for place in range(_DRAWN)]


def _point(x: Axis, y: Axis, across: float, up: float) -> tuple[float, float]:
    return _LEFT + (_RIGHT - _LEFT) * x.place(across), _BOTTOM - (_BOTTOM - _TOP) * y.place(up)


def _points(line: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{across:.1f},{up:.1f}" for across, up in line)


def _curve(line: Sequence[tuple[float, float]]) -> str:
    return f'<polyline points="{_points(line)}" fill="none" stroke="{_LINE}" stroke-width="2" stroke-linejoin="round"/>'


def _in_free_corner(across: float, up: float, lines: Sequence[str]) -> list[str]:
    """Return lines in the corner under the right end of a curve, where risk is highest; above its start if a point is there."""
    if across > 0.5 and up < 0.35:  # noqa: PLR2004 - the corner's share of the chart
        return [
            _label(_LEFT + 8, _TOP + 8 + place * _LINE_HEIGHT, text, anchor="start", strong=True)
            for place, text in enumerate(lines)
        ]
    height = _BOTTOM - 12 - _LINE_HEIGHT * (len(lines) - 1)
    return [
        _label(_RIGHT - 8, height + place * _LINE_HEIGHT, text, anchor="end", strong=True, border=_AREA)
        for place, text in enumerate(lines)
    ]


def _dot(at: tuple[float, float], text: str, *, colour: str = _LINE, radius: float = 3.5) -> str:
    shape = f'cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}" fill="{colour}" stroke="{_PAPER}" stroke-width="1.5"'
    return f"<circle {shape}><title>{_text(text)}</title></circle>"


def _label(x: float, y: float, text: str, *, anchor: str, strong: bool = False, border: str = _PAPER) -> str:
    """Return a text with a border in the colour of what is behind it, so that lines there do not disturb reading."""
    weight = f'fill="{_NOW}" font-weight="600"' if strong else f'fill="{_TEXT}"'
    edge = f'paint-order="stroke" stroke="{border}" stroke-width="4" stroke-linejoin="round"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12.5" {weight} {edge}>{_text(text)}</text>'


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("�", text))

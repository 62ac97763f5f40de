"""Charts: well-formed SVG that shows what it is given, whatever that is."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from eval.charts import duration, latency_chart, outcome_bar, range_bar, recall_chart, risk_coverage_chart

SVG = "{http://www.w3.org/2000/svg}"
shares = st.floats(0, 1)
times = st.floats(0.001, 1e7)


def drawn(svg: str) -> etree._Element:
    """Return the parsed chart: well-formed, its texts inside its edges, named and described for those who do not see it."""
    root = etree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    names = root.get("aria-labelledby", "").split()
    assert [element.get("id") for element in root.iter(f"{SVG}title", f"{SVG}desc") if element.get("id")] == names
    for number in (value for element in root.iter() for value in element.attrib.values() if value == "nan"):
        raise AssertionError(number)
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "")) <= 420
        assert 0 < float(text.get("y", "")) <= 280
    return root


def line(root: etree._Element) -> list[tuple[float, float]]:
    found = root.find(f"{SVG}polyline")
    assert found is not None
    return [(float(x), float(y)) for x, _, y in (point.partition(",") for point in found.get("points", "").split())]


def said(root: etree._Element) -> str:
    return root.findtext(f"{SVG}desc") or ""


@given(st.lists(shares, min_size=1, max_size=60), st.none() | st.tuples(shares, shares))
def test_any_risk_can_be_drawn(risks: list[float], now: tuple[float, float] | None) -> None:
    """Whatever the curve, it stays inside the chart and runs from left to right."""
    curve = [[(place + 1) / len(risks), risk] for place, risk in enumerate(risks)]
    points = line(drawn(risk_coverage_chart(curve, n=len(risks), now=now, area=0.5)))
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert all(62 <= x <= 400 and 12 <= y <= 232 for x, y in points)


@given(st.lists(times, min_size=1, max_size=300))
def test_any_times_can_be_drawn(wall_ms: list[float]) -> None:
    """The distribution never falls, begins above nothing and ends at all, on a linear axis and on a logarithmic one."""
    points = line(drawn(latency_chart(wall_ms, {"p50": sorted(wall_ms)[len(wall_ms) // 2], "p95": None})))
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    assert points[-1] == (400, 12)


@given(st.lists(st.tuples(st.integers(1, 5000), shares), min_size=1, max_size=40))
def test_any_recall_can_be_drawn(points: list[tuple[int, float]]) -> None:
    """The number of articles may go as far as it likes."""
    assert len(line(drawn(recall_chart(points)))) == len(points)


@given(st.lists(st.tuples(st.text(), st.integers(1, 9999), st.text()), min_size=1, max_size=8))
def test_any_names_can_be_drawn(counts: list[tuple[str, int, str]]) -> None:
    """Names and classes are escaped, and what XML cannot hold is replaced."""
    root = etree.fromstring(outcome_bar(counts))
    widths = [float(part.get("width", "")) for part in root.iter(f"{SVG}rect")]
    assert len(widths) == len(counts)
    assert 0 < sum(widths) <= 1000 + 1.5 * len(counts)


def test_markup_in_a_name_stays_a_name() -> None:
    """A failure is named by our own code, and is escaped all the same."""
    svg = outcome_bar([("</title><script>alert(1)</script>", 3, '"><script>'), ("\x00\ud800", 1, "good")])
    root = etree.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert [title.text for title in root.iter(f"{SVG}title")][1:] == [
        "</title><script>alert(1)</script>: 3",
        "\N{REPLACEMENT CHARACTER}" * 2 + ": 1",
    ]


def test_the_present_point_stands_where_it_is() -> None:
    """It is what the service does now, on the curve or beside it, and its figures are written and said."""
    curve = [[place / 100, place / 400] for place in range(1, 101)]
    root = drawn(risk_coverage_chart(curve, n=100, now=(0.5, 0.2), area=0.125))
    (dot,) = root.iter(f"{SVG}circle")
    assert (float(dot.get("cx", "")), float(dot.get("cy", ""))) == pytest.approx((231, 232 - 220 * 0.2 / 0.25), abs=0.1)
    assert {"now 50.0 % answered", "20.0 % wrong"} <= {text.text for text in root.iter(f"{SVG}text")}
    assert said(root) == (
        "Of 100 questions, 25.0 % are answered wrong when all are answered. The area under the curve is 0.125. "
        "Now 50.0 % answered, 20.0 % wrong."
    )


def test_a_long_risk_curve_starts_where_a_share_says_something() -> None:
    """The first few answers of many would make the axis jump to everything or nothing."""
    curve = [[place / 200, 1.0 if place < 5 else 0.1] for place in range(1, 201)]
    root = drawn(risk_coverage_chart(curve, n=200, now=None, area=None))
    assert "100 %" not in [text.text for text in root.iter(f"{SVG}text") if text.get("text-anchor") == "end"]
    short = drawn(risk_coverage_chart(curve[:4], n=4, now=None, area=None))
    assert len(line(short)) == 4


def test_recall_is_dotted_where_it_is_quoted() -> None:
    """At 1, 5, 10 and 20, and at the last, which is written out."""
    root = drawn(recall_chart([[k, 1 - 0.5 / k] for k in range(1, 31)]))
    titles = [title.text for title in root.iter(f"{SVG}title")][1:]
    assert titles == ["50.0 % within 1", "90.0 % within 5", "95.0 % within 10", "97.5 % within 20", "98.3 % within 30"]
    assert titles[-1] in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("wall_ms", "ticks"),
    [
        ([200.0, 210.0, 420.0], ["0", "100 ms", "200 ms", "300 ms", "400 ms"]),
        ([20.0] * 9 + [400.0], ["20 ms", "50 ms", "100 ms", "200 ms"]),
        ([2.0] * 9 + [90_000.0], ["10 ms", "100 ms", "1.0 s", "10 s"]),
        ([5.0], ["0", "1.0 ms", "2.0 ms", "3.0 ms", "4.0 ms", "5.0 ms"]),
    ],
)
def test_times_have_round_ticks_and_a_logarithmic_axis_when_they_are_far_apart(
    wall_ms: list[float], ticks: Sequence[str]
) -> None:
    """A few slow answers do not press all the others into the corner."""
    texts = [text.text for text in drawn(latency_chart(wall_ms, {})).iter(f"{SVG}text")]
    assert texts[6 : 6 + len(ticks)] == ticks
    assert (max(wall_ms) / min(wall_ms) > 8) == ("time to answer, logarithmic" in texts)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0.44, "0.4 ms"), (9.96, "10 ms"), (212.4, "212 ms"), (999.7, "1.0 s"), (1449, "1.4 s"), (9999, "10 s"), (75_000, "75 s")],
)
def test_a_time_is_written_as_people_read_it(milliseconds: float, text: str) -> None:
    """With two digits or more, and no more than its unit needs."""
    assert duration(milliseconds) == text


@given(shares, shares, shares)
def test_a_range_bar_holds_its_mean(one: float, two: float, three: float) -> None:
    """The mean's stroke touches the interval's band, both inside the bar, at the ends of the scale too."""
    low, value, high = sorted((one, two, three))
    _, band, stroke = etree.fromstring(range_bar(value, low, high)).iter(f"{SVG}rect")
    start, end = float(band.get("x", "")), float(band.get("x", "")) + float(band.get("width", ""))
    assert start - 2.1 <= float(stroke.get("x", "")) <= end + 0.1
    assert math.isclose(max(end, 120), 120, abs_tol=0.2)


def test_without_figures_there_is_a_chart_that_says_so() -> None:
    """An empty run breaks no page, and nothing that looks like a measurement is drawn."""
    for svg in (
        risk_coverage_chart([], n=0, now=None, area=None),
        recall_chart([]),
        latency_chart([], {"p50": None}),
        outcome_bar([]),
    ):
        assert "Nothing was measured." in said(drawn(svg))
    assert "rect" not in range_bar(None, None, None)

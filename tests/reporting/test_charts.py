from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.reporting.charts.axes import Axis, shared_axis
from longtail.reporting.charts.bars import bar_chart
from longtail.reporting.charts.interval import interval_chart
from longtail.reporting.charts.line import Series, line_chart

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def test_a_line_lies_where_its_numbers_say() -> None:
    chart = line_chart("Loss", [Series("loss", [1, 2, 3], [0.0, 5.0, 10.0])], "epoch", "loss")
    [drawn] = re.findall(r'points="([^"]+)"', str(chart))
    points = [tuple(map(float, point.split(","))) for point in drawn.split()]
    assert [x for x, _ in points] == [48.0, 237.0, 426.0]  # from the left edge to the right one, evenly
    assert points[1][1] == pytest.approx((points[0][1] + points[2][1]) / 2, abs=0.1)
    assert points[0][1] > points[2][1]  # SVG counts downwards


def test_a_logarithmic_axis_has_powers_of_ten() -> None:
    axis = Axis(1e-6, 1.0, log=True)
    assert [round(math.log10(tick)) for tick in axis.ticks()] == [-6, -5, -4, -3, -2, -1, 0]
    assert axis.share(1e-3) == 0.5


def test_ticks_are_round_numbers() -> None:
    assert Axis(0, 1).ticks() == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert Axis(0, 2220).ticks() == [0, 500, 1000, 1500, 2000]


def test_an_interval_out_of_its_axis_stays_in_its_cell() -> None:
    drawn = str(interval_chart(-5.0, 0.5, 9.0, Axis(0.0, 1.0)))
    places = [float(x) for x in re.findall(r'(?:d="M|H|cx=")([\d.-]+)', drawn)]
    assert min(places) >= 4
    assert max(places) <= 146


def test_what_was_not_measured_is_not_drawn() -> None:
    assert interval_chart(None, None, None, Axis(0, 1)) == ""
    assert line_chart("Loss", [Series("loss", [1.0], [2.0])], "epoch", "loss") == ""
    assert line_chart("Loss", [Series("loss", [1.0, 2.0], [math.nan, math.nan])], "epoch", "loss") == ""
    assert bar_chart("Counts", [], [], "x", "y") == ""


def test_foreign_text_is_escaped() -> None:
    chart = str(bar_chart("<b>", ["<script>alert(1)</script>"], [3], "x", 'y" onload="'))
    assert "<script>" not in chart
    assert "<b>" not in chart
    ElementTree.fromstring(chart)


def test_a_marker_outside_the_axis_is_dropped() -> None:
    curve = [Series("loss", [1e-4, 1e-2], [2.0, 1.0])]
    chart = str(line_chart("Finder", curve, "rate", "loss", markers=[(1e-3, "inside"), (5.0, "outside")], log_x=True))
    assert "inside" in chart
    assert "outside" not in chart


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=30))
def test_every_series_gives_a_picture_that_xml_can_read(points: list[tuple[float, float]]) -> None:
    chart = line_chart(
        "Any", [Series("any", [x for x, _ in points], [y for _, y in points])], "x", "y", markers=[(0, "zero")]
    )
    assert ElementTree.fromstring(str(chart)).tag == "svg"
    assert "nan" not in str(chart)


@given(st.lists(st.one_of(st.none(), NUMBERS), max_size=8))
def test_a_shared_axis_always_has_a_length(values: list[float | None]) -> None:
    axis = shared_axis(values)
    assert axis.low < axis.high
    assert axis.low <= 0


def test_where_all_scores_are_one_the_shared_axis_ends_there() -> None:
    assert shared_axis([1.0, 1.0], from_zero=False) == Axis(0.0, 1.0)
    assert shared_axis([None, 0.0]) == Axis(0.0, 1.0)

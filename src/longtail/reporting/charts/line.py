"""A line chart of up to three series, which differ in dash and marker, not in colour alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from longtail.reporting.charts import svg
from longtail.reporting.charts.axes import BOTTOM, HEIGHT, LEFT, TOP, fitted_axis, frame, x_of, y_of

_MAX_DOTS = 25  # a longer line has no dots


@dataclass(frozen=True)
class Series:
    """A line: its name and its points."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def line_chart(
    title: str,
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    *,
    markers: Sequence[tuple[float, str]] = (),
    points: Sequence[tuple[float, float]] = (),
    log_x: bool = False,
    from_zero: bool = False,
) -> Markup:
    """Draw lines over one pair of axes.

    Args:
        title: Read by screen readers.
        series: The lines; points that are not finite are dropped.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.
        markers: (x, label) of each vertical line; those outside the axis are dropped.
        points: (x, y) of single large dots.
        log_x: Whether the horizontal axis is logarithmic.
        from_zero: Whether the vertical axis includes 0.

    Returns:
        The chart; empty where no line has two points.
    """
    series = [_finite(one, log_x) for one in series]
    if not any(len(one.x) > 1 for one in series):
        return Markup("")
    x_axis = fitted_axis([x for one in series for x in one.x], log=log_x, margin=0.0)
    y_axis = fitted_axis([y for one in series for y in one.y] + ([0.0] if from_zero else []))
    parts = [frame(x_axis, y_axis, x_label, y_label)]
    inside = [(x, label) for x, label in sorted(markers) if x_axis.low <= x <= x_axis.high]
    parts += [_marker(x_of(x_axis, x), label, index, len(inside)) for index, (x, label) in enumerate(inside)]
    for index, one in enumerate(series):
        positions = [(x_of(x_axis, x), y_of(y_axis, y)) for x, y in zip(one.x, one.y, strict=True)]
        parts.append(svg.polyline(f"line s{index}", positions))
        if len(positions) <= _MAX_DOTS:
            parts += [svg.circle(f"dot s{index}", x, y, 3) for x, y in positions]
    parts += [svg.circle("point chosen", x_of(x_axis, x), y_of(y_axis, y), 6) for x, y in points]
    return svg.chart(title, HEIGHT, parts)


def _finite(series: Series, log_x: bool) -> Series:
    pairs = [
        (float(x), float(y))
        for x, y in zip(series.x, series.y, strict=True)
        if math.isfinite(x) and math.isfinite(y) and (x > 0 or not log_x)
    ]
    return Series(series.name, [x for x, _ in pairs], [y for _, y in pairs])


def _marker(x: float, label: str, index: int, markers: int) -> Markup:
    """A vertical line; its label stands on the side with more room, that of the first of two to the left."""
    to_left = x > (LEFT + svg.WIDTH) / 2 if markers == 1 else index == 0 and x > LEFT + 100
    label_x, css_class = (x - 5, "note end") if to_left else (x + 5, "note start")
    return svg.vertical("mark", x, TOP, BOTTOM) + svg.text(css_class, label_x, TOP + 12 + 15 * index, label)

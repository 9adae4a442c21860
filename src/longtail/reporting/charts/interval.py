"""A score with its confidence interval, small enough for the cell of a table."""

from __future__ import annotations

from markupsafe import Markup

from longtail.reporting.charts import svg
from longtail.reporting.charts.axes import Axis

_WIDTH, _HEIGHT, _PADDING = 150, 14, 4


def interval_chart(
    low: float | None, value: float | None, high: float | None, axis: Axis, *, chosen: bool = False
) -> Markup:
    """Draw a dot and its whisker; all rows of a table share the axis.

    Args:
        low: Lower end of the interval; None where there is none.
        value: The score; None where nothing was measured.
        high: Upper end of the interval; None where there is none.
        axis: The axis; what lies outside it is drawn at its end.
        chosen: Whether the row is highlighted.

    Returns:
        The chart; empty without a value.
    """
    if value is None:
        return Markup("")
    middle = _HEIGHT / 2
    parts = [svg.horizontal("rail", _PADDING, _WIDTH - _PADDING, middle)]
    if axis.low < 0 < axis.high:
        parts.append(svg.vertical("zero", _x(axis, 0), 0, _HEIGHT))
    if low is not None and high is not None:
        parts.append(svg.horizontal("whisker", _x(axis, low), _x(axis, high), middle))
    parts.append(svg.circle("point chosen" if chosen else "point", _x(axis, value), middle, 5 if chosen else 4))
    return svg.inline("interval", _WIDTH, _HEIGHT, parts)


def _x(axis: Axis, value: float) -> float:
    return _PADDING + axis.clipped_share(value) * (_WIDTH - 2 * _PADDING)

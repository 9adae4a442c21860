"""Axes: from values to positions, ticks, and the frame that line and bar charts share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from longtail.reporting.charts import svg

HEIGHT = 250
LEFT, RIGHT, TOP, BOTTOM = 48, svg.WIDTH - 14, 18, HEIGHT - 40
"""Edges of the plot area, in user units."""


@dataclass(frozen=True)
class Axis:
    """A range of values. On a logarithmic axis both ends are above 0; an axis of integers has no ticks between them."""

    low: float
    high: float
    log: bool = False
    integers: bool = False

    def share(self, value: float) -> float:
        """Position of a value: 0 at `low`, 1 at `high`."""
        if self.log:
            return (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return (value - self.low) / (self.high - self.low)

    def clipped_share(self, value: float) -> float:
        """Position of a value, moved to the nearer end where it lies outside the axis."""
        return min(max(self.share(value), 0.0), 1.0)

    def ticks(self) -> list[float]:
        """Round values inside the axis: powers of ten, or about five steps of 1, 2 or 5."""
        if self.log:
            powers = range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
            return [10.0**power for power in powers]
        step = max(_round_step((self.high - self.low) / 5), 1.0 if self.integers else 0.0)
        first = math.ceil(self.low / step - 1e-9)
        return [round(index * step, 10) for index in range(first, math.floor(self.high / step + 1e-9) + 1)]


def shared_axis(values: Sequence[float | None], *, from_zero: bool = True) -> Axis:
    """One axis for all rows of a table; where all values are equal, it also spans 0 to 1, the range of a score.

    Args:
        values: Values and ends of intervals; None where nothing was measured.
        from_zero: Whether the axis includes 0.

    Returns:
        An axis whose `high` is above its `low`.
    """
    measured = [value for value in values if value is not None] or [0.0]
    low, high = min(measured), max(measured)
    low = min(low, 0.0) if from_zero else low
    return Axis(low, high) if high > low else Axis(min(low, 0.0), max(high, 1.0))


def fitted_axis(values: Sequence[float], *, log: bool = False, margin: float = 0.06) -> Axis:
    """The axis of a line chart.

    Args:
        values: All values on the axis, finite; above 0 for a logarithmic axis.
        log: Whether the axis is logarithmic; it then has no margin.
        margin: Room at both ends, as a share of the range; the axis of values that are never negative stays above 0.

    Returns:
        An axis whose `high` is above its `low`.
    """
    low, high = min(values), max(values)
    if log:
        return Axis(low, high if high > low else low * 10, log=True)
    if high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-12):  # equal, up to rounding
        return Axis(low - 0.5, high + 0.5)
    room = margin * (high - low)
    return Axis(max(low - room, 0.0) if low >= 0 else low - room, high + room)


def x_of(axis: Axis, value: float) -> float:
    """Horizontal position of a value in the plot area.

    Args:
        axis: The horizontal axis.
        value: A value on it.

    Returns:
        Its position, in user units.
    """
    return LEFT + axis.share(value) * (RIGHT - LEFT)


def y_of(axis: Axis, value: float) -> float:
    """Vertical position of a value in the plot area; SVG counts downwards.

    Args:
        axis: The vertical axis.
        value: A value on it.

    Returns:
        Its position, in user units.
    """
    return BOTTOM - axis.share(value) * (BOTTOM - TOP)


def frame(x_axis: Axis | None, y_axis: Axis, x_label: str, y_label: str) -> Markup:
    """Grid lines, ticks and the names of both axes.

    Args:
        x_axis: Horizontal axis; None where the chart labels its categories itself.
        y_axis: Vertical axis.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.

    Returns:
        Elements to draw first.
    """
    parts = []
    for tick in y_axis.ticks():
        y = y_of(y_axis, tick)
        parts += [svg.horizontal("grid", LEFT, RIGHT, y), svg.text("tick end", LEFT - 6, y + 4, f"{tick:g}")]
    if x_axis:
        parts += [svg.text("tick", x_of(x_axis, tick), BOTTOM + 14, f"{tick:g}") for tick in x_axis.ticks()]
    parts.append(svg.text("name", (LEFT + RIGHT) / 2, HEIGHT - 6, x_label))
    parts.append(svg.text("name start", 2, 10, y_label))
    return Markup("").join(parts)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)

"""A grid of dots with confidence intervals: named rows, and columns with an axis each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from longtail.reporting.charts import svg
from longtail.reporting.charts.axes import Axis

_NAMES = 146  # width of the rows' names
_GAP, _HEAD, _ROW, _FOOT = 12, 36, 21, 20


@dataclass(frozen=True)
class Column:
    """A column: its name, a note under it, its axis, and the reference value of its dashed line, if any."""

    name: str
    note: str
    axis: Axis
    reference: float | None = None


@dataclass(frozen=True)
class Dot:
    """A value with its interval; `css_class` is any of `leads`, `noise` and `faint`, or empty."""

    low: float | None
    value: float
    high: float | None
    css_class: str
    title: str


def dot_grid(title: str, columns: Sequence[Column], rows: Sequence[tuple[str, Sequence[Dot | None]]]) -> Markup:
    """Draw the grid.

    Args:
        title: Read by screen readers.
        columns: The columns, from left to right.
        rows: (name, a dot for each column) of each row; None where nothing was measured.

    Returns:
        The chart; empty without rows.
    """
    if not rows:
        return Markup("")
    edges = [_edges(index, len(columns)) for index in range(len(columns))]
    parts = [_frame(column, edge, len(rows)) for column, edge in zip(columns, edges, strict=True)]
    for index, (name, dots) in enumerate(rows):
        y = _HEAD + _ROW * (index + 0.5)
        parts.append(svg.text("row end", _NAMES - 10, y + 4, name))
        for column, edge, dot in zip(columns, edges, dots, strict=True):
            if dot is not None:
                parts.append(_dot(dot, column.axis, edge, y))
    return svg.chart(title, _HEAD + _ROW * len(rows) + _FOOT, parts, "chart grid-of-dots")


def _frame(column: Column, edge: tuple[float, float], rows: int) -> Markup:
    """Name, note, grid lines, the first and the last tick, and the line of the reference value."""
    top, bottom = _HEAD, _HEAD + _ROW * rows
    parts = [
        svg.text("value start", edge[0], 12, column.name),
        svg.text("tick start", edge[0], 26, column.note),
        *(svg.horizontal("grid", *edge, y) for y in (top + _ROW * (row + 0.5) for row in range(rows))),
    ]
    ticks = column.axis.ticks()
    for tick in dict.fromkeys((ticks[0], ticks[-1])) if ticks else ():
        x = _x(column.axis, tick, edge)
        parts.append(svg.vertical("grid", x, top, bottom + 3))
        parts.append(svg.text("tick", x, bottom + 15, f"{tick:g}"))
    if column.reference is not None:
        x = _x(column.axis, column.reference, edge)
        parts.append(svg.vertical("mark", x, top, bottom))
    return Markup("").join(parts)


def _dot(dot: Dot, axis: Axis, edge: tuple[float, float], y: float) -> Markup:
    whisker = Markup("")
    if dot.low is not None and dot.high is not None:
        ends = _x(axis, dot.low, edge), _x(axis, dot.high, edge)
        whisker = svg.horizontal(f"whisker {dot.css_class}".strip(), *ends, y)
    radius = 5.5 if "leads" in dot.css_class else 3.6
    return whisker + svg.circle(f"point {dot.css_class}".strip(), _x(axis, dot.value, edge), y, radius, dot.title)


def _edges(index: int, columns: int) -> tuple[float, float]:
    """Left and right edge of a column."""
    width = (svg.WIDTH - _NAMES) / columns
    return _NAMES + index * width, _NAMES + (index + 1) * width - _GAP


def _x(axis: Axis, value: float, edge: tuple[float, float]) -> float:
    return edge[0] + axis.clipped_share(value) * (edge[1] - edge[0])

"""A grid of dots with intervals: rows by name, columns with an axis each, all grids of a figure on the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from longtail.reporting.charts.svg import WIDTH, Axis

_NAMES = 122  # what the rows' names take of the width
_GAP, _HEAD, _ROW, _FOOT = 12, 36, 21, 20

_TEXT = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
_LINE = Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>')
_DOT = Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}</title></circle>')
_GRID = Markup('<svg class="chart grid-of-dots" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')


@dataclass(frozen=True)
class Column:
    """A column: its name, a note under it, its axis, and the value that its rows are compared with, if any."""

    name: str
    note: str
    axis: Axis
    guide: float | None = None


@dataclass(frozen=True)
class Dot:
    """A value with its interval; `kind` is a word or more of the style: `leads`, `noise`, `faint`, or nothing."""

    low: float | None
    middle: float
    high: float | None
    kind: str
    said: str


def grid(title: str, columns: Sequence[Column], rows: Sequence[tuple[str, Sequence[Dot | None]]]) -> Markup:
    """The picture: `rows` are names with a dot (or None: not measured) for each column. Empty without rows."""
    if not rows:
        return Markup("")
    height = _HEAD + _ROW * len(rows) + _FOOT
    parts = [_column(column, place, len(columns), len(rows)) for place, column in enumerate(columns)]
    for index, (name, dots) in enumerate(rows):
        y = _HEAD + _ROW * (index + 0.5)
        parts.append(_TEXT.format("row end", _NAMES - 10, y + 4, name))
        for place, (column, dot) in enumerate(zip(columns, dots, strict=True)):
            parts.append(_drawn(dot, column.axis, place, len(columns), y))
    return _GRID.format(WIDTH, height, title, Markup("").join(parts))


def _column(column: Column, place: int, many: int, rows: int) -> Markup:
    """Name, note, rails, the first and the last tick, and the line of what is compared with."""
    left, right = _edges(place, many)
    top, bottom = _HEAD, _HEAD + _ROW * rows
    parts = [
        _TEXT.format("value start", left, 12, column.name),
        _TEXT.format("tick start", left, 26, column.note),
        *(_LINE.format("grid", left, right, y, y) for y in (top + _ROW * (row + 0.5) for row in range(rows))),
    ]
    ticks = column.axis.ticks()
    for tick in dict.fromkeys((ticks[0], ticks[-1])) if ticks else ():
        x = _across(column.axis, tick, left, right)
        parts.append(_LINE.format("grid", x, x, top, bottom + 3))
        parts.append(_TEXT.format("tick", x, bottom + 15, f"{tick:g}"))
    if column.guide is not None:
        x = _across(column.axis, column.guide, left, right)
        parts.append(_LINE.format("mark", x, x, top, bottom))
    return Markup("").join(parts)


def _drawn(dot: Dot | None, axis: Axis, place: int, many: int, y: float) -> Markup:
    if dot is None:
        return Markup("")
    left, right = _edges(place, many)
    drawn = Markup("")
    if dot.low is not None and dot.high is not None:
        low, high = (_across(axis, value, left, right) for value in (dot.low, dot.high))
        drawn += _LINE.format(f"whisker {dot.kind}".strip(), low, high, y, y)
    radius = 5.5 if "leads" in dot.kind else 3.6
    return drawn + _DOT.format(f"point {dot.kind}".strip(), _across(axis, dot.middle, left, right), y, radius, dot.said)


def _edges(place: int, many: int) -> tuple[float, float]:
    width = (WIDTH - _NAMES) / many
    return _NAMES + place * width, _NAMES + (place + 1) * width - _GAP


def _across(axis: Axis, value: float, left: float, right: float) -> float:
    return left + min(max(axis.share(value), 0.0), 1.0) * (right - left)

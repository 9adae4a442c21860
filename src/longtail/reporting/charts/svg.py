"""Small charts as inline SVG: they take the page's fonts and its light or dark colours, and equal data are equal bytes.

Each is drawn 440 units wide, so that its text stays readable on a phone; series differ in dash and marker, not in
colour alone. All text goes through `Markup.format`, which escapes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 440, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 14, 18, 40
_DOTTED = 25  # points of a line that get a dot each

_POLYLINE = Markup('<polyline class="line s{}" points="{}"/>')
_DOT = Markup('<circle class="dot s{}" cx="{:.1f}" cy="{:.1f}" r="3"/>')
_SINGLE = Markup('<circle class="point chosen" cx="{:.1f}" cy="{:.1f}" r="6"/>')
_COLUMN = Markup('<rect class="column" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
_ACROSS = Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
_UPRIGHT = Markup('<line class="{}" x1="{x:.1f}" x2="{x:.1f}" y1="{}" y2="{}"/>')
_POINT = Markup('<circle class="{}" cx="{:.1f}" cy="7" r="{}"/>')
_TEXT = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
_INTERVAL = Markup('<svg class="interval" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">{2}</svg>')
_CHART = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')


@dataclass(frozen=True)
class Series:
    """A line: its name and its points."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Axis:
    """Where values lie between `low` and `high`; on a logarithmic axis both are above 0, `whole` counts things."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def share(self, value: float) -> float:
        """0 at `low`, 1 at `high`."""
        if self.log:
            return (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values inside the axis: powers of ten, or about five steps of 1, 2 or 5."""
        if self.log:
            powers = range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)
            return [10.0**power for power in powers]
        step = max(_round_step((self.high - self.low) / 5), 1.0 if self.whole else 0.0)
        first = math.ceil(self.low / step - 1e-9)
        return [round(index * step, 10) for index in range(first, math.floor(self.high / step + 1e-9) + 1)]


def lines(
    title: str,
    series: Sequence[Series],
    x_name: str,
    y_name: str,
    *,
    marks: Sequence[tuple[float, str]] = (),
    points: Sequence[tuple[float, float]] = (),
    log_x: bool = False,
    from_zero: bool = False,
) -> Markup:
    """A line chart of up to three series, with named vertical marks and single points. Empty without two to join."""
    kept = [_finite(line, log_x) for line in series]
    if not any(len(line.x) > 1 for line in kept):
        return Markup("")
    x_axis = _axis([x for line in kept for x in line.x], log=log_x, tight=True)
    y_axis = _axis([y for line in kept for y in line.y] + ([0.0] if from_zero else []))
    parts = [_frame(x_axis, y_axis, x_name, y_name)]
    shown = [(x, text) for x, text in sorted(marks) if x_axis.low <= x <= x_axis.high]
    parts += [_mark(_across(x_axis, x), text, row, len(shown)) for row, (x, text) in enumerate(shown)]
    for index, line in enumerate(kept):
        places = [(_across(x_axis, x), _up(y_axis, y)) for x, y in zip(line.x, line.y, strict=True)]
        parts.append(_POLYLINE.format(index, " ".join(f"{x:.1f},{y:.1f}" for x, y in places)))
        if len(places) <= _DOTTED:
            parts += [_DOT.format(index, *point) for point in places]
    parts += [_SINGLE.format(_across(x_axis, x), _up(y_axis, y)) for x, y in points]
    return _svg(title, parts)


def columns(title: str, names: Sequence[str], values: Sequence[int], x_name: str, y_name: str) -> Markup:
    """A column for each name, its value on top. Empty without values."""
    if not values:
        return Markup("")
    axis = Axis(0, max(max(values), 1) * 1.08, whole=True)
    step = (WIDTH - _LEFT - _RIGHT) / len(values)
    parts = [_frame(None, axis, x_name, y_name)]
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        middle, top = _LEFT + (index + 0.5) * step, _up(axis, value)
        parts.append(_COLUMN.format(middle - 0.38 * step, top, 0.76 * step, HEIGHT - _BOTTOM - top))
        parts.append(_text(middle, top - 4, f"{value:,}", "value"))
        parts.append(_text(middle, HEIGHT - _BOTTOM + 14, name, "tick"))
    return _svg(title, parts)


def interval(
    low: float | None, middle: float | None, high: float | None, axis: Axis, *, chosen: bool = False
) -> Markup:
    """A score with its interval as a dot and a whisker, for the cell of a table; all rows share `axis`."""
    if middle is None:
        return Markup("")
    width, height = 150, 14

    def place(value: float) -> float:
        return 4 + min(max(axis.share(value), 0.0), 1.0) * (width - 8)

    parts = [_ACROSS.format("rail", 4, width - 4, y=7)]
    if axis.low < 0 < axis.high:
        parts.append(_UPRIGHT.format("zero", 0, height, x=place(0)))
    if low is not None and high is not None:
        parts.append(_ACROSS.format("whisker", place(low), place(high), y=7))
    parts.append(_POINT.format("point chosen" if chosen else "point", place(middle), 5 if chosen else 4))
    return _INTERVAL.format(width, height, Markup("").join(parts))


def shared_axis(values: Sequence[float | None], *, from_zero: bool = True) -> Axis:
    """One axis for the intervals of a table; where all are one value, from 0 to 1, which scores never leave."""
    known = [value for value in values if value is not None] or [0.0]
    low, high = min(known), max(known)
    low = min(low, 0.0) if from_zero else low
    return Axis(low, high) if high > low else Axis(min(low, 0.0), max(high, 1.0))


def _axis(values: Sequence[float], *, log: bool = False, tight: bool = False) -> Axis:
    low, high = min(values), max(values)
    if log:
        return Axis(low, high if high > low else low * 10, log=True)
    if high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-12):  # flat, as far as a picture goes
        return Axis(low - 0.5, high + 0.5)
    margin = 0.0 if tight else 0.06 * (high - low)
    # A loss or a share is never negative: neither is its axis.
    return Axis(max(low - margin, 0.0) if low >= 0 else low - margin, high + margin)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def _finite(line: Series, log_x: bool) -> Series:
    pairs = [
        (float(x), float(y))
        for x, y in zip(line.x, line.y, strict=True)
        if math.isfinite(x) and math.isfinite(y) and (x > 0 or not log_x)
    ]
    return Series(line.name, [x for x, _ in pairs], [y for _, y in pairs])


def _across(axis: Axis, value: float) -> float:
    return _LEFT + axis.share(value) * (WIDTH - _LEFT - _RIGHT)


def _up(axis: Axis, value: float) -> float:
    return HEIGHT - _BOTTOM - axis.share(value) * (HEIGHT - _TOP - _BOTTOM)


def _frame(x_axis: Axis | None, y_axis: Axis, x_name: str, y_name: str) -> Markup:
    parts = []
    for tick in y_axis.ticks():
        y = _up(y_axis, tick)
        parts += [_ACROSS.format("grid", _LEFT, WIDTH - _RIGHT, y=y), _text(_LEFT - 6, y + 4, f"{tick:g}", "tick end")]
    if x_axis:
        below = HEIGHT - _BOTTOM + 14
        parts += [_text(_across(x_axis, tick), below, f"{tick:g}", "tick") for tick in x_axis.ticks()]
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 6, x_name, "name"))
    parts.append(_text(2, 10, y_name, "name start"))
    return Markup("").join(parts)


def _mark(x: float, text: str, row: int, rows: int) -> Markup:
    """A vertical line; its text stands on the side with more room, that of the first of two to the left."""
    to_left = x > (WIDTH + _LEFT) / 2 if rows == 1 else row == 0 and x > _LEFT + 100
    label = _text(x + (-5 if to_left else 5), _TOP + 12 + 15 * row, text, "note end" if to_left else "note start")
    return _UPRIGHT.format("mark", _TOP, HEIGHT - _BOTTOM, x=x) + label


def _text(x: float, y: float, text: str, kind: str) -> Markup:
    return _TEXT.format(kind, x, y, text)


def _svg(title: str, parts: Sequence[Markup]) -> Markup:
    return _CHART.format(WIDTH, HEIGHT, title, Markup("").join(parts))

"""SVG elements of the charts: they take the page's fonts and its light or dark colours, and equal data are equal bytes.

A chart is 440 units wide, so that its text stays readable on a phone. All text goes through `Markup.format`, which
escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

WIDTH = 440
"""Width of a chart, in SVG user units."""

_HORIZONTAL = Markup('<path class="{}" d="M{} {}H{}"/>')
_VERTICAL = Markup('<path class="{}" d="M{} {}V{}"/>')
_POLYLINE = Markup('<polyline class="{}" points="{}"/>')
_RECT = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
_CIRCLE = Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>')
_CIRCLE_WITH_TITLE = Markup('<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>')
_TEXT = Markup('<text class="{}" x="{}" y="{}">{}</text>')
_CHART = Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')
_INLINE = Markup('<svg class="{0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}" aria-hidden="true">{3}</svg>')


def horizontal(css_class: str, x_from: float, x_to: float, y: float) -> Markup:
    """A horizontal line.

    Args:
        css_class: Class of the element in style.css.
        x_from: Left end.
        x_to: Right end.
        y: Height.

    Returns:
        The element.
    """
    return _HORIZONTAL.format(css_class, *map(_number, (x_from, y, x_to)))


def vertical(css_class: str, x: float, y_from: float, y_to: float) -> Markup:
    """A vertical line.

    Args:
        css_class: Class of the element in style.css.
        x: Position.
        y_from: Upper end.
        y_to: Lower end.

    Returns:
        The element.
    """
    return _VERTICAL.format(css_class, *map(_number, (x, y_from, y_to)))


def polyline(css_class: str, points: Iterable[tuple[float, float]]) -> Markup:
    """A line through points.

    Args:
        css_class: Class of the element in style.css.
        points: (x, y) of each point.

    Returns:
        The element.
    """
    return _POLYLINE.format(css_class, " ".join(f"{_number(x)},{_number(y)}" for x, y in points))


def rect(css_class: str, x: float, y: float, width: float, height: float) -> Markup:
    """A filled rectangle.

    Args:
        css_class: Class of the element in style.css.
        x: Left edge.
        y: Upper edge.
        width: Width.
        height: Height.

    Returns:
        The element.
    """
    return _RECT.format(css_class, *map(_number, (x, y, width, height)))


def circle(css_class: str, x: float, y: float, radius: float, title: str = "") -> Markup:
    """A dot.

    Args:
        css_class: Class of the element in style.css.
        x: Centre.
        y: Centre.
        radius: Radius.
        title: Tooltip; empty for none.

    Returns:
        The element.
    """
    numbers = map(_number, (x, y, radius))
    return _CIRCLE_WITH_TITLE.format(css_class, *numbers, title) if title else _CIRCLE.format(css_class, *numbers)


def text(css_class: str, x: float, y: float, content: str) -> Markup:
    """A text; its class says whether it starts, ends or is centred at `x`.

    Args:
        css_class: Class of the element in style.css.
        x: Anchor.
        y: Baseline.
        content: The text, escaped here.

    Returns:
        The element.
    """
    return _TEXT.format(css_class, _number(x), _number(y), content)


def chart(title: str, height: float, parts: Sequence[Markup], css_class: str = "chart") -> Markup:
    """A chart that takes the width of its column.

    Args:
        title: Read by screen readers.
        height: Height in user units; the width is `WIDTH`.
        parts: Elements, the lowest first.
        css_class: Class of the element in style.css.

    Returns:
        The `<svg>` element.
    """
    return _CHART.format(css_class, WIDTH, height, title, Markup("").join(parts))


def inline(css_class: str, width: int, height: int, parts: Sequence[Markup]) -> Markup:
    """A small drawing for the cell of a table, hidden from screen readers: the cells beside it hold the numbers.

    Args:
        css_class: Class of the element in style.css.
        width: Width in px.
        height: Height in px.
        parts: Elements, the lowest first.

    Returns:
        The `<svg>` element.
    """
    return _INLINE.format(css_class, width, height, Markup("").join(parts))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

"""A bar chart of counts."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from longtail.reporting.charts import svg
from longtail.reporting.charts.axes import BOTTOM, HEIGHT, LEFT, RIGHT, Axis, frame, y_of

_BAR = 0.76  # width of a bar, as a share of its category's


def bar_chart(title: str, categories: Sequence[str], counts: Sequence[int], x_label: str, y_label: str) -> Markup:
    """Draw a bar for each category, with its count on top.

    Args:
        title: Read by screen readers.
        categories: Names of the bars, from left to right.
        counts: A count for each category.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.

    Returns:
        The chart; empty without categories.
    """
    if not counts:
        return Markup("")
    axis = Axis(0, max(max(counts), 1) * 1.08, integers=True)
    step = (RIGHT - LEFT) / len(counts)
    parts = [frame(None, axis, x_label, y_label)]
    for index, (category, count) in enumerate(zip(categories, counts, strict=True)):
        middle, top = LEFT + (index + 0.5) * step, y_of(axis, count)
        parts.append(svg.rect("column", middle - _BAR / 2 * step, top, _BAR * step, BOTTOM - top))
        parts.append(svg.text("value", middle, top - 4, f"{count:,}"))
        parts.append(svg.text("tick", middle, BOTTOM + 14, category))
    return svg.chart(title, HEIGHT, parts)

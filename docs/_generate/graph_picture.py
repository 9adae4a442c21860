"""The picture of the graph: the stages of dvc.yaml in layers, from top to bottom, as SVG.

Mermaid would need its JavaScript beside the page; this file opens anywhere, without a network.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import networkx

from docs._generate.graph import edges, run_names
from longtail import stages

WIDTH, BOX_WIDTH, BOX_HEIGHT, GAP, MARGIN = 900, 276, 66, 30, 12
LETTERS = 46
"""Letters of a line in a box."""
STYLE = """
  text { font-family: system-ui, sans-serif; fill: #1f2328; text-anchor: middle }
  .name { font-size: 15px; font-weight: 600 }
  .what { font-size: 11px; fill: #57606a }
  rect { fill: #f6f8fa; stroke: #8c959f }
  path { fill: none; stroke: #57606a; stroke-width: 1.5 }
  #arrow path { fill: #57606a; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .what { fill: #9ea7b3 }
    rect { fill: #161b22; stroke: #6e7681 } path { stroke: #9ea7b3 } #arrow path { fill: #9ea7b3 }
  }
"""


class Point(NamedTuple):
    """A place in the picture, in pixels from its upper left corner."""

    x: float
    y: float


def picture(root: Path) -> str:
    """The picture of the project's graph.

    Args:
        root: The project's root.

    Returns:
        An SVG file's text, the same for the same dvc.yaml and the same first lines of the stages' docstrings.
    """
    graph, names = edges(root), run_names(root)
    layers = _layers(graph, names)
    tops = [MARGIN + number * (BOX_HEIGHT + GAP) for number in range(len(layers))]
    centres = {
        name: Point(WIDTH / 2 + (place - (len(layer) - 1) / 2) * (BOX_WIDTH + GAP / 2), top)
        for layer, top in zip(layers, tops, strict=True)
        for place, name in enumerate(layer)
    }
    lines = [_arrow(centres[start], centres[end]) for start in names for end in names if graph.has_edge(start, end)]
    boxes = [_box(name, centres[name]) for name in names]
    height = tops[-1] + BOX_HEIGHT + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="The stages and the order in which they run">\n'
        f"<style>{STYLE}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>\n' + "\n".join([*lines, *boxes]) + "\n</svg>\n"
    )


def _layers(graph: networkx.DiGraph, names: list[str]) -> list[list[str]]:
    """The runs by the longest way that leads to them; in a layer in the order of dvc.yaml."""
    return [sorted(layer, key=names.index) for layer in networkx.topological_generations(graph)]


def _arrow(start: Point, end: Point) -> str:
    """A curve from the lower edge of a box to the upper edge of one below; past boxes between it runs straight down."""
    top, bottom = start.y + BOX_HEIGHT, end.y
    bend = bottom - GAP
    straight = f"V{bend:g}" if bend > top else ""
    middle = bottom - GAP / 2
    return (
        f'<path marker-end="url(#arrow)" d="M{start.x:g} {top:g}{straight}'
        f'C{start.x:g} {middle:g} {end.x:g} {middle:g} {end.x:g} {bottom:g}"/>'
    )


def _box(name: str, centre: Point) -> str:
    """A run's box: its name, and the first line of its stage's docstring."""
    left = centre.x - BOX_WIDTH / 2
    lines = textwrap.wrap(stages.headline(name.partition("@")[0]), LETTERS, max_lines=2, placeholder=" ...")
    rows = [
        f'<text class="what" x="{centre.x:g}" y="{centre.y + 38 + 15 * number:g}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    ]
    return (
        f'<rect x="{left:g}" y="{centre.y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>'
        f'<text class="name" x="{centre.x:g}" y="{centre.y + 20:g}">{escape(name)}</text>{"".join(rows)}'
    )

"""One whale: what is equal in all photographs of it.

What does change is in `pose` and `photograph`. A humpback is known by the trailing edge of its fluke (notch,
serrations, nicks), by how white its underside is and where, and by scars: Katona & Whitehead, "Identifying humpback
whales using their natural markings", Polar Record 20 (1981).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from longtail.synthetic.markings import Patch, Stroke, pigment
from longtail.synthetic.outline import Half, Points, Shape


@dataclass(frozen=True)
class Fluke:
    """A whale as the camera knows it: the outline and, in the order of drawing, what is painted on it."""

    outline: Points
    strokes: tuple[Stroke, ...]
    dark: float
    warmth: float
    """-1 bluish to 1 yellow: diatoms tint a whale's white."""


def draw_fluke(rng: Generator) -> Fluke:
    """A whale that `rng` alone decides."""
    return draw_halves(rng)[0]


def draw_halves(rng: Generator) -> tuple[Fluke, tuple[Half, Half]]:
    """A whale that `rng` alone decides, and its right and left half, both at x >= 0, to paint more on.

    Returns:
        The whale, and its halves.
    """
    shape = Shape.drawn(rng)
    right, left = Half(shape.varied(rng), rng), Half(shape.varied(rng), rng)
    outline = np.concatenate([right.edge, mirrored(left.edge)[::-1]])
    dark, patch = rng.uniform(0.05, 0.16), Patch.drawn(rng)
    on_right = pigment(right, patch.varied(rng), dark, rng)
    on_left = pigment(left, patch.varied(rng), dark, rng)
    strokes = (*on_right, *(replace(stroke, points=mirrored(stroke.points)) for stroke in on_left))
    return Fluke(outline, strokes, dark, rng.uniform(-0.6, 1.0)), (right, left)


def mirrored(points: Points) -> Points:
    """The points of one half, on the other side."""
    turned: Points = points * np.array([-1.0, 1.0])
    return turned

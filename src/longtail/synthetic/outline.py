"""The outline of one half of a fluke, and a frame on it to paint in.

Fluke coordinates: x to the right, y up, the notch near (0, 0), half the span is 1. A half is drawn at x >= 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(n, 2): x, y."""

_TRAILING = np.array([[0.0, -0.06], [0.06, 0.03], [0.3, 0.08], [0.6, 0.17], [0.86, 0.32], [1.0, 0.44]])
_LEADING = np.array([[1.0, 0.44], [0.93, 0.18], [0.68, -0.16], [0.38, -0.42], [0.14, -0.64]])
_STEM = np.array([[0.11, -0.8], [0.13, -1.05], [0.19, -1.6]])
TRAILING_STEPS = 96
"""Points along one trailing edge: enough for a serration every 2% of the span."""


@dataclass(frozen=True)
class Shape:
    """Knots of one half's edges and the character of its serrations."""

    trailing: Points
    leading: Points
    roughness: float
    """Height of the teeth (standard deviation), in half spans."""
    pitch: float
    """Distance from tooth to tooth, in half spans."""

    @classmethod
    def drawn(cls, rng: Generator) -> Shape:
        """A shape around the species' mean one: notch, tips, hollow or bulging edges."""
        trailing, leading = _TRAILING.copy(), _LEADING.copy()
        rise = rng.uniform(0.55, 1.35)
        trailing[:, 1] *= rise
        trailing[0, 1] = -rng.uniform(0.01, 0.2)  # notch: shallow to deep
        trailing[1, 0] = rng.uniform(0.03, 0.12)  # and narrow to wide
        trailing[1, 1] = rng.uniform(-0.01, 0.08)
        trailing[2:5, 1] += rng.normal(0, 0.05) * np.array([0.8, 1.0, 0.5])  # hollow or bulging trailing edge
        trailing[2:5, 1] += rng.normal(0, 0.02, 3)
        leading[0] = trailing[-1]
        leading[1, 1] = trailing[-1, 1] - rng.uniform(0.12, 0.34)  # blunt or pointed tip
        leading[1, 0] = rng.uniform(0.87, 0.97)
        leading[2:, 1] *= rng.uniform(0.8, 1.25)
        leading[2:4] += rng.normal(0, 0.035, (2, 2))
        return cls(trailing, leading, rng.uniform(0.004, 0.03), rng.uniform(0.025, 0.09))

    def varied(self, rng: Generator) -> Shape:
        """The other side of the same animal: alike, not equal."""
        apart = np.clip(self.trailing[:, :1] / 0.3, 0, 1)  # the two sides meet at the notch
        trailing = self.trailing + apart * rng.normal(0, 0.014, self.trailing.shape)
        leading = self.leading + rng.normal(0, 0.014, self.leading.shape)
        leading[0] = trailing[-1]
        return Shape(trailing, leading, self.roughness * rng.uniform(0.7, 1.4), self.pitch)


class Half:
    """One half's edge from notch to stem (x >= 0), and a frame on it: (u across, v from trailing to leading edge)."""

    def __init__(self, shape: Shape, rng: Generator) -> None:
        trailing = _smooth(shape.trailing, TRAILING_STEPS)
        leading = _smooth(shape.leading, TRAILING_STEPS // 2)
        self._upper, self._lower = trailing, leading[::-1]
        self.edge = np.concatenate([_serrated(trailing, shape, rng), leading[1:], _STEM])

    def at(self, u: Points, v: Points) -> Points:
        """Fluke coordinates of frame coordinates.

        Args:
            u: (n,), across, from 0 in the middle to 1 at the tip.
            v: (n,), from 0 at the trailing to 1 at the leading edge.

        Returns:
            (n, 2), x and y.
        """
        x = np.clip(u, 0.0, 1.0)
        upper = np.interp(x, self._upper[:, 0], self._upper[:, 1])
        lower = np.interp(x, self._lower[:, 0], self._lower[:, 1])
        return np.stack([x, upper + (lower - upper) * v], axis=1)


def _serrated(edge: Points, shape: Shape, rng: Generator) -> Points:
    """`edge` with its teeth and a few deep nicks."""
    along = edge[:, 0]
    knots = np.arange(0, 1 + shape.pitch, shape.pitch)
    teeth = np.interp(along, knots, rng.normal(0, shape.roughness, knots.size)) * np.clip(along / 0.15, 0, 1)
    for _ in range(rng.integers(0, 4)):
        at, wide, deep = rng.uniform(0.1, 0.95), rng.uniform(0.012, 0.05), rng.uniform(0.03, 0.1)
        teeth -= deep * np.clip(1 - np.abs(along - at) / wide, 0, 1)
    return edge + np.stack([np.zeros_like(teeth), teeth], axis=1)


def _smooth(knots: Points, steps: int) -> Points:
    """A Catmull-Rom curve through `knots`, as (steps, 2) points."""
    padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    where = np.linspace(0, len(knots) - 1, steps)
    piece = np.minimum(where.astype(int), len(knots) - 2)
    t = (where - piece)[:, None]
    a, b, c, d = (padded[piece + offset] for offset in range(4))
    curve: Points = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return curve

"""One whale: its outline and its pigmentation, in fluke coordinates.

Fluke coordinates: x to the right, y up, the notch near (0, 0), half the span is 1. What is drawn here never changes
between two photographs of a whale; what does change is in `pose` and `photograph`.
A humpback's underside is known by its trailing edge (notch, serrations, nicks), by how white it is and where, and by
scars: Katona & Whitehead, "Identifying humpback whales using their natural markings", Polar Record 20 (1981).
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
_STEPS = 96  # points along one trailing edge: enough for a serration every 2% of the span
_PIGMENT_CLASSES = (0.3, 0.45, 0.25)  # share of whales nearly black, patched, nearly white


@dataclass(frozen=True)
class Stroke:
    """A polygon (`width` 0) or a line (`width` in half spans) of one tone (0 black to 1 white)."""

    points: Points
    tone: float
    width: float = 0.0


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
    common = _Shape.drawn(rng)
    halves = [_Half(common.varied(rng), rng) for _ in range(2)]
    right, left = halves
    outline = np.concatenate([right.edge, _mirrored(left.edge)[::-1]])
    dark = rng.uniform(0.05, 0.16)
    whiteness = rng.choice(3, p=_PIGMENT_CLASSES)
    patch = _Patch.drawn(rng, int(whiteness))
    painted: list[Stroke] = []
    for half, turn in ((right, _same), (left, _mirrored)):
        painted += [Stroke(turn(s.points), s.tone, s.width) for s in _pigment(half, patch.varied(rng), dark, rng)]
    return Fluke(outline, tuple(painted), dark, rng.uniform(-0.6, 1.0))


@dataclass(frozen=True)
class _Shape:
    """Knots of one half's edges and the character of its serrations."""

    trailing: Points
    leading: Points
    roughness: float
    pitch: float

    @classmethod
    def drawn(cls, rng: Generator) -> _Shape:
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
        leading[1, 0] = rng.uniform(0.88, 1.02)
        leading[2:, 1] *= rng.uniform(0.8, 1.25)
        leading[2:4] += rng.normal(0, 0.035, (2, 2))
        return cls(trailing, leading, rng.uniform(0.004, 0.03), rng.uniform(0.025, 0.09))

    def varied(self, rng: Generator) -> _Shape:
        """The other side of the same animal: alike, not equal."""
        trailing = self.trailing + rng.normal(0, 0.014, self.trailing.shape) * (self.trailing[:, :1] > 0.02)
        leading = self.leading + rng.normal(0, 0.014, self.leading.shape)
        leading[0] = trailing[-1]
        return _Shape(trailing, leading, self.roughness * rng.uniform(0.7, 1.4), self.pitch)


class _Half:
    """One half's edge from notch to stem (x >= 0), and a frame on it: (u across, v from trailing to leading edge)."""

    def __init__(self, shape: _Shape, rng: Generator) -> None:
        trailing = _smooth(shape.trailing, _STEPS)
        leading = _smooth(shape.leading, _STEPS // 2)
        self._upper, self._lower = trailing, leading[::-1]
        self.edge = np.concatenate([_serrated(trailing, shape, rng), leading[1:], _STEM])

    def at(self, u: Points, v: Points) -> Points:
        """Fluke coordinates of frame coordinates; both arrays (n,)."""
        x = np.clip(u, 0.0, 1.0)
        upper = np.interp(x, self._upper[:, 0], self._upper[:, 1])
        lower = np.interp(x, self._lower[:, 0], self._lower[:, 1])
        return np.stack([x, upper + (lower - upper) * v], axis=1)


@dataclass(frozen=True)
class _Patch:
    """The white of one half: a ragged blob in the half's frame, or none."""

    centre: tuple[float, float]
    size: tuple[float, float]
    tone: float
    wobble: Points

    @classmethod
    def drawn(cls, rng: Generator, whiteness: int) -> _Patch:
        centre = (rng.uniform(0.3, 0.75), rng.uniform(0.25, 0.75))
        size = (
            (rng.uniform(0.0, 0.14), rng.uniform(0.0, 0.2)),
            (rng.uniform(0.16, 0.36), rng.uniform(0.2, 0.45)),
            (rng.uniform(0.45, 0.6), rng.uniform(0.55, 0.9)),
        )[whiteness]
        if whiteness == 2:
            centre = (rng.uniform(0.52, 0.62), rng.uniform(0.45, 0.65))
        return cls(centre, size, rng.uniform(0.55, 0.98), rng.normal(0, 1, (2, 6)))

    def varied(self, rng: Generator) -> _Patch:
        u, v = self.centre
        width, height = self.size
        return _Patch(
            (u + rng.normal(0, 0.05), v + rng.normal(0, 0.05)),
            (width * rng.uniform(0.7, 1.3), height * rng.uniform(0.7, 1.3)),
            self.tone * rng.uniform(0.85, 1.02),
            0.7 * self.wobble + 0.7 * rng.normal(0, 1, (2, 6)),
        )

    def polygon(self, half: _Half, rng: Generator) -> Points:
        angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
        order = np.arange(1, 7)
        waves = (
            self.wobble[0] @ np.cos(np.outer(order, angle)) / 6 + self.wobble[1] @ np.sin(np.outer(order, angle)) / 6
        )
        radius = np.clip(1 + 0.55 * waves + rng.normal(0, 0.07, angle.size), 0.15, None)
        u = self.centre[0] + self.size[0] * radius * np.cos(angle)
        v = self.centre[1] + self.size[1] * radius * np.sin(angle)
        return half.at(np.clip(u, 0.05, 0.995), np.clip(v, -0.1, 1.1))


def _pigment(half: _Half, patch: _Patch, dark: float, rng: Generator) -> list[Stroke]:
    strokes = [Stroke(patch.polygon(half, rng), patch.tone)] if min(patch.size) > 0.03 else []
    strokes += _blotches(half, rng, int(rng.integers(2, 9)), 0.05, (0.35, 0.9))
    strokes += _blotches(half, rng, int(rng.integers(2, 9)), 0.055, (0.8 * dark, 1.6 * dark))
    strokes += _blotches(half, rng, int(rng.integers(5, 60)), 0.009, (0.3, 0.9))
    strokes += _blotches(half, rng, int(rng.integers(5, 60)), 0.010, (dark, dark))
    rim = half.edge[: _STEPS - 1]
    strokes.append(Stroke(rim, dark, rng.uniform(0.01, 0.06)))
    for _ in range(rng.integers(1, 5)):
        strokes += _scars(half, rng)
    strokes += _rings(half, rng)
    return strokes


def _blotches(half: _Half, rng: Generator, count: int, size: float, tones: tuple[float, float]) -> list[Stroke]:
    """`count` ragged spots of about `size` (half spans), anywhere on the half."""
    centres = half.at(rng.uniform(0.1, 0.97, count), rng.uniform(0.02, 0.95, count))
    corners = 12 if size > 0.02 else 6
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    sizes = size * rng.lognormal(0, 0.45, (count, 1, 1)) * np.maximum(rng.normal(1, 0.3, (count, corners, 1)), 0.3)
    stretch = np.stack([rng.uniform(0.7, 1.8, count), np.ones(count)], axis=1)[:, None, :]
    polygons = centres[:, None, :] + sizes * stretch * circle
    return [Stroke(polygon, tone) for polygon, tone in zip(polygons, rng.uniform(*tones, count), strict=True)]


def _scars(half: _Half, rng: Generator) -> list[Stroke]:
    """A single scar, or the parallel rakes of an orca's teeth."""
    lines = 1 if rng.random() < 0.6 else int(rng.integers(3, 6))
    u, v, angle, length = rng.uniform(0.15, 0.85), rng.uniform(0.1, 0.8), rng.uniform(0, np.pi), rng.uniform(0.08, 0.45)
    along = np.linspace(-0.5, 0.5, 8) * length
    bend = rng.normal(0, 0.6) * along**2
    across = np.array([-np.sin(angle), np.cos(angle)])
    start = half.at(np.array([u]), np.array([v]))[0]
    path = start + along[:, None] * np.array([np.cos(angle), np.sin(angle)]) + bend[:, None] * across
    path = path[path[:, 0] > 0.02]  # a half's scars stay on it
    if len(path) < 2:
        return []
    tone, width, gap = rng.uniform(0.4, 0.95), rng.uniform(0.006, 0.02), rng.uniform(0.025, 0.045)
    return [Stroke(path + step * gap * across, tone, width) for step in range(lines)]


def _rings(half: _Half, rng: Generator) -> list[Stroke]:
    """What barnacles leave."""
    angle = np.linspace(0, 2 * np.pi, 13)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    count = int(rng.integers(0, 6))
    centres = half.at(rng.uniform(0.3, 0.98, count), rng.uniform(0.05, 0.9, count))
    return [Stroke(c + rng.uniform(0.012, 0.03) * circle, rng.uniform(0.5, 0.9), 0.007) for c in centres]


def _serrated(edge: Points, shape: _Shape, rng: Generator) -> Points:
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
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def _mirrored(points: Points) -> Points:
    return points * np.array([-1.0, 1.0])


def _same(points: Points) -> Points:
    return points

"""What is painted on one half of a fluke: white, spots, scars, rings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from longtail.synthetic.outline import TRAILING_STEPS, Half, Points

_PIGMENT_CLASSES = (0.3, 0.45, 0.25)  # share of whales nearly black, patched, nearly white


@dataclass(frozen=True)
class Stroke:
    """A polygon (`width` 0) or a line (`width` in half spans) of one tone (0 black to 1 white)."""

    points: Points
    tone: float
    width: float = 0.0


@dataclass(frozen=True)
class Patch:
    """The white of one half: a ragged blob in the half's frame, or none."""

    centre: tuple[float, float]
    size: tuple[float, float]
    tone: float
    wobble: Points

    @classmethod
    def drawn(cls, rng: Generator) -> Patch:
        """A whale's white, common to its two halves: nearly none, a patch, or nearly all."""
        whiteness = int(rng.choice(3, p=_PIGMENT_CLASSES))
        centre = (rng.uniform(0.3, 0.75), rng.uniform(0.25, 0.75))
        size = (
            (rng.uniform(0.0, 0.14), rng.uniform(0.0, 0.2)),
            (rng.uniform(0.16, 0.36), rng.uniform(0.2, 0.45)),
            (rng.uniform(0.45, 0.6), rng.uniform(0.55, 0.9)),
        )[whiteness]
        if whiteness == 2:
            centre = (rng.uniform(0.52, 0.62), rng.uniform(0.45, 0.65))
        return cls(centre, size, rng.uniform(0.55, 0.98), rng.normal(0, 1, (2, 6)))

    def varied(self, rng: Generator) -> Patch:
        """The other side of the same animal: alike, not equal."""
        u, v = self.centre
        width, height = self.size
        return Patch(
            (u + rng.normal(0, 0.05), v + rng.normal(0, 0.05)),
            (width * rng.uniform(0.7, 1.3), height * rng.uniform(0.7, 1.3)),
            self.tone * rng.uniform(0.85, 1.02),
            0.7 * self.wobble + 0.7 * rng.normal(0, 1, (2, 6)),
        )

    def polygon(self, half: Half, rng: Generator) -> Points:
        """Its ragged border, (100, 2), in fluke coordinates.

        Args:
            half: the half of the fluke that it lies on.
            rng: decides how ragged.

        Returns:
            (100, 2), x and y.
        """
        angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
        order = np.arange(1, 7)
        waves = (
            self.wobble[0] @ np.cos(np.outer(order, angle)) / 6 + self.wobble[1] @ np.sin(np.outer(order, angle)) / 6
        )
        radius = np.clip(1 + 0.55 * waves + rng.normal(0, 0.07, angle.size), 0.15, None)
        u = self.centre[0] + self.size[0] * radius * np.cos(angle)
        v = self.centre[1] + self.size[1] * radius * np.sin(angle)
        return half.at(np.clip(u, 0.05, 0.995), np.clip(v, -0.1, 1.1))


def pigment(half: Half, patch: Patch, dark: float, rng: Generator) -> list[Stroke]:
    """All markings of one half, in the order of painting.

    Args:
        half: the half of the fluke.
        patch: its unpigmented patch.
        dark: tone of unmarked skin.
        rng: decides the rest.

    Returns:
        The strokes.
    """
    strokes = [Stroke(patch.polygon(half, rng), patch.tone)] if min(patch.size) > 0.03 else []
    strokes += _blotches(half, rng, int(rng.integers(2, 9)), 0.05, (0.35, 0.9))
    strokes += _blotches(half, rng, int(rng.integers(2, 9)), 0.055, (0.8 * dark, 1.6 * dark))
    strokes += _blotches(half, rng, int(rng.integers(5, 60)), 0.009, (0.3, 0.9))
    strokes += _blotches(half, rng, int(rng.integers(5, 60)), 0.010, (dark, dark))
    rim = half.edge[: TRAILING_STEPS - 1]
    strokes.append(Stroke(rim, dark, rng.uniform(0.01, 0.06)))
    for _ in range(rng.integers(1, 5)):
        strokes += scars(half, rng)
    strokes += _rings(half, rng)
    return strokes


def _blotches(half: Half, rng: Generator, count: int, size: float, tones: tuple[float, float]) -> list[Stroke]:
    """`count` ragged spots of about `size` (half spans), anywhere on the half."""
    centres = half.at(rng.uniform(0.1, 0.97, count), rng.uniform(0.02, 0.95, count))
    corners = 12 if size > 0.02 else 6
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    sizes = size * rng.lognormal(0, 0.45, (count, 1, 1)) * np.maximum(rng.normal(1, 0.3, (count, corners, 1)), 0.3)
    stretch = np.stack([rng.uniform(0.7, 1.8, count), np.ones(count)], axis=1)[:, None, :]
    polygons = centres[:, None, :] + sizes * stretch * circle
    return [Stroke(polygon, tone) for polygon, tone in zip(polygons, rng.uniform(*tones, count), strict=True)]


def scars(half: Half, rng: Generator) -> list[Stroke]:
    """A single scar, or the parallel rakes of an orca's teeth.

    Args:
        half: the half of the fluke.
        rng: decides it.

    Returns:
        Its lines; none where they would lie off the half.
    """
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


def _rings(half: Half, rng: Generator) -> list[Stroke]:
    """What barnacles leave."""
    angle = np.linspace(0, 2 * np.pi, 13)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    count = int(rng.integers(0, 6))
    centres = half.at(rng.uniform(0.3, 0.98, count), rng.uniform(0.05, 0.9, count))
    return [Stroke(c + rng.uniform(0.012, 0.03) * circle, rng.uniform(0.5, 0.9), 0.007) for c in centres]

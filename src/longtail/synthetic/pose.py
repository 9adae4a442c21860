"""The pose of a fluke: a map from fluke coordinates to pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from longtail.synthetic.outline import Points


@dataclass(frozen=True)
class Pose:
    """Where the animal is and how it holds its tail; angles in radians, lengths in pixels."""

    centre: tuple[float, float]
    scale: float
    """Pixels of half a span seen square on."""
    tilt: float
    pitch: float
    """Foreshortening of the height: the tail leans towards the camera or away."""
    reach: tuple[float, float]
    """Foreshortening of the left and the right half: the camera stands to one side."""
    lift: tuple[float, float]
    """How far the left and the right half are raised."""
    curl: tuple[float, float]

    def pixels(self, points: Points) -> Points:
        """Image coordinates (x to the right, y down) of fluke coordinates, both (n, 2)."""
        x, y = points[:, 0], points[:, 1]
        right = (x >= 0).astype(int)
        out = np.abs(x)
        hinge = np.clip(out / 0.3, 0, 1)
        angle = np.take(self.lift, right) * hinge * hinge * (3 - 2 * hinge)
        cos, sin = np.cos(angle), np.sin(angle)
        across = out * cos - (y + 0.1) * sin * hinge
        up = out * sin + (y + 0.1) * cos - 0.1 + np.take(self.curl, right) * out**3
        across = across * np.take(self.reach, right) * np.where(right == 1, 1.0, -1.0)
        up = up * self.pitch
        turned_x = across * np.cos(self.tilt) - up * np.sin(self.tilt)
        turned_y = across * np.sin(self.tilt) + up * np.cos(self.tilt)
        return np.stack([self.centre[0] + self.scale * turned_x, self.centre[1] - self.scale * turned_y], axis=1)


def draw_pose(rng: Generator, width: int, height: int) -> Pose:
    """A pose of the fluke in a picture.

    Args:
        rng: decides it.
        width: of the picture, in pixels.
        height: of the picture, in pixels.

    Returns:
        Position, size and angles.
    """
    yaw = rng.normal(0, 0.1)
    lift = rng.normal(0.0, 0.07)
    return Pose(
        centre=(width * rng.normal(0.5, 0.025), height * rng.normal(0.42, 0.03)),
        scale=min(width / 2, height / 1.1) * rng.uniform(0.78, 1.0),
        tilt=rng.normal(0, 0.07),
        pitch=rng.uniform(0.78, 1.05),
        reach=(1 - min(max(yaw, 0.0), 0.4), 1 + max(min(yaw, 0.0), -0.4)),
        lift=(lift + rng.normal(0, 0.04), lift + rng.normal(0, 0.04)),
        curl=(rng.normal(0, 0.04), rng.normal(0, 0.04)),
    )

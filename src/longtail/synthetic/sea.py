"""Water, sky and spray, all from stretched noise. Pictures are (height, width, 3) float32 from 0 to 1."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.float32]
"""(height, width, 3), or (height, width) for a mask."""

_WATERS = np.array([[0.16, 0.27, 0.42], [0.3, 0.39, 0.48], [0.42, 0.46, 0.48], [0.22, 0.31, 0.34], [0.55, 0.6, 0.63]])
_SKY = np.array([0.78, 0.82, 0.86])
_WAVES = ((22, 0.8), (8, 0.9), (4, 0.7))  # height in pixels, weight


def noise(rng: Generator, height: int, width: int, rows: int, columns: int) -> Picture:
    """Smooth noise of mean 0 and deviation about 1, (height, width): a small grid, drawn large.

    Args:
        rng: decides it.
        height: in pixels.
        width: in pixels.
        rows: of the grid.
        columns: of the grid.

    Returns:
        (height, width), float32.
    """
    grid = rng.standard_normal((max(2, rows), max(2, columns)), dtype=np.float32)
    return np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def draw_sea(rng: Generator, height: int, width: int) -> Picture:
    """Open water with waves, now and then a strip of sky.

    Args:
        rng: decides it.
        height: in pixels.
        width: in pixels.

    Returns:
        (height, width, 3), float32.
    """
    mix = rng.dirichlet(np.full(len(_WATERS), 0.5))
    colour = (mix @ _WATERS) * rng.uniform(0.85, 1.15) + rng.normal(0, 0.015, 3)
    waves = np.zeros((height, width), dtype=np.float32)
    for tall, weight in _WAVES:
        waves += weight * noise(rng, height, width, height // tall, width // (tall * int(rng.integers(2, 5))))
    glare = np.linspace(rng.uniform(-0.05, 0.15), rng.uniform(-0.08, 0.04), height, dtype=np.float32)
    shade = np.float32(rng.uniform(0.012, 0.06)) * waves + glare[:, None]
    sea: Picture = shade[..., None] + colour.astype(np.float32)
    if rng.random() < 0.15:
        line = int(height * rng.uniform(0.04, 0.15))
        sea[:line] = _SKY * rng.uniform(0.7, 1.1) + 0.02 * noise(rng, line, width, 3, 5)[..., None]
    return sea


def draw_spray(rng: Generator, waterline: Picture, height: int, centre: float, scale: float) -> Picture:
    """White water, (height, width) from 0 (none) to 1: foam around the whale, and a burst on a part of it.

    Args:
        rng: decides it.
        waterline: (width,), in pixels from above.
        height: in pixels.
        centre: of the whale, in pixels from the left.
        scale: half span of the whale, in pixels.

    Returns:
        (height, width), float32.
    """
    width = len(waterline)
    x = np.arange(width, dtype=np.float32)
    depth = np.arange(height, dtype=np.float32)[:, None] - waterline
    ragged = noise(rng, height, width, height // 5, width // 7) + 0.7 * noise(
        rng, height, width, height // 2, width // 2
    )
    near = np.exp(-(((x - centre) / (scale * rng.uniform(0.4, 0.9))) ** 2))
    foam = rng.uniform(0.3, 1.0) * near * np.exp(-((depth / (scale * rng.uniform(0.04, 0.09))) ** 2))
    burst_at = centre + scale * rng.uniform(-0.6, 0.6)
    wide, tall = scale * rng.uniform(0.12, 0.35), scale * rng.uniform(0.1, 0.3)
    burst = rng.uniform(0.0, 1.2) * np.exp(-(((x - burst_at) / wide) ** 2) - (depth / tall) ** 2)
    water = foam + burst
    hidden: Picture = np.clip(1.6 * water + 0.35 * ragged * np.sqrt(water) - 0.45, 0, 0.95).astype(np.float32)
    return hidden

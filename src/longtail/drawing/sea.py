"""Water, sky and spray, all from stretched noise. Pictures are (height, width, 3) float32 from 0 to 1."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.float32]
"""(height, width, 3), or (height, width) for a mask."""

_WATERS = np.array(
    [
        [0.10, 0.22, 0.42],
        [0.28, 0.40, 0.52],
        [0.45, 0.50, 0.52],
        [0.18, 0.30, 0.32],
        [0.62, 0.66, 0.68],
        [0.2, 0.26, 0.3],
    ]
)
_SKY = np.array([0.78, 0.82, 0.86])


def noise(rng: Generator, height: int, width: int, rows: int, columns: int) -> Picture:
    """Smooth noise of mean 0 and deviation about 1, from a grid of rows x columns drawn large."""
    grid = rng.standard_normal((max(2, rows), max(2, columns)), dtype=np.float32)
    return np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))


def draw_sea(rng: Generator, height: int, width: int) -> Picture:
    """Open water with waves, now and then a strip of sky."""
    colour = _WATERS[rng.integers(len(_WATERS))] * rng.uniform(0.75, 1.25) + rng.normal(0, 0.03, 3)
    chop = rng.uniform(0.015, 0.09)
    waves = sum(
        weight * noise(rng, height, width, height // fine, width // (fine * rng.integers(2, 5)))
        for fine, weight in ((24, 0.8), (9, 0.9), (4, 0.7))
    )
    glare = np.linspace(rng.uniform(-0.1, 0.25), rng.uniform(-0.12, 0.05), height)[:, None]
    sea = colour + (chop * waves + glare)[..., None]
    if rng.random() < 0.2:
        line = int(height * rng.uniform(0.05, 0.25))
        sea[:line] = _SKY * rng.uniform(0.7, 1.1) + 0.02 * noise(rng, line, width, 3, 5)[..., None]
    return sea.astype(np.float32)


def draw_spray(rng: Generator, height: int, width: int, waterline: Picture, scale: float) -> Picture:
    """How much white water hides each pixel (0 to 1): foam along `waterline` (width,), and a burst on a part."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ragged = noise(rng, height, width, height // 5, width // 7) + 0.7 * noise(
        rng, height, width, height // 2, width // 2
    )
    foam = rng.uniform(0.2, 1.0) * np.exp(-(((y - waterline) / (scale * rng.uniform(0.04, 0.12))) ** 2))
    at = width * rng.uniform(0.25, 0.75)
    wide, tall = scale * rng.uniform(0.15, 0.5), scale * rng.uniform(0.1, 0.4)
    burst = np.exp(-(((x - at) / wide) ** 2) - ((y - waterline) / tall) ** 2) * rng.uniform(0.0, 1.3)
    return np.clip((foam + burst) * 1.6 + 0.35 * ragged * np.sqrt(foam + burst) - 0.45, 0, 0.95).astype(np.float32)

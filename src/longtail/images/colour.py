"""Whether a picture has colour, and whether one channel alone carries it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

ROUNDING = 4
"""Grey levels between two channels that JPEG's rounding explains."""
_GLANCE = (32, 32)  # pixels of a picture, evenly over it, that show most colours at once
_SILENT = 0.4  # a channel this much flatter than the liveliest one carries no picture


def is_grey(image: Image.Image) -> bool:
    """Whether an L or RGB picture has no colour: its channels agree everywhere, JPEG's rounding aside."""
    return channel_difference(image) <= ROUNDING


def channel_difference(image: Image.Image) -> float:
    """The largest difference between two channels of an L or RGB picture, in grey levels.

    Returns:
        0 to 255; of a picture that has colour the difference of a few pixels, or of two channels, that shows it.
    """
    if image.mode == "L":
        return 0
    glance = _bands_difference(image.resize(_GLANCE, Image.Resampling.NEAREST))
    return glance if glance > ROUNDING else _bands_difference(image)


def shows_colour(image: Image.Image) -> bool:
    """Whether a few pixels of a picture show that it has colour; where they do not, it still may have."""
    return image.mode != "L" and _bands_difference(image.resize(_GLANCE, Image.Resampling.NEAREST)) > ROUNDING


def _bands_difference(image: Image.Image) -> float:
    red, green, blue = image.split()
    first = _furthest(red, green)
    if first > ROUNDING:
        return first
    second = _furthest(green, blue)
    return max(first, second, _furthest(red, blue)) if first and second else max(first, second)


def single_channel(image: Image.Image) -> str:
    """`red`, `green` or `blue` where that channel alone carries an RGB picture and the others lie flat, else `""`."""
    if image.mode == "L":
        return ""
    counts = np.array(image.histogram(), np.float64).reshape(3, 256)
    pixels, levels = image.width * image.height, np.arange(256)
    sums, squares = counts @ levels, counts @ levels**2
    spread = np.sqrt(np.maximum(squares - sums**2 / pixels, 0) / pixels).tolist()
    *_, second, first = sorted(spread)
    return ("red", "green", "blue")[spread.index(first)] if first > 1 and second < _SILENT * first else ""


def _furthest(one: Image.Image, other: Image.Image) -> float:
    return float(max(np.ravel(ImageChops.difference(one, other).getextrema())))

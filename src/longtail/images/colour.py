"""Whether a picture has colour, and whether one channel alone carries it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageStat

ROUNDING = 4
"""Grey levels between two channels that JPEG's rounding explains."""
_SILENT = 0.4  # a channel this much flatter than the liveliest one carries no picture


def is_grey(image: Image.Image) -> bool:
    """Whether an L or RGB picture has no colour: its channels agree everywhere, JPEG's rounding aside."""
    return channel_difference(image) <= ROUNDING


def channel_difference(image: Image.Image) -> float:
    """The largest difference between two channels of an L or RGB picture, in grey levels.

    A picture that has colour is seen to have it by its first two channels, mostly; the others are not looked at then.

    Returns:
        0 to 255.
    """
    if image.mode == "L":
        return 0
    red, green = image.getchannel(0), image.getchannel(1)
    first = _furthest(red, green)
    if first > ROUNDING:
        return first
    blue = image.getchannel(2)
    return max(first, _furthest(green, blue), _furthest(red, blue))


def single_channel(image: Image.Image) -> str:
    """`red`, `green` or `blue` where that channel alone carries an RGB picture and the others lie flat, else `""`."""
    if image.mode == "L":
        return ""
    spread = ImageStat.Stat(image).stddev
    *_, second, first = sorted(spread)
    return ("red", "green", "blue")[spread.index(first)] if first > 1 and second < _SILENT * first else ""


def _furthest(one: Image.Image, other: Image.Image) -> float:
    return float(max(np.ravel(ImageChops.difference(one, other).getextrema())))

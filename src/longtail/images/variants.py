"""The five filtered pictures of a photograph: one a channel, one blurred, one sharpened."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

NAMES = ("red", "green", "blue", "gaussian_blur", "unsharp_mask")

RADIUS = 2
"""Pillow's default of both filters: the Gaussian's standard deviation, in pixels."""
THRESHOLD = 3
"""Pillow's default: grey levels a pixel must differ from the blurred one to be sharpened."""

_TAPS = 13  # of the Gaussian: three standard deviations to each side, as OpenCV has it for bytes

cv2.setNumThreads(1)  # photographs are filtered side by side already, a process a core


def variants(image: Image.Image) -> dict[str, Image.Image]:
    """{variant: picture} of an L or RGB picture, in the order of `NAMES`.

    The channels are pictures in mode L; those of a picture in mode L are one and the same object. The blur is computed
    once and the sharpened picture is derived from it.

    Returns:
        A picture a variant.
    """
    red, green, blue = image.split() if image.mode == "RGB" else (image, image, image)
    pixels = np.asarray(image)
    blurred = gaussian_blur(pixels)
    return {
        "red": red,
        "green": green,
        "blue": blue,
        "gaussian_blur": Image.fromarray(blurred),
        "unsharp_mask": Image.fromarray(unsharp_mask(pixels, blurred)),
    }


def gaussian_blur(pixels: Pixels) -> Pixels:
    """OpenCV's Gaussian of standard deviation 2, the edges' pixels going on beyond them.

    Pillow's `GaussianBlur(2)` is three passes of a box that come close to one, in about ten times the time; on
    photographs the two are 0.3 grey levels apart on average (docs/concepts/the-post.md).

    Returns:
        Bytes of the shape of `pixels`.
    """
    return cv2.GaussianBlur(pixels, (_TAPS, _TAPS), RADIUS, borderType=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def unsharp_mask(pixels: Pixels, blurred: Pixels) -> Pixels:
    """Pillow's `UnsharpMask(2, 150, 3)` without a blur of its own; given the same blur no pixel differs.

    Where |pixel - blurred| > threshold: pixel + trunc((pixel - blurred) x 1.5), clipped to 0..255.

    Args:
        pixels: (height, width) or (height, width, 3), bytes.
        blurred: the same, blurred.

    Returns:
        Bytes of the shape of `pixels`.
    """
    # One and a half times a byte is the byte and its half, rounded down; adding and subtracting clip by themselves.
    sharpened = pixels.copy()
    for move, difference in ((cv2.add, _beyond(pixels, blurred)), (cv2.subtract, _beyond(blurred, pixels))):
        move(sharpened, difference, dst=sharpened)
        difference >>= 1
        move(sharpened, difference, dst=sharpened)
    return sharpened


def _beyond(one: Pixels, other: Pixels) -> Pixels:
    """How much one is lighter than the other where that is over the threshold, else 0."""
    difference = cv2.subtract(one, other)
    cv2.threshold(difference, THRESHOLD, 0, cv2.THRESH_TOZERO, dst=difference)
    return difference  # type: ignore[return-value]

"""The five filtered pictures of a photograph: one a channel, one blurred, one sharpened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

NAMES = ("red", "green", "blue", "gaussian_blur", "unsharp_mask")

RADIUS = 2
"""Pillow's default of both filters: the Gaussian's standard deviation, in pixels."""
PERCENT = 150
"""Pillow's default: how much of what the blur took away is added, in percent."""
THRESHOLD = 3
"""Pillow's default: grey levels a pixel must differ from the blurred one to be sharpened."""


def variants(image: Image.Image) -> dict[str, Image.Image]:
    """{variant: picture} of an L or RGB picture, in the order of `NAMES`.

    The channels are pictures in mode L; those of a grey photograph are one and the same object. The blur is computed
    once and the sharpened picture is derived from it.
    """
    red, green, blue = image.split() if image.mode == "RGB" else (image, image, image)
    blurred = gaussian_blur(image)
    return {
        "red": red,
        "green": green,
        "blue": blue,
        "gaussian_blur": blurred,
        "unsharp_mask": unsharp_mask(image, blurred),
    }


def gaussian_blur(image: Image.Image) -> Image.Image:
    """Pillow's `GaussianBlur(2)`: three passes of a box filter that come close to a Gaussian."""
    return image.filter(ImageFilter.GaussianBlur(RADIUS))


def unsharp_mask(image: Image.Image, blurred: Image.Image) -> Image.Image:
    """Pillow's `UnsharpMask(2, 150, 3)` without its second blur; no pixel differs.

    Where |image - blurred| > threshold: image + trunc((image - blurred) x percent / 100), clipped to 0..255.
    """
    # Two bytes have 65,536 answers: looking them up is quicker than working them out at every pixel.
    pair = np.left_shift(np.asarray(image), 8, dtype=np.uint16) | np.asarray(blurred)
    return Image.fromarray(_SHARPENED.take(pair))


def _sharpened() -> NDArray[np.uint8]:
    """(65536,) uint8: the sharpened pixel for each pixel x 256 + blurred pixel."""
    pixel, blurred = np.divmod(np.arange(65_536), 256)
    difference = pixel - blurred
    added = np.where(np.abs(difference) > THRESHOLD, np.trunc(difference * PERCENT / 100), 0)
    sharpened: NDArray[np.uint8] = np.clip(pixel + added, 0, 255).astype(np.uint8)
    return sharpened


_SHARPENED = _sharpened()

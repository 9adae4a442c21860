"""A loaded picture of any mode, in mode L or RGB."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from longtail.images.broken_image import BrokenImageError, Reason

_SHADES = ("1", "L", "LA", "La")
_DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras have. Values of fewer bits than the file has room for are scaled by their own depth."""
_DARK = 2**14 >> 8  # a 16-bit colour picture whose high bytes are no higher may have 14 bits or fewer


class Samples(NamedTuple):
    """What a file says of its values that Pillow does not."""

    top: int = 0
    """The highest value that there can be; 0: judged by the values."""
    white_is_zero: bool = False
    """Whether they count down from white, and Pillow has not turned them."""
    unsigned: bool = False
    """Whether 32 bits are without a sign: Pillow takes them for signed ones."""
    palette: bytes = b""
    """The colours of a palette that Pillow reads wrong; else empty."""


def to_plain(image: Image.Image, samples: Samples) -> Image.Image:
    """A loaded picture of any mode, in mode L or RGB.

    Where every pixel is transparent, transparency says nothing and the colours are taken as they are stored.

    Args:
        image: the picture.
        samples: how its values are meant.

    Returns:
        The picture, in mode L or RGB.
    """
    if image.mode in ("L", "RGB") and not image.has_transparency_data:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return _from_numbers(image, samples)
    if samples.palette:
        image.putpalette(samples.palette)
    shades = image.mode in _SHADES
    if image.has_transparency_data:
        seen = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        is_seen = seen.getchannel("A").getextrema() != (0, 0)
        image = Image.alpha_composite(white, seen) if is_seen else seen
    return image.convert("L" if shades else "RGB")


def deep_colours(image: Image.Image, data: bytes) -> Image.Image:
    """A picture of 16-bit colours whose values use 8 to 14 of the bits, scaled by the bits that they use.

    Pillow keeps the high byte of each value, so that 12 bits would be nearly black; OpenCV keeps all of it.

    Args:
        image: the picture as Pillow loaded it, in mode RGB or with transparency.
        data: the bytes of its file.

    Returns:
        The picture; as it came if its values use all of the bits.

    Raises:
        BrokenImageError: it is transparent too, or OpenCV cannot decode it.
    """
    if max(np.ravel(image.convert("RGB").getextrema())) > _DARK:
        return image
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if image.mode == "RGB" else None
    if pixels is None or pixels.dtype != np.uint16 or pixels.shape != (image.height, image.width, 3):
        raise BrokenImageError(Reason.UNSUPPORTED, "dark 16-bit colours; save it with 8 bits a channel")
    return Image.fromarray(_to_bytes(pixels[..., ::-1], Samples()))


def _from_numbers(image: Image.Image, samples: Samples) -> Image.Image:
    pixels = np.asarray(image)
    if samples.unsigned:
        pixels = pixels.view(np.uint32)
    levels = _to_bytes(pixels, samples)
    if samples.white_is_zero:
        levels = 255 - levels
    key = image.info.get("transparency")
    if isinstance(key, int):
        levels[pixels == key] = 255
    return Image.fromarray(levels)


def _to_bytes(pixels: NDArray[Any], samples: Samples) -> NDArray[np.uint8]:
    """16-bit by their depth, so that equal values stay equal in all pictures of a camera; wider ones by their range."""
    values = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and (top := samples.top or _top(high, is_float=pixels.dtype.kind == "f")):
        low, high = 0.0, float(top)
    scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
    levels: NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return levels


def _top(highest: float, *, is_float: bool) -> int:
    """The highest value of the smallest usual range that holds the values; 0: of none."""
    tops = (1, 255) if is_float else tuple(2**bits - 1 for bits in _DEPTHS)
    return next((top for top in tops if highest <= top), 0)

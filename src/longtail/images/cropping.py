"""The part of a photograph that its box shows, with a margin around it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

from longtail.images.opening import OpenedImage

Box = tuple[float, float, float, float]
"""x, y, width and height, in shares of the upright photograph (`labels.boxes.Box`)."""


def at_least(side: int, box: Box) -> int:
    """Pixels of a photograph's short side that leave at least `side` pixels of the short side of its box.

    Args:
        side: pixels of the short side of the part.
        box: the part.

    Returns:
        Pixels, for `opening.open_image`.
    """
    return math.ceil(side / min(*box[2:], 1.0))


def crop(opened: OpenedImage, box: Box, margin: float) -> OpenedImage:
    """Cut a photograph to its box.

    Args:
        opened: the upright photograph, which may have been decoded smaller than its file.
        box: the part.
        margin: share of the box's width and height that is added on each side, as far as the photograph reaches.

    Returns:
        The part, its `size` in pixels of the original; it has no `format`, since no file holds it.
    """
    part = _with_margin(box, margin)
    picture = opened.image.crop(_pixels(part, *opened.image.size))
    left, upper, right, lower = _pixels(part, *opened.size)
    return replace(opened, image=picture, size=(right - left, lower - upper), format="")


def picture_md5(photograph_md5: str, box: Box) -> str:
    """What stands for the md5 of a picture that is cut from a photograph: two boxes of one file are two pictures.

    Args:
        photograph_md5: of the file's bytes.
        box: the part.

    Returns:
        32 hexadecimal digits, whatever margin is left around the box.
    """
    shares = " ".join(f"{share:.6f}" for share in box)
    return hashlib.md5(f"{photograph_md5} {shares}".encode(), usedforsecurity=False).hexdigest()


def _with_margin(box: Box, margin: float) -> tuple[float, float, float, float]:
    """Left, upper, right and lower edge, in shares, inside of the photograph."""
    x, y, width, height = box
    wide, high = margin * width, margin * height
    return max(0.0, x - wide), max(0.0, y - high), min(1.0, x + width + wide), min(1.0, y + height + high)


def _pixels(edges: tuple[float, float, float, float], width: int, height: int) -> tuple[int, int, int, int]:
    """Whole pixels around the edges, one at least each way; a share that means a pixel's border means that border."""
    left, upper = _floor(edges[0] * width, width), _floor(edges[1] * height, height)
    right, lower = _ceil(edges[2] * width), _ceil(edges[3] * height)
    return left, upper, min(width, max(right, left + 1)), min(height, max(lower, upper + 1))


def _floor(edge: float, size: int) -> int:
    return min(size - 1, math.floor(round(edge, 2)))


def _ceil(edge: float) -> int:
    return math.ceil(round(edge, 2))

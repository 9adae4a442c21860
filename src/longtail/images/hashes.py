"""The difference hash and the thumbnail that photographs are compared by."""

from __future__ import annotations

import numpy as np
from PIL import Image

THUMB_SIDE = 64
"""Side of the grey thumbnail, in pixels: 4 KiB a photograph."""

_GAP = 8.0  # large pictures are first shrunk by a whole factor, to this many times the size wanted: much quicker
_BITS = np.uint64(1) << np.arange(63, -1, -1, dtype=np.uint64)


def dhash(image: Image.Image) -> int:
    """64-bit difference hash of an L or RGB picture: a bit for each of 8 x 8 neighbours in a row, set where it darkens.

    The picture is shrunk to 9 x 8 grey pixels; bits run row by row, the first one highest. Brightness, contrast, size
    and compression change few bits. Source: Neal Krawetz, "Kind of Like That", hackerfactor.com, 2013.

    Returns:
        The hash, an unsigned number of 64 bits.
    """
    small = np.asarray(_light(image).resize((9, 8), Image.Resampling.LANCZOS, reducing_gap=_GAP))
    darkens = small[:, :-1] > small[:, 1:]
    return int(_BITS[darkens.ravel()].sum())


def thumbnail(image: Image.Image) -> bytes:
    """64 x 64 grey pixels, row by row: each the mean of its part of the picture, so that noise averages out."""
    return _light(image).resize((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BOX, reducing_gap=_GAP).tobytes()


def _light(image: Image.Image) -> Image.Image:
    return image if image.mode == "L" else image.convert("L")

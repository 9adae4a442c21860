"""Working copies: what every later stage reads instead of the original."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from longtail.images.colour import is_grey
from longtail.images.opening import OpenedImage
from longtail.names import JPEG_ENDINGS

_LONGEST = 65_500  # JPEG counts its rows and columns in 16 bits


@dataclass(frozen=True)
class CopyParams:
    """How working copies are made."""

    side: int
    """Pixels of the short side that a copy has at most."""
    quality: int
    """JPEG quality of the copies that are not verbatim."""
    box_margin: float = 0.0
    """Share of a box's width and height that is added around it on each side."""


def working_copy(opened: OpenedImage, original: bytes, params: CopyParams) -> bytes:
    """The bytes of the working copy: a JPEG in mode L or RGB, upright, its short side at most `params.side` pixels.

    A JPEG that is all that already is copied verbatim: nothing is lost by it, and most sets are copied in no time.
    Everything else is only ever made smaller; grey pictures become mode L.

    Args:
        opened: the decoded photograph; one in mode YCbCr has colour.
        original: the bytes of its file.
        params: side in pixels, and JPEG quality.

    Returns:
        The bytes of a JPEG file.
    """
    small_enough = min(opened.size) <= params.side and max(opened.size) <= _LONGEST
    if opened.format == "JPEG" and opened.mode in ("L", "RGB") and not opened.rotated and small_enough:
        return original
    image = downscale(opened.image, params.side)
    return encode(image.convert("L") if image.mode == "RGB" and is_grey(image) else image, params.quality)


def downscale(image: Image.Image, side: int, gap: float = 2.0) -> Image.Image:
    """The picture with its short side at `side` pixels, its shape kept; unchanged if it is small enough already.

    Args:
        image: the picture.
        side: pixels of the short side.
        gap: times the size wanted to which it is first shrunk by a whole factor, which is much quicker.

    Returns:
        The picture, smaller or as it was.
    """
    size = copy_size(image, side)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=gap)


def copy_size(image: Image.Image, side: int) -> tuple[int, int]:
    """Width and height of a picture's copy, in pixels.

    Args:
        image: the picture.
        side: pixels of the short side of its copy at most.

    Returns:
        Width and height, none larger than the picture's.
    """
    scale = min(1.0, side / min(image.size), _LONGEST / max(image.size))
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def encode(image: Image.Image, quality: int) -> bytes:
    """JPEG bytes of a picture.

    Args:
        image: in mode L, RGB or YCbCr.
        quality: 0 to 100.

    Returns:
        The bytes of a JPEG file.
    """
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def working_names(images: Iterable[str]) -> dict[str, str]:
    """{image: name of its working copy}: the original's name, and `.jpg` after it where it has another ending.

    No two images share a name, even where `a.png` lies beside `a.png.jpg`.

    Returns:
        A name for each image.
    """
    ordered = sorted(images)
    names = {image: image for image in ordered if image.lower().endswith(JPEG_ENDINGS)}
    taken = set(names)
    for image in ordered:
        if image in names:
            continue
        name = f"{image}.jpg"
        while name in taken:
            name += ".jpg"
        taken.add(name)
        names[image] = name
    return names

"""Size, mode and turn of a photograph, from its header alone."""

from __future__ import annotations

from typing import NamedTuple

from longtail.images.broken_image import BrokenImageError, Reason
from longtail.images.opening import DECODER_ERRORS, open_header, orientation_of


class Measured(NamedTuple):
    """What a file says of its picture before the pixels."""

    size: tuple[int, int]
    """Width and height as the pixels are stored."""
    mode: str
    orientation: int
    """EXIF's, 1 to 8; 1: upright."""


def measure(data: bytes) -> Measured:
    """Read a header; nothing is decoded.

    Args:
        data: the file's bytes.

    Returns:
        Size, mode and turn.

    Raises:
        BrokenImageError: it is no picture's.
    """
    try:
        with open_header(data) as image:
            return Measured(image.size, image.mode, orientation_of(image))
    except DECODER_ERRORS as error:
        raise BrokenImageError(Reason.NOT_AN_IMAGE, f"it begins with {data[:12]!r}") from error

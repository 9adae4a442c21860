"""Reading working copies back. A file of its own, so that a change in opening originals retrains nothing."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from longtail.images.broken_image import BrokenImageError, Reason


def open_working(path: Path) -> Image.Image:
    """The picture of a working copy or a variant: a JPEG in mode L or RGB that this project wrote or checked.

    The quick way for training and embedding: no measuring, no conversion.

    Returns:
        The decoded picture.

    Raises:
        BrokenImageError: it cannot be read or decoded.
    """
    try:
        with Image.open(path, formats=("JPEG",)) as image:
            image.load()
            return image
    except OSError as error:
        raise BrokenImageError(Reason.UNREADABLE, error.strerror or "not the JPEG that was written there") from error

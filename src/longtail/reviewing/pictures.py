"""Photographs as a browser shows them: from the original, upright, without metadata, no larger than asked for."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from pathlib import Path

from PIL import Image

from longtail.images import cropping, opening
from longtail.images.broken_image import BrokenImageError, Reason
from longtail.reviewing.photographs import Catalogue, Part, Photograph

SIDES = (256, 1024, 2048, 4096)
"""Longer sides that a picture may be asked for, px."""
_QUALITY = 88
_KEPT_BYTES = 64_000_000
_AT_ONCE = threading.BoundedSemaphore(2)  # a large photograph takes 300 MB while it is decoded


def jpeg(photograph: Photograph, root: Path, side: int, margin: float, *, whole: bool) -> bytes:
    """Make the picture.

    Args:
        photograph: of the catalogue.
        root: the project's root.
        side: px of the longer side; a smaller photograph is not enlarged.
        margin: share of a box's sides that is shown around it.
        whole: show all of the photograph, not only what its box shows.

    Returns:
        A JPEG without metadata.

    Raises:
        BrokenImageError: neither the original nor the working copy can be opened.
    """
    with _AT_ONCE:
        box = None if whole else photograph.box
        try:
            data = opening.read_bytes(root / photograph.original)
        except BrokenImageError:
            if photograph.copy is None or not (root / photograph.copy).is_file():
                raise
            data, box = opening.read_bytes(root / photograph.copy), None  # it is cropped already
        opened = opening.open_image(data, at_least=cropping.at_least(side // 2, box or (0.0, 0.0, 1.0, 1.0)))
        image = (cropping.crop(opened, box, margin) if box else opened).image
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        image.info.clear()  # Pillow would write a comment of the file again
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=_QUALITY)
        return buffer.getvalue()


class PictureCache:
    """The pictures that were asked for last, up to 64 MB of them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pictures: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, catalogue: Catalogue, image: str, part: Part, side: int, *, whole: bool) -> bytes:
        """A picture by the name of its photograph.

        Args:
            catalogue: the photographs that there are.
            image: name of one of them.
            part: `labelled` or `test`.
            side: one of SIDES.
            whole: show all of the photograph, not only what its box shows.

        Returns:
            A JPEG.

        Raises:
            BrokenImageError: there is no such photograph, or it cannot be opened.
        """
        photograph = catalogue.find(image, part)
        if photograph is None or side not in SIDES:
            raise BrokenImageError(Reason.UNREADABLE, "no such photograph")
        key = (part, image, photograph.md5, str(side), str(whole))
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = jpeg(photograph, self._root, side, catalogue.margin, whole=whole)
        with self._lock:
            if key not in self._pictures:
                self._pictures[key] = picture
                self._bytes += len(picture)
            while self._bytes > _KEPT_BYTES:
                _, oldest = self._pictures.popitem(last=False)
                self._bytes -= len(oldest)
        return picture

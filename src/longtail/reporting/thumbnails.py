"""Photographs as small JPEG data URIs, so that the page is one file."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_QUALITY = 78


@dataclass(frozen=True)
class Picture:
    """A picture of the page; an empty `uri` is shown as a placeholder."""

    uri: str
    width: int
    height: int


NOTHING = Picture("", 0, 0)


def picture(path: Path | None, max_side: int) -> Picture:
    """A photograph, scaled down and encoded.

    Args:
        path: The file; None, or a file that is not there, gives `NOTHING`: `prepare` has counted the unreadable ones.
        max_side: Longer side of the picture, px. A smaller photograph is not enlarged.

    Returns:
        The picture as a JPEG data URI.
    """
    from longtail.images.working_reader import open_working

    if path is None or not path.is_file():
        return NOTHING
    return encoded(open_working(path), max_side)


def encoded(opened: Image.Image, max_side: int) -> Picture:
    """A decoded photograph, scaled down and encoded, without metadata.

    Args:
        opened: the photograph, which may be changed.
        max_side: Longer side of the picture, px. A smaller photograph is not enlarged.

    Returns:
        The picture as a JPEG data URI.
    """
    from PIL import Image

    image = opened if opened.mode in ("L", "RGB") else opened.convert("RGB")
    image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    image.info.clear()  # Pillow would write a comment of the file again
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Picture(f"data:image/jpeg;base64,{encoded}", image.width, image.height)


def sample(names: Sequence[str], size: int, seed: int) -> list[str]:
    """A random sample by a hash of seed and name: one more photograph changes at most one place.

    Args:
        names: What to draw from.
        size: Size of the sample.
        seed: Seed of the hash.

    Returns:
        At most `size` names, in the order of their hashes.
    """
    return sorted(names, key=lambda name: (sha256(f"{seed}:{name}".encode()).digest(), name))[:size]

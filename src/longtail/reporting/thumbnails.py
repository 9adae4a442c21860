"""Photographs as small JPEG data URIs: the page carries its pictures in itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_QUALITY = 78


@dataclass(frozen=True)
class Picture:
    """A picture of the page; `uri` is empty where there is nothing to show, and the page says so."""

    uri: str
    width: int
    height: int


NOTHING = Picture("", 0, 0)


def picture(path: Path | None, longest: int) -> Picture:
    """The picture at `path`, shrunk so that its longer side is at most `longest` px; never enlarged.

    Without a file it is `NOTHING`, and the page shows a gap: `prepare` has already counted and named the broken ones.
    """
    from PIL import Image

    from longtail.images.opening import open_working

    if path is None or not path.is_file():
        return NOTHING
    opened = open_working(path)
    image = opened if opened.mode in ("L", "RGB") else opened.convert("RGB")
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    held = io.BytesIO()
    image.save(held, "JPEG", quality=_QUALITY, optimize=True)
    encoded = base64.b64encode(held.getvalue()).decode("ascii")
    return Picture(f"data:image/jpeg;base64,{encoded}", image.width, image.height)


def drawn(names: Sequence[str], how_many: int, seed: int) -> list[str]:
    """`how_many` of `names`, drawn by a hash of seed and name: an added photograph disturbs no other's draw."""
    return sorted(names, key=lambda name: (sha256(f"{seed}:{name}".encode()).digest(), name))[:how_many]

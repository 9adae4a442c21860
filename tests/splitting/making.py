"""Tables as `prepare` writes them, made from drawn patterns: the same `shows` is the same picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from longtail.images.hashes import dhash, thumbnail


@dataclass(frozen=True)
class Photo:
    """A photograph of the pattern number `shows`; `copy` numbers its re-exports (0 and 1 differ in bytes)."""

    image: str
    label: str = ""
    shows: int = 0
    copy: int = 0
    together: str = ""
    error: str = ""
    width: int = 100
    height: int = 100
    is_grey: bool = False
    channel: str = ""
    date: str = ""


def pattern(shows: int, copy: int = 0) -> NDArray[np.uint8]:
    """64 x 64 grey pixels of full contrast, with detail; a copy is brighter by its number and a little noisy."""
    coarse = np.random.default_rng(shows).integers(20, 220, (16, 16), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(coarse).resize((64, 64), Image.Resampling.BICUBIC), float)
    noise = np.random.default_rng(1000 * shows + copy).normal(0, 2, pixels.shape) if copy else 0.0
    return np.clip(pixels + copy + noise, 0, 255).astype(np.uint8)


def md5_of(shows: int, copy: int = 0) -> str:
    """The md5 of a photograph of this pattern."""
    return hashlib.md5(f"{shows} {copy}".encode(), usedforsecurity=False).hexdigest()


def prepared(photos: Sequence[Photo], part: str = "labelled") -> pd.DataFrame:
    """`prepare`'s table of the photographs, sorted by image; rows are numbered from 2, as given."""
    rows: list[dict[str, Any]] = []
    for row, photo in enumerate(photos, start=2):
        picture = Image.fromarray(pattern(photo.shows, photo.copy))
        rows.append(
            {
                "image": photo.image,
                "label": photo.label,
                "together": photo.together,
                "row": row,
                "md5": md5_of(photo.shows, photo.copy),
                "bytes": 1000,
                "width": photo.width,
                "height": photo.height,
                "mode": "RGB",
                "is_grey": photo.is_grey,
                "channel": photo.channel,
                "dhash": 0 if photo.error else dhash(picture),
                "thumb": b"" if photo.error else thumbnail(picture),
                "file": "" if photo.error else photo.image,
                "error": photo.error,
                **({"date": photo.date} if any(each.date for each in photos) else {}),
            }
        )
    types = {"row": "int64", "width": "int64", "height": "int64", "is_grey": "bool", "dhash": "uint64"}
    columns = list(rows[0]) if rows else list(prepared([Photo("x")]).columns)
    table = pd.DataFrame(rows, columns=columns).astype(types).sort_values("image", ignore_index=True)
    text = ["image", "label", "together", "md5", "mode", "channel", "file", "error"]
    table = table.astype(dict.fromkeys(text, "str"))
    return table if part == "labelled" else table.drop(columns=["label", "together", "row"])


def renamed(photo: Photo, image: str) -> Photo:
    """The same file under another name."""
    return replace(photo, image=image)

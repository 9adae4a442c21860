"""One photograph, decoded once: its working copy and its row of the table."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from longtail.images.broken_image import BrokenImageError
from longtail.images.colour import ROUNDING, channel_difference, single_channel
from longtail.images.cropping import Box, at_least, crop, picture_md5
from longtail.images.hashes import dhash, thumbnail
from longtail.images.opening import open_image, read_bytes
from longtail.images.shrinking import shrunk
from longtail.images.working import CopyParams, working_copy
from longtail.names import PHOTOGRAPH_MD5

DTYPES = {
    "md5": "str",
    "bytes": "int64",
    "width": "int64",
    "height": "int64",
    "mode": "str",
    "is_grey": "bool",
    "channel": "str",
    "dhash": "uint64",
    "thumb": "object",
    "file": "str",
    "error": "str",
    "taken": "str",
}
"""Columns of a row, in their order, with the type that holds them in a table."""


class Item(NamedTuple):
    """One photograph and the name of its working copy; where it has a box, what is cut from which file."""

    image: str
    file: str
    photograph: str = ""
    """The file; `""`: it is called as the image."""
    box: Box | None = None


def describe(item: Item, originals: Path, copies: Path, params: CopyParams, max_pixels: int) -> dict[str, Any]:
    """Write the working copy of a photograph, and measure it.

    A broken photograph gets no copy: its row has `file` empty and says why in `error`.

    Args:
        item: name of the photograph and of its working copy, and its box.
        originals: folder of the photograph.
        copies: folder of the working copy.
        params: size and quality of the copy.
        max_pixels: width x height above which it is not decoded.

    Returns:
        Its row of `labelled.parquet` or `test.parquet` (docs/reference/files.md), and `taken`: EXIF's capture time.
    """
    row: dict[str, Any] = dict.fromkeys((*DTYPES, PHOTOGRAPH_MD5), "")
    row |= {"bytes": 0, "width": 0, "height": 0, "is_grey": False, "dhash": 0, "thumb": b""}
    try:
        data = read_bytes(originals / (item.photograph or item.image), max_pixels)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        row |= {"md5": picture_md5(md5, item.box) if item.box else md5, "bytes": len(data), PHOTOGRAPH_MD5: md5}
        if item.box:
            opened = crop(open_image(data, max_pixels, at_least(params.side, item.box)), item.box, params.box_margin)
        else:
            opened = open_image(data, max_pixels, params.side, as_stored=True)
    except BrokenImageError as broken:
        return row | {"error": str(broken)}
    picture = shrunk(opened, params.side)
    colours = picture.convert("RGB") if picture.mode == "YCbCr" else picture
    difference = channel_difference(colours)
    if difference == 0:
        picture = colours = picture.getchannel(0)  # equal results, much quicker
    grey = picture.convert("L")
    is_flat = picture.mode == "YCbCr" and difference <= ROUNDING
    copied = replace(opened, image=grey if is_flat else picture)
    (copies / item.file).write_bytes(working_copy(copied, data, params))
    return row | {
        "width": opened.size[0],
        "height": opened.size[1],
        "mode": opened.mode,
        "is_grey": difference <= ROUNDING,
        "channel": single_channel(colours),
        "dhash": dhash(grey),
        "thumb": thumbnail(grey),
        "file": item.file,
        "taken": opened.taken,
    }

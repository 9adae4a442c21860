"""One photograph, decoded once: its working copy and its row of the table."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from longtail.images.broken_image import BrokenImageError
from longtail.images.colour import ROUNDING, channel_difference, is_grey, shows_colour, single_channel
from longtail.images.cropping import Box, at_least, crop, picture_md5
from longtail.images.hashes import dhash, thumbnail
from longtail.images.opening import OpenedImage, open_image, read_bytes
from longtail.images.working import CopyParams, downscale, working_copy
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

_LARGE = 2  # times as large as its copy
_GAP = 2.0  # see `working.downscale`
_DRAFT_GAP = 1.5  # a draft is 2 to 4 times as large as its copy: 0.23 grey levels from the full decode instead of 0.20


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
        opened = open_image(data, max_pixels, at_least(params.side, item.box) if item.box else params.side)
        opened = crop(opened, item.box, params.box_margin) if item.box else opened
    except BrokenImageError as broken:
        return row | {"error": str(broken)}
    picture = _shrunk(opened, params.side)
    difference = channel_difference(picture)
    if difference == 0:
        picture = picture.getchannel(0)  # equal results, much quicker
    (copies / item.file).write_bytes(working_copy(replace(opened, image=picture), data, params))
    grey = picture.convert("L")
    return row | {
        "width": opened.size[0],
        "height": opened.size[1],
        "mode": opened.mode,
        "is_grey": difference <= ROUNDING,
        "channel": single_channel(picture),
        "dhash": dhash(grey),
        "thumb": thumbnail(grey),
        "file": item.file,
        "taken": opened.taken,
    }


def _shrunk(opened: OpenedImage, side: int) -> Image.Image:
    """A large picture at the size of its copy, a grey one as one channel; a smaller one unchanged.

    Colours and hashes are taken from what this gives, too: there is no need to go over all of a large picture again.

    Args:
        opened: the photograph.
        side: pixels of the short side of its copy.

    Returns:
        The picture.
    """
    picture = opened.image
    if min(picture.size) < _LARGE * side:
        return picture
    if not shows_colour(picture) and is_grey(picture.reduce(_LARGE)):
        picture = picture.convert("L")
    is_draft = max(picture.size) < max(opened.size)
    return downscale(picture, side, _DRAFT_GAP if is_draft else _GAP)

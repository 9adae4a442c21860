"""TIFF files written tag by tag, as cameras, scanners and scientific programs write them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = int | Sequence[int]
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, OFFSETS, SAMPLES, ROWS, COUNTS = (
    256, 257, 258, 259, 262, 273, 277, 278, 279,
)  # fmt: skip
SUBFILE_TYPE, OLD_SUBFILE_TYPE, PLANAR, COLOUR_MAP, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_COUNTS = (
    254, 255, 284, 320, 322, 323, 324, 325,
)  # fmt: skip
BELOW, EXTRA, SAMPLE_FORMAT, SUBSAMPLING, DNG_VERSION = 330, 338, 339, 530, 50706


@dataclass
class Page:
    """One page: its tags, its strips or tiles, and the pictures below it."""

    strips: list[bytes]
    tags: dict[int, Values | None]
    below: list[Page] = field(default_factory=list)


def page(pixels: NDArray[np.generic], photometric: int | None = 1, order: str = "<", **more: object) -> Page:
    """A page of pixels (rows, columns) or (rows, columns, channels), uncompressed, in one strip.

    `tags` of `more` are added or replace ours; None takes one away. `below` are the pictures below it.
    """
    rows, columns, channels = (*pixels.shape, 1)[:3]
    width = pixels.dtype.itemsize
    tags: dict[int, Values | None] = {
        WIDTH: columns, HEIGHT: rows, BITS: [8 * width] * channels, COMPRESSION: 1, PHOTOMETRIC: photometric,
        SAMPLES: channels, ROWS: rows,
    }  # fmt: skip
    if pixels.dtype.kind != "u":
        tags[SAMPLE_FORMAT] = [{"i": 2, "f": 3}[pixels.dtype.kind]] * channels
    strips = more.get("strips", [pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()])
    return Page(strips, tags | more.get("tags", {}), more.get("below", []))  # type: ignore[arg-type, operator]


def tiff(*pages: Page, order: str = "<", start: bytes = b"") -> bytes:
    """The bytes of a TIFF. `start` is put behind the first eight of them, as Canon does."""
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + b"\0\0\0\0" + start)
    link = 4
    for one in pages:
        offset = _write(out, one, order)
        out[link : link + 4] = struct.pack(f"{order}I", offset)
        link = offset + 2 + 12 * struct.unpack_from(f"{order}H", out, offset)[0]
    return bytes(out)


def _write(out: bytearray, one: Page, order: str) -> int:
    """Append a page and what is below it; the offset of its directory, whose link to the next one is 0."""
    tags = {tag: value for tag, value in one.tags.items() if value is not None}
    if one.below:
        tags[BELOW] = [_write(out, below, order) for below in one.below]
    tiled = TILE_WIDTH in tags
    offsets = []
    for strip in one.strips:
        offsets.append(len(out))
        out += strip + b"\0" * (len(strip) % 2)
    tags[TILES if tiled else OFFSETS] = offsets
    tags[TILE_COUNTS if tiled else COUNTS] = [len(strip) for strip in one.strips]
    entries = b""
    for tag, value in sorted(tags.items()):
        values = [value] if isinstance(value, int) else list(value)
        form, kind = ("I", 4) if tag in (OFFSETS, COUNTS, TILES, TILE_COUNTS, BELOW) else ("H", 3)
        form, kind = ("B", 1) if tag == DNG_VERSION else (form, kind)
        data = struct.pack(f"{order}{len(values)}{form}", *values)
        if len(data) > 4:
            where, data = len(out), data + b"\0" * (len(data) % 2)
            out += data
            data = struct.pack(f"{order}I", where)
        entries += struct.pack(f"{order}HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    offset = len(out)
    out += struct.pack(f"{order}H", len(tags)) + entries + b"\0\0\0\0"
    return offset

"""The directories of a TIFF, read from its bytes before anything is decoded. Source: TIFF 6.0, and BigTIFF.

Pillow reads the first page and knows what it decodes to, but neither what the other pages are nor the directories below
a page, where a raw file keeps its photograph.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

SUBFILE_TYPE, OLD_SUBFILE_TYPE = 254, 255
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
FILL_ORDER, SAMPLES, PLANAR, COLOUR_MAP, SUB_DIRECTORIES = 266, 277, 284, 320, 330
EXTRA_SAMPLES, SAMPLE_FORMAT, SUBSAMPLING = 338, 339, 530
CFA_PATTERN, DNG_VERSION = (33421, 33422), 50706

_KEPT = {
    *(SUBFILE_TYPE, OLD_SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, SAMPLES, PLANAR),
    *(COLOUR_MAP, SUB_DIRECTORIES, EXTRA_SAMPLES, SAMPLE_FORMAT, SUBSAMPLING, *CFA_PATTERN, DNG_VERSION),
}
_STARTS = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}  # types of integers
_MOST_VALUES = 768  # of one tag: a colour map has as many
_MOST_DIRECTORIES = 1_000


class Directory(NamedTuple):
    """The tags of one page or of a picture below it."""

    tags: dict[int, tuple[int, ...]]
    is_page: bool
    """Whether it is a page of the file; else it lies below one."""

    def one(self, tag: int, default: int) -> int:
        """The first value of a tag.

        Args:
            tag: its number.
            default: what stands for a tag that is not there.

        Returns:
            The value.
        """
        values = self.tags.get(tag)
        return values[0] if values else default

    @property
    def area(self) -> int:
        """Width times height, in pixels."""
        return self.one(WIDTH, 0) * self.one(HEIGHT, 0)

    @property
    def is_reduced(self) -> bool:
        """Whether it says that it is a smaller copy of another picture."""
        return bool(self.one(SUBFILE_TYPE, 0) & 1) or self.one(OLD_SUBFILE_TYPE, 0) == 2

    @property
    def is_mask(self) -> bool:
        """Whether it says that it is the transparency of another picture."""
        return bool(self.one(SUBFILE_TYPE, 0) & 4)


def is_tiff(data: bytes) -> bool:
    """Whether the bytes begin like a TIFF."""
    return data[:4] in _STARTS


def is_big_endian(data: bytes) -> bool:
    """Whether the highest byte of a number comes first in this TIFF."""
    return data[:2] == b"MM"


def directories(data: bytes) -> list[Directory]:
    """All directories that can be read, each once, the first page first; what is damaged is left to the decoder."""
    order, big = _STARTS[data[:4]]
    width = 8 if big else 4
    waiting = [(int.from_bytes(data[width : 2 * width], "little" if order == "<" else "big"), True)]
    seen: set[int] = set()
    read: list[Directory] = []
    while waiting and len(read) < _MOST_DIRECTORIES:
        offset, is_page = waiting.pop(0)
        if offset in seen or not 0 < offset < len(data):
            continue
        seen.add(offset)
        try:
            tags, following = _directory(data, offset, order, big=big)
        except struct.error:
            continue
        read.append(Directory(tags, is_page))
        waiting += [(following, is_page), *((below, False) for below in tags.get(SUB_DIRECTORIES, ()))]
    return read


def _directory(data: bytes, offset: int, order: str, *, big: bool) -> tuple[dict[int, tuple[int, ...]], int]:
    """The tags that are kept, and the offset of the next directory. Raises struct.error where the file ends."""
    count_form, entry_form, inline = ("Q", "HHQ", 8) if big else ("H", "HHI", 4)
    (count,) = struct.unpack_from(order + count_form, data, offset)
    start = offset + struct.calcsize("<" + count_form)
    step = struct.calcsize("<" + entry_form) + inline
    tags = {}
    for entry in range(start, min(start + count * step, len(data)), step):
        tag, kind, many = struct.unpack_from(order + entry_form, data, entry)
        if tag in _KEPT and kind in _NUMBERS:
            tags[tag] = tuple(_values(data, entry + step - inline, order, _NUMBERS[kind], many, inline))
    (following,) = struct.unpack_from(order + ("Q" if big else "I"), data, start + count * step)
    return tags, following


def _values(data: bytes, offset: int, order: str, form: str, many: int, inline: int) -> Iterator[int]:
    """The values of one tag, those that lie elsewhere in the file too."""
    if many * struct.calcsize("<" + form) > inline:
        (offset,) = struct.unpack_from(order + ("Q" if inline == 8 else "I"), data, offset)
    yield from struct.unpack_from(f"{order}{min(many, _MOST_VALUES)}{form}", data, offset)

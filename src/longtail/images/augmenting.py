"""The variants of one photograph, from one decode, written as JPEG."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from longtail.images.opening import open_image, read_bytes
from longtail.images.variants import variants
from longtail.images.working import encode
from longtail.images.working_reader import open_working


class Job(NamedTuple):
    """One photograph and the variants that are wanted of it."""

    file: str
    max_pixels: int
    """Of an original: what it was measured to have. 0: a working copy, which this project has written or checked."""
    as_grey: bool
    """Whether its colour is but JPEG's rounding: it is filtered as one channel, and its channels are one picture."""
    wanted: tuple[tuple[str, str], ...]
    """(variant, name it is stored under), in the order of storing."""


def augment(job: Job, photographs: Path, target: Path, quality: int, every: bool) -> list[str]:
    """Write the variants of one photograph.

    One encoder at one quality: equal pictures are equal bytes. Raises BrokenImageError, as `opening.open_image`.

    Args:
        job: the photograph, and the names of the variants.
        photographs: folder of the photograph.
        target: folder of the variants.
        quality: JPEG quality, 0 to 100.
        every: write equal pictures under each name, not under the first alone.

    Returns:
        md5 of the bytes of each variant, in order.
    """
    image = _opened(photographs / job.file, job.max_pixels)
    files = _encoded(variants(image.convert("L") if job.as_grey else image), quality)
    md5 = {variant: hashlib.md5(data, usedforsecurity=False).hexdigest() for variant, data in files.items()}
    written: set[str] = set()
    for variant, name in job.wanted:
        if every or md5[variant] not in written:
            (target / name).write_bytes(files[variant])
            written.add(md5[variant])
    return [md5[variant] for variant, _ in job.wanted]


def _opened(path: Path, max_pixels: int) -> Image.Image:
    return open_image(read_bytes(path, max_pixels), max_pixels).image if max_pixels else open_working(path)


def _encoded(pictures: dict[str, Image.Image], quality: int) -> dict[str, bytes]:
    """{variant: JPEG bytes}; what is one object is encoded once."""
    done: dict[int, bytes] = {}
    for picture in pictures.values():
        if id(picture) not in done:
            done[id(picture)] = encode(picture, quality)
    return {variant: done[id(picture)] for variant, picture in pictures.items()}

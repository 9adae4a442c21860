"""The variants of one photograph, from one decode, written as JPEG."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from longtail.images.hashes import pixel_hash
from longtail.images.opening import open_working
from longtail.images.variants import variants
from longtail.images.working import encode


class Job(NamedTuple):
    """One working copy and the variants that are wanted of it."""

    file: str
    wanted: tuple[tuple[str, str], ...]
    """(variant, name it is stored under), in the order of storing."""


def augment(job: Job, copies: Path, target: Path, quality: int, every: bool) -> list[str]:
    """Write the wanted variants of `copies/<file>` into `target`; the hash of each one's decoded pixels, in order.

    Equal pictures are encoded once, and written once: under the first name alone, or under each with `every`.
    Raises BrokenImageError.
    """
    pictures = variants(open_working(copies / job.file))
    hashes = {variant: pixel_hash(picture) for variant, picture in pictures.items()}
    encoded: dict[str, bytes] = {}
    for variant, name in job.wanted:
        pixels = hashes[variant]
        is_new = pixels not in encoded
        if is_new:
            encoded[pixels] = encode(pictures[variant], quality)
        if is_new or every:
            (target / name).write_bytes(encoded[pixels])
    return [hashes[variant] for variant, _ in job.wanted]

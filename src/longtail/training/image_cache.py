"""Photographs as one array of bytes: each file is opened, resized and decoded once a run.

The array lies in a file that has no name any more, so that it may be larger than the memory and still leaves nothing
behind, however the run ends. The system keeps in memory what fits.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from PIL import Image

from longtail.compute import run_all
from longtail.images.working_reader import open_working

if TYPE_CHECKING:
    from longtail.params import ComputeParams

Pixels = np.ndarray[tuple[int, int, int, int], np.dtype[np.uint8]]


def decode_all(
    files: Sequence[Path], size: int, folder: Path, compute: ComputeParams, *, grey: bool, label: str
) -> Pixels:
    """Working copies as bytes (n, size, size, channels), in the order of `files`.

    Aspect is given up for the whole fluke: its two tips identify a whale, and a centre crop would cut them off. Raises
    NoSpace (by `atomic.translate_enospc`) where the bytes do not fit under `folder`.

    Args:
        files: the working copies.
        size: edge in pixels.
        folder: where the bytes lie while they are used.
        compute: number of processes.
        grey: one channel, else three.
        label: name of the work in the lines of progress.

    Returns:
        (n, size, size, channels), uint8, mapped from a file.
    """
    shape = (len(files), size, size, 1 if grey else 3)
    if not files:
        return np.empty(shape, np.uint8)
    jobs = [(path, size, grey) for path in files]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, prefix=".pixels.") as file:
        for raw in run_all(decode, jobs, compute, label):
            file.write(raw)
        return _mapped(cast(BinaryIO, file), shape)


def decode(job: tuple[Path, int, bool]) -> bytes:
    """The bytes of one working copy (size, size, channels): its path, the edge in pixels, whether it is made grey."""
    path, size, grey = job
    with open_working(path) as image:
        plain = image.convert("L" if grey else "RGB")
        return plain.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0).tobytes()


def _mapped(file: BinaryIO, shape: tuple[int, int, int, int]) -> Pixels:
    # Written first, mapped after: writing through a map kills the process where the disk is full.
    file.flush()
    if os.fstat(file.fileno()).st_size != int(np.prod(shape)):
        raise ValueError(f"{os.fstat(file.fileno()).st_size} bytes are not an array of shape {shape}")
    return np.memmap(file, np.uint8, "r", shape=shape)

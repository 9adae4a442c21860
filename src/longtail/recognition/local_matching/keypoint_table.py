"""The keypoints of many photographs as files: what the stage `keypoints` writes, and an identifier holds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pyarrow import parquet

from longtail import atomic
from longtail.errors import BadInput, Problem
from longtail.recognition.local_matching.keypoints import Bytes, Keypoints, KeypointSettings

INDEX, DESCRIPTORS, POSITIONS, SETTINGS = "index.parquet", "descriptors.npy", "positions.npy", "settings.json"


@dataclass(frozen=True)
class KeypointTable:
    """Keypoints by the name of the photograph; descriptors are read from the disk as they are needed."""

    settings: KeypointSettings
    images: list[str]  # n names
    sizes: list[tuple[int, int]]  # n widths and heights, in pixels
    counts: NDArray[np.int64]  # (n,), keypoints of each
    descriptors: Bytes  # (N, d), of all photographs one after the other
    positions: NDArray[np.float16]  # (N, 2)

    def __len__(self) -> int:
        return len(self.images)

    def of(self, image: str) -> Keypoints:
        """The keypoints of a photograph; none where the table does not have it."""
        row = self._rows.get(image)
        if row is None:
            return Keypoints(np.empty((0, 2), np.float16), np.empty((0, self.descriptors.shape[1]), np.uint8))
        part = slice(self._starts[row], self._starts[row + 1])
        return Keypoints(self.positions[part], self.descriptors[part], self.sizes[row])

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {image: row for row, image in enumerate(self.images)}

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *np.cumsum(self.counts).tolist()]


def write(folder: Path, images: Sequence[str], every: Iterable[Keypoints], settings: KeypointSettings) -> KeypointTable:
    """Write a table; no more than one photograph's descriptors are in memory at a time.

    Args:
        folder: an empty one.
        images: n names.
        every: the keypoints of each.
        settings: that they were computed with.

    Returns:
        The table.
    """
    import pandas as pd  # `identify` reads without it: it takes as long to import as all the rest

    rows, positions, width = [], [np.empty((0, 2), np.float16)], 0
    with tempfile.TemporaryFile(dir=folder) as file:
        for image, one in zip(images, every, strict=True):
            rows.append((image, *one.size, len(one)))
            positions.append(one.positions)
            width = max(width, one.descriptors.shape[1])
            file.write(one.descriptors.tobytes())
        file.flush()
        count = sum(row[-1] for row in rows)
        mapped = np.memmap(file, np.uint8, "r", shape=(count, width)) if count else np.empty((0, width), np.uint8)
        np.save(folder / DESCRIPTORS, mapped)
    np.save(folder / POSITIONS, np.concatenate(positions))
    index = pd.DataFrame(rows, columns=["image", "width", "height", "keypoints"])
    atomic.write_table(folder / INDEX, index.astype({"image": "str"} | dict.fromkeys(index.columns[1:], "int64")))
    atomic.write_json(folder / SETTINGS, asdict(settings))
    return read(folder)


def read(folder: Path) -> KeypointTable:
    """Read what `write` left in a folder.

    Returns:
        The table.

    Raises:
        BadInput: the folder holds none, or an incomplete one.
    """
    try:
        settings = KeypointSettings(**json.loads((folder / SETTINGS).read_text("utf-8")))
        index = parquet.read_table(folder / INDEX).to_pydict()
        counts = np.array(index["keypoints"], np.int64)
        sizes = list(zip(index["width"], index["height"], strict=True))
        mode: Literal["r"] | None = "r" if counts.any() else None  # an array without elements cannot be mapped
        descriptors, positions = (
            np.asarray(np.load(folder / name, mmap_mode=mode, allow_pickle=False)) for name in (DESCRIPTORS, POSITIONS)
        )
        table = KeypointTable(settings, index["image"], sizes, counts, descriptors, positions)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(_incomplete(error, folder)) from error
    if not counts.sum() == len(descriptors) == len(positions):
        raise BadInput(_incomplete("the index counts other keypoints than there are", folder))
    return table


def _incomplete(reason: object, folder: Path) -> Problem:
    return Problem(f"there are no whole keypoints here ({reason})", "`make run` makes them again.", where=str(folder))

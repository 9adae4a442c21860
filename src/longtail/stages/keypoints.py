"""Compute the local keypoints of every photograph once: the marks by which two photographs are compared.

Reads: one part's table and working copies (`labelled`, `test`).
Writes: a folder with `index.parquet` and, one photograph after the other, `descriptors.npy` and `positions.npy`; empty
    where `method` is `none`.
Fails on: a working copy that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.compute import run_all
from longtail.errors import counted
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.recognition.local_matching.keypoints import Keypoints, KeypointSettings

_MEGABYTE = 1_000_000


class Params(StageParams):
    """`keypoints:`."""

    method: Literal["none", "sift"] = Field(
        "none",
        description="none, or sift: photographs are compared mark by mark too, where evaluate measures that it helps",
    )
    side: int = Field(320, ge=32, le=4096, description="longer side of a photograph as its keypoints are computed, px")
    max_keypoints: int = Field(256, ge=8, le=10_000, description="strongest kept of a photograph, 132 bytes each")
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What keypoints reads and writes, for one part."""

    PARTS: ClassVar[tuple[str, ...]] = ("labelled", "test")

    table: Path = reads("artifacts/prepare/{part}.parquet")
    images: Path = reads("artifacts/prepare/{part}")
    folder: Path = writes("artifacts/keypoints/{part}")


def run(params: Params, paths: Paths) -> Summary:
    """Decode each working copy once, and write its keypoints; nothing is decoded where the method is `none`.

    Args:
        params: `keypoints:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of photographs and keypoints.
    """
    from longtail.recognition.local_matching import keypoint_table
    from longtail.recognition.local_matching.keypoints import KeypointSettings

    settings = KeypointSettings(params.method, params.side, params.max_keypoints)
    table = pd.read_parquet(paths.table, columns=["image", "file"])
    table = table[(table["file"] != "") & (params.method != "none")]
    files = [paths.images / file for file in table["file"]]
    computed = run_all(partial(_of_file, settings=settings), files, params.compute, f"keypoints@{paths.part}")
    with atomic.replacing_folder(paths.folder) as temporary:
        written = keypoint_table.write(temporary, table["image"].tolist(), computed, settings)
    numbers = written.counts
    facts = {"method": params.method, "photographs": len(written), "keypoints": int(numbers.sum())}
    if params.method == "none":
        return Summary("none (keypoints.method)", facts)
    facts["without"] = int((numbers == 0).sum())
    line = f"{counted(len(written), 'photograph')}, {counted(facts['keypoints'], 'keypoint')}"
    size = written.descriptors.nbytes + written.positions.nbytes
    return Summary(f"{line} ({params.method}), {size / _MEGABYTE:,.0f} MB", facts)


def _of_file(file: Path, settings: KeypointSettings) -> Keypoints:
    """The keypoints of one working copy."""
    from longtail.images.working_reader import open_working
    from longtail.recognition.local_matching import keypoints

    with open_working(file) as picture:
        return keypoints.compute(picture, settings)

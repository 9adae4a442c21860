"""The labelled photographs of the project: which of them a photograph shows, and where their pictures lie."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from longtail.duplicates.search import near_pairs
from longtail.errors import BadInput, Problem
from longtail.identifying.photograph import Photograph
from longtail.identifying.rendering import Copy
from longtail.images.hashes import THUMB_SIDE


@dataclass(frozen=True)
class Likeness:
    """When two photographs show one picture, as `audit` has it."""

    max_distance: int
    min_similarity: float


@dataclass(frozen=True)
class Labelled:
    """`table`: image, identity, file, md5, dhash, thumb of the readable labelled photographs that were not dropped."""

    table: pd.DataFrame
    folder: Path

    def picture(self, image: str) -> Path | None:
        """The working copy of a labelled photograph."""
        found = self.table.loc[self.table["image"] == image, "file"]
        return self.folder / found.iloc[0] if len(found) else None

    def copies(self, photograph: Photograph, likely: Collection[str], likeness: Likeness) -> list[Copy]:
        """The labelled photographs that show the same picture, named ones first, then the nearest.

        Hashes propose, and so do embeddings (`likely`: images that are most like it); pixels decide.
        """
        row = {name: photograph.row[name] for name in ("md5", "dhash", "thumb")}
        gap = np.bitwise_count(self.table["dhash"].to_numpy(np.uint64) ^ np.uint64(row["dhash"]))
        same = (self.table["md5"] == row["md5"]).to_numpy()
        asked = self.table[same | (gap <= likeness.max_distance) | self.table["image"].isin(likely).to_numpy()]
        near = near_pairs(
            pd.DataFrame([row]),
            asked[["md5", "dhash", "thumb"]],
            max_distance=likeness.max_distance,
            min_similarity=likeness.min_similarity,
        )
        difference = {row["md5"]: 0.0}
        for first, second, gap_of_pair in zip(near["first"], near["second"], near["difference"], strict=True):
            if row["md5"] in (first, second):
                difference[second if first == row["md5"] else first] = float(gap_of_pair)
        found = [
            Copy(str(one.image), str(one.identity), round(difference[one.md5], 2))
            for one in asked.itertuples(index=False)
            if one.md5 in difference
        ]
        return sorted(found, key=lambda copy: (copy.identity == "", copy.difference, copy.image))


def read(table: Path, folder: Path, split: Path) -> Labelled | None:
    """The labelled photographs, out of `prepare`'s and `split`'s tables; None where they are not here.

    Raises BadInput where they were prepared by a version that kept other thumbnails.
    """
    if not (table.is_file() and split.is_file()):
        return None
    every = pd.read_parquet(table, columns=["image", "file", "md5", "dhash", "thumb"])
    every = every[every["file"] != ""]
    if (every["thumb"].str.len() != THUMB_SIDE**2).any():
        remedy = "Prepare them again: make run"
        raise BadInput(Problem("the labelled photographs were prepared by another version", remedy, where=str(table)))
    kept = pd.read_parquet(split, columns=["image", "identity"])
    return Labelled(every.merge(kept, on="image", validate="one_to_one"), folder)

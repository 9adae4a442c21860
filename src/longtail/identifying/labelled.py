"""The labelled photographs of the project: which of them are duplicates of a query, and where their images lie."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from longtail.duplicates.search import near_pairs
from longtail.errors import BadInput, Problem
from longtail.identifying.photograph import Photograph
from longtail.identifying.rendering import DuplicateMatch
from longtail.images.hashes import THUMB_SIDE
from longtail.labels import boxes
from longtail.recognition import traits
from longtail.recognition.traits import Traits


@dataclass(frozen=True)
class DuplicateCriteria:
    """When two photographs show the same picture, as in `audit`."""

    max_distance: int
    min_similarity: float


@dataclass(frozen=True)
class LabelledPhotographs:
    """`table`: image, identity, file, md5, dhash, thumb of the readable labelled photographs that were not dropped."""

    table: pd.DataFrame
    folder: Path
    cropped: int = 0
    """How many of them are cropped to a box; a query is never cropped."""
    words: pd.DataFrame | None = None  # image, side, species, where the data has them

    def comparable(self, images: Sequence[str], query: Traits | None) -> list[bool]:
        """Which labelled photographs may be compared with a query.

        Args:
            images: n labelled photographs.
            query: side and species of the query; None where the data has neither.

        Returns:
            n answers.
        """
        if self.words is None or query is None:
            return [True] * len(images)
        return [bool(answer) for answer in query.comparable(traits.of_images(self.words, images))[0]]

    def picture(self, image: str) -> Path | None:
        """The working copy of a labelled photograph; None where there is none."""
        files = self.table.loc[self.table["image"] == image, "file"]
        return self.folder / files.iloc[0] if len(files) else None

    def copies(
        self, photograph: Photograph, likely: Collection[str], criteria: DuplicateCriteria
    ) -> list[DuplicateMatch]:
        """The labelled photographs that show the same picture.

        Hashes and embeddings propose, pixels decide.

        Args:
            photograph: the query.
            likely: labelled images with the most similar embeddings.
            criteria: of `audit`.

        Returns:
            Named ones first, then by difference.
        """
        row = {name: photograph.row[name] for name in ("md5", "dhash", "thumb")}
        distance = np.bitwise_count(self.table["dhash"].to_numpy(np.uint64) ^ np.uint64(row["dhash"]))
        same = (self.table["md5"] == row["md5"]).to_numpy()
        proposed = self.table[same | (distance <= criteria.max_distance) | self.table["image"].isin(likely).to_numpy()]
        near = near_pairs(
            pd.DataFrame([row]),
            proposed[["md5", "dhash", "thumb"]],
            max_distance=criteria.max_distance,
            min_similarity=criteria.min_similarity,
        )
        difference = {row["md5"]: 0.0}
        for first, second, grey in zip(near["first"], near["second"], near["difference"], strict=True):
            if row["md5"] in (first, second):
                difference[second if first == row["md5"] else first] = float(grey)
        matches = [
            DuplicateMatch(str(one.image), str(one.identity), round(difference[one.md5], 2))
            for one in proposed.itertuples(index=False)
            if one.md5 in difference
        ]
        return sorted(matches, key=lambda match: (match.identity == "", match.difference, match.image))


def read(table: Path, folder: Path, split: Path) -> LabelledPhotographs | None:
    """Read the labelled photographs.

    Args:
        table: `prepare`'s.
        folder: of their working copies.
        split: `split`'s table; photographs that the team dropped are not in it.

    Returns:
        Those that could be opened; None where the tables are missing.

    Raises:
        BadInput: they were prepared by a version with other thumbnails.
    """
    if not (table.is_file() and split.is_file()):
        return None
    rows = pd.read_parquet(table, columns=["image", "file", "md5", "dhash", "thumb"])
    md5 = rows["md5"]
    rows = rows[rows["file"] != ""]
    if (rows["thumb"].str.len() != THUMB_SIDE**2).any():
        remedy = "Prepare them again: make run"
        raise BadInput(Problem("the labelled photographs were prepared by another version", remedy, where=str(table)))
    identities = pd.read_parquet(split, columns=["image", "identity"])
    cropped = int((boxes.original_files(table)["md5"] != md5).sum())
    rows = rows.merge(identities, on="image", validate="one_to_one")
    return LabelledPhotographs(rows, folder, cropped, traits.read(table))

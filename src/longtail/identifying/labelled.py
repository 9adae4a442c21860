"""The labelled photographs of the project: which of them are duplicates of a query, and where their images lie."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyarrow import parquet

from longtail.duplicates.verify import find_alike
from longtail.errors import BadInput, Problem
from longtail.identifying.photograph import Photograph
from longtail.identifying.rendering import DuplicateMatch
from longtail.images.hashes import THUMB_SIDE
from longtail.names import PHOTOGRAPH_MD5
from longtail.recognition import traits
from longtail.recognition.traits import Traits

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DuplicateCriteria:
    """When two photographs show the same picture, as in `audit`."""

    max_distance: int
    min_similarity: float


class Rows(NamedTuple):
    """Columns of `prepare`'s table, and the identity of each photograph."""

    image: Sequence[str]
    identity: Sequence[str]
    file: Sequence[str]
    md5: Sequence[str]
    dhash: NDArray[np.uint64]
    thumb: Sequence[bytes]


@dataclass(frozen=True)
class LabelledPhotographs:
    """`rows`: the readable labelled photographs that were not dropped. Read without pandas, which is slow to import."""

    rows: Rows
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
        row = self._row_of.get(image)
        return None if row is None else self.folder / self.rows.file[row]

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
        md5 = str(photograph.row["md5"])
        distance = np.bitwise_count(self.rows.dhash ^ np.uint64(photograph.row["dhash"]))
        near = set(np.flatnonzero(distance <= criteria.max_distance).tolist())
        near |= {self._row_of[image] for image in likely if image in self._row_of}
        near |= set(self._of_md5.get(md5, ()))
        difference = {md5: 0.0} | self._differences(photograph.row, sorted(near), criteria)
        matches = [
            DuplicateMatch(self.rows.image[row], self.rows.identity[row], round(difference[self.rows.md5[row]], 2))
            for row in sorted(near)
            if self.rows.md5[row] in difference
        ]
        return sorted(matches, key=lambda match: (match.identity == "", match.difference, match.image))

    def _differences(self, query: dict[str, Any], near: Sequence[int], criteria: DuplicateCriteria) -> dict[str, float]:
        """{md5 of a photograph that shows the picture of the query: mean grey difference}."""
        hashes = {self.rows.md5[row]: (int(self.rows.dhash[row]), self.rows.thumb[row]) for row in near}
        hashes[str(query["md5"])] = (int(query["dhash"]), query["thumb"])
        md5s = sorted(hashes)  # each content once, in one order: as `duplicates.search` compares them
        thumbs = np.frombuffer(b"".join(hashes[md5][1] for md5 in md5s), np.uint8).reshape(len(md5s), -1)
        dhash = np.array([hashes[md5][0] for md5 in md5s], dtype=np.uint64)
        pairs = find_alike(dhash, thumbs, criteria.max_distance, criteria.min_similarity)
        differences = {}
        for first, second, grey, same in zip(pairs.first, pairs.second, pairs.difference, pairs.same, strict=True):
            both = (md5s[first], md5s[second])
            if same and query["md5"] in both:
                differences[both[1] if both[0] == query["md5"] else both[0]] = float(grey)
        return differences

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {image: row for row, image in enumerate(self.rows.image)}

    @cached_property
    def _of_md5(self) -> dict[str, list[int]]:
        rows_of: dict[str, list[int]] = {}
        for row, md5 in enumerate(self.rows.md5):
            rows_of.setdefault(md5, []).append(row)
        return rows_of


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
    has_boxes = PHOTOGRAPH_MD5 in parquet.read_schema(table).names
    every = _columns(table, ["image", "file", "md5", "dhash", "thumb", *([PHOTOGRAPH_MD5] if has_boxes else [])])
    named = _columns(split, ["image", "identity"])
    identity = dict(zip(named["image"], named["identity"], strict=True))
    opened = [row for row, file in enumerate(every["file"]) if file]
    if any(len(every["thumb"][row]) != THUMB_SIDE**2 for row in opened):
        remedy = "Prepare them again: make run"
        raise BadInput(Problem("the labelled photographs were prepared by another version", remedy, where=str(table)))
    cropped = sum(
        own != whole for own, whole in zip(every["md5"], every.get(PHOTOGRAPH_MD5, every["md5"]), strict=True)
    )
    kept = [row for row in opened if every["image"][row] in identity]
    image, file, md5, dhash, thumb = (
        [every[name][row] for row in kept] for name in ("image", "file", "md5", "dhash", "thumb")
    )
    rows = Rows(image, [identity[name] for name in image], file, md5, np.array(dhash, dtype=np.uint64), thumb)
    return LabelledPhotographs(rows, folder, cropped, traits.read(table))


def _columns(table: Path, names: list[str]) -> dict[str, list[Any]]:
    read: dict[str, list[Any]] = parquet.ParquetFile(table).read(columns=names).to_pydict()
    return read

"""Photographs as large as the raw set has them, for people to compare; what stages compute reads working copies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image

from longtail.errors import BadInput
from longtail.images import cropping, opening
from longtail.images.broken_image import BrokenImageError
from longtail.images.cropping import Box
from longtail.labels.boxes import read_boxes
from longtail.names import PHOTOGRAPH
from longtail.params import DataParams
from longtail.paths import RAW

_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Originals:
    """The labelled photographs of the raw set, as `prepare` has seen them."""

    folder: Path
    rows: Mapping[str, tuple[str, str]]
    """{image: (its file in `folder`, md5 in prepare's table)}."""
    boxes: Mapping[str, Box]
    margin: float
    """Share of a box's sides that is shown around it."""

    def open(self, image: str, side: int) -> Image.Image | None:
        """A photograph, cut to its box where it has one.

        Args:
            image: its name in the tables.
            side: px that its shorter side needs at least, so that a large file may be decoded smaller.

        Returns:
            Upright, in mode L or RGB; None where the file is missing, cannot be opened, or is not what `prepare` saw.
        """
        if image not in self.rows:
            return None
        file, known_md5 = self.rows[image]
        box = self.boxes.get(image)
        try:
            data = opening.read_bytes(self.folder / file)
            md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
            if (cropping.picture_md5(md5, box) if box else md5) != known_md5:
                return None
            opened = opening.open_image(data, at_least=cropping.at_least(side, box or _WHOLE))
        except BrokenImageError:
            return None
        return (cropping.crop(opened, box, self.margin) if box else opened).image


def read(root: Path, labelled: pd.DataFrame, data: DataParams, margin: float) -> Originals:
    """Find the originals of the labelled photographs.

    Args:
        root: the project's root.
        labelled: `image` and `md5` of `prepare`'s table, and `photograph` where it has boxes.
        data: names of the columns of `train.csv`.
        margin: `prepare.box_margin`.

    Returns:
        The originals; files are looked for when they are opened.
    """
    files = labelled[PHOTOGRAPH if PHOTOGRAPH in labelled else "image"]
    rows = dict(zip(labelled["image"], zip(files, labelled["md5"], strict=True), strict=True))
    try:
        boxes = read_boxes(root / RAW / "train.csv", data) if PHOTOGRAPH in labelled else {}
    except BadInput:  # the table was changed since; a photograph whose box is gone then has another md5
        boxes = {}
    return Originals(root / RAW / "train", rows, boxes, margin)

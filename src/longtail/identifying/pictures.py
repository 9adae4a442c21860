"""Pictures of the page: from the originals where they are what the run knows, else from the working copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from longtail.artifacts import LABELLED
from longtail.identifying.labelled import LabelledPhotographs
from longtail.identifying.project import LoadedProject
from longtail.images import opening
from longtail.images.broken_image import BrokenImageError
from longtail.names import PHOTOGRAPH
from longtail.params import DataParams
from longtail.reporting import originals
from longtail.reporting.originals import Originals
from longtail.reporting.thumbnails import NOTHING, Picture, encoded, picture


@dataclass(frozen=True)
class PictureSource:
    """Where pictures come from, and how large they are."""

    side: int
    """Longer side, px; a smaller photograph is not enlarged."""
    max_pixels: int = opening.MAX_PIXELS
    """Width x height above which a photograph is not decoded."""
    labelled: LabelledPhotographs | None = None
    originals: Originals | None = None
    _matches: dict[tuple[str, int], Picture] = field(default_factory=dict)

    def of_query(self, path: Path, side: int = 0) -> Picture:
        """The picture of a photograph to identify.

        Args:
            path: the file.
            side: longer side, px; 0: as on the page.

        Returns:
            The picture; a placeholder where the file cannot be opened.
        """
        side = side or self.side
        try:
            return self.of_data(opening.read_bytes(path, self.max_pixels), side)
        except BrokenImageError:
            return NOTHING

    def of_data(self, data: bytes, side: int = 0) -> Picture:
        """The picture of a photograph by its file's bytes.

        Args:
            data: the file's bytes.
            side: longer side, px; 0: as on the page.

        Returns:
            The picture; a placeholder where it cannot be opened.
        """
        side = side or self.side
        try:
            return encoded(opening.open_image(data, self.max_pixels, at_least=side).image, side)
        except BrokenImageError:
            return NOTHING

    def of_match(self, image: str, side: int = 0) -> Picture:
        """The picture of a labelled photograph, made once.

        Args:
            image: its name.
            side: longer side, px; 0: as on the page.

        Returns:
            The picture; a placeholder where there is none.
        """
        side = side or self.side
        if (image, side) not in self._matches:
            self._matches[image, side] = self.match(image, side)
        return self._matches[image, side]

    def match(self, image: str, side: int = 0) -> Picture:
        """The picture of a labelled photograph, made anew.

        Args:
            image: its name.
            side: longer side, px; 0: as on the page.

        Returns:
            The picture; a placeholder where there is none.
        """
        side = side or self.side
        original = self.originals.open(image, side) if self.originals else None
        return self._of_copy(image, side) if original is None else encoded(original, side)

    def _of_copy(self, image: str, side: int) -> Picture:
        file = self.labelled.picture(image) if self.labelled else None
        return picture(file, side) if file else NOTHING


def picture_source(project: LoadedProject, home: Path, side: int) -> PictureSource:
    """Where the pictures of a project's photographs come from.

    Args:
        project: what was loaded.
        home: the project's root, which holds data/raw.
        side: longer side of a picture, px.

    Returns:
        Originals and working copies as far as they are there.
    """
    labelled = project.predictor.labelled
    if labelled is None:
        return PictureSource(side, project.max_pixels)
    table = project.root / LABELLED
    columns = [name for name in ("image", "md5", PHOTOGRAPH) if name in parquet.read_schema(table).names]
    known = originals.read(
        home,
        pd.read_parquet(table, columns=columns),
        DataParams.model_validate(project.data),
        project.copies.box_margin,
    )
    return PictureSource(side, project.max_pixels, labelled, known)

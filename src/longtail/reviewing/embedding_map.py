"""The embeddings of the labelled photographs: the nearest of other individuals, and a map in two dimensions.

The map is a principal component analysis (PCA) of the unit vectors: linear, the same for equal embeddings, and it says
how much of the variance it shows. Two photographs that lie side by side may still be far apart in what is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail import artifacts

FOLDER = artifacts.embeddings("labelled")
_CELLS = 11  # of a window, each way: one thumbnail a cell
_PARTS = 3  # of a window, each way, that can be looked at from nearer
NEAREST = 4
"""The level from which nothing nearer can be looked at: a window of 1/81 of the map each way."""


class Neighbour(NamedTuple):
    """The photograph of another individual that resembles one of an individual most."""

    individual: str
    image: str
    """Of the individual."""
    nearest: str
    """Of the other one."""
    similarity: float
    """The cosine of their embeddings."""


class Window(NamedTuple):
    """A square part of the map: column and row among the 3^level each way, from the left and from below."""

    level: int = 0
    column: int = 0
    row: int = 0

    @classmethod
    def of(cls, level: int, column: int, row: int) -> Window:
        """The window that is meant, whatever numbers an address has.

        Args:
            level: how near; beyond NEAREST it is NEAREST.
            column: from the left; outside of the map it is the last one.
            row: from below; likewise.

        Returns:
            A window that there is.
        """
        level = max(0, min(level, NEAREST))
        last = _PARTS**level - 1
        return cls(level, max(0, min(column, last)), max(0, min(row, last)))

    @property
    def around(self) -> Window | None:
        """The window that this one is a part of; None for the whole map."""
        return Window(self.level - 1, self.column // _PARTS, self.row // _PARTS) if self.level else None

    @property
    def parts(self) -> list[Window]:
        """The nine windows in it, from below; [] where nothing nearer can be looked at."""
        if self.level == NEAREST:
            return []
        steps = range(_PARTS)
        column, row = self.column * _PARTS, self.row * _PARTS
        return [Window(self.level + 1, column + right, row + up) for up in steps for right in steps]

    def inside(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinates (n, 2) of the map as those of the window, (n, 2): from 0 to 1 in it, anything outside of it."""
        return coordinates * float(_PARTS**self.level) - np.array([self.column, self.row], np.float64)


@dataclass(frozen=True)
class EmbeddingMap:
    """Embeddings, and where they lie on the map."""

    images: Sequence[str]
    unit: NDArray[np.float32]
    """(n, d), rows of unit length."""
    coordinates: NDArray[np.float64]
    """(n, 2), each coordinate from 0 to 1."""
    explained_variance: tuple[float, float]
    """Share of the variance along each of the two axes."""

    def rows_in(self, window: Window) -> NDArray[np.int64]:
        """Rows of the photographs in a window."""
        last = _PARTS**window.level - 1
        cell = np.minimum(
            (self.coordinates * _PARTS**window.level).astype(int), last
        )  # what lies on the edge is inside
        return np.flatnonzero((cell == (window.column, window.row)).all(axis=1))

    def thumbnails(self, window: Window) -> Iterator[int]:
        """Rows of the photographs that stand for a cell of a window each: those nearest to its middle."""
        rows = self.rows_in(window)
        coordinates = window.inside(self.coordinates[rows])
        cell = np.minimum((coordinates * _CELLS).astype(int), _CELLS - 1)
        off = ((coordinates - (cell + 0.5) / _CELLS) ** 2).sum(axis=1)
        order = pd.DataFrame({"x": cell[:, 0], "y": cell[:, 1], "off": off}, index=rows).sort_values(["x", "y", "off"])
        yield from (int(row) for row in order.drop_duplicates(["x", "y"]).index)

    def neighbours(self, own: Collection[str], individual_of: dict[str, str], limit: int) -> list[Neighbour]:
        """The other individuals that look most like one.

        Args:
            own: photographs of the individual.
            individual_of: {photograph: individual} of all that have one.
            limit: how many are wanted.

        Returns:
            One neighbour an individual, the most similar first.
        """
        rows = [row for row, image in enumerate(self.images) if image in own]
        others = [row for row, image in enumerate(self.images) if image not in own and individual_of.get(image)]
        if not rows or not others:
            return []
        cosine = self.unit[rows] @ self.unit[others].T
        best = cosine.argmax(axis=0)
        nearest: dict[str, Neighbour] = {}
        for at in np.argsort(-cosine.max(axis=0), kind="stable"):
            image = self.images[others[at]]
            name = individual_of[image]
            if name not in nearest:
                of_own = self.images[rows[int(best[at])]]
                nearest[name] = Neighbour(name, of_own, image, float(cosine[best[at], at]))
            if len(nearest) == limit:
                break
        return list(nearest.values())


def read(folder: Path) -> EmbeddingMap | None:
    """The map of a run.

    Args:
        folder: that holds the tables of the run.

    Returns:
        The map; None where the run has not come to the embeddings, or has fewer than three.
    """
    index, embeddings = folder / FOLDER / "index.parquet", folder / FOLDER / "embeddings.npy"
    if not index.is_file() or not embeddings.is_file():
        return None
    images = pd.read_parquet(index, columns=["image"])["image"].tolist()
    vectors = np.load(embeddings, allow_pickle=False)
    if len(vectors) < 3:
        return None
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    coordinates, explained_variance = principal_components(unit)
    return EmbeddingMap(images, unit.astype(np.float32), coordinates, explained_variance)


def principal_components(unit: NDArray[np.float32]) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """The two directions of most variance (Pearson 1901), by the eigenvectors of the covariance.

    Args:
        unit: (n, d).

    Returns:
        (n, 2), each coordinate stretched to 0..1, and the share of the variance along each. The sign of a direction is
        such that its largest part is positive, so that equal embeddings give an equal map.
    """
    centred = unit.astype(np.float64) - unit.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    first_two = vectors[:, ::-1][:, :2]
    largest = first_two[np.abs(first_two).argmax(axis=0), [0, 1]]
    along = centred @ (first_two * np.where(largest < 0, -1.0, 1.0))
    low, high = along.min(axis=0), along.max(axis=0)
    total = max(float(values.sum()), 1e-12)
    return (along - low) / np.maximum(high - low, 1e-12), (float(values[-1]) / total, float(values[-2]) / total)

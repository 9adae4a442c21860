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
_CELLS = 11  # of the map, each way: one thumbnail a cell


class Neighbour(NamedTuple):
    """The photograph of another individual that resembles one of an individual most."""

    individual: str
    image: str
    """Of the individual."""
    nearest: str
    """Of the other one."""
    similarity: float
    """The cosine of their embeddings."""


@dataclass(frozen=True)
class EmbeddingMap:
    """Embeddings, and where they lie on the map."""

    images: Sequence[str]
    unit: NDArray[np.float32]
    """(n, d), rows of unit length."""
    places: NDArray[np.float64]
    """(n, 2), each coordinate from 0 to 1."""
    shown: tuple[float, float]
    """Share of the variance along each of the two axes."""

    def thumbnails(self) -> Iterator[int]:
        """Rows of the photographs that stand for a cell of the map each: those nearest to its middle."""
        cell = np.minimum((self.places * _CELLS).astype(int), _CELLS - 1)
        middle = (cell + 0.5) / _CELLS
        off = ((self.places - middle) ** 2).sum(axis=1)
        order = pd.DataFrame({"x": cell[:, 0], "y": cell[:, 1], "off": off}).sort_values(["x", "y", "off"])
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
    places, shown = principal_components(unit)
    return EmbeddingMap(images, unit.astype(np.float32), places, shown)


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

"""Similarities of photographs that show none of the known, and the pairs that are worth a look.

Two similarities are compared. `cosine` is the mean of the cosine of two photographs and that of their mirror images.
`anchored` is the same less the mean similarity of either photograph to the ten nearest others, the known individuals
among them: a photograph that resembles everybody, or somebody known, resembles nobody in particular (cross-domain
similarity local scaling: Conneau et al. 2018, "Word translation without parallel data", section 2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings
from longtail.recognition.top_k import BLOCK, similarities

Similarity = Literal["cosine", "anchored"]
PARTNERS = 50
"""Nearest photographs of each that become pairs: bounds the memory to n x PARTNERS."""
APART = -2.0
"""Similarity of photographs that may not be compared, below any other."""


@dataclass(frozen=True)
class Neighbourhood:
    """n photographs and what is near each of them."""

    views: PairedEmbeddings
    """(n, d), normalised."""
    crowding: Floats
    """(n,), mean similarity to the nearest others, the known individuals' photographs among them."""
    pairs: pd.DataFrame
    """Of each its nearest ones: first < second (rows), cosine, anchored; by row."""

    def __len__(self) -> int:
        return len(self.views)

    def matrix(self, rows: Ints, similarity: Similarity) -> Floats:
        """Similarities of some photographs to one another, (k, k); APART where two may not be compared.

        Args:
            rows: (k,) of the photographs.
            similarity: which of the two.

        Returns:
            Symmetric, but for rounding.
        """
        views = self.views[rows]
        values = similarities(views, views)
        if similarity == "anchored":
            crowding = self.crowding[rows]
            values -= (crowding[:, None] + crowding[None, :]) / np.float32(2)
        return np.where(np.isfinite(values), values, np.float32(APART))


def find_neighbours(views: PairedEmbeddings, known: PairedEmbeddings, nearest: int) -> Neighbourhood:
    """Compare all with all, and with the known individuals, a block at a time.

    Args:
        views: embeddings of n photographs of none of the known, normalised.
        known: embeddings of photographs of known individuals, normalised; there may be none.
        nearest: how many of the nearest others tell how crowded it is around a photograph.

    Returns:
        What is near each.
    """
    count = len(views)
    crowding = np.zeros(count, np.float32)
    blocks = []
    for start in range(0, count, BLOCK):
        rows = np.arange(start, min(start + BLOCK, count))
        cosines = similarities(views[rows], views)
        cosines[np.arange(len(rows)), rows] = -np.inf
        near = [_largest(cosines, nearest)]
        if len(known):
            near.append(_largest(similarities(views[rows], known), nearest))
        crowding[rows] = _mean(_largest(np.concatenate(near, axis=1), nearest))
        blocks.append(_partners(cosines, rows))
    pairs = pd.concat(blocks, ignore_index=True) if blocks else _partners(np.zeros((0, 0), np.float32), np.arange(0))
    pairs = pairs.drop_duplicates(["first", "second"]).sort_values(["first", "second"], ignore_index=True)
    both = crowding[pairs["first"].to_numpy()] + crowding[pairs["second"].to_numpy()]
    pairs["anchored"] = (pairs["cosine"].to_numpy() - both / 2).astype(np.float32)
    return Neighbourhood(views, crowding, pairs)


def _partners(cosines: Floats, rows: Ints) -> pd.DataFrame:
    """The nearest ones of each row: first, second, cosine."""
    many = min(PARTNERS, cosines.shape[1])
    at = np.argpartition(-cosines, many - 1, axis=1)[:, :many] if many else np.zeros((len(rows), 0), np.int64)
    value = np.take_along_axis(cosines, at, axis=1).ravel()
    own, other = np.repeat(rows, many), at.ravel()
    real = np.isfinite(value)
    first, second = np.minimum(own, other)[real], np.maximum(own, other)[real]
    return pd.DataFrame({"first": first, "second": second, "cosine": value[real]})


def _largest(values: Floats, count: int) -> Floats:
    """The largest `count` values of each row, or as many as there are, in no order."""
    if values.shape[1] <= count:
        return values
    return np.asarray(-np.partition(-values, count - 1, axis=1)[:, :count])


def _mean(values: Floats) -> Floats:
    """The mean of the finite values of each row; 0 where there is none."""
    finite = np.isfinite(values)
    return np.asarray(np.where(finite, values, 0).sum(axis=1) / np.maximum(finite.sum(axis=1), 1), np.float32)

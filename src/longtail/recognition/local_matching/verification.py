"""Which keypoints of two photographs show the same mark: similar descriptors whose positions fit one movement.

Two descriptors match where each is the other's nearest, and clearly nearer than the second nearest (the ratio test of
Lowe 2004). Of the matches those count that one rotation, scale and translation explains (RANSAC, Fischler and Bolles
1981, "Random sample consensus", by OpenCV, which draws the same samples each time).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.local_matching.keypoints import Bytes, Keypoints

_RATIO = 0.9  # of the distances to the nearest and the second nearest
_REACH = 0.04  # share of the longer side that a mark may lie beside its place: flukes bend
_SCALES = (0.4, 2.5)  # between which one photograph is a larger view of the other
_ITERATIONS = 300
_LEAST = 3  # two matches always fit one movement

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Match:
    """What two photographs share: `pairs` (m, 2), rows of the keypoints of the first and of the second."""

    pairs: Ints

    @property
    def inliers(self) -> int:
        """How many marks match."""
        return len(self.pairs)


def match(query: Keypoints, candidate: Keypoints) -> Match:
    """The marks that a query shares with one candidate.

    Args:
        query: keypoints of the first photograph.
        candidate: of the second.

    Returns:
        The matches that one movement explains; none where fewer than three do.
    """
    return match_all(query, [candidate])[0]


def match_all(query: Keypoints, candidates: Sequence[Keypoints]) -> list[Match]:
    """The marks that a query shares with each of some candidates; all descriptors are compared in one product.

    Args:
        query: keypoints of the query.
        candidates: of c photographs.

    Returns:
        c matches.
    """
    compared = [index for index, one in enumerate(candidates) if len(one) >= _LEAST]
    matches = [_NOTHING] * len(candidates)
    if len(query) < _LEAST or not compared:
        return matches
    descriptors = np.concatenate([candidates[index].descriptors for index in compared])
    positions = np.concatenate([candidates[index].positions for index in compared]).astype(np.float32)
    starts = np.cumsum([0, *(len(candidates[index]) for index in compared)])
    columns, rows, owners = _nearest(_of_candidates(descriptors) @ _of_query(query.descriptors), starts)
    pairs = np.stack([columns, rows - starts[owners]], axis=1)
    here, there = query.positions.astype(np.float32)[columns], positions[rows]
    bounds = np.searchsorted(owners, np.arange(len(compared) + 1)).tolist()
    for index, (start, end) in zip(compared, itertools.pairwise(bounds), strict=True):
        part = slice(start, end)
        if end - start >= _LEAST:
            matches[index] = _verified(pairs[part], here[part], there[part], max(candidates[index].size))
    return matches


_NOTHING = Match(np.empty((0, 2), np.int64))


def _of_query(descriptors: Bytes) -> NDArray[np.float32]:
    """Of n descriptors a, (d + 2, n): -2 a, 1 and |a|^2 (`_of_candidates`)."""
    rows = np.ones((descriptors.shape[1] + 2, len(descriptors)), np.float32)
    rows[:-2] = descriptors.T
    rows[-1] = np.einsum("ij,ij->j", rows[:-2], rows[:-2])
    rows[:-2] *= -2
    return rows


def _of_candidates(descriptors: Bytes) -> NDArray[np.float32]:
    """Descriptors with two columns more, so that a product with `_of_query` has the squared distances |a - b|^2.

    All sums are whole numbers below 2^24 (`UNIT`), so they are exact in any order.

    Args:
        descriptors: (m, d), b.

    Returns:
        (m, d + 2): b, |b|^2 and 1.
    """
    columns = np.ones((len(descriptors), descriptors.shape[1] + 2), np.float32)
    columns[:, :-2] = descriptors
    columns[:, -2] = np.einsum("ij,ij->i", columns[:, :-2], columns[:, :-2])
    return columns


def _nearest(distances: NDArray[np.float32], starts: Ints) -> tuple[Ints, Ints, Ints]:
    """What passes the ratio test and is nearest both ways, of each candidate.

    Args:
        distances: (M, n), squared, of all candidates' descriptors to those of the query; overwritten.
        starts: (c + 1,), where the rows of each candidate begin, and M.

    Returns:
        Columns and rows of the pairs, and of which candidate each is; by candidate and column.
    """
    blocks = [distances[start:end] for start, end in itertools.pairwise(starts.tolist())]
    owner = np.repeat(np.arange(len(blocks)), np.diff(starts))
    nearest, least = distances.argmin(axis=1), _least(blocks)
    rows = np.flatnonzero(distances[np.arange(len(distances)), nearest] == least[owner, nearest])
    # Of two rows that are as near one is enough: the ratio test fails for both.
    keys, first = np.unique(owner[rows] * distances.shape[1] + nearest[rows], return_index=True)
    rows, (owners, columns) = rows[first], np.divmod(keys, distances.shape[1])
    distances[rows, columns] = np.inf
    clear = least[owners, columns] < _RATIO**2 * _least(blocks)[owners, columns]
    return columns[clear], rows[clear], owners[clear]


def _least(blocks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The smallest of each column of c blocks, (c, n)."""
    smallest = np.empty((len(blocks), blocks[0].shape[1]), np.float32)
    for block, row in zip(blocks, smallest, strict=True):
        np.minimum.reduce(block, axis=0, out=row)
    return smallest


def _verified(pairs: Ints, here: NDArray[np.float32], there: NDArray[np.float32], side: int) -> Match:
    """The pairs that one similarity transform explains.

    Args:
        pairs: (p, 2), three or more.
        here: (p, 2), their positions on the first photograph.
        there: (p, 2), on the second.
        side: the longer one of the second, in pixels.

    Returns:
        The match.
    """
    import cv2

    fitted: Any = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_REACH * side, maxIters=_ITERATIONS, refineIters=0
    )
    transform, inlying = fitted  # both may be None, which its types do not say
    if transform is None:
        return _NOTHING
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    kept = pairs[inlying.ravel().astype(bool)]
    return Match(kept) if len(kept) >= _LEAST and _SCALES[0] <= scale <= _SCALES[1] else _NOTHING

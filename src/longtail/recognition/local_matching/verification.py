"""Which keypoints of two photographs show the same mark: similar descriptors whose places fit one movement.

Two descriptors match where each is the other's nearest, and clearly nearer than the second nearest (the ratio test of
Lowe 2004). Of the matches those count that one rotation, scale and translation explains (RANSAC, Fischler and Bolles
1981, "Random sample consensus", by OpenCV, which draws the same samples each time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.local_matching.keypoints import Keypoints

_RATIO = 0.9  # of the distances to the nearest and the second nearest
_REACH = 0.04  # share of the longer side that a mark may lie beside its place: flukes bend
_SCALES = (0.4, 2.5)  # between which one photograph is a larger view of the other
_ITERATIONS = 300
_LEAST = 3  # two matches always fit one movement

Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Match:
    """What two photographs share: `pairs` (m, 2), rows of the keypoints of the first and of the second."""

    pairs: Pairs

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
    counts = [len(one) for one in candidates]
    if not len(query) or not sum(counts):
        return [_NOTHING] * len(candidates)
    columns = np.concatenate([one.descriptors for one in candidates if len(one)]).astype(np.float32)
    rows = query.descriptors.astype(np.float32)
    distances = -2.0 * (rows @ columns.T)
    distances += np.einsum("ij,ij->i", rows, rows)[:, None]
    distances += np.einsum("ij,ij->i", columns, columns)[None, :]
    parts = np.split(distances, np.cumsum(counts)[:-1], axis=1)
    return [
        _verified(query, candidate, _nearest(part)) if len(candidate) >= _LEAST else _NOTHING
        for candidate, part in zip(candidates, parts, strict=True)
    ]


_NOTHING = Match(np.empty((0, 2), np.int64))


def _nearest(distances: NDArray[np.float32]) -> Pairs:
    """Rows and columns of squared distances (n, m) that pass the ratio test and are nearest both ways, (p, 2)."""
    rows = np.arange(len(distances))
    nearest = distances.argmin(axis=1)
    mutual = distances.argmin(axis=0)[nearest] == rows
    rows, nearest = rows[mutual], nearest[mutual]
    kept = distances[rows]
    least = kept[np.arange(len(rows)), nearest]
    kept[np.arange(len(rows)), nearest] = np.inf
    clear = least < _RATIO**2 * kept.min(axis=1)
    return np.stack([rows[clear], nearest[clear]], axis=1)


def _verified(query: Keypoints, candidate: Keypoints, pairs: Pairs) -> Match:
    """The pairs that one similarity transform explains."""
    if len(pairs) < _LEAST:
        return _NOTHING
    import cv2

    here = query.positions[pairs[:, 0]].astype(np.float32)
    there = candidate.positions[pairs[:, 1]].astype(np.float32)
    reach = _REACH * max(candidate.size)
    fitted: Any = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=reach, maxIters=_ITERATIONS, refineIters=0
    )
    transform, inlying = fitted  # both may be None, which its types do not say
    if transform is None:
        return _NOTHING
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    kept = pairs[inlying.ravel().astype(bool)]
    return Match(kept) if len(kept) >= _LEAST and _SCALES[0] <= scale <= _SCALES[1] else _NOTHING

"""Image registration: the small crop, shift and stretch, and the change of brightness, between two pictures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

_FURTHEST = 0.12  # of the half width: a crop of 6% a side is as far as pictures are moved
_DARKEST, _LIGHTEST = 6, 245  # grey beyond these may be clipped: it tells nothing about gain and offset
_UNCLIPPED = 0.25  # share of the pixels that must lie between, for the others to be left out
_FLATTEST = 0.1  # a slope of grey on grey below this is no similarity to climb


class Moved(NamedTuple):
    """Pictures (p, side, side) moved, and 1 for the pixels (p, side, side) of them that came from inside, else 0."""

    pictures: FloatArray
    inside: FloatArray


def pixel_centres(side: int) -> FloatArray:
    """The middle of each pixel (side,), from -1 to 1 across the picture."""
    middles: FloatArray = (((np.arange(side) + 0.5) / side) * 2 - 1).astype(np.float32)
    return middles


def align(pictures: FloatArray, onto: FloatArray, moves: FloatArray, steps: int) -> FloatArray:
    """The moves (p, 4) that lay each picture onto the other one of its pair.

    A move is the stretch less 1 and the shift, across, then down: what stands at u in `onto` stood at
    (1 + stretch) u + shift in the picture, -1 to 1 being its edges. Gauss-Newton on the grey difference, with gain and
    offset as two more unknowns (Lucas & Kanade 1981, "An iterative image registration technique").

    Args:
        pictures: (p, side, side), grey.
        onto: (p, side, side), grey.
        moves: (p, 4), where to begin.
        steps: how many.

    Returns:
        (p, 4), the moves.
    """
    u = pixel_centres(pictures.shape[1])
    clear = _clear(onto)
    for _ in range(steps):
        moved, inside = move(pictures, moves)
        counts = inside * clear * _clear(moved)
        few = counts.mean(axis=(1, 2)) < _UNCLIPPED
        weight = np.where(few[:, None, None], inside, counts).reshape(len(moved), 1, -1)
        down, right = np.gradient(moved, 1 / len(u) * 2, axis=(1, 2))
        level = moved.mean(axis=(1, 2), keepdims=True)
        ways = np.stack([right * u, right, down * u[:, None], down, moved - level, np.ones_like(moved)], axis=1)
        ways = ways.reshape(len(moved), 6, -1)
        weighted = ways * weight
        normal = weighted @ ways.transpose(0, 2, 1) + 1e-2 * np.eye(6, dtype=np.float32)
        target = weighted @ onto.reshape(len(moved), -1, 1)
        solved = np.linalg.solve(normal.astype(np.float64), target.astype(np.float64))[:, :, 0]
        gain = np.where(solved[:, 4:5] > _FLATTEST, solved[:, 4:5], np.inf)
        moves = np.clip(moves + solved[:, :4] / gain, -_FURTHEST, _FURTHEST).astype(np.float32)
    return moves


def move(pictures: FloatArray, moves: FloatArray) -> Moved:
    """Resample pictures linearly; beyond an edge its pixel goes on.

    Args:
        pictures: (p, side, side), grey.
        moves: (p, 4), see `align`.

    Returns:
        The moved pictures, and which of their pixels come from inside.
    """
    across, in_width = _pulling(moves[:, 0], moves[:, 1], pictures.shape[1])
    down, in_height = _pulling(moves[:, 2], moves[:, 3], pictures.shape[1])
    moved: FloatArray = np.matmul(np.matmul(down, pictures), across.transpose(0, 2, 1))
    return Moved(moved, in_height[:, :, None] * in_width[:, None, :])


def _pulling(stretch: FloatArray, shift: FloatArray, side: int) -> tuple[FloatArray, FloatArray]:
    """Matrices (p, side, side) that resample one axis, and which of its pixels (p, side) come from inside."""
    position = ((1 + stretch[:, None]) * pixel_centres(side) + shift[:, None] + 1) * np.float32(side / 2) - np.float32(
        0.5
    )
    inside = ((position > -0.75) & (position < side - 0.25)).astype(
        np.float32
    )  # a quarter of a pixel beyond the edge still shows it
    within = np.minimum(np.maximum(position, 0), side - 1)[:, :, None]
    weights: FloatArray = np.maximum(0, 1 - np.abs(within - np.arange(side, dtype=np.float32)))
    return weights, inside


def _clear(pictures: FloatArray) -> FloatArray:
    """1 for the pixels that no change of brightness has clipped, else 0."""
    clear: FloatArray = ((pictures > _DARKEST) & (pictures < _LIGHTEST)).astype(np.float32)
    return clear

"""How much a similarity proves: pictures with few details, or with little more than one outline, are easily similar.

Two letters of three strokes, or two smooth skins seen through one round opening, correlate as highly as two files of
one photograph. Two things tell them apart. Where the detail is *spread* over little of a picture, the similarity has to
be higher. And the detail has to *agree* over the picture, not on its outline alone.

Both measures are ours; `spread` is a participation ratio (Bell & Dean 1970, "Atomic vibrations in vitreous silica").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

LEAST_DETAIL = 0.5  # grey levels on average: below it there is nothing to compare but the rounding of pixels
LITTLE_SPREAD = 0.17  # share of a picture: detail on less needs more similarity; one whale in a thousand has as little
_LEAST_UNLIKE = 0.18  # share of the unlikeness allowed that is always left: JPEG changes the sharpest drawing a little
_AGREEING = 0.42  # share of the similarity asked for that must be reached in three windows of four
_CELL, _CELLS = 4, 3  # pixels of a cell, and cells of a window: 12 x 12 pixels, at every fourth pixel
_FAINT = 0.25  # grey levels: a window with less detail in either picture does not count
_DISAGREEING = 0.25  # share of the windows that may differ: a caption, a box that was painted over


def spread(detail: FloatArray) -> FloatArray:
    """The share (p,) of each picture that its detail (p, side, side), the root of grey levels, is spread over.

    1 where it is everywhere the same, 1 / pixels where one pixel has it all, 0 where there is none.

    Returns:
        (p,), from 0 to 1.
    """
    energy = np.square(detail).reshape(len(detail), -1)
    total, squares = energy.sum(axis=1), np.square(energy).sum(axis=1)
    share: FloatArray = np.divide(total**2, squares * energy.shape[1], out=np.zeros_like(total), where=squares > 0)
    return share


def is_little(detail: FloatArray) -> NDArray[np.bool_]:
    """Which pictures, of detail (p, side, side), have so little that more similarity is asked of them, or none."""
    little: NDArray[np.bool_] = (np.square(detail).mean(axis=(1, 2)) <= LEAST_DETAIL) | (spread(detail) < LITTLE_SPREAD)
    return little


def required_similarity(spread: FloatArray, min_similarity: float) -> FloatArray:
    """The similarity (p,) that pictures need whose detail is spread over so little.

    The dissimilarity that is allowed, 1 - `min_similarity`, shrinks with the square of the spread. With 0.83, the
    default, 0.94 is asked at a spread of 0.1 and 0.97 from 0.07 down.

    Args:
        spread: (p,), share of each picture that its detail is spread over.
        min_similarity: what is asked where the spread is wide.

    Returns:
        (p,), correlations from `min_similarity` to 1.
    """
    share = np.maximum(np.minimum(1, spread / np.float32(LITTLE_SPREAD)) ** 2, np.float32(_LEAST_UNLIKE))
    similarity: FloatArray = 1 - np.float32(1 - min_similarity) * share
    return similarity


def agreement(one: FloatArray, other: FloatArray, inside: FloatArray) -> FloatArray:
    """The correlation (p,) of details (p, side, side) that three windows of four reach; 0 where no window has detail.

    Args:
        one: details of the pictures that were moved.
        other: details of those that they were moved onto.
        inside: 1 for the pixels to look at, else 0.

    Returns:
        (p,), correlations from -1 to 1.
    """
    both, first, second, count = (
        _windows(values) for values in (one * other * inside, one**2 * inside, other**2 * inside, inside)
    )
    tells = (np.minimum(first, second) > _FAINT * count) & (count > (_CELL * _CELLS) ** 2 / 2)
    correlation = np.where(tells, both / np.sqrt(np.where(tells, first * second, 1)), np.inf)
    ordered = np.sort(correlation, axis=1)
    telling = tells.sum(axis=1)
    rank = (_DISAGREEING * np.maximum(telling - 1, 0)).astype(np.int64)
    reached: FloatArray = np.where(telling > 0, ordered[np.arange(len(ordered)), rank], 0)
    return reached


def is_sufficient(
    similarity: FloatArray, widest_spread: FloatArray, agreeing: FloatArray, min_similarity: float
) -> NDArray[np.bool_]:
    """Whether each pair shows one picture.

    Args:
        similarity: (p,), of the whole pictures.
        widest_spread: (p,), the wider spread of the two.
        agreeing: (p,), see `agreement`.
        min_similarity: what is asked where the spread is wide.

    Returns:
        (p,) booleans.
    """
    enough: NDArray[np.bool_] = (similarity >= required_similarity(widest_spread, min_similarity)) & (
        agreeing >= _AGREEING * min_similarity
    )
    return enough


def _windows(values: FloatArray) -> FloatArray:
    """Sums (p, windows) of values (p, side, side) over windows that overlap."""
    count, side, _ = values.shape
    cells = side // _CELL
    sums = values[:, : cells * _CELL, : cells * _CELL].reshape(count, cells, _CELL, cells, _CELL).sum(axis=(2, 4))
    wide = cells - _CELLS + 1
    down = np.sum([sums[:, at : at + wide] for at in range(_CELLS)], axis=0)
    windows: FloatArray = np.sum([down[:, :, at : at + wide] for at in range(_CELLS)], axis=0).reshape(count, -1)
    return windows

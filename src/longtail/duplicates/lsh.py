"""Pairs of pictures of similar shape, also if one is cropped a little: found by buckets, not all against all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from longtail.duplicates.lsh_buckets import IntArray, pairs_with_equal_keys
from longtail.duplicates.register import pixel_centres

FloatArray = NDArray[np.float32]

_WAVES, _SLOWEST = 12, 8  # a shape is 12 x 12 cosine waves, a bucket is chosen by the 8 x 8 slowest of them
_BITS, _TABLES = 20, 200  # of two shapes with a cosine of 0.85 that many tables put 98% into one bucket
_ALIKE = 0.75  # cosine of the slowest waves from which two shapes are moved towards each other: a 4% crop keeps 0.77
_ALIKE_MOVED = 0.80  # and the cosine of all waves that is left when they are: a 4% crop keeps 0.90, a caption 0.80
_FAINT = 0.5  # grey levels: below it a picture has no shape, only the rounding of its pixels
_ROWS = 1_024  # pictures looked at at a time
_PAIRS = 8_192  # and pairs: their shapes stay in the processor's cache
_KEPT = 4_000_000  # pairs, some of them found in many tables, that are held before each is kept once

_DOWN, _ACROSS = np.divmod(np.arange(1, _WAVES**2), _WAVES)
_FREQUENCY = np.hypot(_DOWN, _ACROSS).astype(np.float32)
_IS_SLOW = np.maximum(_DOWN, _ACROSS) < _SLOWEST


def pairs_by_shape(pictures: FloatArray) -> Iterator[IntArray]:
    """Blocks (p, 2) of pairs `i < j` of about one shape, each pair once.

    A shape is the picture's slow waves without its brightness, at length 1, so that gain and offset leave it as it is;
    each wave counts by its frequency, since in photographs the amplitude falls with it (Field 1987, "Relations between
    the statistics of natural images and the response properties of cortical cells"). Only shapes on the same side of
    20 planes are compared, and that is tried with 200 sets of planes (Charikar 2002, "Similarity estimation techniques
    from rounding algorithms"). The planes are the same for all time: whether a pair is found depends on its two
    pictures alone. Small moves (crop, shift, stretch) change a shape along four directions that are known beforehand
    (tangent distance: Simard et al. 1993), so at last one is compared with all that the other could be moved to.

    Args:
        pictures: (n, side, side), grey.

    Yields:
        Blocks (p, 2) of places among the pictures.
    """
    shapes = _shapes(pictures)
    pairs = _side_by_side(shapes)
    starts = np.arange(0, max(1, len(pictures)), _ROWS)
    for start, block in zip(starts, np.split(pairs, np.searchsorted(pairs[:, 0], starts[1:])), strict=True):
        moves = _moves(pictures[start : start + _ROWS]) if len(block) else shapes
        for at in range(0, len(block), _PAIRS):
            one, other = block[at : at + _PAIRS].T
            reached = (shapes[other][:, None, :] @ moves[one - start])[:, 0]
            yield block[at : at + _PAIRS][(reached**2).sum(axis=1) > _ALIKE_MOVED**2]


def _side_by_side(shapes: FloatArray) -> IntArray:
    """The pairs (p, 2), sorted, that some table puts into one bucket and whose slowest waves are alike."""
    slowest = _unit(shapes[:, _IS_SLOW])
    seen = np.flatnonzero(slowest.any(axis=1))
    slowest = slowest[seen]
    keys = [np.empty(0, np.int64)]
    for key in _keys(slowest):
        for first, second in pairs_with_equal_keys(key):
            for at in range(0, len(first), _PAIRS):
                i, j = np.sort([first[at : at + _PAIRS], second[at : at + _PAIRS]], axis=0)
                near = np.einsum("pw,pw->p", slowest[i], slowest[j]) > _ALIKE
                keys.append(seen[i[near]] * len(shapes) + seen[j[near]])
        if sum(map(len, keys)) > _KEPT:
            keys = [np.unique(np.concatenate(keys))]
    return np.stack(np.divmod(np.unique(np.concatenate(keys)), max(1, len(shapes))), axis=1)


def _keys(slowest: FloatArray) -> Iterator[NDArray[np.uint32]]:
    """For each table the side (n,) of each of its planes that a shape lies on, as the bits of a number."""
    draw = np.random.RandomState(0)  # this generator's numbers are promised never to change (NEP 19)
    powers = np.exp2(np.arange(_BITS, dtype=np.float32))
    for _ in range(_TABLES):
        planes = draw.standard_normal((slowest.shape[1], _BITS)).astype(np.float32)
        yield ((slowest @ planes > 0) @ powers).astype(np.uint32)  # exact: below 2^24


def _shapes(pictures: FloatArray) -> FloatArray:
    """Each picture's shape (n, 143), length 1; 0 throughout where it is too faint to have one."""
    shapes = np.empty((len(pictures), len(_FREQUENCY)), np.float32)
    for start in range(0, len(pictures), _ROWS):
        slow = _slow(pictures[start : start + _ROWS])
        # A wave of one grey level's root mean square is side^2 / 2 long.
        faint = np.linalg.norm(slow, axis=1, keepdims=True) < _FAINT * pictures.shape[1] ** 2 / 2
        shapes[start : start + _ROWS] = np.where(faint, 0, _unit(slow * _FREQUENCY))
    return shapes


def _moves(pictures: FloatArray) -> FloatArray:
    """For each picture an orthonormal basis (n, 143, 5) of its shape and the four ways a small move changes it."""
    u = pixel_centres(pictures.shape[1])
    down, right = np.gradient(pictures, axis=1), np.gradient(pictures, axis=2)
    ways = [_slow(way) * _FREQUENCY for way in (pictures, right * u, right, down * u[:, None], down)]
    basis: FloatArray = np.linalg.qr(np.stack(ways, axis=2))[0]
    return basis


def _slow(pictures: FloatArray) -> FloatArray:
    """The slowest cosine waves (n, 143) of pictures (n, side, side), the constant one left out."""
    side = pictures.shape[1]
    waves = np.cos(np.pi / side * np.outer(np.arange(_WAVES), np.arange(side) + 0.5)).astype(np.float32)
    waves[0] /= np.sqrt(2)  # all of equal length: a discrete cosine transform, up to a factor
    slow: FloatArray = (waves @ pictures @ waves.T).reshape(len(pictures), -1)[:, 1:]
    return slow


def _unit(vectors: FloatArray) -> FloatArray:
    """Vectors (n, d) at length 1; those of length 0 stay so."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    unit: FloatArray = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return unit

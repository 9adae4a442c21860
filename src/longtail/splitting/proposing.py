"""Which pairs of pictures are worth a look at their pixels: by hash, and by shape.

A hash is close to linear in the number of pictures and forgives local changes; a shape forgives a crop. What one of
them misses the other one mostly has (docs/duplicates.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.splitting.aligning import places

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

HASH_BITS = 64
_AT_ONCE = 2_000_000  # pairs that share a band of their hashes, held in memory at a time
_WAVES = 8  # a shape is the 8 x 8 slowest cosine waves: half a wave is 4 pixels of 32 and more
_ROWS = 1_024  # shapes compared with all others at a time
_MOVED = 50_000  # pairs whose moves are looked at at a time
_FAINT = 0.5  # grey levels: below it a picture has no shape, only the rounding of its pixels
_ALIKE = 0.84  # cosine of two shapes from which they are moved towards each other: a 4% crop keeps 0.84 at least
_ALIKE_MOVED = (
    0.96  # and the cosine that is left when they are: a 4% crop keeps 0.97, one pair of others in 5,500 has it
)


def by_hash(hashes: NDArray[np.uint64], max_distance: int) -> Iterator[IntArray]:
    """Blocks (p, 2) of all pairs `i < j` whose hashes differ in at most `max_distance` bits, each pair once.

    The 64 bits are cut into `max_distance + 1` bands: two hashes that differ in no more bits agree in a whole band
    (pigeonhole; Manku et al. 2007, "Detecting near-duplicates for web crawling"), so only those that share a band are
    compared. Exact, and close to linear unless most hashes are alike; memory is bounded always.
    """
    bands = _bands(hashes, max_distance + 1)
    for number in range(len(bands)):
        for first, second in _sharing(bands[number]):
            near = np.bitwise_count(hashes[first] ^ hashes[second]) <= max_distance
            i, j = first[near], second[near]
            # A pair that shares an earlier band too was given there.
            new = ~(bands[:number, i] == bands[:number, j]).any(axis=0)
            yield np.stack([np.minimum(i, j)[new], np.maximum(i, j)[new]], axis=1)


def by_shape(pictures: FloatArray) -> Iterator[IntArray]:
    """Blocks (p, 2) of all pairs `i < j` of about one shape, each pair once.

    A shape is the picture's slow waves without its brightness, at length 1: gain and offset leave it as it is. Small
    moves (crop, shift, stretch) change it along four directions that are known beforehand (tangent distance: Simard et
    al. 1993, "Efficient pattern recognition using a new transformation distance"), so the other picture is compared
    with all that the first one could be moved to. Quadratic, but a pair costs one product of 63 numbers.

    Args:
        pictures: (n, side, side), grey.
    """
    shapes, moves = _shapes(pictures)
    for start in range(0, len(shapes), _ROWS):
        i, j = np.nonzero(shapes[start : start + _ROWS] @ shapes[start:].T > _ALIKE)
        i, j = i[j > i] + start, j[j > i] + start
        for at in range(0, len(i), _MOVED):
            one, other = i[at : at + _MOVED], j[at : at + _MOVED]
            reached = (shapes[other][:, None, :] @ moves[one])[:, 0]
            moved = (reached**2).sum(axis=1) > _ALIKE_MOVED**2
            yield np.stack([one[moved], other[moved]], axis=1)


def _shapes(pictures: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each picture's shape (n, 63), and an orthonormal basis (n, 63, 5) of it and its four moves."""
    shapes = np.zeros((len(pictures), _WAVES**2 - 1), np.float32)
    moves = np.zeros((*shapes.shape, 5), np.float32)
    u = places(pictures.shape[1])
    for start in range(0, len(pictures), _ROWS):
        block = pictures[start : start + _ROWS]
        down, right = np.gradient(block, axis=1), np.gradient(block, axis=2)
        ways = [_slow(way) for way in (block, right * u, right, down * u[:, None], down)]
        length = np.linalg.norm(ways[0], axis=1, keepdims=True)
        faint = length < _FAINT * len(u) ** 2 / 2  # a wave of one grey level's root mean square is side^2 / 2 long
        shapes[start : start + _ROWS] = np.where(faint, 0, ways[0] / np.where(faint, 1, length))
        moves[start : start + _ROWS] = np.linalg.qr(np.stack(ways, axis=2))[0]
    return shapes, moves


def _slow(pictures: FloatArray) -> FloatArray:
    """The slowest cosine waves (n, 63) of pictures (n, side, side), the constant one left out."""
    side = pictures.shape[1]
    waves = np.cos(np.pi / side * np.outer(np.arange(_WAVES), np.arange(side) + 0.5)).astype(np.float32)
    waves[0] /= np.sqrt(2)  # all of equal length: a discrete cosine transform, up to a factor
    slow: FloatArray = (waves @ pictures @ waves.T).reshape(len(pictures), -1)[:, 1:]
    return slow


def _bands(hashes: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """(count, n): each hash's bits, cut into `count` bands of nearly equal width."""
    edges = [round(HASH_BITS * place / count) for place in range(count + 1)]
    cuts = [(low, (1 << (high - low)) - 1) for low, high in pairwise(edges)]
    return np.stack([(hashes >> np.uint64(low)) & np.uint64(mask) for low, mask in cuts])


def _sharing(band: NDArray[Any]) -> Iterator[tuple[IntArray, IntArray]]:
    """Blocks of all pairs of places that hold the same value, each once."""
    order = np.argsort(band, kind="stable")
    values = band[order]
    ends = np.searchsorted(values, values, side="right")
    partners = ends - np.arange(len(values)) - 1  # how many equal ones come after each place
    reach = partners.cumsum()
    start = 0
    while start < len(values):
        stop = max(start + 1, int(np.searchsorted(reach, reach[start] - partners[start] + _AT_ONCE, side="right")))
        many = partners[start:stop]
        first = np.repeat(np.arange(start, stop), many)
        step = np.arange(len(first)) - np.repeat(many.cumsum() - many, many)
        yield order[first], order[first + 1 + step]
        start = stop

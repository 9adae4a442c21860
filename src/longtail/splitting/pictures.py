"""Which pictures are alike: equal bytes, else a hash proposes a pair and its pixels decide.

A *picture* here is one distinct file content; its number is its place in the arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

HASH_BITS = 64
_AT_ONCE = 2_000_000  # proposed pairs held in memory at a time
_COMPARED = 16_384  # thumbnails worked on at a time (64 MB)
_OF_CONTRAST = 0.3  # the same picture's stay under 0.2 on the whales, two flukes in one pose reach 1


class Pairs(NamedTuple):
    """Pairs of pictures, each once, sorted: (p,) first number, (p,) second, (p,) mean grey difference."""

    first: IntArray
    second: IntArray
    difference: FloatArray


def alike(hashes: NDArray[np.uint64], thumbs: NDArray[np.uint8], max_distance: int, max_difference: float) -> Pairs:
    """The pairs of pictures that show the same, by hash and by pixels.

    A mirrored picture is not the same: a mirrored fluke is another whale's.

    Args:
        hashes: (n,), 64-bit difference hashes.
        thumbs: (n, 1024), grey thumbnails of 32 x 32 pixels.
        max_distance: bits in which two hashes may differ for the pair to be looked at.
        max_difference: mean grey difference, of 255, up to which the pixels are the same picture's.

    Returns:
        The pairs, `first < second`. Whether a pair is among them depends on its two pictures alone.
    """
    found = [np.empty((0, 2), np.int64)]
    measured = [np.empty(0)]
    contrast = _contrast(thumbs)
    for pairs in proposals(hashes, max_distance):
        gap = differences(thumbs, pairs)
        # Two flat pictures differ by little whatever they show: the difference must be small beside the contrast too.
        same = (gap <= max_difference) & (gap <= _OF_CONTRAST * contrast[pairs].min(axis=1))
        found.append(pairs[same])
        measured.append(gap[same])
    every, difference = np.concatenate(found), np.concatenate(measured)
    order = np.lexsort((every[:, 1], every[:, 0]))
    return Pairs(every[order, 0], every[order, 1], difference[order])


def proposals(hashes: NDArray[np.uint64], max_distance: int) -> Iterator[IntArray]:
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


def differences(thumbs: NDArray[np.uint8], pairs: IntArray) -> FloatArray:
    """Mean absolute grey difference (p,) of pairs (p, 2), the difference of their mean brightness taken out."""
    result = np.empty(len(pairs))
    for start in range(0, len(pairs), _COMPARED):
        block = pairs[start : start + _COMPARED]
        gap = thumbs[block[:, 0]].astype(np.float32) - thumbs[block[:, 1]].astype(np.float32)
        gap -= gap.mean(axis=1, keepdims=True)
        result[start : start + _COMPARED] = np.abs(gap).mean(axis=1)
    return result


def _contrast(thumbs: NDArray[np.uint8]) -> FloatArray:
    """Mean absolute distance (n,) of each thumbnail's pixels from their mean."""
    result = np.empty(len(thumbs))
    for start in range(0, len(thumbs), _COMPARED):
        block = thumbs[start : start + _COMPARED].astype(np.float32)
        block -= block.mean(axis=1, keepdims=True)
        result[start : start + _COMPARED] = np.abs(block).mean(axis=1)
    return result


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

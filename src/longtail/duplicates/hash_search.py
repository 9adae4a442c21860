"""All pairs of pictures whose difference hashes lie within a distance. The search is exact."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import comb

import numpy as np
from numpy.typing import NDArray

from longtail.duplicates.lsh_buckets import IntArray, pairs_with_equal_keys

HASH_BITS = 64
_A_KEY = 16  # how many comparisons of two hashes the sorting of one key costs


def pairs_by_hash(hashes: NDArray[np.uint64], max_distance: int) -> Iterator[IntArray]:
    """All pairs `i < j` of near hashes, each pair once.

    The 64 bits are cut into bands: where b bands are more than `max_distance`, two near hashes agree in b -
    `max_distance` of them (pigeonhole; Manku et al. 2007, "Detecting near-duplicates for web crawling"), so only those
    that agree in some choice of so many bands are compared. More bands are more choices of a longer key, which fewer
    hashes share: as many are cut as make the least work. Exact, and close to linear unless most hashes are alike.

    Args:
        hashes: (n,), 64 bits each.
        max_distance: bits in which two near hashes differ at most.

    Yields:
        Blocks (p, 2) of places among the hashes.
    """
    agreed = _agreed(len(hashes), max_distance)
    bands, widths = _bands(hashes, max_distance + agreed)
    for chosen in combinations(range(len(bands)), agreed):
        key = np.zeros(len(hashes), np.uint64)
        for band in chosen:
            key = key << np.uint64(widths[band]) | bands[band]
        others = [band for band in range(chosen[-1]) if band not in chosen]
        for first, second in pairs_with_equal_keys(key):
            near = np.bitwise_count(hashes[first] ^ hashes[second]) <= max_distance
            i, j = first[near], second[near]
            # A pair that agrees in an earlier band too is given with that one in the choice.
            new = ~(bands[np.ix_(others, i)] == bands[np.ix_(others, j)]).any(axis=0)
            yield np.stack([np.minimum(i, j)[new], np.maximum(i, j)[new]], axis=1)


def _agreed(count: int, max_distance: int) -> int:
    """How many bands a key is made of, so that sorting the keys and comparing who shares one costs least."""

    def cost(agreed: int) -> float:
        bands = max_distance + agreed
        shared = count / 2 ** (HASH_BITS * agreed / bands + 1)
        return comb(bands, agreed) * count * (_A_KEY + shared)

    return min(range(1, 5), key=cost)


def _bands(hashes: NDArray[np.uint64], count: int) -> tuple[NDArray[np.uint64], list[int]]:
    """(count, n): each hash's bits, cut into `count` bands of nearly equal width; and the widths."""
    edges = [round(HASH_BITS * band / count) for band in range(count + 1)]
    cuts = [(low, high - low) for low, high in pairwise(edges)]
    bands = [(hashes >> np.uint64(low)) & np.uint64((1 << width) - 1) for low, width in cuts]
    return np.stack(bands), [width for _, width in cuts]
